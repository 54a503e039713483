//! What the browser says of the page that asked (section 5.8.1), as JSON that the authenticator signs the digest of.

use aws_lc_rs::digest;
use mayfly_domain::passkey::RelyingParty;
use serde::Deserialize;

use super::Refused;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// A passkey is made.
    Create,
    /// A passkey is used.
    Get,
}

impl Ceremony {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// What was read. Members that we do not know are left alone, as section 5.8.1 asks: browsers add some on purpose.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientData {
    r#type: String,
    /// What was asked to be signed, as base 64 for addresses without padding.
    pub challenge: String,
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<String>,
}

impl ClientData {
    /// Reads the document of a ceremony (section 7.1 steps 5 to 7, section 7.2 steps 9 to 11). A member that is there twice
    /// is refused.
    pub fn read(json: &[u8], ceremony: Ceremony) -> Result<Self, Refused> {
        let read: Self = serde_json::from_slice(json).map_err(|_| Refused::ClientData)?;
        if read.r#type == ceremony.as_str() { Ok(read) } else { Err(Refused::Ceremony) }
    }

    /// Whether the page was ours, and no other one was around it (section 7.1 steps 9 to 11, section 7.2 steps 13 to 15).
    pub(super) fn check(&self, party: &RelyingParty) -> Result<(), Refused> {
        if self.origin != party.origin {
            return Err(Refused::Origin);
        }
        if self.cross_origin == Some(true) || self.top_origin.is_some() {
            return Err(Refused::CrossOrigin);
        }
        Ok(())
    }
}

/// What the authenticator signs: its own data, and the digest of the browser's.
pub(super) fn signed(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [authenticator_data, digest::digest(&digest::SHA256, client_data).as_ref()].concat()
}
