//! What a lease will do in its cluster, decided and stored before the first call.
//!
//! One plan serves every kind of credential and every place it may be carried out. It says whose token it will be, with
//! which rights, what is made for it under which names, and how long it shall live; the answer to it is a [`Grant`].
//!
//! *What do we create in the cluster, under which names and labels?* [`objects_of`] and [`Belongings`].

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    connection::ClusterIdentity,
    ids::{InstallationId, LeaseId},
    kubernetes_name::{Namespace, ObjectName, RoleName, ServiceAccountName},
    label_selector::LabelSelector,
    rules::PolicyRule,
    seal::Seal,
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
    /// What is made for the lease and removed at its end; nothing for a plain token of an existing account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub belongings: Option<Belongings>,
    /// What the labels of the account's namespace must be, looked at before anything is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
    /// What the rules of the role were when the dynamic secret was saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_rules: Option<ExpectedRules>,
    /// Whether a role that lets its holder become more than it is is refused, by the rules it has when the lease is issued.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refuses_escalating_roles: bool,
}

impl LeasePlan {
    /// The least `expirationSeconds` a TokenRequest may ask for.
    /// <https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/>
    pub const SHORTEST_TOKEN_SECONDS: u64 = 600;

    /// How far a cluster's clock may be from ours, in seconds, for its tokens' times still to be believed.
    pub const CLOCKS_DIFFER_SECONDS: i64 = 60;

    /// How long an API server may go on accepting a token after what it is bound to was deleted, in seconds: it remembers
    /// accepted tokens for ten (measured on Kubernetes 1.36, no flag changes it), and five are for a busy machine.
    pub const REFUSED_WITHIN_SECONDS: i64 = 15;

    /// A plan for a plain token, for which nothing is made.
    pub fn new(lease: LeaseId, account: Account, token_seconds: u64) -> Self {
        Self {
            lease,
            account,
            audiences: Vec::new(),
            token_seconds,
            cluster: None,
            belongings: None,
            namespace_selector: None,
            expected_rules: None,
            refuses_escalating_roles: false,
        }
    }

    /// What is made for the lease, in the order of its removal.
    pub fn objects(&self) -> &[PlannedObject] {
        self.belongings.as_ref().map_or(&[], |belongings| &belongings.objects)
    }

    /// The object of one kind, of which there is never more than one.
    pub fn object(&self, kind: ObjectKind) -> Option<&PlannedObject> {
        self.objects().iter().find(|object| object.kind == kind)
    }
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
    /// A service account that is made for the lease.
    Temporary {
        /// Its namespace.
        namespace: Namespace,
        /// Its name.
        name: ServiceAccountName,
        /// What it may do.
        access: Access,
    },
}

impl Account {
    /// The namespace the account lives in.
    pub fn namespace(&self) -> &Namespace {
        let (Self::Existing { namespace, .. } | Self::Temporary { namespace, .. }) = self;
        namespace
    }

    /// The account's name.
    pub fn name(&self) -> &ServiceAccountName {
        let (Self::Existing { name, .. } | Self::Temporary { name, .. }) = self;
        name
    }

    /// The name under which the cluster knows it as a user: `system:serviceaccount:<namespace>:<name>`.
    pub fn user_name(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace(), self.name())
    }

    /// What it is given, where it is given something.
    pub fn access(&self) -> Option<&Access> {
        match self {
            Self::Existing { .. } => None,
            Self::Temporary { access, .. } => Some(access),
        }
    }
}

/// What a temporary account may do, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum Access {
    /// What a Role of its namespace allows.
    Role {
        /// The Role.
        name: RoleName,
    },
    /// What a ClusterRole allows, in its own namespace only.
    ClusterRoleInNamespace {
        /// The ClusterRole.
        name: RoleName,
    },
    /// What a ClusterRole allows, in the whole cluster.
    ClusterRoleEverywhere {
        /// The ClusterRole.
        name: RoleName,
    },
    /// Rules of our own, in its namespace: a Role that is made with the lease and goes with it.
    RulesInNamespace {
        /// The rules.
        rules: Vec<PolicyRule>,
    },
    /// Rules of our own, in the whole cluster.
    RulesEverywhere {
        /// The rules.
        rules: Vec<PolicyRule>,
    },
}

