//! What a lease will do in its cluster, decided and stored before the first call.
//!
//! One plan serves every kind of credential and every place it may be carried out. It says which account the token is
//! for, for whom the token is meant and how long it shall live; the answer to it is a [`Grant`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    connection::ClusterIdentity,
    ids::LeaseId,
    kubernetes_name::{Namespace, ServiceAccountName},
};

/// Everything one lease needs from its cluster. It holds no secret, and is stored with the lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeasePlan {
    /// The lease this is the plan of.
    pub lease: LeaseId,
    /// Whose token it will be.
    pub account: Account,
    /// Audiences asked for; empty means the API server's own.
    pub audiences: Vec<String>,
    /// Lifetime to ask the API server for, in seconds: at least [`LeasePlan::SHORTEST_TOKEN_SECONDS`].
    pub token_seconds: u64,
    /// The cluster this plan was made for, where known.
    pub cluster: Option<ClusterIdentity>,
}

impl LeasePlan {
    /// The least `expirationSeconds` a TokenRequest may ask for.
    /// <https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/>
    pub const SHORTEST_TOKEN_SECONDS: u64 = 600;

    /// How far a cluster's clock may be from ours, in seconds, for its tokens' times still to be believed.
    pub const CLOCKS_DIFFER_SECONDS: i64 = 60;
}

/// Whose token a lease gives out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Account {
    /// A service account that exists already and that we neither make nor remove.
    Existing {
        /// Its namespace.
        namespace: Namespace,
        /// Its name.
        name: ServiceAccountName,
    },
}

impl Account {
    /// The namespace the account lives in.
    pub fn namespace(&self) -> &Namespace {
        let Self::Existing { namespace, .. } = self;
        namespace
    }

    /// The account's name.
    pub fn name(&self) -> &ServiceAccountName {
        let Self::Existing { name, .. } = self;
        name
    }

    /// The name under which the cluster knows it as a user: `system:serviceaccount:<namespace>:<name>`.
    pub fn user_name(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace(), self.name())
    }
}

/// An object of ours in a cluster, by name and UID, as the lease's row remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedObject {
    /// Kubernetes kind, such as `ServiceAccount`.
    pub kind: String,
    /// Namespace, for objects that have one.
    pub namespace: Option<Namespace>,
    /// Name.
    pub name: String,
    /// UID, once the API server told it.
    pub uid: Option<String>,
}

/// What the cluster granted: the facts about a token, never the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// `exp` of the token, read from the token itself.
    pub token_expires_at: Timestamp,
    /// `jti` of the token: the key that joins it to the cluster's audit log. API servers before 1.30 give none.
    pub jti: Option<String>,
    /// UID of the account the token is for.
    pub account_uid: String,
    /// The cluster that answered.
    pub cluster: ClusterIdentity,
    /// What was made for the lease and has to be removed at its end.
    pub objects: Vec<OwnedObject>,
}
