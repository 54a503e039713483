//! An authenticator and a browser in one, for tests: it makes passkeys and signs with them, honestly or with one thing
//! changed. It shares no code with what checks its answers.

pub mod cbor;

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const LUCK: &str = "the machine's random source does not fail once it has started";

/// Somebody touched it, was verified, and there is a new key.
const MADE: u8 = 0x45;
/// There is a new key.
const NEW_KEY: u8 = 0x40;
/// Somebody touched it and was verified.
const USED: u8 = 0x05;

/// How its key signs.
#[expect(missing_docs, reason = "the names are those of RFC 9053")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    EdDsa,
    Es256,
    Rs256,
}

impl KeyKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// Its number in COSE's registry.
    pub const fn number(self) -> i64 {
        match self {
            Self::EdDsa => -8,
            Self::Es256 => -7,
            Self::Rs256 => -257,
        }
    }
}

/// An authenticator with one key.
pub struct Authenticator {
    /// By which it knows the key.
    pub credential_id: Vec<u8>,
    /// Whose key it is, once that was told.
    pub user_handle: Option<Vec<u8>>,
    /// Signatures so far; it counts where this is not 0.
    pub sign_count: u32,
    /// Flags that it adds to each answer, such as those about copies.
    pub more_flags: u8,
    kind: KeyKind,
    key: Key,
}

enum Key {
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
}

/// How a new key is vouched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vouching {
    /// Not at all, as browsers hand it on.
    None,
    /// By itself.
    ItSelf,
}

/// A passkey that is being made: change what is to be wrong, then ask for the answer.
pub struct Making {
    /// What the browser says of the page.
    pub client_data: Value,
    /// The server that it is for.
    pub party: String,
    /// About the moment.
    pub flags: u8,
    /// Signatures so far.
    pub sign_count: u32,
    /// Which model of authenticator.
    pub aaguid: [u8; 16],
    /// The id that is signed.
    pub credential_id: Vec<u8>,
    /// The key, as COSE writes it.
    pub public_key: Vec<u8>,
    /// What follows the key.
    pub tail: Vec<u8>,
    /// How the key is vouched for.
    pub vouching: Vouching,
    /// The word for that.
    pub format: String,
}

/// A passkey that is being used.
pub struct Using {
    /// What the browser says of the page.
    pub client_data: Value,
    /// The server that it is for.
    pub party: String,
    /// About the moment.
    pub flags: u8,
    /// Signatures so far.
    pub sign_count: u32,
    /// What follows.
    pub tail: Vec<u8>,
    /// The id that is shown.
    pub credential_id: Vec<u8>,
    /// Whose key it is said to be.
    pub user_handle: Option<Vec<u8>>,
}

