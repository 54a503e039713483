//! Leases: each is one token that was issued, and its end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dynamic_secrets::DynamicSecret;

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssueLeaseRequest {
    #[schema(example = "ci-deployer")]
    pub dynamic_secret_name: String,
    #[schema(example = "shop-abc1")]
    pub project_slug: String,
    #[schema(example = "prod")]
    pub environment_slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "/")]
    pub path: Option<String>,
    /// The secret's Default TTL when absent or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "30m")]
    pub ttl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<LeaseConfig>,
    /// Why, for the audit log; at most 1024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Ask the cluster "who am I" with the fresh token before answering.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = false)]
    pub verify: Option<bool>,
    /// A live lease that ends once the new one is issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub replaces: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct LeaseConfig {
    /// One of the secret's namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// Where the lease's dynamic secret lies.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeasePlaceRequest {
    pub project_slug: String,
    pub environment_slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "/")]
    pub path: Option<String>,
    /// Existing clients send it. It gives nothing up: where objects cannot be removed now, the lease stays `ending`,
    /// and removing them goes on until it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = false)]
    pub is_forced: Option<bool>,
}

/// Tokens cannot be renewed: the answer is always a refusal.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenewLeaseRequest {
    pub project_slug: String,
    pub environment_slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "/")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    #[schema(format = Uuid)]
    pub id: String,
    pub version: i64,
    #[schema(format = Uuid)]
    pub dynamic_secret_id: String,
    /// The dynamic secret's name when the lease was issued, as all that follows of where it was.
    #[serde(default)]
    pub dynamic_secret_name: String,
    #[serde(default)]
    #[schema(format = Uuid)]
    pub project_id: String,
    #[serde(default)]
    pub environment_slug: String,
    #[serde(default)]
    pub path: String,
    /// Name of the service account.
    pub external_entity_id: String,
    /// When the lease ends; never later than its token.
    #[schema(format = DateTime)]
    pub expire_at: String,
    /// Null, or `Failed to delete` while removing its objects is tried again.
    pub status: Option<String>,
    /// Why the last try to remove its objects failed.
    pub status_details: Option<String>,
    /// Since when its objects are being removed, while they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub ending_since: Option<String>,
    /// How often that failed so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// When that is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// As it was sent.
    pub config: Option<serde_json::Value>,
    /// `reserved`, `active`, `closed`, `ending` or `ended`.
    #[schema(example = "active")]
    pub state: String,
    /// What ending the lease does: `deleted`, its token is refused; `expired`, its token lives until it expires.
    #[schema(example = "expired")]
    pub ends_when: String,
    /// When the token itself expires.
    #[schema(format = DateTime)]
    pub token_expires_at: Option<String>,
    pub namespace: String,
    pub service_account_name: String,
    pub holder: Holder,
    /// Id of the token, which the cluster's audit log shows with each of its uses.
    pub jti: Option<String>,
    /// How the lease ended: `revoked`, `expired`, `forgotten`, `never_issued` or `possibly_issued`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub ended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether its role had other rules when the token was issued than when the dynamic secret was saved; absent where not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub role_changed: bool,
    /// Where the token is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<LeaseCluster>,
    /// The secret it came from, in the answer for one lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_secret: Option<Box<DynamicSecret>>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Who holds a lease.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Holder {
    /// `identity` or `user`.
    #[serde(rename = "type")]
    pub kind: String,
    pub id: Option<String>,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaseCluster {
    /// The API server's address.
    pub server: String,
    /// Its CA as PEM in base64, as a kubeconfig has it; null means the system's roots.
    pub ca_data: Option<String>,
    /// Whether `server` is the address that the cluster connection gives to clients. Otherwise it is where Mayfly
    /// itself finds the cluster, and the token works only inside that network.
    #[serde(default)]
    pub for_clients: bool,
}

/// A lease that was just issued. `data.TOKEN` is shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssuedLease {
    pub lease: Lease,
    pub dynamic_secret: DynamicSecret,
    #[schema(example = json!({"TOKEN": "eyJhbGciOiJSUzI1NiIs…"}))]
    pub data: BTreeMap<String, String>,
    /// The lease that was asked to be replaced, as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Lease>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndLeaseRequest {
    pub project_slug: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForgetLeaseRequest {
    pub project_slug: String,
    /// Why, for the audit log; at most 1024 characters.
    pub reason: String,
}

/// Which live leases: those that every part of it names.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndLeasesRequest {
    /// Id of the identity or person who holds them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub holder_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub cluster_connection_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub dynamic_secret_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub environment_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub project_id: Option<String>,
    /// Issued at this time or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub since: Option<String>,
    /// Every lease there is; where no filter is given, it has to be true.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = false)]
    pub everything: Option<bool>,
    /// Only say which these are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = true)]
    pub dry_run: Option<bool>,
    /// Why, for the audit log; at most 1024 characters.
    pub reason: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndedLeases {
    pub is_dry_run: bool,
    /// Leases that the filter names.
    pub found: u64,
    /// Those whose tokens are refused by the cluster within seconds.
    pub ending: u64,
    /// Those that can only be closed: their tokens live until they expire.
    pub closed: u64,
    /// Those that were being issued, and get no token any more.
    pub cancelled: u64,
    /// The newest of them, at most 100, in the states they have now.
    pub leases: Vec<Lease>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct LeaseBody {
    pub lease: Lease,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct LeaseList {
    pub leases: Vec<Lease>,
}

/// One page of the lease history.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaseHistory {
    pub leases: Vec<Lease>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// How many there are on all pages, counted up to 10,000; absent where you manage leases in some places only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10000)]
    pub total: Option<i64>,
}
