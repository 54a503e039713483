//! OUTPOST: the agent in a private network, which opens the way in from inside.
//!
//! It enrols once ([`enrolling`]), is somebody from then on ([`identity`]), dials the server and keeps a tunnel ([`keep`]), and does what it is asked there ([`outpost`])
//! where its own policy allows it ([`answering`]), and writes down that it did or refused ([`audit`]). Probes ask [`health`].
//! What is over it removes by itself ([`janitor`]).
//! What a cluster needs for it to run there is written by [`manifest`]. Which leg of its ways is broken says [`doctor`]. The policy is a file of its own; no message changes it.

pub mod answering;
mod answers;
pub mod audit;
pub mod dial;
pub mod doctor;
pub mod enrolling;
mod forward;
pub mod health;
pub mod identity;
pub mod janitor;
pub mod keep;
pub mod manifest;
pub mod outpost;
mod rate;
pub mod seals;
pub mod state;
mod strict;
pub mod tally;
