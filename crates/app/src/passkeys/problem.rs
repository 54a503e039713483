//! Why something about passkeys was not done.

use mayfly_domain::{error::ErrorClass, passkey::Passkey};

use crate::{AppError, webauthn::Refused};

/// Why. The texts are for the caller, and say the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyProblem {
    /// Browsers would have none for the address at which people reach the server.
    #[error("passkeys need a name and TLS: set `public_url` to the https address that people use, not one of digits")]
    Unavailable,
    /// What a browser answered about a new one.
    #[error("the passkey was not accepted: {0}; begin anew")]
    Refused(Refused),
    /// It is registered already, by whomever.
    #[error("this passkey is registered already")]
    There,
    /// The person has as many as they may.
    #[error("there are {most} passkeys already; remove one first", most = Passkey::MOST)]
    TooMany,
    /// The person has none.
    #[error("there is no passkey {0}")]
    None(&'static str),
    /// The sign-in was too long ago to stand for the person.
    #[error("the last sign-in was too long ago: send your password as `password`, or sign in anew")]
    RecentSignInNeeded,
}

impl PasskeyProblem {
    /// What kind of failure it is.
    pub const fn class(self) -> ErrorClass {
        match self {
            Self::Unavailable | Self::Refused(_) => ErrorClass::Invalid,
            Self::There | Self::TooMany | Self::None(_) => ErrorClass::Conflict,
            Self::RecentSignInNeeded => ErrorClass::Denied,
        }
    }
}

impl From<PasskeyProblem> for AppError {
    fn from(problem: PasskeyProblem) -> Self {
        Self::Passkey(problem)
    }
}
