//! Cluster connections, and the sweep of the clusters they lead to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::policies::ApprovalRule;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterConnection {
    #[schema(format = Uuid)]
    pub id: String,
    /// Unique in the organization; one that came with a dynamic secret has none.
    pub name: Option<String>,
    /// Whose account does the work: `api` is that of the cluster token, `gateway` that of the gateway.
    #[serde(default = "ClusterConnection::api")]
    pub auth_method: String,
    /// The gateway on the way.
    #[schema(format = Uuid)]
    pub gateway_id: Option<String>,
    /// The pool of gateways on the way.
    #[schema(format = Uuid)]
    pub gateway_pool_id: Option<String>,
    /// Address of the API server; where pods find it, if a gateway does the work.
    pub url: String,
    /// PEM certificates that are the only roots.
    pub ca: Option<String>,
    /// `full` or `off`.
    pub verification: String,
    /// Where those who hold tokens find the API server, where that is elsewhere.
    pub client_url: Option<String>,
    pub client_ca: Option<String>,
    /// The file of the server's settings that holds the token, where none is stored.
    pub cluster_token_file: Option<String>,
    /// When the stored token ends, where it says so.
    #[schema(format = DateTime)]
    pub token_expires_at: Option<String>,
    /// Whether it is exchanged for a fresh one in time.
    #[serde(default)]
    pub renews_token: bool,
    /// Why the last try to do so failed.
    pub renewal_problem: Option<String>,
    /// Grows with each new address or credential.
    pub version: i64,
    /// What the cluster is known by: the UID of its namespace `kube-system`, or else its issuer and CA.
    pub cluster: Option<String>,
    /// The dynamic secret that brought it, and goes with it.
    #[schema(format = Uuid)]
    pub dynamic_secret_id: Option<String>,
    /// `all` or `named`.
    pub shared_with: Option<String>,
    /// The projects it is shared with, where they are named.
    pub project_ids: Option<Vec<String>>,
    pub limits: Option<ConnectionLimits>,
    pub created_at: String,
    pub updated_at: String,
}

impl ClusterConnection {
    /// What it is where a server from before there were gateways answers.
    fn api() -> String {
        "api".to_owned()
    }
}

/// What dynamic secrets of a connection may be. What is not there limits nothing; what is false is closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectionLimits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<String>>,
    /// Existing accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_accounts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// `role`, `cluster-role-in-namespace`, `cluster-role-everywhere`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding_shapes: Option<Vec<String>>,
    /// The longest lease.
    #[serde(rename = "maxTTL", skip_serializing_if = "Option::is_none")]
    pub max_ttl: Option<String>,
    /// Who else has to agree to each lease. Asking for less needs their word too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalRule>,
    /// Namespaces that begin with `kube-`.
    pub system_namespaces: bool,
    /// Roles whose holder can become more than they are.
    pub escalating_roles: bool,
    /// Bindings in the whole cluster.
    pub whole_cluster: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterConnectionBody {
    pub cluster_connection: ClusterConnection,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateClusterConnectionRequest {
    pub name: String,
    /// `api`, which is usual, or `gateway`: it does the work with its own account, and has `url`, `ca` and token itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_method: Option<String>,
    /// The gateway that leads there, or that does the work.
    #[schema(format = Uuid)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_id: Option<String>,
    /// A pool of gateways instead.
    #[schema(format = Uuid)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_pool_id: Option<String>,
    /// `https` only. Required unless a gateway does the work.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// `full`, or `off` where the server allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<String>,
    /// Never comes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_token: Option<String>,
    /// Instead of it: the name of a file of the server, not of the caller, in its setting `connections.token_files`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_token_file: Option<String>,
    /// Whether it is exchanged for fresh ones of the same account. A token that ends is, unless this says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renews_token: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ca: Option<String>,
    /// `all` or `named`, which is usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<ConnectionLimits>,
}

/// What is left out stays; `limits` are replaced together.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateClusterConnectionRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `api` or `gateway`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_method: Option<String>,
    /// An empty text takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_id: Option<String>,
    /// An empty text takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_pool_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `null` takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<String>,
    /// Needed again when `url`, `ca`, `verification`, `authMethod` or `gatewayId` changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_token: Option<String>,
    /// Instead of it: the name of a file of the server, not of the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_token_file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renews_token: Option<bool>,
    /// `null` takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_url: Option<String>,
    /// `null` takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ca: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<ConnectionLimits>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterConnectionList {
    pub cluster_connections: Vec<ClusterConnection>,
    /// For the next page, where there is one.
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweepRequest {
    /// The `digest` of a report: what it named is removed, if exactly that is still there. Without one, nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweepBody {
    pub sweep: Sweep,
}

/// What carries this installation's label in a cluster, sorted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sweep {
    #[schema(format = Uuid)]
    pub cluster_connection_id: String,
    /// Objects with the label.
    pub found: u64,
    /// Those of leases that are not over.
    pub explained: u64,
    /// Those that are too young to tell.
    pub young: u64,
    /// Those without a seal of this installation: never touched.
    pub unsealed: Vec<String>,
    /// Those that no lease explains.
    pub orphans: Vec<String>,
    /// Approves of removing exactly these orphans.
    pub digest: String,
    /// Whether they are too many to be removed without being asked for.
    pub needs_approval: bool,
    pub removed: Vec<String>,
    /// Orphans that could not be removed, and why.
    pub left: Vec<String>,
    /// Rights that are missing to see everything.
    pub unseen: Vec<String>,
}

