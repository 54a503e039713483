//! Connections to clusters, what is swept there, and the audit logs they send.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ConnectionId, LeaseId};

/// Connections to clusters, what is swept there, and the audit logs they send.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ClusterEvent {
    /// A cluster connection was made.
    CreateClusterConnection { connection_id: ConnectionId, name: String, url: String },
    /// A cluster connection was changed.
    UpdateClusterConnection {
        connection_id: ConnectionId,
        name: String,
        updated_fields: Vec<String>,
        /// Grows with each new address or credential.
        version: i64,
    },
    /// The token of a connection was exchanged for a fresh one of the same account.
    RenewClusterToken {
        connection_id: ConnectionId,
        name: String,
        /// Grows with each new address or credential.
        version: i64,
        token_expires_at: Timestamp,
    },
    /// It could not be; it is tried again.
    FailClusterTokenRenewal {
        connection_id: ConnectionId,
        name: String,
        /// What stood in the way; holds no secret.
        why: String,
    },
    /// A cluster connection was removed.
    DeleteClusterConnection { connection_id: ConnectionId, name: String },
    /// A cluster connection was tested.
    TestClusterConnection {
        connection_id: ConnectionId,
        /// Whether the cluster answered.
        is_reached: bool,
        /// Rights that issuing would fail without.
        missing: Vec<String>,
    },
    /// A connection was tested that nobody had made, or not yet.
    TestNewConnection {
        url: String,
        /// Whether the cluster answered.
        is_reached: bool,
        /// Rights that issuing would fail without.
        missing: Vec<String>,
    },
    /// Objects of ours that no lease explains were removed from a cluster.
    SweepCluster {
        /// The connection that led there.
        connection_id: ConnectionId,
        /// The leases that they had been made for.
        lease_ids: Vec<LeaseId>,
        /// Objects that were removed.
        removed: Vec<String>,
        /// Objects that could not be, and why.
        left: Vec<String>,
        /// Whether a named person said so; by itself only few are removed.
        is_approved: bool,
    },
    /// So many objects of ours in a cluster are explained by no lease that a named person has to be asked.
    HoldClusterSweep {
        /// The connection that led there.
        connection_id: ConnectionId,
        /// Objects of ours that were found.
        found: u64,
        /// How many would be removed.
        would_remove: u64,
        /// What approves of exactly these.
        digest: String,
    },
    /// Objects carry our label and no seal of ours: they are left alone.
    ReportUnsealedObjects {
        /// The connection that led there.
        connection_id: ConnectionId,
        /// Which.
        objects: Vec<String>,
    },
    /// A cluster may send its audit log.
    CreateAuditIntake { connection_id: ConnectionId },
    /// It may no more.
    RevokeAuditIntake { connection_id: ConnectionId },
    /// A file of a cluster's audit log was read.
    ImportClusterAudit { connection_id: ConnectionId, events: u64, joined: u64 },
}
