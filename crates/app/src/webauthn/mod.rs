//! Checking what authenticators and browsers answer (W3C Web Authentication, Level 3, sections 7.1 and 7.2).
//!
//! Everything here is a pure function of bytes: which challenge counts and whose passkey it is, [`crate::passkeys`] knows.
//! [`ClientData`] is what the browser says of the page, [`AuthenticatorData`] what the authenticator says of the key, and
//! signatures are checked by the one module that checks all of ours, `aws-lc-rs`. Why there is no library for it, and what
//! is not taken: `docs/decisions/0037-passkeys.md`.

mod assertion;
mod attestation;
mod authenticator_data;
mod cbor;
mod client_data;
mod public_key;

pub use assertion::{Asserted, Assertion, Known, verify_assertion};
pub use attestation::{Attestation, Attested, verify_attestation};
pub use authenticator_data::{AttestedKey, AuthenticatorData, Flags, UserVerification};
pub use cbor::{Cbor, InvalidCbor};
pub use client_data::{Ceremony, ClientData};
pub use public_key::PublicKey;

use std::fmt;

/// Why an answer was refused: one case for each thing that the standard has checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// What the browser signed is no such document.
    ClientData,
    /// It was made for the other ceremony.
    Ceremony,
    /// It answers nothing that waits.
    Challenge,
    /// It was made on another page.
    Origin,
    /// It was made inside a page of another origin.
    CrossOrigin,
    /// What the authenticator signed has another form.
    AuthenticatorData,
    /// It was made for another server.
    RelyingParty,
    /// Nobody touched the authenticator.
    UserPresence,
    /// The authenticator did not check who touched it.
    UserVerification,
    /// It says to be copied and that it cannot be, or otherwise than when it was registered.
    Backup,
    /// There is no key where one has to be, or one where none may be.
    AttestedKey,
    /// A key of an algorithm that was not asked for.
    Algorithm,
    /// A key that cannot be one.
    PublicKey,
    /// What the authenticator says about itself has a form that we did not ask for.
    AttestationFormat,
    /// It is not what its form asks for.
    AttestationStatement,
    /// The id is not the one that was signed.
    CredentialId,
    /// The signature is none of this key.
    Signature,
}

impl Refused {
    /// The reason in words, which repeat nothing that was sent.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ClientData => "the client data is no JSON object with `type`, `challenge` and `origin`",
            Self::Ceremony => "the client data is of another ceremony",
            Self::Challenge => "the challenge was used, replaced, or its time is up",
            Self::Origin => "the origin is another one: `public_url` has to be the address in the browser",
            Self::CrossOrigin => "the page was inside a page of another origin",
            Self::AuthenticatorData => "the authenticator data is malformed",
            Self::RelyingParty => "the passkey is for another server",
            Self::UserPresence => "nobody was present",
            Self::UserVerification => "the authenticator did not verify its user",
            Self::Backup => "the passkey contradicts itself about its copies",
            Self::AttestedKey => "there is no key in the authenticator data, or one too many",
            Self::Algorithm => "the key is of an algorithm that was not asked for",
            Self::PublicKey => "the key is malformed",
            Self::AttestationFormat => "the attestation is neither `none` nor by the passkey itself",
            Self::AttestationStatement => "the attestation is malformed, or not by the passkey",
            Self::CredentialId => "the credential id is not the one that was signed",
            Self::Signature => "the signature is wrong",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.reason())
    }
}

#[cfg(test)]
mod tests;
