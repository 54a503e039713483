//! Cluster connections that stand by themselves: who may use one, and for what.
//!
//! A connection that came with a dynamic secret has none of this; see [`Connection::owner`].
//!
//! [`Connection::owner`]: crate::dynamic_secret::Connection::owner

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    connection::ClusterUrl,
    dynamic_secret::Credential,
    ids::ProjectId,
    kubernetes_name::{Namespace, RoleName, ServiceAccountName},
    plan::Access,
    policy::ApprovalRule,
    slug::DisplayName,
    ttl::Ttl,
};

/// What a connection of the organization has beyond a private one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Unique in the organization.
    pub name: DisplayName,
    /// Whose dynamic secrets may be pointed at it.
    pub projects: SharedWith,
    /// What they may be.
    pub limits: ConnectionLimits,
    /// Where those who hold tokens find the API server, where that is elsewhere than for us.
    pub clients: ClientAddress,
}

/// The projects that may use a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "with", content = "projects", rename_all = "snake_case")]
pub enum SharedWith {
    /// Every project of the organization, those to come included.
    All,
    /// These and no other.
    Named(Vec<ProjectId>),
}

impl SharedWith {
    /// Whether `project` is among them.
    pub fn includes(&self, project: ProjectId) -> bool {
        match self {
            Self::All => true,
            Self::Named(projects) => projects.contains(&project),
        }
    }
}

/// The API server's address for those who hold tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientAddress {
    /// Where.
    pub url: Option<ClusterUrl>,
    /// PEM certificates of its CA.
    pub ca: Option<String>,
}

/// What is closed unless somebody who may opens it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Openings {
    /// Namespaces that begin with `kube-`.
    pub system_namespaces: bool,
    /// Roles whose holder can become more than they are.
    pub escalating_roles: bool,
    /// Bindings in the whole cluster.
    pub whole_cluster: bool,
}

impl Openings {
    /// Nothing is closed here: whoever looks next decides.
    pub const ALL: Self = Self { system_namespaces: true, escalating_roles: true, whole_cluster: true };
}

/// Whether a namespace is one of the cluster's own.
pub fn is_system(namespace: &Namespace) -> bool {
    namespace.as_str().starts_with("kube-")
}

/// The ways in which a role reaches an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BindingShape {
    /// A Role, in its namespace.
    Role,
    /// A ClusterRole, in one namespace.
    ClusterRoleInNamespace,
    /// A ClusterRole, everywhere.
    ClusterRoleEverywhere,
}

impl BindingShape {
    /// Every shape.
    pub const ALL: [Self; 3] = [Self::Role, Self::ClusterRoleInNamespace, Self::ClusterRoleEverywhere];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::ClusterRoleInNamespace => "cluster-role-in-namespace",
            Self::ClusterRoleEverywhere => "cluster-role-everywhere",
        }
    }

    /// The shape of an access; rules of its own are a role of their reach.
    pub fn of(access: &Access) -> Self {
        match access {
            Access::Role { .. } | Access::RulesInNamespace { .. } => Self::Role,
            Access::ClusterRoleInNamespace { .. } => Self::ClusterRoleInNamespace,
            Access::ClusterRoleEverywhere { .. } | Access::RulesEverywhere { .. } => Self::ClusterRoleEverywhere,
        }
    }
}

/// What dynamic secrets of a connection may be. A list that is not there limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectionLimits {
    /// Where leases may be.
    pub namespaces: Option<Vec<Namespace>>,
    /// The existing accounts whose tokens may be given out.
    pub accounts: Option<Vec<ServiceAccountName>>,
    /// The roles that temporary accounts may get; rules of their own are none of them.
    pub roles: Option<Vec<RoleName>>,
    /// How they may get them.
    pub shapes: Option<Vec<BindingShape>>,
    /// The longest lease.
    pub max_ttl: Option<Ttl>,
    /// Who else has to agree to each lease.
    pub approval: Option<ApprovalRule>,
    /// What is closed unless it is opened here.
    pub openings: Openings,
}

/// A limit that something is beyond. Reads as a sentence that names the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeyondLimit {
    /// The limit, as the API calls it.
    pub limit: &'static str,
    /// The field of a dynamic secret's inputs that is beyond it.
    pub field: &'static str,
    /// What was asked for.
    pub asked: String,
    /// What the limit allows; nothing where it is an opening.
    pub allowed: Option<String>,
}

impl fmt::Display for BeyondLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, asked, .. } = self;
        match &self.allowed {
            Some(allowed) => {
                write!(
                    formatter,
                    "is beyond the cluster connection's limit `limits.{limit}`: `{asked}`; allowed: {allowed}"
                )
            }
            None => write!(
                formatter,
                "is closed by the cluster connection (`{asked}`): its owner opens it by `limits.{limit}`"
            ),
        }
    }
}

impl ConnectionLimits {
    /// The limits that `credential` is beyond, wherever its leases may be.
    pub fn beyond(&self, credential: &Credential) -> Vec<BeyondLimit> {
        let mut found: Vec<_> = credential.namespaces().iter().filter_map(|name| self.namespace(name)).collect();
        match credential {
            Credential::Static { service_account_name, .. } => found.extend(self.account(service_account_name)),
            Credential::Dynamic { access, .. } => found.extend(self.access(access)),
        }
        found
    }

    /// The limit that leases in `namespace` are beyond.
    pub fn namespace(&self, namespace: &Namespace) -> Option<BeyondLimit> {
        if is_system(namespace) && !self.openings.system_namespaces {
            return Some(closed("systemNamespaces", "namespace", namespace));
        }
        outside("namespaces", "namespace", namespace, self.namespaces.as_deref())
    }

