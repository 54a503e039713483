//! WORKSHOP: what tests are made with. Only ever a dev-dependency, and a dependency of `xtask`.
//!
//! Real before fake: [`postgres`] and [`real_cluster`] start the true servers, [`fake_cluster`] speaks the few
//! Kubernetes calls we make and passes the same conformance suite as the real one. Time moves only by [`clock`]'s hand.

pub mod ambient;
pub mod authenticator;
mod both_databases;
pub mod browser;
pub mod certificates;
mod child;
pub mod claims;
pub mod clock;
pub mod connect_proxy;
pub mod counts;
mod debian;
pub mod explained;
pub mod fake_cluster;
pub mod frozen;
mod go_program;
pub mod issuer;
pub mod mail_box;
pub mod moved_clock;
pub mod network;
pub mod open_files;
pub mod postgres;
pub mod real_cluster;
pub mod reference_peer;
pub mod scan;
pub mod sealer;
pub mod static_gateway;
pub mod tools;
mod waiting;