impl Access {
    /// The role that has to be there already.
    pub fn existing_role(&self) -> Option<(RoleKind, &RoleName)> {
        match self {
            Self::Role { name } => Some((RoleKind::Role, name)),
            Self::ClusterRoleInNamespace { name } | Self::ClusterRoleEverywhere { name } => {
                Some((RoleKind::ClusterRole, name))
            }
            Self::RulesInNamespace { .. } | Self::RulesEverywhere { .. } => None,
        }
    }

    /// The rules that are written down here.
    pub fn rules(&self) -> Option<&[PolicyRule]> {
        match self {
            Self::RulesInNamespace { rules } | Self::RulesEverywhere { rules } => Some(rules),
            Self::Role { .. } | Self::ClusterRoleInNamespace { .. } | Self::ClusterRoleEverywhere { .. } => None,
        }
    }

    /// Whether it reaches beyond the account's namespace.
    pub fn is_everywhere(&self) -> bool {
        match self {
            Self::ClusterRoleEverywhere { .. } | Self::RulesEverywhere { .. } => true,
            Self::Role { .. } | Self::ClusterRoleInNamespace { .. } | Self::RulesInNamespace { .. } => false,
        }
    }
}

/// The two kinds of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RoleKind {
    /// In a namespace.
    Role,
    /// Of the cluster.
    ClusterRole,
}

impl RoleKind {
    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::ClusterRole => "ClusterRole",
        }
    }
}

/// What the resolved rules of a role were when somebody looked at them and saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedRules {
    /// SHA-256 over the rules in their fixed order, in hex.
    pub sha256: String,
    /// What is done when they are others.
    pub on_change: OnRoleChange,
}

/// What is done when a role has other rules than when it was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRoleChange {
    /// Leases are issued, and the change is shown.
    #[default]
    Warn,
    /// No lease is issued until the dynamic secret is saved again.
    Block,
}

/// The kinds of objects that we make, in the order of their removal: first what gives rights, then what the token is bound
/// to, then its account, and last the roles that nothing uses any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ObjectKind {
    /// Gives a role in a namespace.
    RoleBinding,
    /// Gives a role everywhere.
    ClusterRoleBinding,
    /// What the token of an existing account is bound to: an empty Secret, the lease's anchor.
    Secret,
    /// A temporary account.
    ServiceAccount,
    /// Rules of our own in a namespace.
    Role,
    /// Rules of our own everywhere.
    ClusterRole,
}

impl ObjectKind {
    /// Every kind, in the order of removal.
    pub const ALL: [Self; 6] = [
        Self::RoleBinding,
        Self::ClusterRoleBinding,
        Self::Secret,
        Self::ServiceAccount,
        Self::Role,
        Self::ClusterRole,
    ];

    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoleBinding => "RoleBinding",
            Self::ClusterRoleBinding => "ClusterRoleBinding",
            Self::Secret => "Secret",
            Self::ServiceAccount => "ServiceAccount",
            Self::Role => "Role",
            Self::ClusterRole => "ClusterRole",
        }
    }
}

/// Label that every object of ours carries; its value is the installation's id.
pub const INSTALLATION_LABEL: &str = "mayfly.dev/installation";
/// Label with the lease's id.
pub const LEASE_LABEL: &str = "mayfly.dev/lease";
/// The label that tools look at to see who looks after an object.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY_LABEL`].
pub const MANAGED_BY: &str = "mayfly";
/// Annotation with the [`Seal`].
pub const SEAL_ANNOTATION: &str = "mayfly.dev/seal";
/// Annotation that tells people until when; machines read it from the seal.
pub const EXPIRES_ANNOTATION: &str = "mayfly.dev/expires-at";

/// Labels and annotations that are ours alone begin like this.
pub const OWN_PREFIX: &str = "mayfly.dev/";

