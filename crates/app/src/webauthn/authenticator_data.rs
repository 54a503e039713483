//! What the authenticator says of the key (section 6.1).

use std::fmt;

use aws_lc_rs::digest;
use mayfly_domain::passkey::{Passkey, RelyingParty};

use super::{Cbor, Refused};

/// What the authenticator says about the moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    const USER_PRESENT: u8 = 0x01;
    const USER_VERIFIED: u8 = 0x04;
    const BACKUP_ELIGIBLE: u8 = 0x08;
    const BACKED_UP: u8 = 0x10;
    const ATTESTED_KEY: u8 = 0x40;
    const EXTENSIONS: u8 = 0x80;

    const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// Whether somebody touched it.
    pub const fn is_user_present(self) -> bool {
        self.has(Self::USER_PRESENT)
    }

    /// Whether it checked who that was.
    pub const fn is_user_verified(self) -> bool {
        self.has(Self::USER_VERIFIED)
    }

    /// Whether the key may be copied.
    pub const fn is_backup_eligible(self) -> bool {
        self.has(Self::BACKUP_ELIGIBLE)
    }

    /// Whether it was.
    pub const fn is_backed_up(self) -> bool {
        self.has(Self::BACKED_UP)
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#010b}", self.0)
    }
}

/// A new key with its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttestedKey<'bytes> {
    /// Which model of authenticator made it.
    pub aaguid: [u8; 16],
    /// By which it knows the key.
    pub credential_id: &'bytes [u8],
    /// The key, as COSE writes it.
    pub public_key: &'bytes [u8],
}

/// The authenticator's data, borrowed from its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorData<'bytes> {
    party: &'bytes [u8],
    /// About the moment.
    pub flags: Flags,
    /// Signatures so far; 0 for authenticators that do not count.
    pub sign_count: u32,
    /// The new key, where one was made.
    pub attested: Option<AttestedKey<'bytes>>,
    /// What was added that nobody asked for, which is looked at for its form alone.
    pub extensions: Option<Cbor<'bytes>>,
}

impl<'bytes> AuthenticatorData<'bytes> {
    /// Reads it. Each byte has to belong to something.
    pub fn read(bytes: &'bytes [u8]) -> Result<Self, Refused> {
        Self::parts(bytes).ok_or(Refused::AuthenticatorData)
    }

    fn parts(bytes: &'bytes [u8]) -> Option<Self> {
        let (party, rest) = bytes.split_at_checked(32)?;
        let ([flags], rest) = rest.split_first_chunk()?;
        let (count, mut rest) = rest.split_first_chunk()?;
        let flags = Flags(*flags);
        let mut attested = None;
        if flags.has(Flags::ATTESTED_KEY) {
            let (key, left) = attested_key(rest)?;
            (attested, rest) = (Some(key), left);
        }
        let mut extensions = None;
        if flags.has(Flags::EXTENSIONS) {
            let (map, left) = Cbor::read_first(rest).ok()?;
            map.entries()?;
            (extensions, rest) = (Some(map), left);
        }
        let read = Self { party, flags, sign_count: u32::from_be_bytes(*count), attested, extensions };
        rest.is_empty().then_some(read)
    }

    /// Whether it is for us, somebody was there and, where it is asked for, was the right one, and what it says of copies
    /// is no contradiction (section 7.1 steps 14 to 17, section 7.2 steps 16 to 19).
    pub(super) fn check(&self, party: &RelyingParty, verification: UserVerification) -> Result<(), Refused> {
        if self.party != digest::digest(&digest::SHA256, party.id.as_bytes()).as_ref() {
            return Err(Refused::RelyingParty);
        }
        if !self.flags.is_user_present() {
            return Err(Refused::UserPresence);
        }
        if verification == UserVerification::Required && !self.flags.is_user_verified() {
            return Err(Refused::UserVerification);
        }
        if self.flags.is_backed_up() && !self.flags.is_backup_eligible() {
            return Err(Refused::Backup);
        }
        Ok(())
    }
}

/// Whether the authenticator has to check who touches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserVerification {
    /// By a fingerprint, a face or a code: the passkey then stands for both factors.
    Required,
    /// It may, and need not: the password was shown beside it.
    Preferred,
}

impl UserVerification {
    /// Its word in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Preferred => "preferred",
        }
    }
}

fn attested_key(bytes: &[u8]) -> Option<(AttestedKey<'_>, &[u8])> {
    let (aaguid, rest) = bytes.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > Passkey::LONGEST_CREDENTIAL_ID {
        return None;
    }
    let (credential_id, from_key) = rest.split_at_checked(length)?;
    let (_, rest) = Cbor::read_first(from_key).ok()?;
    let public_key = from_key.get(..from_key.len() - rest.len())?;
    Some((AttestedKey { aaguid: *aaguid, credential_id, public_key }, rest))
}
