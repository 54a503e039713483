//! Passkeys of people. What browsers take and give has the names and forms of Web Authentication's own JSON, so that
//! `PublicKeyCredential.parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON` and `toJSON` fit as they are; bytes are
//! base 64 for addresses, without padding.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Passkey {
    #[schema(format = Uuid)]
    pub id: String,
    /// What its person calls it.
    #[schema(example = "laptop")]
    pub name: String,
    /// `ES256`, `EdDSA` or `RS256`.
    pub algorithm: String,
    /// How a browser may reach what holds it, such as `internal`, `usb` or `hybrid`.
    pub transports: Vec<String>,
    /// Which model of authenticator made it; all zero where none is told.
    #[schema(format = Uuid)]
    pub aaguid: String,
    /// Whether it may be copied to other devices of its person.
    pub is_backup_eligible: bool,
    /// Whether it was, when it was last used.
    pub is_backed_up: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When somebody last signed in with it.
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
    /// When it counted back, which a copy of its key explains. From then on it lets nobody in: remove it.
    #[schema(format = DateTime)]
    pub suspected_at: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PasskeyList {
    pub passkeys: Vec<Passkey>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PasskeyBody {
    pub passkey: Passkey,
}

/// The person once more: nothing where they signed in within the last ten minutes.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ProofRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RenamePasskeyRequest {
    #[schema(example = "phone")]
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RegisterPasskeyRequest {
    #[schema(example = "laptop")]
    pub name: String,
    pub credential: RegistrationResponse,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct PasskeyLoginRequest {
    pub credential: AuthenticationResponse,
    /// `cookie`, which is the default and for browsers, or `token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct PasskeySecondFactorRequest {
    #[schema(example = "ana@example.com")]
    pub email: String,
    pub password: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyCreation {
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON`.
    pub public_key: CreationOptions,
    /// When the challenge ends. It is good once.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyRequest {
    /// For `PublicKeyCredential.parseRequestOptionsFromJSON`.
    pub public_key: RequestOptions,
    /// When the challenge ends. It is good once.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// `PublicKeyCredentialCreationOptionsJSON`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions {
    pub rp: RelyingPartyEntity,
    pub user: UserEntity,
    pub challenge: String,
    pub pub_key_cred_params: Vec<CredentialParameters>,
    /// In milliseconds.
    pub timeout: i64,
    pub exclude_credentials: Vec<CredentialDescriptor>,
    pub authenticator_selection: AuthenticatorSelection,
    /// `none`.
    pub attestation: String,
}

/// `PublicKeyCredentialRequestOptionsJSON`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    pub challenge: String,
    /// In milliseconds.
    pub timeout: i64,
    pub rp_id: String,
    pub allow_credentials: Vec<CredentialDescriptor>,
    /// `required`, or `preferred` beside a password.
    pub user_verification: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RelyingPartyEntity {
    #[schema(example = "mayfly.example.com")]
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserEntity {
    /// Random, and the same for all passkeys of a person.
    pub id: String,
    pub name: String,
    pub display_name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CredentialParameters {
    /// `public-key`.
    pub r#type: String,
    /// A number of COSE's registry: -7, -8 or -257.
    pub alg: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CredentialDescriptor {
    /// `public-key`.
    pub r#type: String,
    pub id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticatorSelection {
    /// `preferred`: one that is known by itself, where the authenticator has room.
    pub resident_key: String,
    pub require_resident_key: bool,
    /// `required`.
    pub user_verification: String,
}

/// `RegistrationResponseJSON`, as `toJSON` of a browser writes it. Members that are not named here are left alone.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationResponse {
    pub id: String,
    pub raw_id: String,
    /// `public-key`.
    pub r#type: String,
    pub response: AttestationResponse,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    pub attestation_object: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<String>,
}

/// `AuthenticationResponseJSON`, as `toJSON` of a browser writes it. Members that are not named here are left alone.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationResponse {
    pub id: String,
    pub raw_id: String,
    /// `public-key`.
    pub r#type: String,
    pub response: AssertionResponse,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    pub authenticator_data: String,
    pub signature: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_handle: Option<String>,
}
