//! Signing in with a token that somebody outside signed, and how an identity is set up for it.

mod configure;
mod kubernetes;
mod login;
mod oidc;

pub use configure::{OutsideAuthChanges, TrustChanges, attach, get, revoke, update};
pub use kubernetes::{KubernetesChanges, ReviewMode};
pub use login::{OutsideLogin, login};
pub use oidc::OidcChanges;

use crate::AppError;
use mayfly_providers::TokenRefused;

/// Tokens of sealed-in keys, as a form reads them.
pub fn check_keys(text: &str) -> Result<(), String> {
    if text.len() > mayfly_providers::key::LONGEST_KEYS {
        return Err(format!("must be at most {} characters long", mayfly_providers::key::LONGEST_KEYS));
    }
    mayfly_providers::KeySet::from_text(text).map(|_| ()).map_err(|invalid| invalid.to_string())
}

/// A refusal of an outside token. Whoever showed it hears nothing of the reason.
const fn refused(reason: &'static str) -> AppError {
    AppError::LoginRefused { reason }
}

fn unbelieved(error: TokenRefused) -> AppError {
    refused(reason_of(error))
}

/// The reason as the audit log tells it.
pub(crate) const fn reason_of(error: TokenRefused) -> &'static str {
    match error {
        TokenRefused::Malformed(_) => "outside token malformed",
        TokenRefused::Algorithm => "outside token: algorithm not accepted",
        TokenRefused::UnknownKey => "outside token: unknown key id",
        TokenRefused::Signature => "outside token: signature does not fit",
        TokenRefused::Claim(_) => "outside token: a claim is missing or of the wrong type",
        TokenRefused::Issuer => "outside token: other issuer",
        TokenRefused::Audience => "outside token: other audience",
        TokenRefused::Expired => "outside token expired",
        TokenRefused::NotYetValid => "outside token not valid yet",
        TokenRefused::Nonce => "outside token: other nonce",
        TokenRefused::Party => "outside token: other party",
        TokenRefused::AccessToken => "outside token: of another access token",
        TokenRefused::TooOld => "outside token older than is accepted",
    }
}
