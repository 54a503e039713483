//! A passkey that is used (section 7.2).

use mayfly_domain::passkey::RelyingParty;

use super::{
    AuthenticatorData, ClientData, PublicKey, Refused, authenticator_data::UserVerification, client_data::signed,
};

/// What a browser answers when a passkey was used.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Which passkey.
    pub credential_id: Vec<u8>,
    /// What the browser says of the page.
    pub client_data: Vec<u8>,
    /// What the authenticator says of the moment.
    pub authenticator_data: Vec<u8>,
    /// Over both.
    pub signature: Vec<u8>,
    /// Whose passkey it is, as it was told when it was made.
    pub user_handle: Option<Vec<u8>>,
}

/// What is known of the passkey, and what is asked of it.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its public key, as COSE writes it.
    pub public_key: &'a [u8],
    /// Whether it may be copied, as it said when it was registered.
    pub is_backup_eligible: bool,
    /// Whether its person has to be verified.
    pub verification: UserVerification,
}

/// A use that was found to be right, but for its count, which only the store can judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asserted {
    /// Signatures so far.
    pub sign_count: u32,
    /// Whether it is copied by now.
    pub is_backed_up: bool,
}

/// Checks a use from step 13 on. Before it the passkey and its person were found, and the challenge was one that waits.
pub fn verify_assertion(
    assertion: &Assertion,
    client_data: &ClientData,
    known: Known<'_>,
    party: &RelyingParty,
) -> Result<Asserted, Refused> {
    client_data.check(party)?;
    let data = AuthenticatorData::read(&assertion.authenticator_data)?;
    data.check(party, known.verification)?;
    if data.flags.is_backup_eligible() != known.is_backup_eligible {
        return Err(Refused::Backup);
    }
    if data.attested.is_some() {
        return Err(Refused::AttestedKey);
    }
    let message = signed(&assertion.authenticator_data, &assertion.client_data);
    PublicKey::read(known.public_key)?.check(&message, &assertion.signature)?;
    Ok(Asserted { sign_count: data.sign_count, is_backed_up: data.flags.is_backed_up() })
}
