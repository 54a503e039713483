//! What environments ask of leases.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// That other people have to agree before a token is given out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRule {
    /// How many, 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub approvals: u8,
    /// How long their word counts, `1m` to `24h`.
    #[schema(example = "1h")]
    pub valid_for: String,
}

/// What is left out stays; `null` takes away.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires_reason: Option<bool>,
    #[serde(rename = "maxTTL", skip_serializing_if = "Option::is_none")]
    #[schema(example = "8h")]
    pub max_ttl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires_revocable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalRule>,
    /// Why, for those who have to agree to a policy that asks for less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentPolicy {
    #[schema(format = Uuid)]
    pub environment_id: String,
    /// Counts up with each change; 0 where nobody ever set one.
    pub version: i64,
    pub requires_reason: bool,
    #[serde(rename = "maxTTL")]
    pub max_ttl: Option<String>,
    pub requires_revocable: bool,
    pub approval: Option<ApprovalRule>,
    #[schema(format = DateTime)]
    pub updated_at: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyBody {
    pub policy: EnvironmentPolicy,
}
