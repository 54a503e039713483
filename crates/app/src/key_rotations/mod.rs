//! Rotating keys: data keys, the master key, and the keys that sign. A person begins one; servers carry it on, whichever of
//! them has time, until the old keys are gone.

mod begin;
mod list;
mod work;

use jiff::SignedDuration;

pub use begin::begin;
pub use list::{RotationAndProgress, list};
pub use work::{retire_signing_keys, work};

/// How long a new key that signs is only known before it is used, so that every server knows it by then: they look every
/// five seconds.
pub(crate) const KNOWN_BEFORE_USED: SignedDuration = SignedDuration::from_secs(15);
