//! A new passkey (section 7.1).

use mayfly_domain::passkey::{PasskeyAlgorithm, RelyingParty};

use super::{
    AuthenticatorData, Cbor, ClientData, PublicKey, Refused, authenticator_data::UserVerification, client_data::signed,
};

/// What a browser answers when a passkey was made.
#[derive(Clone, Debug)]
pub struct Attestation {
    /// The id beside the rest.
    pub credential_id: Vec<u8>,
    /// What the browser says of the page.
    pub client_data: Vec<u8>,
    /// What the authenticator says of the key.
    pub attestation_object: Vec<u8>,
}

/// A passkey that was found to be right, to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// By which the authenticator knows it.
    pub credential_id: Vec<u8>,
    /// The public key, as COSE writes it.
    pub public_key: Vec<u8>,
    /// How it signs.
    pub algorithm: PasskeyAlgorithm,
    /// Signatures so far.
    pub sign_count: u32,
    /// Whether it may be copied.
    pub is_backup_eligible: bool,
    /// Whether it was.
    pub is_backed_up: bool,
    /// Which model of authenticator made it.
    pub aaguid: [u8; 16],
}

/// Checks a new passkey from step 9 on. Before it the challenge was found to be one that waits.
pub fn verify_attestation(
    attestation: &Attestation,
    client_data: &ClientData,
    party: &RelyingParty,
) -> Result<Attested, Refused> {
    client_data.check(party)?;
    let object = Cbor::read(&attestation.attestation_object).map_err(|_| Refused::AuthenticatorData)?;
    let bytes = object.named("authData").and_then(Cbor::bytes).ok_or(Refused::AuthenticatorData)?;
    let data = AuthenticatorData::read(bytes)?;
    data.check(party, UserVerification::Required)?;
    let attested = data.attested.ok_or(Refused::AttestedKey)?;
    let key = PublicKey::read(attested.public_key)?;
    check_statement(&object, &key, &signed(bytes, &attestation.client_data))?;
    if attested.credential_id != attestation.credential_id {
        return Err(Refused::CredentialId);
    }
    Ok(Attested {
        credential_id: attestation.credential_id.clone(),
        public_key: attested.public_key.to_vec(),
        algorithm: key.algorithm,
        sign_count: data.sign_count,
        is_backup_eligible: data.flags.is_backup_eligible(),
        is_backed_up: data.flags.is_backed_up(),
        aaguid: attested.aaguid,
    })
}

/// We ask for none. What a browser may leave in all the same is the passkey's word for itself (section 5.1.3).
fn check_statement(object: &Cbor<'_>, key: &PublicKey, message: &[u8]) -> Result<(), Refused> {
    let statement = object.named("attStmt").ok_or(Refused::AttestationStatement)?;
    let members = statement.entries().ok_or(Refused::AttestationStatement)?.len();
    match object.named("fmt").and_then(Cbor::text) {
        Some("none") if members == 0 => Ok(()),
        Some("none") => Err(Refused::AttestationStatement),
        Some("packed") if statement.named("x5c").is_none() => {
            let algorithm = statement.named("alg").and_then(Cbor::integer);
            let signature = statement.named("sig").and_then(Cbor::bytes);
            let is_of_key = algorithm == Some(key.algorithm.number()) && members == 2;
            let signature = signature.filter(|_| is_of_key).ok_or(Refused::AttestationStatement)?;
            key.check(message, signature).map_err(|_| Refused::AttestationStatement)
        }
        _ => Err(Refused::AttestationFormat),
    }
}