    /// The limit that tokens of an existing account are beyond.
    pub fn account(&self, account: &ServiceAccountName) -> Option<BeyondLimit> {
        outside("serviceAccounts", "serviceAccountName", account, self.accounts.as_deref())
    }

    /// The limit that what a temporary account may do is beyond.
    pub fn access(&self, access: &Access) -> Option<BeyondLimit> {
        if access.is_everywhere() && !self.openings.whole_cluster {
            return Some(closed("wholeCluster", "roleType", BindingShape::of(access).word()));
        }
        let shape = BindingShape::of(access).word();
        let shapes: Option<Vec<&str>> =
            self.shapes.as_ref().map(|shapes| shapes.iter().map(|one| one.word()).collect());
        outside("bindingShapes", "roleType", &shape, shapes.as_deref()).or_else(|| {
            let roles = self.roles.as_deref()?;
            match access.existing_role() {
                Some((_, name)) => outside("roles", "role", name, Some(roles)),
                None => Some(BeyondLimit {
                    limit: "roles",
                    field: "rules",
                    asked: "rules of its own".to_owned(),
                    allowed: Some(listed(roles)),
                }),
            }
        })
    }

    /// The limit that a lifetime is beyond.
    pub fn lifetime(&self, field: &'static str, ttl: &Ttl) -> Option<BeyondLimit> {
        let max = self.max_ttl.as_ref().filter(|max| ttl.seconds() > max.seconds())?;
        Some(BeyondLimit { limit: "maxTTL", field, asked: ttl.to_string(), allowed: Some(format!("at most `{max}`")) })
    }
}

fn closed(limit: &'static str, field: &'static str, asked: impl fmt::Display) -> BeyondLimit {
    BeyondLimit { limit, field, asked: asked.to_string(), allowed: None }
}

fn outside<T: PartialEq + fmt::Display>(
    limit: &'static str,
    field: &'static str,
    asked: &T,
    allowed: Option<&[T]>,
) -> Option<BeyondLimit> {
    let allowed = allowed.filter(|allowed| !allowed.contains(asked))?;
    Some(BeyondLimit { limit, field, asked: asked.to_string(), allowed: Some(listed(allowed)) })
}

fn listed<T: fmt::Display>(names: &[T]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> ConnectionLimits {
        ConnectionLimits {
            namespaces: Some(vec!["team-a".parse().unwrap()]),
            accounts: Some(vec!["deployer".parse().unwrap()]),
            roles: Some(vec!["view".parse().unwrap()]),
            shapes: Some(vec![BindingShape::ClusterRoleInNamespace]),
            max_ttl: Some("1h".parse().unwrap()),
            approval: None,
            openings: Openings::default(),
        }
    }

    fn access(found: Option<BeyondLimit>) -> Option<&'static str> {
        found.map(|beyond| beyond.limit)
    }

    #[test]
    fn what_is_within_every_limit_passes_and_each_limit_is_named() {
        let limits = limits();
        let view = || Access::ClusterRoleInNamespace { name: "view".parse().unwrap() };
        assert_eq!(limits.access(&view()), None);
        assert_eq!(access(limits.access(&Access::Role { name: "view".parse().unwrap() })), Some("bindingShapes"));
        let edit = Access::ClusterRoleInNamespace { name: "edit".parse().unwrap() };
        assert_eq!(access(limits.access(&edit)), Some("roles"));
        let everywhere = Access::ClusterRoleEverywhere { name: "view".parse().unwrap() };
        assert_eq!(access(limits.access(&everywhere)), Some("wholeCluster"));
        let rules = Access::RulesInNamespace { rules: Vec::new() };
        let any_shape = ConnectionLimits { shapes: None, ..limits.clone() };
        assert_eq!(access(any_shape.access(&rules)), Some("roles"));
        assert_eq!(access(limits.namespace(&"team-b".parse().unwrap())), Some("namespaces"));
        assert_eq!(access(limits.namespace(&"kube-system".parse().unwrap())), Some("systemNamespaces"));
        assert_eq!(access(limits.account(&"other".parse().unwrap())), Some("serviceAccounts"));
        assert_eq!(limits.lifetime("maxTTL", &"1h".parse().unwrap()), None);
        assert_eq!(access(limits.lifetime("maxTTL", &"2h".parse().unwrap())), Some("maxTTL"));
    }

    #[test]
    fn no_list_limits_nothing_and_openings_are_closed_by_default() {
        let none = ConnectionLimits::default();
        assert_eq!(none.namespace(&"team-b".parse().unwrap()), None);
        assert_eq!(access(none.namespace(&"kube-public".parse().unwrap())), Some("systemNamespaces"));
        let everywhere = Access::ClusterRoleEverywhere { name: "view".parse().unwrap() };
        let open = ConnectionLimits { openings: Openings::ALL, ..none.clone() };
        assert_eq!((access(none.access(&everywhere)), open.access(&everywhere)), (Some("wholeCluster"), None));
        let text = none.access(&everywhere).unwrap().to_string();
        assert!(text.contains("`limits.wholeCluster`"), "{text}");
    }

    #[test]
    fn only_named_projects_share_it() {
        let one = ProjectId::from_uuid(uuid::Uuid::nil());
        assert!(SharedWith::All.includes(one));
        assert!(SharedWith::Named(vec![one]).includes(one));
        assert!(!SharedWith::Named(Vec::new()).includes(one));
    }
}