/// What is made for a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Belongings {
    /// Whose objects they are.
    pub installation: InstallationId,
    /// When the lease ends at the latest.
    pub expires_at: Timestamp,
    /// Labels of the dynamic secret's owner.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations of the dynamic secret's owner.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// The objects, in the order of their removal.
    pub objects: Vec<PlannedObject>,
}

impl Belongings {
    /// The labels of each object. Ours come last, so that no other can stand in for them.
    pub fn labels_for(&self, lease: LeaseId) -> BTreeMap<String, String> {
        let ours = [
            (MANAGED_BY_LABEL, MANAGED_BY.to_owned()),
            (INSTALLATION_LABEL, self.installation.to_string()),
            (LEASE_LABEL, lease.to_string()),
        ];
        let mut labels = self.labels.clone();
        labels.extend(ours.map(|(key, value)| (key.to_owned(), value)));
        labels
    }

    /// The annotations of `object`.
    pub fn annotations_for(&self, object: &PlannedObject) -> BTreeMap<String, String> {
        let ours = [(SEAL_ANNOTATION, object.seal.to_string()), (EXPIRES_ANNOTATION, self.expires_at.to_string())];
        let mut annotations = self.annotations.clone();
        annotations.extend(ours.map(|(key, value)| (key.to_owned(), value)));
        annotations
    }
}

/// An object that is to be made, its name decided and its seal set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedObject {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its namespace, if it has one.
    pub namespace: Option<Namespace>,
    /// Its name.
    pub name: ObjectName,
    /// The proof that it is ours.
    pub seal: Seal,
}

impl PlannedObject {
    /// The object as a lease's row remembers it.
    pub fn owned(&self, uid: Option<String>) -> OwnedObject {
        OwnedObject {
            kind: self.kind.name().to_owned(),
            namespace: self.namespace.clone(),
            name: self.name.to_string(),
            uid,
        }
    }
}

/// What a lease needs made, before anything is sealed: kind, namespace and name, in the order of removal.
pub type Unsealed = (ObjectKind, Option<Namespace>, ObjectName);

/// What has to be made so that a token of `account` can be ended: a temporary account with its binding and, where the rules
/// are our own, its role; or an anchor for an existing account.
pub fn objects_of(lease: LeaseId, account: &Account) -> Vec<Unsealed> {
    let inside = Some(account.namespace().clone());
    match account {
        Account::Existing { .. } => vec![(ObjectKind::Secret, inside, anchor_name(lease))],
        Account::Temporary { name, access, .. } => {
            // Names of temporary accounts are made by us, as labels.
            let name: ObjectName = name.as_str().parse().unwrap_or_else(|_| anchor_name(lease));
            let (binding, role) = match access {
                Access::Role { .. } | Access::ClusterRoleInNamespace { .. } => (ObjectKind::RoleBinding, None),
                Access::ClusterRoleEverywhere { .. } => (ObjectKind::ClusterRoleBinding, None),
                Access::RulesInNamespace { .. } => (ObjectKind::RoleBinding, Some(ObjectKind::Role)),
                Access::RulesEverywhere { .. } => (ObjectKind::ClusterRoleBinding, Some(ObjectKind::ClusterRole)),
            };
            let kinds = [Some(binding), Some(ObjectKind::ServiceAccount), role];
            kinds
                .into_iter()
                .flatten()
                .map(|kind| (kind, inside.clone().filter(|_| is_namespaced(kind)), name.clone()))
                .collect()
        }
    }
}

/// Whether objects of a kind are in namespaces.
pub const fn is_namespaced(kind: ObjectKind) -> bool {
    match kind {
        ObjectKind::RoleBinding | ObjectKind::Secret | ObjectKind::ServiceAccount | ObjectKind::Role => true,
        ObjectKind::ClusterRoleBinding | ObjectKind::ClusterRole => false,
    }
}

/// What anchors' names begin with; a lease's id follows.
const ANCHOR_PREFIX: &str = "mayfly-";

/// Whether an anchor can have this name.
pub fn is_anchor_name(name: &ObjectName) -> bool {
    name.as_str().strip_prefix(ANCHOR_PREFIX).is_some_and(|id| id.parse::<LeaseId>().is_ok())
}

