//! HANDS: the only crate that knows Kubernetes.
//!
//! Five operations as plain requests and outcomes ([`Probe`], [`Discover`], [`Issue`], [`Revoke`], [`ListOwned`]), and
//! the [`Executor`] that performs them over any connector. The same executor runs inside the server and inside a
//! gateway; callers hold a [`Place`] and do not know which.
//!
//! The crate leaves to others: what to issue and for whom (`app`), remembering it (`store`), and how a byte gets
//! through a tunnel. It never retries behind a caller's back: each [`ClusterError`] says how certain it is that the
//! cluster did nothing.
//!
//! Read next: [`place`] for the seam, [`issue`] for the one call that matters most, [`egress`] for where we refuse to go.

mod ask;
pub mod ca;
mod client;
pub mod connect;
pub mod credential;
mod departure;
pub mod discover;
pub mod egress;
pub mod error;
mod exchange;
pub mod executor;
pub mod https;
pub mod identity;
pub mod issue;
mod jwt;
mod manifest;
mod objects;
mod outbound;
pub mod owned;
mod pages;
pub mod place;
mod policy_rights;
pub mod probe;
mod questions;
pub mod review;
pub mod revoke;
pub mod right;
pub mod roles;
pub mod seals;
pub mod token_file;
mod who_am_i;

pub use ca::{CaBundle, InvalidCa, parse_bundle};
pub use credential::{Credential, InvalidCredential, parse_credential, token_account, token_expiry};
pub use discover::{Discover, Discovered, Listing, More, PowerSource, Powers, PowersOf, Unseen};
pub use egress::{BlockReason, EgressPolicy};
pub use error::{
    Call, Certainty, ClusterError, GatewayFault, Kind, Misconfigured, Presented, Step, Unreachable, Untrusted,
    WrongToken,
};
pub use executor::{Executor, ExecutorOptions, TrustRoots, VerificationOff};
pub use https::{Https, HttpsError, LARGEST_DOCUMENT};
pub use issue::{Issue, IssueFailed, Issued, Undelivered, Verify};
pub use manifest::manifest;
pub use outbound::{Outbound, SendFailed};
pub use owned::{FoundObject, ListOwned, OwnedObjects, Scope};
pub use place::{Deadline, Place};
pub use policy_rights::rights_of;
pub use probe::{
    AccountState, CheckedRight, FailedTrial, Need, Probe, ProbeReport, ProbeTimes, Problem, RoleState, SeenRole,
    WayTimes,
};
pub use review::{Review, Reviewed};
pub use revoke::{Doomed, Left, Revoke, Revoked};
pub use right::Right;
pub use roles::rules_sha256;
pub use seals::{SealKeys, SealedObject};
pub use token_file::{TokenFile, TokenFileFault};
