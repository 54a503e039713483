//! Plans of every shape, and an issuer that may carry them out.

use jiff::Timestamp;
use mayfly_cluster::{IssueFailed, Issued, Place as _, Revoke, Revoked, rules_sha256};
use mayfly_domain::{
    ids::{InstallationId, LeaseId, SealKeyId},
    label_selector::LabelSelector,
    plan::{
        Access, Account, Belongings, ExpectedRules, LeasePlan, ObjectKind, OnRoleChange, OwnedObject, PlannedObject,
        objects_of,
    },
    rules::PolicyRule,
    seal::Seal,
};
use serde_json::{Value, json};

use super::sides::{
    Side,
    rights::{CORE, RBAC, Rule},
};

/// What an issuer of temporary accounts and anchors has to hold in the namespace.
pub(super) const INSIDE: [Rule; 7] = [
    Rule::new(CORE, "secrets", &["create", "delete"]),
    Rule::new(CORE, "serviceaccounts", &["create", "delete", "get", "list"]),
    Rule::new(CORE, "serviceaccounts/token", &["create"]),
    Rule::new(RBAC, "rolebindings", &["create", "delete", "get", "list"]),
    Rule::new(RBAC, "roles", &["create", "delete", "get", "list", "bind", "escalate"]),
    Rule::new(RBAC, "clusterroles", &["bind"]),
    Rule::new(CORE, "namespaces", &["get"]),
];

/// What it has to hold everywhere beside that.
pub(super) const OUTSIDE: [Rule; 2] = [
    Rule::new(RBAC, "clusterrolebindings", &["create", "delete", "get", "list"]),
    Rule::new(RBAC, "clusterroles", &["create", "delete", "get", "list", "bind", "escalate"]),
];

/// The same rights, each on its own.
pub(super) fn one_by_one(rules: &[Rule]) -> Vec<Rule> {
    rules.iter().flat_map(|rule| rule.verbs.chunks(1).map(|verbs| Rule { verbs, ..*rule })).collect()
}

/// These rights but for one.
pub(super) fn without(rules: &[Rule], verb: &str, resource: &str) -> Vec<Rule> {
    one_by_one(rules).into_iter().filter(|rule| !(rule.verbs == [verb] && rule.resource == resource)).collect()
}

/// Namespaces with the label `stage` of `test`.
pub(super) fn stage_is_test() -> LabelSelector {
    let match_labels = [("stage".to_owned(), "test".to_owned())].into();
    LabelSelector { match_labels, match_expressions: Vec::new() }
}

/// A Role of the namespace.
pub(super) const READER: &str = "reader";

/// Whose token is issued, and what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// An existing account's, bound to an anchor.
    Anchor,
    /// A temporary account's, with each [`Access`].
    Role,
    ClusterRoleInNamespace,
    ClusterRoleEverywhere,
    RulesInNamespace,
    RulesEverywhere,
}

impl Shape {
    pub(super) const ALL: [Self; 6] = [
        Self::Anchor,
        Self::Role,
        Self::ClusterRoleInNamespace,
        Self::ClusterRoleEverywhere,
        Self::RulesInNamespace,
        Self::RulesEverywhere,
    ];

    /// What it makes, in the order of removal.
    pub(super) const fn kinds(self) -> &'static [ObjectKind] {
        match self {
            Self::Anchor => &[ObjectKind::Secret],
            Self::Role | Self::ClusterRoleInNamespace => &[ObjectKind::RoleBinding, ObjectKind::ServiceAccount],
            Self::ClusterRoleEverywhere => &[ObjectKind::ClusterRoleBinding, ObjectKind::ServiceAccount],
            Self::RulesInNamespace => &[ObjectKind::RoleBinding, ObjectKind::ServiceAccount, ObjectKind::Role],
            Self::RulesEverywhere => {
                &[ObjectKind::ClusterRoleBinding, ObjectKind::ServiceAccount, ObjectKind::ClusterRole]
            }
        }
    }
}

