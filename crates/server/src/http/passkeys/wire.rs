//! Passkeys, and what browsers are asked, on the wire.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_api::passkeys::{
    AuthenticatorSelection, CreationOptions, CredentialDescriptor, CredentialParameters, Passkey as Wire,
    PasskeyCreation, PasskeyList, PasskeyRequest, RelyingPartyEntity, RequestOptions as WireRequest, UserEntity,
};
use mayfly_app::{
    passkeys::{RegistrationOptions, RequestOptions},
    webauthn::UserVerification,
};
use mayfly_domain::passkey::{Passkey, PasskeyAlgorithm};

use super::super::time;

/// What browsers show as the server's name.
const SERVER_NAME: &str = "Mayfly";
const PUBLIC_KEY: &str = "public-key";

pub(super) fn creation(options: &RegistrationOptions) -> PasskeyCreation {
    let parameters =
        |algorithm: PasskeyAlgorithm| CredentialParameters { r#type: PUBLIC_KEY.to_owned(), alg: algorithm.number() };
    let user = &options.user;
    let public_key = CreationOptions {
        rp: RelyingPartyEntity { id: options.party.id.clone(), name: SERVER_NAME.to_owned() },
        user: UserEntity {
            id: text(&options.user_handle),
            name: user.email.clone(),
            display_name: user.name.as_ref().map_or_else(|| user.email.clone(), ToString::to_string),
        },
        challenge: text(&options.challenge),
        pub_key_cred_params: PasskeyAlgorithm::ALL.map(parameters).to_vec(),
        timeout: options.timeout,
        exclude_credentials: options.known.iter().map(descriptor).collect(),
        authenticator_selection: AuthenticatorSelection {
            resident_key: "preferred".to_owned(),
            require_resident_key: false,
            user_verification: UserVerification::Required.as_str().to_owned(),
        },
        attestation: "none".to_owned(),
    };
    PasskeyCreation { public_key, expires_at: time::text(options.expires_at) }
}

pub(super) fn request(options: &RequestOptions) -> PasskeyRequest {
    let public_key = WireRequest {
        challenge: text(&options.challenge),
        timeout: options.timeout,
        rp_id: options.party.id.clone(),
        allow_credentials: options.allowed.iter().map(descriptor).collect(),
        user_verification: options.verification.as_str().to_owned(),
    };
    PasskeyRequest { public_key, expires_at: time::text(options.expires_at) }
}

pub(super) fn list(passkeys: &[Passkey]) -> PasskeyList {
    PasskeyList { passkeys: passkeys.iter().map(passkey).collect() }
}

pub(super) fn passkey(passkey: &Passkey) -> Wire {
    Wire {
        id: passkey.id.to_string(),
        name: passkey.name.to_string(),
        algorithm: passkey.algorithm.to_string(),
        transports: passkey.transports.clone(),
        aaguid: passkey.aaguid_text(),
        is_backup_eligible: passkey.is_backup_eligible,
        is_backed_up: passkey.is_backed_up,
        created_at: time::text(passkey.created_at),
        last_used_at: passkey.last_used_at.map(time::text),
        suspected_at: passkey.suspected_at.map(time::text),
    }
}

fn descriptor(passkey: &Passkey) -> CredentialDescriptor {
    CredentialDescriptor {
        r#type: PUBLIC_KEY.to_owned(),
        id: text(&passkey.credential_id),
        transports: passkey.transports.clone(),
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
