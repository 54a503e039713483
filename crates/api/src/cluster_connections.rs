//! Cluster connections, and the sweep of the clusters they lead to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterConnection {
    #[schema(format = Uuid)]
    pub id: String,
    /// Address of the API server.
    pub url: String,
    /// Grows with each new address or credential.
    pub version: i64,
    /// What the cluster is known by: the UID of its namespace `kube-system`, or else its issuer and CA.
    pub cluster: Option<String>,
    /// The dynamic secret that brought it, and goes with it.
    #[schema(format = Uuid)]
    pub dynamic_secret_id: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterConnectionList {
    pub cluster_connections: Vec<ClusterConnection>,
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

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Adopted {
    /// Whether the database was held until now.
    pub was_held: bool,
}
