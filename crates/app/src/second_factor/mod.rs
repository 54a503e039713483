//! Second factors: an authenticator's codes, and recovery codes for the day it is lost.

mod base32;
mod manage;
mod prove;
mod recovery_code;
mod totp;

pub use manage::{Enrolled, RecoveryCodes, confirm, enrol, remove, renew_codes, reset};
pub(crate) use prove::{Beside, Proof, prove};