fn anchor_name(lease: LeaseId) -> ObjectName {
    format!("{ANCHOR_PREFIX}{lease}").parse().expect("a prefix and an id are a label")
}

/// An object of ours in a cluster, by name and UID, as the lease's row remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

impl fmt::Display for OwnedObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(formatter, "{} {namespace}/{}", self.kind, self.name),
            None => write!(formatter, "{} {}", self.kind, self.name),
        }
    }
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
    /// SHA-256 over the rules that the role had, in hex, where they could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules_sha256: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease() -> LeaseId {
        LeaseId::from_uuid(uuid::Uuid::from_u128(7))
    }

    fn temporary(access: Access) -> Account {
        Account::Temporary { namespace: "team".parse().unwrap(), name: "temp".parse().unwrap(), access }
    }

    #[test]
    fn each_shape_makes_its_own_objects_and_is_removed_rights_first() {
        use ObjectKind::{ClusterRole, ClusterRoleBinding, Role, RoleBinding, Secret, ServiceAccount};
        let name = || "view".parse::<RoleName>().unwrap();
        let rules = || vec![PolicyRule::default()];
        let existing = Account::Existing { namespace: "team".parse().unwrap(), name: "deployer".parse().unwrap() };
        for (account, kinds) in [
            (existing, vec![Secret]),
            (temporary(Access::Role { name: name() }), vec![RoleBinding, ServiceAccount]),
            (temporary(Access::ClusterRoleInNamespace { name: name() }), vec![RoleBinding, ServiceAccount]),
            (temporary(Access::ClusterRoleEverywhere { name: name() }), vec![ClusterRoleBinding, ServiceAccount]),
            (temporary(Access::RulesInNamespace { rules: rules() }), vec![RoleBinding, ServiceAccount, Role]),
            (
                temporary(Access::RulesEverywhere { rules: rules() }),
                vec![ClusterRoleBinding, ServiceAccount, ClusterRole],
            ),
        ] {
            let objects = objects_of(lease(), &account);
            assert_eq!(objects.iter().map(|(kind, ..)| *kind).collect::<Vec<_>>(), kinds, "{account:?}");
            assert!(objects.iter().all(|(kind, namespace, _)| namespace.is_some() == is_namespaced(*kind)));
        }
        assert!(ObjectKind::ALL.is_sorted());
    }

    #[test]
    fn our_labels_cannot_be_taken() {
        let installation = InstallationId::from_uuid(uuid::Uuid::from_u128(8));
        let theirs = [(LEASE_LABEL.to_owned(), "forged".to_owned()), ("team".to_owned(), "a".to_owned())];
        let belongings = Belongings {
            installation,
            expires_at: Timestamp::UNIX_EPOCH,
            labels: theirs.clone().into(),
            annotations: [(SEAL_ANNOTATION.to_owned(), "forged".to_owned())].into(),
            objects: Vec::new(),
        };
        let labels = belongings.labels_for(lease());
        assert_eq!((labels[LEASE_LABEL].as_str(), labels["team"].as_str()), (lease().to_string().as_str(), "a"));
        let object = PlannedObject {
            kind: ObjectKind::Secret,
            namespace: None,
            name: "x".parse().unwrap(),
            seal: "01893b9e-7c1a-7def-8abc-0123456789ab.1.c2ln".parse().unwrap(),
        };
        assert_eq!(belongings.annotations_for(&object)[SEAL_ANNOTATION], object.seal.to_string());
    }

    #[test]
    fn plans_of_the_first_version_are_read() {
        let text = r#"{"lease":"01893b9e-7c1a-7def-8abc-0123456789ab","account":{"kind":"existing","namespace":"a",
            "name":"b"},"audiences":[],"token_seconds":600,"cluster":null}"#;
        let plan: LeasePlan = serde_json::from_str(text).unwrap();
        assert!(plan.objects().is_empty() && plan.expected_rules.is_none() && !plan.refuses_escalating_roles);
    }
}
