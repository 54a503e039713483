//! Reading what browsers answer. What they may add is left alone: it is theirs to say.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_app::webauthn::{Assertion, Attestation};
use mayfly_domain::passkey::Passkey;

use super::super::form::{Field, Form};

/// Bytes of one part at most: a key of 8,192 bits with a chain of certificates is a third of it.
const LONGEST_PART: usize = 16 * 1024;
/// Bytes of a handle at most (Web Authentication section 5.4.3).
const LONGEST_HANDLE: usize = 64;
/// Ways to reach an authenticator that are kept, of each as many characters.
const MOST_TRANSPORTS: usize = 8;
const LONGEST_TRANSPORT: usize = 32;

/// A new passkey, and how it may be reached.
pub(super) fn attestation(form: &Form<'_>) -> Field<(Attestation, Vec<String>)> {
    let (credential_id, response) = (credential_id(form), form.object("response"));
    let client_data = part(&response, "clientDataJSON", LONGEST_PART);
    let attestation_object = part(&response, "attestationObject", LONGEST_PART);
    let transports = response.texts("transports", |text| Ok(text.to_owned()));
    let attestation = Attestation {
        credential_id: credential_id?,
        client_data: client_data?,
        attestation_object: attestation_object?,
    };
    Some((attestation, transports_kept(transports?.unwrap_or_default())))
}

/// A passkey that is used.
pub(in crate::http) fn assertion(form: &Form<'_>) -> Field<Assertion> {
    let (credential_id, response) = (credential_id(form), form.object("response"));
    let client_data = part(&response, "clientDataJSON", LONGEST_PART);
    let authenticator_data = part(&response, "authenticatorData", LONGEST_PART);
    let signature = part(&response, "signature", LONGEST_PART);
    let user_handle = response.optional_with("userHandle", |text| bytes(text, LONGEST_HANDLE));
    Some(Assertion {
        credential_id: credential_id?,
        client_data: client_data?,
        authenticator_data: authenticator_data?,
        signature: signature?,
        user_handle: user_handle?,
    })
}

/// `id` and `rawId`, which are the same bytes, of a credential that is a public key.
fn credential_id(form: &Form<'_>) -> Field<Vec<u8>> {
    let kind = form.required_with("type", |text| match text {
        "public-key" => Ok(()),
        _ => Err("must be `public-key`".to_owned()),
    });
    let id = part(form, "id", Passkey::LONGEST_CREDENTIAL_ID);
    let raw = part(form, "rawId", Passkey::LONGEST_CREDENTIAL_ID);
    kind?;
    let (id, raw) = (id?, raw?);
    if id == raw { Some(id) } else { form.fault("rawId", "invalid_value", "must be the same as `id`") }
}

fn part(form: &Form<'_>, name: &str, longest: usize) -> Field<Vec<u8>> {
    form.required_with(name, |text| bytes(text, longest))
}

fn bytes(text: &str, longest: usize) -> Result<Vec<u8>, String> {
    let most = longest.saturating_mul(4).div_ceil(3);
    if text.len() > most {
        return Err(format!("must be {longest} bytes or fewer"));
    }
    let read = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| !bytes.is_empty());
    read.ok_or_else(|| "must be base 64 for addresses, without padding, and not empty".to_owned())
}

/// What is kept of the ways: words in order, each once (section 5.2.1.1). Others are none.
fn transports_kept(mut transports: Vec<String>) -> Vec<String> {
    let is_word = |text: &String| {
        (1..=LONGEST_TRANSPORT).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    transports.retain(is_word);
    transports.sort();
    transports.dedup();
    transports.truncate(MOST_TRANSPORTS);
    transports
}
