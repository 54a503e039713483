//! The shapes of credentials.

use std::collections::BTreeMap;

use mayfly_app::dynamic_secrets::RevocableWish;
use mayfly_domain::{dynamic_secret::Credential, plan::Access, rules::PolicyRule};
use mayfly_testkit::{counts, fake_cluster::FakeCluster};
use serde_json::json;

use super::NAMESPACE;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// A Role in a namespace.
    Role,
    /// A ClusterRole in a namespace.
    ClusterRole,
    /// A ClusterRole everywhere.
    ClusterRoleEverywhere,
    /// Rules of our own in a namespace.
    Rules,
    /// Rules of our own everywhere.
    RulesEverywhere,
    /// A token of an existing account, which an anchor can take back.
    Anchor,
    /// One that nothing can take back.
    Plain,
}

/// The account that is there.
pub(crate) const ACCOUNT: &str = "deployer";
/// The role that is there.
pub(crate) const ROLE: &str = "viewer";

impl Shape {
    /// Those that make objects. A life draws from them by place, so another order is another life for each seed.
    pub(crate) const WITH_OBJECTS: [Self; 6] =
        [Self::Role, Self::ClusterRole, Self::ClusterRoleEverywhere, Self::Rules, Self::RulesEverywhere, Self::Anchor];

    /// As many of them as [`counts::SHAPES`] says. The first three make every kind of call.
    pub(crate) fn some_with_objects() -> &'static [Self] {
        const THESE_FIRST: [Shape; 6] = [
            Shape::RulesEverywhere,
            Shape::Anchor,
            Shape::Role,
            Shape::Rules,
            Shape::ClusterRole,
            Shape::ClusterRoleEverywhere,
        ];
        &THESE_FIRST[..counts::of(counts::SHAPES)]
    }

    /// The name of its dynamic secret.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::ClusterRole => "cluster-role",
            Self::ClusterRoleEverywhere => "cluster-role-everywhere",
            Self::Rules => "rules",
            Self::RulesEverywhere => "rules-everywhere",
            Self::Anchor => "anchor",
            Self::Plain => "plain",
        }
    }

    /// Short, so that lives are; what cannot be ended lives as long as the shortest token.
    pub(super) const fn default_ttl(self) -> &'static str {
        match self {
            Self::Plain => "10m",
            Self::Role
            | Self::ClusterRole
            | Self::ClusterRoleEverywhere
            | Self::Rules
            | Self::RulesEverywhere
            | Self::Anchor => "5m",
        }
    }

    /// What there has to be in the cluster before.
    pub(super) fn prepare(cluster: &FakeCluster) {
        cluster.add_account(NAMESPACE, ACCOUNT);
        let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }]);
        cluster.add_role(Some(NAMESPACE), ROLE, rules.clone());
        cluster.add_role(None, ROLE, rules);
    }

    pub(super) fn credential(self, namespace: &str, cluster_role: &str) -> Credential {
        let name = |name: &str| name.parse().expect("a name");
        let rules = || {
            let text = |text: &str| vec![text.to_owned()];
            vec![PolicyRule { api_groups: text(""), resources: text("pods"), verbs: text("get"), ..Default::default() }]
        };
        match self {
            Self::Role => temporary(namespace, Access::Role { name: name(ROLE) }),
            Self::ClusterRole => temporary(namespace, Access::ClusterRoleInNamespace { name: name(cluster_role) }),
            Self::ClusterRoleEverywhere => {
                temporary(namespace, Access::ClusterRoleEverywhere { name: name(cluster_role) })
            }
            Self::Rules => temporary(namespace, Access::RulesInNamespace { rules: rules() }),
            Self::RulesEverywhere => temporary(namespace, Access::RulesEverywhere { rules: rules() }),
            Self::Anchor => existing(namespace, RevocableWish::Yes),
            Self::Plain => existing(namespace, RevocableWish::No),
        }
    }
}

fn temporary(namespace: &str, access: Access) -> Credential {
    Credential::Dynamic {
        namespaces: vec![namespace.parse().expect("a namespace")],
        namespace_selector: None,
        access,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        rules_sha256: None,
        rules_sha256_in: BTreeMap::new(),
        raises_rights: false,
    }
}

fn existing(namespace: &str, revocable: RevocableWish) -> Credential {
    Credential::Static {
        namespace: namespace.parse().expect("a namespace"),
        service_account_name: ACCOUNT.parse().expect("a name"),
        revocable: revocable.undecided(),
    }
}
