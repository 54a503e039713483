//! What a gateway lets itself be asked for.
//!
//! The policy lives in the gateway's own file. The server is shown it, so that it can refuse early and tell why; no message
//! changes it. What is asked is judged in the gateway, by the plan that it would carry out and by nothing the server says
//! about it. All lists are empty by default: whatever is not named is refused.

mod judge;

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{
    kubernetes_name::{Namespace, RoleName, ServiceAccountName},
    plan::RoleKind,
};

pub use judge::BeyondPolicy;

/// The rules of a gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GatewayPolicy {
    /// What may be asked at all.
    pub operations: BTreeSet<GatewayOperation>,
    /// Accounts whose tokens may be given out.
    #[serde(rename = "static")]
    pub existing: StaticPolicy,
    /// Accounts that may be made.
    pub dynamic: DynamicPolicy,
    /// Audiences beside the API server's own.
    pub audiences: BTreeSet<String>,
    /// The shortest lease, in seconds.
    pub min_ttl_seconds: u64,
    /// The longest lease, in seconds.
    pub max_ttl_seconds: u64,
    /// Operations in a second, in the long run.
    pub operations_per_second: u32,
    /// Operations at once after a quiet time.
    pub burst: u32,
    /// Operations that run at the same time.
    pub parallel: u32,
    /// Byte streams to API servers.
    pub forward: ForwardPolicy,
    /// Removing what is over, by the gateway itself.
    #[serde(skip_serializing_if = "JanitorPolicy::is_usual")]
    pub janitor: JanitorPolicy,
}

/// What a gateway can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayOperation {
    /// Whether its way to the cluster works, and what its account may do.
    Probe,
    /// What a person may choose from.
    Discover,
    /// A lease.
    Issue,
    /// The end of one.
    Revoke,
    /// What is there of an installation's leases.
    ListOwned,
    /// Whose a token is. Takes a right that no lease needs, so it is not there by default.
    Review,
}

impl GatewayOperation {
    /// Every one.
    pub const ALL: [Self; 6] = [Self::Probe, Self::Discover, Self::Issue, Self::Revoke, Self::ListOwned, Self::Review];

    /// The word, in policies and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Discover => "discover",
            Self::Issue => "issue",
            Self::Revoke => "revoke",
            Self::ListOwned => "list-owned",
            Self::Review => "review",
        }
    }

    /// The operation of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.word() == word)
    }
}

/// Accounts that exist already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StaticPolicy {
    /// Whose tokens may be given out.
    pub accounts: BTreeSet<AllowedAccount>,
    /// Whether a token may be bound to a Secret of its own, so that it can be taken back. It takes the right to make and
    /// remove Secrets, which cannot be limited by name.
    pub anchors: bool,
}

/// An account that exists already.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AllowedAccount {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: ServiceAccountName,
}

/// Accounts that are made for a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DynamicPolicy {
    /// Where they may be made and bound.
    pub namespaces: BTreeSet<Namespace>,
    /// What they may get.
    pub roles: BTreeSet<AllowedRole>,
    /// Whether they may get it in the whole cluster.
    pub cluster_wide: bool,
    /// Whether the server may bring rules of its own. They are bounded by what the gateway's account itself may do.
    pub own_rules: bool,
}

impl DynamicPolicy {
    /// Whether anything is bound in the whole cluster.
    pub fn is_everywhere(&self) -> bool {
        self.cluster_wide && !self.namespaces.is_empty()
    }
}

/// A role that exists already.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AllowedRole {
    /// Which kind.
    pub kind: RoleKind,
    /// Its name.
    pub name: RoleName,
}

/// What a gateway removes by itself: objects of leases, where they may be, after the end that their seals say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JanitorPolicy {
    /// Whether it does.
    pub enabled: bool,
}

impl JanitorPolicy {
    /// Whether nothing is said of it. Servers that know nothing of it are shown nothing, then.
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for JanitorPolicy {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// Byte streams, in which the gateway sees nothing but their sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ForwardPolicy {
    /// Whether there are any.
    pub enabled: bool,
    /// Where they may lead. Empty means the API server that the gateway itself speaks to.
    pub targets: Vec<ForwardTarget>,
}

/// Where a byte stream may lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForwardTarget {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What the name's addresses must lie in; nothing lets any address pass that is not always refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidr: Option<IpNet>,
}

impl Default for GatewayPolicy {
    fn default() -> Self {
        use GatewayOperation::{Discover, Issue, ListOwned, Probe, Revoke};
        Self {
            operations: [Probe, Discover, Issue, Revoke, ListOwned].into(),
            existing: StaticPolicy::default(),
            dynamic: DynamicPolicy::default(),
            audiences: BTreeSet::new(),
            min_ttl_seconds: 60,
            max_ttl_seconds: 3_600,
            operations_per_second: 20,
            burst: 50,
            parallel: 128,
            forward: ForwardPolicy::default(),
            janitor: JanitorPolicy::default(),
        }
    }
}
