//! Dynamic secrets: the configuration from which leases are issued.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::identities::Metadata;

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateDynamicSecretRequest {
    #[schema(example = "ci-deployer")]
    pub name: String,
    #[schema(example = "shop-abc1")]
    pub project_slug: String,
    #[schema(example = "prod")]
    pub environment_slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "/")]
    pub path: Option<String>,
    /// One number and one unit of s, m, h, d, w, y.
    #[serde(rename = "defaultTTL")]
    #[schema(example = "1h")]
    pub default_ttl: String,
    /// The server's limit when absent.
    #[serde(rename = "maxTTL", skip_serializing_if = "Option::is_none")]
    #[schema(example = "4h")]
    pub max_ttl: Option<String>,
    pub provider: Provider,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Vec<Metadata>>,
    /// How temporary accounts are named: `{{randomUsername}}`, `{{unixTimestamp}}`, `{{identity.name}}`, and the
    /// helpers `random`, `replace`, `truncate`, `uppercase`, `lowercase`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ci-{{identity.name}}")]
    pub username_template: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    /// `kubernetes`, the only type there is.
    #[serde(rename = "type")]
    #[schema(example = "kubernetes")]
    pub kind: String,
    pub inputs: Inputs,
}

/// Where and what. On the way out `clusterToken` is there for the caller who just sent it, and for those who may
/// reveal it.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Inputs {
    /// `static`: a token for an existing service account. `dynamic`: for one that is made for each lease.
    #[schema(example = "static")]
    pub credential_type: String,
    /// `api`: Mayfly speaks to the API server with `clusterToken`. `gateway`: the gateway `gatewayId` does, with its own account.
    #[serde(default = "Inputs::api")]
    #[schema(default = "api")]
    pub auth_method: String,
    /// A cluster connection of the organization, instead of `url`, `ca` and `clusterToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub cluster_connection_id: Option<String>,
    /// The Kubernetes API server. A path is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://kubernetes.example.com:6443")]
    pub url: Option<String>,
    /// Token that may create tokens for the service account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_token: Option<String>,
    /// PEM certificates, which are then the only ones trusted; blank means the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = false)]
    pub ssl_enabled: Option<bool>,
    /// `false` skips verification, where the server allows that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = true)]
    pub ssl_reject_unauthorized: Option<bool>,
    /// The gateway on the way. With `authMethod` `api` it passes bytes on, and `url`, `ca` and `clusterToken` are those of the
    /// cluster behind it; with `gateway` it does the work with its own account, and none of them is given.
    pub gateway_id: Option<String>,
    /// A pool of gateways instead: whichever of them is there and has the least to do.
    #[schema(format = Uuid)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_pool_id: Option<String>,
    /// One namespace, or with `dynamic` several with commas between them, the first of which is usual.
    #[serde(default)]
    pub namespace: String,
    /// With `dynamic`: what the labels of a lease's namespace must be, besides. A label selector as Kubernetes has
    /// them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<serde_json::Value>,
    /// With `static`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "deployer")]
    pub service_account_name: Option<String>,
    /// With `static`: whether tokens can be taken back. Absent, they can be if the cluster lets us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocable: Option<bool>,
    /// With `dynamic`: `role` or `cluster-role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_type: Option<String>,
    /// With `dynamic`: the Role or ClusterRole that each account gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "view")]
    pub role: Option<String>,
    /// With `cluster-role`: `cluster` binds it everywhere, as existing clients mean it; `namespace` in the lease's
    /// namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding_scope: Option<String>,
    /// With `dynamic`: rules of its own instead of `role`, as a Role has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<serde_json::Value>,
    /// With `dynamic`: labels of what is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// With `dynamic`: annotations of what is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub audiences: Vec<String>,
}

impl Inputs {
    fn api() -> String {
        "api".to_owned()
    }
}

#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateDynamicSecretRequest {
    pub project_slug: String,
    pub environment_slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "/")]
    pub path: Option<String>,
    pub data: DynamicSecretChanges,
    /// What becomes of its leases: `end` now, `run-out` until their time is up, or `refuse` to change it while there
    /// are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "run-out")]
    pub leases: Option<String>,
}

/// What is left out stays as it is. A new address, CA or verification needs `clusterToken` again.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicSecretChanges {
    /// Any of the fields of `Inputs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<serde_json::Value>,
    #[serde(rename = "defaultTTL", skip_serializing_if = "Option::is_none")]
    pub default_ttl: Option<String>,
    /// `null` takes the maximum away.
    #[serde(rename = "maxTTL", skip_serializing_if = "Option::is_none")]
    pub max_ttl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Vec<Metadata>>,
    /// `null` takes the template away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_template: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeleteDynamicSecretRequest {
    pub project_slug: String,
    pub environment_slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "/")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = false)]
    pub is_forced: Option<bool>,
    /// What becomes of its leases: `end` now, `run-out` until their time is up, or `refuse` to remove it while there
    /// are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "end")]
    pub leases: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicSecret {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    pub version: i64,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(rename = "defaultTTL")]
    pub default_ttl: String,
    #[serde(rename = "maxTTL")]
    pub max_ttl: Option<String>,
    #[schema(format = Uuid)]
    pub folder_id: String,
    pub status: Option<String>,
    pub status_details: Option<String>,
    pub gateway_id: Option<String>,
    #[schema(format = Uuid)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_pool_id: Option<String>,
    #[serde(rename = "gatewayV2Id")]
    pub gateway_v2_id: Option<String>,
    pub username_template: Option<String>,
    /// For an existing service account: whether tokens can be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocable: Option<bool>,
    /// Why so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocable_reason: Option<String>,
    pub metadata: Vec<Metadata>,
    /// Left out of lists and of answers about leases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Inputs>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicSecretBody {
    pub dynamic_secret: DynamicSecret,
    /// After a change: its leases that are not over, newest first, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leases_left: Option<Vec<crate::leases::Lease>>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedDynamicSecretBody {
    pub dynamic_secret: DynamicSecret,
    /// Its leases that are not over, newest first, at most 100.
    pub leases_left: Vec<crate::leases::Lease>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicSecretList {
    pub dynamic_secrets: Vec<DynamicSecret>,
}