impl Authenticator {
    /// One with a new key of a kind.
    ///
    /// # Panics
    /// Never, on a machine with a random source.
    pub fn new(kind: KeyKind) -> Self {
        let key = match kind {
            KeyKind::EdDsa => Key::Ed25519(Ed25519KeyPair::generate().expect(LUCK)),
            KeyKind::Es256 => {
                Key::Ecdsa(EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_ASN1_SIGNING).expect(LUCK))
            }
            KeyKind::Rs256 => Key::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).expect(LUCK))),
        };
        let mut credential_id = vec![0; 32];
        aws_lc_rs::rand::fill(&mut credential_id).expect(LUCK);
        Self { credential_id, user_handle: None, sign_count: 0, more_flags: 0, kind, key }
    }

    /// Begins to make a passkey as the options ask, in a page of `origin`. It keeps whose it is.
    ///
    /// # Panics
    /// If the options are none.
    pub fn make(&mut self, options: &Value, origin: &str) -> Making {
        let handle = option(options, "/user/id");
        self.user_handle = Some(URL_SAFE_NO_PAD.decode(handle).expect("base 64"));
        Making {
            client_data: client_data("webauthn.create", options, origin),
            party: option(options, "/rp/id").to_owned(),
            flags: MADE | self.more_flags,
            sign_count: self.sign_count,
            aaguid: [7; 16],
            credential_id: self.credential_id.clone(),
            public_key: self.public_key(),
            tail: Vec::new(),
            vouching: Vouching::None,
            format: "none".to_owned(),
        }
    }

    /// Begins to use its passkey as the options ask, in a page of `origin`. One that counts counts.
    ///
    /// # Panics
    /// If the options are none.
    pub fn begin(&mut self, options: &Value, origin: &str) -> Using {
        self.sign_count += u32::from(self.sign_count > 0);
        Using {
            client_data: client_data("webauthn.get", options, origin),
            party: option(options, "/rpId").to_owned(),
            flags: USED | self.more_flags,
            sign_count: self.sign_count,
            tail: Vec::new(),
            credential_id: self.credential_id.clone(),
            user_handle: self.user_handle.clone(),
        }
    }

    /// What its browser answers about a new passkey, as `toJSON` writes it.
    pub fn made(&self, making: &Making) -> Value {
        let data = making.authenticator_data();
        let client_data = making.client_data.to_string();
        let statement = match making.vouching {
            Vouching::None => Vec::new(),
            Vouching::ItSelf => {
                let signature = self.sign(&signed(&data, &client_data));
                vec![
                    (cbor::text("alg"), cbor::integer(self.kind.number())),
                    (cbor::text("sig"), cbor::bytes(&signature)),
                ]
            }
        };
        let object = cbor::map(&[
            (cbor::text("fmt"), cbor::text(&making.format)),
            (cbor::text("attStmt"), cbor::map(&statement)),
            (cbor::text("authData"), cbor::bytes(&data)),
        ]);
        let response = json!({
            "clientDataJSON": text(client_data.as_bytes()),
            "attestationObject": text(&object),
            "authenticatorData": text(&data),
            "transports": ["internal", "hybrid"],
            "publicKeyAlgorithm": self.kind.number(),
        });
        answer(&self.credential_id, &response)
    }

    /// What its browser answers about a use, as `toJSON` writes it.
    pub fn used(&self, using: &Using) -> Value {
        let data = using.authenticator_data();
        let client_data = using.client_data.to_string();
        let response = json!({
            "clientDataJSON": text(client_data.as_bytes()),
            "authenticatorData": text(&data),
            "signature": text(&self.sign(&signed(&data, &client_data))),
            "userHandle": using.user_handle.as_deref().map(text),
        });
        answer(&using.credential_id, &response)
    }

    /// Its public key, as COSE writes it.
    ///
    /// # Panics
    /// Never.
    pub fn public_key(&self) -> Vec<u8> {
        let number = |key: i64, value: i64| (cbor::integer(key), cbor::integer(value));
        let part = |key: i64, value: &[u8]| (cbor::integer(key), cbor::bytes(value));
        let algorithm = number(3, self.kind.number());
        match &self.key {
            Key::Ed25519(pair) => {
                cbor::map(&[number(1, 1), algorithm, number(-1, 6), part(-2, pair.public_key().as_ref())])
            }
            Key::Ecdsa(pair) => {
                let point = pair.public_key().as_ref().get(1..).expect("an uncompressed point");
                let (x, y) = point.split_at(32);
                cbor::map(&[number(1, 2), algorithm, number(-1, 1), part(-2, x), part(-3, y)])
            }
            Key::Rsa(pair) => {
                let public = pair.public_key();
                let modulus = public.modulus().big_endian_without_leading_zero();
                let exponent = public.exponent().big_endian_without_leading_zero();
                cbor::map(&[number(1, 3), algorithm, part(-1, modulus), part(-2, exponent)])
            }
        }
    }

    /// Its signature.
    ///
    /// # Panics
    /// Never, on a machine with a random source.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Key::Ecdsa(pair) => pair.sign(&random, message).expect(LUCK).as_ref().to_vec(),
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut signature).expect(LUCK);
                signature
            }
        }
    }
}

impl Making {
    /// What the authenticator says of the key.
    ///
    /// # Panics
    /// If the id is too long to be told.
    pub fn authenticator_data(&self) -> Vec<u8> {
        let moment = moment(&self.party, self.flags, self.sign_count);
        if self.flags & NEW_KEY == 0 {
            return [moment, self.tail.clone()].concat();
        }
        let length = u16::try_from(self.credential_id.len()).expect("a short id").to_be_bytes();
        let key: [&[u8]; 5] = [&self.aaguid, &length, &self.credential_id, &self.public_key, &self.tail];
        [moment, key.concat()].concat()
    }
}

impl Using {
    /// What the authenticator says of the moment.
    pub fn authenticator_data(&self) -> Vec<u8> {
        [moment(&self.party, self.flags, self.sign_count), self.tail.clone()].concat()
    }
}

fn answer(credential_id: &[u8], response: &Value) -> Value {
    json!({
        "id": text(credential_id), "rawId": text(credential_id), "type": "public-key", "response": response,
        "authenticatorAttachment": "platform", "clientExtensionResults": {},
    })
}

fn option<'a>(options: &'a Value, place: &str) -> &'a str {
    options.pointer(place).and_then(Value::as_str).expect("options for an authenticator")
}

fn moment(party: &str, flags: u8, sign_count: u32) -> Vec<u8> {
    let party = digest::digest(&digest::SHA256, party.as_bytes());
    [party.as_ref(), &[flags], &sign_count.to_be_bytes()].concat()
}

fn client_data(kind: &str, options: &Value, origin: &str) -> Value {
    json!({"type": kind, "challenge": option(options, "/challenge"), "origin": origin, "crossOrigin": false})
}

fn signed(authenticator_data: &[u8], client_data: &str) -> Vec<u8> {
    [authenticator_data, digest::digest(&digest::SHA256, client_data.as_bytes()).as_ref()].concat()
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