/// A dynamic secret that is pointed at a connection.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsingSecret {
    #[schema(format = Uuid)]
    pub dynamic_secret_id: String,
    pub name: String,
    pub project_slug: String,
    pub environment_slug: String,
    pub path: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsingSecretList {
    pub dynamic_secrets: Vec<UsingSecret>,
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestClusterConnectionRequest {
    /// What leases would be: the fields of a dynamic secret's `inputs` from `credentialType` on. Without it, only the
    /// connection itself is tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterConnectionTestBody {
    pub test: ClusterConnectionTest,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterConnectionTest {
    /// Whether leases would be issued.
    pub is_passed: bool,
    /// The first thing that stands in the way.
    pub problem: Option<String>,
    /// Such as `v1.36.3`.
    pub version: Option<String>,
    /// The connection's user name there.
    pub who: String,
    /// What the cluster is known by.
    pub cluster: String,
    pub rights: Vec<TestedRight>,
    /// What could not be made when it was tried (and not kept).
    pub refused: Vec<RefusedObject>,
    /// What gives the rights that are missing and nothing more, for `kubectl apply -f`.
    pub manifest: Option<serde_json::Value>,
    /// How long its parts took, in their order. A test that does not get this far says in its refusal which part failed.
    #[serde(default)]
    pub steps: Vec<TestStep>,
}

/// One part of a test, which went through.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestStep {
    /// `connect` (looking up the name, too), `tls`, `whoAmI` or `rights`.
    pub step: String,
    /// Rounded down; null where it was not measured.
    pub milliseconds: Option<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestedRight {
    pub verb: String,
    pub resource: String,
    /// API group; empty for the core group.
    pub group: String,
    /// Where; null is the whole cluster.
    pub namespace: Option<String>,
    /// On which object; null is all of them.
    pub name: Option<String>,
    /// Whether issuing fails without it; others only make answers better.
    pub is_required: bool,
    pub is_held: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusedObject {
    pub object: String,
    /// In the API server's own words.
    pub why: String,
}

/// A list, as far as it may be seen.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    pub items: Vec<String>,
    /// Whether that is all there is.
    pub is_complete: bool,
    /// Whether there are so many that they were not read to their end.
    #[serde(default)]
    pub is_cut: bool,
    /// The right that the connection's token lacks to list them.
    pub missing: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceListing {
    pub namespaces: Listing,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountListing {
    pub service_accounts: Listing,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleListing {
    pub roles: Listing,
    pub cluster_roles: Listing,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewBody {
    pub preview: Preview,
}

/// What an account or a role may do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Where it is from: `rbac` is roles and bindings. Other authorizers of the cluster are not seen.
    pub source: String,
    /// Whether everything of that source was read.
    pub is_complete: bool,
    /// Whether there is more than is read at once.
    pub is_cut: bool,
    /// Rights that the connection's token lacks to see the rest.
    pub missing: Vec<String>,
    pub grants: Vec<PreviewSource>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewSource {
    pub role: String,
    /// What gives it; null for a role by itself.
    pub binding: Option<String>,
    /// Where it counts; null is the whole cluster.
    pub namespace: Option<String>,
    /// As a Role has them.
    pub rules: serde_json::Value,
}