/// What the roles of these tests allow.
pub(super) fn reading() -> Vec<PolicyRule> {
    let texts = |text: &str| vec![text.to_owned()];
    vec![PolicyRule { api_groups: texts(""), resources: texts("pods"), verbs: texts("get"), ..PolicyRule::default() }]
}

/// The same as Kubernetes writes it.
pub(super) fn reading_rules() -> Value {
    json!({ "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }] })
}

impl Side {
    /// Lets the issuer issue every shape, and makes the roles that they name.
    pub(super) async fn let_issue_every_shape(&self) {
        self.allow(&INSIDE).await;
        self.allow_everywhere(&OUTSIDE).await;
        self.add_roles().await;
    }

    /// Makes the roles that the shapes name.
    pub(super) async fn add_roles(&self) {
        self.put(ObjectKind::Role, READER, reading_rules()).await;
        self.put(ObjectKind::ClusterRole, &self.cluster_reader(), reading_rules()).await;
    }

    /// A ClusterRole of this test's own.
    pub(super) fn cluster_reader(&self) -> String {
        format!("{READER}-{}", self.namespace)
    }

    /// A new lease of a shape.
    pub(super) fn plan_of(&self, shape: Shape) -> LeasePlan {
        let lease = LeaseId::generate(&self.ambient);
        let account = self.account_of(shape, lease);
        // A seal knows seconds only.
        let expires_at = Timestamp::from_second(self.ambient.now().as_second() + 3600).unwrap();
        let key = SealKeyId::generate(&self.ambient);
        let sealed = |(index, (kind, namespace, name))| PlannedObject {
            kind,
            namespace,
            name,
            seal: Seal { key, expires_at, signature: format!("signature-{index}") },
        };
        let belongings = Belongings {
            installation: InstallationId::generate(&self.ambient),
            expires_at,
            labels: [("team".to_owned(), "a".to_owned())].into(),
            annotations: [("example.com/why".to_owned(), "a test".to_owned())].into(),
            objects: objects_of(lease, &account).into_iter().enumerate().map(sealed).collect(),
        };
        LeasePlan { belongings: Some(belongings), ..LeasePlan::new(lease, account, 3600) }
    }

    fn account_of(&self, shape: Shape, lease: LeaseId) -> Account {
        let cluster_reader = || self.cluster_reader().parse().unwrap();
        let access = match shape {
            Shape::Anchor => return self.account.clone(),
            Shape::Role => Access::Role { name: READER.parse().unwrap() },
            Shape::ClusterRoleInNamespace => Access::ClusterRoleInNamespace { name: cluster_reader() },
            Shape::ClusterRoleEverywhere => Access::ClusterRoleEverywhere { name: cluster_reader() },
            Shape::RulesInNamespace => Access::RulesInNamespace { rules: reading() },
            Shape::RulesEverywhere => Access::RulesEverywhere { rules: reading() },
        };
        let name = format!("temporary-{lease}").parse().unwrap();
        Account::Temporary { namespace: self.account.namespace().clone(), name, access }
    }

    /// Issues, with all that a failure tells.
    pub(super) async fn carry_out_plan(&self, plan: &LeasePlan) -> Result<Issued, IssueFailed> {
        self.executor.issue(self.issue(plan.clone()), self.deadline()).await
    }

    pub(super) async fn revoke(&self, plan: &LeasePlan, objects: &[OwnedObject]) -> Revoked {
        self.executor.revoke(self.revocation(plan, objects), self.deadline()).await.unwrap()
    }

    pub(super) fn revocation(&self, plan: &LeasePlan, objects: &[OwnedObject]) -> Revoke {
        Revoke::of(self.target.clone(), plan, objects)
    }
}

/// The objects of a plan as its row has them before their UIDs are known.
pub(super) fn without_uids(plan: &LeasePlan) -> Vec<OwnedObject> {
    plan.objects().iter().map(|object| object.owned(None)).collect()
}

/// The rules that the role of a plan had when somebody saved it.
pub(super) fn expected(rules: &[PolicyRule], on_change: OnRoleChange) -> ExpectedRules {
    ExpectedRules { sha256: rules_sha256(rules), on_change }
}
