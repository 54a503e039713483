//! How a machine identity signs in with client id and client secret.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Limits and trusted addresses. All times in seconds. What is left out keeps its value, or its default when made.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UniversalAuthRequest {
    #[serde(rename = "accessTokenTTL", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 315_360_000, default = 2_592_000)]
    pub access_token_ttl: Option<i64>,
    #[serde(rename = "accessTokenMaxTTL", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 315_360_000, default = 2_592_000)]
    pub access_token_max_ttl: Option<i64>,
    /// 0 means without limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, default = 0)]
    pub access_token_num_uses_limit: Option<i64>,
    /// Above 0: the token may be renewed for ever, for this long each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 315_360_000, default = 0)]
    pub access_token_period: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_trusted_ips: Option<Vec<TrustedIpRequest>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_trusted_ips: Option<Vec<TrustedIpRequest>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = true)]
    pub lockout_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 30, default = 3)]
    pub lockout_threshold: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 30, maximum = 86_400, default = 300)]
    pub lockout_duration_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 5, maximum = 3600, default = 30)]
    pub lockout_counter_reset_seconds: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrustedIpRequest {
    /// An address or a range.
    #[schema(example = "10.0.0.0/8")]
    pub ip_address: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrustedIp {
    pub ip_address: String,
    /// `ipv4` or `ipv6`.
    #[serde(rename = "type")]
    pub family: String,
    pub prefix: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UniversalAuth {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(format = Uuid)]
    pub identity_id: String,
    pub client_id: String,
    #[serde(rename = "accessTokenTTL")]
    pub access_token_ttl: i64,
    #[serde(rename = "accessTokenMaxTTL")]
    pub access_token_max_ttl: i64,
    pub access_token_num_uses_limit: i64,
    pub access_token_period: i64,
    pub client_secret_trusted_ips: Vec<TrustedIp>,
    pub access_token_trusted_ips: Vec<TrustedIp>,
    pub lockout_enabled: bool,
    pub lockout_threshold: i64,
    pub lockout_duration_seconds: i64,
    pub lockout_counter_reset_seconds: i64,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UniversalAuthBody {
    pub identity_universal_auth: UniversalAuth,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateClientSecretRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Most logins; 0 means without limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, default = 0)]
    pub num_uses_limit: Option<i64>,
    /// Lifetime in seconds; 0 means without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 315_360_000, default = 0)]
    pub ttl: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientSecretData {
    #[schema(format = Uuid)]
    pub id: String,
    #[serde(rename = "identityUAId")]
    #[schema(format = Uuid)]
    pub identity_ua_id: String,
    pub description: String,
    pub client_secret_prefix: String,
    pub client_secret_num_uses: i64,
    pub client_secret_num_uses_limit: i64,
    #[serde(rename = "clientSecretTTL")]
    pub client_secret_ttl: i64,
    pub is_client_secret_revoked: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedClientSecret {
    /// Shown this once.
    pub client_secret: String,
    pub client_secret_data: ClientSecretData,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientSecretBody {
    pub client_secret_data: ClientSecretData,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientSecretList {
    pub client_secret_data: Vec<ClientSecretData>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClearedLockouts {
    /// Locks that were lifted.
    pub deleted: u64,
}
