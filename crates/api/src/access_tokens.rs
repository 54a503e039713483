//! Access tokens of machines: got by login, renewed, revoked.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoginRequest {
    pub client_id: String,
    pub client_secret: String,
}

/// An access token that was just made or renewed.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantedAccessToken {
    pub access_token: String,
    /// Seconds until it ends, unless renewed.
    pub expires_in: i64,
    /// Seconds that no renewal passes, from its making.
    #[serde(rename = "accessTokenMaxTTL")]
    pub access_token_max_ttl: i64,
    #[schema(example = "Bearer")]
    pub token_type: String,
}

/// Names the token to renew or revoke; no other credential is needed.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessTokenRequest {
    pub access_token: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevokedAccessToken {
    pub message: String,
}
