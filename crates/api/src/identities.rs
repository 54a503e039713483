//! Machine identities.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Metadata {
    pub key: String,
    pub value: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateIdentityRequest {
    #[schema(example = "ci")]
    pub name: String,
    /// Taken for compatibility; there is one organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// `admin`, `member` or `no-access`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "no-access")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Vec<Metadata>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = false)]
    pub has_delete_protection: Option<bool>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateIdentityRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Vec<Metadata>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_delete_protection: Option<bool>,
    /// Shuts it out at once, or lets it in again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_disabled: Option<bool>,
    /// What becomes of its live leases when it is shut out: `end` or `run-out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "end")]
    pub leases: Option<String>,
}

/// What becomes of live leases when their holder loses the right to have any.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct LeasesOfHolderRequest {
    /// `end` or `run-out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "end")]
    pub leases: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    #[schema(format = Uuid)]
    pub org_id: String,
    pub project_id: Option<String>,
    pub auth_methods: Vec<String>,
    pub has_delete_protection: bool,
    /// Whether it is shut out.
    #[serde(default)]
    pub is_disabled: bool,
    pub metadata: Vec<Metadata>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct IdentityBody {
    pub identity: Identity,
    /// After it was shut out or removed: its leases that are not over, at most 100.
    #[serde(rename = "leasesLeft", skip_serializing_if = "Option::is_none")]
    pub leases_left: Option<Vec<crate::leases::Lease>>,
}

/// An identity as a member of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationIdentity {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(format = Uuid)]
    pub identity_id: String,
    pub role: String,
    pub custom_role: Option<String>,
    #[schema(format = Uuid)]
    pub org_id: String,
    pub metadata: Vec<Metadata>,
    pub identity: IdentitySummary,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentitySummary {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    pub auth_methods: Vec<String>,
    pub has_delete_protection: bool,
    /// Whether it is shut out.
    #[serde(default)]
    pub is_disabled: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganizationIdentityBody {
    pub identity: OrganizationIdentity,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityList {
    pub identities: Vec<OrganizationIdentity>,
    pub total_count: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchIdentitiesRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100, default = 50)]
    pub limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, default = 0)]
    pub offset: Option<i64>,
    /// `name`, the only order there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_by: Option<String>,
    /// `asc` or `desc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_direction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<IdentitySearch>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct IdentitySearch {
    /// Part of the name, whatever its case; a text, or an object with `$contains` or `$eq`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<serde_json::Value>,
    /// A role's slug; a text, or an object with `$eq`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnIdentity {
    pub identity_details: OwnIdentityDetails,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnIdentityDetails {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    pub organization: OrganizationSummary,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganizationSummary {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    pub slug: String,
}
