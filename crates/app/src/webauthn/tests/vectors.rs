//! The standard's own examples: Web Authentication Level 3, section 16 (W3C, <https://www.w3.org/TR/webauthn-3/>), seven of
//! them as they stand there, in `vectors.json`.
//!
//! This software includes material copied from "Web Authentication: An API for accessing Public Key Credentials Level 3".
//! Copyright (c) World Wide Web Consortium, <https://www.w3.org/copyright/document-license/>.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::{super::*, party};

#[derive(Deserialize)]
struct Vector {
    name: String,
    attestation: Made,
    assertion: Used,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    credential_id: Hex,
    challenge: Hex,
    client_data: Hex,
    attestation_object: Hex,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Used {
    challenge: Hex,
    client_data: Hex,
    authenticator_data: Hex,
    signature: Hex,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Hex(Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let pairs = text.as_bytes().chunks(2);
        let byte = |pair: &[u8]| str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        pairs.map(byte).collect::<Option<Vec<u8>>>().map(Self).ok_or(text)
    }
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

impl Vector {
    fn attested(&self) -> Result<Attested, Refused> {
        let Made { credential_id, challenge, client_data, attestation_object } = &self.attestation;
        let read = ClientData::read(&client_data.0, Ceremony::Create)?;
        assert_eq!(read.challenge, URL_SAFE_NO_PAD.encode(&challenge.0), "{}", self.name);
        let attestation = Attestation {
            credential_id: credential_id.0.clone(),
            client_data: client_data.0.clone(),
            attestation_object: attestation_object.0.clone(),
        };
        verify_attestation(&attestation, &read, &party("example.org"))
    }

    /// What is used, with the key that was made, whatever else was wrong with that.
    fn asserted(&self, change: impl Fn(&mut Assertion)) -> Result<Asserted, Refused> {
        let object = Cbor::read(&self.attestation.attestation_object.0).unwrap();
        let data = AuthenticatorData::read(object.named("authData").and_then(Cbor::bytes).unwrap()).unwrap();
        let attested = data.attested.unwrap();
        assert_eq!(attested.credential_id, self.attestation.credential_id.0, "{}", self.name);
        let Used { challenge, client_data, authenticator_data, signature } = &self.assertion;
        let mut assertion = Assertion {
            credential_id: attested.credential_id.to_vec(),
            client_data: client_data.0.clone(),
            authenticator_data: authenticator_data.0.clone(),
            signature: signature.0.clone(),
            user_handle: None,
        };
        change(&mut assertion);
        let read = ClientData::read(&assertion.client_data, Ceremony::Get)?;
        assert_eq!(read.challenge, URL_SAFE_NO_PAD.encode(&challenge.0), "{}", self.name);
        let known = Known {
            public_key: attested.public_key,
            is_backup_eligible: data.flags.is_backup_eligible(),
            verification: UserVerification::Preferred,
        };
        verify_assertion(&assertion, &read, known, &party("example.org"))
    }
}

#[test]
fn what_the_standard_shows_to_be_used_is_accepted_but_in_pages_of_others() {
    for vector in vectors() {
        let asserted = vector.asserted(|_| ());
        let is_inside_another = vector.name.ends_with("Origin");
        match asserted {
            Err(Refused::CrossOrigin) if is_inside_another => {}
            Ok(asserted) if !is_inside_another => assert_eq!(asserted.sign_count, 0),
            other => panic!("{}: {other:?}", vector.name),
        }
    }
}

#[test]
fn what_the_standard_shows_to_be_made_is_accepted_where_it_is_what_we_ask_for() {
    use Refused::{AttestationFormat, CrossOrigin, UserVerification};
    // Some were made without looking who it is, some with a certificate of their maker's.
    let wanted: Vec<(&str, Option<Refused>)> = vec![
        ("none.ES256", Some(UserVerification)),
        ("packed-self.ES256", None),
        ("none.ES256.crossOrigin", Some(CrossOrigin)),
        ("none.ES256.topOrigin", Some(CrossOrigin)),
        ("none.ES256.long-credential-id", Some(UserVerification)),
        ("packed.RS256", Some(AttestationFormat)),
        ("packed.EdDSA", Some(UserVerification)),
    ];
    let found: Vec<(String, Option<Refused>)> =
        vectors().iter().map(|vector| (vector.name.clone(), vector.attested().err())).collect();
    let found: Vec<(&str, Option<Refused>)> = found.iter().map(|(name, refused)| (name.as_str(), *refused)).collect();
    assert_eq!(found, wanted);
}

#[test]
fn each_bit_of_a_signature_and_of_what_it_signs_counts() {
    for vector in vectors().into_iter().filter(|vector| !vector.name.ends_with("Origin")) {
        let refused = |change: &dyn Fn(&mut Assertion)| vector.asserted(change).unwrap_err();
        for place in [0, 7, 20, vector.assertion.signature.0.len() - 1] {
            let change = |assertion: &mut Assertion| assertion.signature[place] ^= 1;
            assert_eq!(refused(&change), Refused::Signature, "{}: {place}", vector.name);
        }
        let change = |assertion: &mut Assertion| assertion.authenticator_data[36] ^= 1;
        assert_eq!(refused(&change), Refused::Signature, "{}: a count", vector.name);
        let change = |assertion: &mut Assertion| assertion.client_data.insert(1, b' ');
        assert_eq!(refused(&change), Refused::Signature, "{}: a blank in the client data", vector.name);
    }
}
