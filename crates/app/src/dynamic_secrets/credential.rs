//! What a dynamic secret gives out, put together from the fields of a request and what is stored.
//!
//! Pure, so that the front door can show its faults beside those of single fields. A change lies over what was there; a
//! change of the credential's type starts anew, and so drops what the other type had.

use std::collections::BTreeMap;

use mayfly_domain::{
    dynamic_secret::Credential,
    error::FieldError,
    kubernetes_name::{Namespace, RoleName, ServiceAccountName},
    label_selector::LabelSelector,
    plan::{Access, MANAGED_BY_LABEL, OWN_PREFIX, RoleKind},
    rules::{self, Everywhere, PolicyRule},
    shared_connection::is_system,
};

use super::test::RevocableWish;
use crate::{Openings, error::field};

/// The two types of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialType {
    /// For an account that exists.
    Static,
    /// For an account that is made for each lease.
    Dynamic,
}

/// Where a role counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingScope {
    /// In the lease's namespace.
    Namespace,
    /// Everywhere.
    Cluster,
}

/// The fields of a request that say what is given out; what is `None` was not sent.
#[derive(Clone, Debug, Default)]
pub struct CredentialFields {
    /// `credentialType`.
    pub kind: Option<CredentialType>,
    /// `namespace`: one, or several with commas between them.
    pub namespaces: Option<Vec<Namespace>>,
    /// `namespaceSelector`; `Some(None)` takes it away.
    pub namespace_selector: Option<Option<LabelSelector>>,
    /// `serviceAccountName`.
    pub service_account_name: Option<ServiceAccountName>,
    /// `revocable`.
    pub revocable: Option<bool>,
    /// `roleType`.
    pub role_type: Option<RoleKind>,
    /// `role`; `Some(None)` was sent empty.
    pub role: Option<Option<RoleName>>,
    /// `bindingScope`.
    pub binding_scope: Option<BindingScope>,
    /// `rules`; empty takes them away.
    pub rules: Option<Vec<PolicyRule>>,
    /// `labels`.
    pub labels: Option<BTreeMap<String, String>>,
    /// `annotations`.
    pub annotations: Option<BTreeMap<String, String>>,
}

impl CredentialFields {
    /// Whether nothing was sent.
    pub fn is_empty(&self) -> bool {
        self.kind.is_none()
            && self.namespaces.is_none()
            && self.namespace_selector.is_none()
            && self.service_account_name.is_none()
            && self.revocable.is_none()
            && self.role_type.is_none()
            && self.role.is_none()
            && self.binding_scope.is_none()
            && self.rules.is_none()
            && self.labels.is_none()
            && self.annotations.is_none()
    }

    /// Puts the credential together, over `old` where there is one.
    pub fn credential(self, old: Option<&Credential>, openings: Openings) -> Result<Credential, Vec<FieldError>> {
        let kind = self.kind.or_else(|| old.map(type_of));
        let mut faults = Faults { openings, found: Vec::new() };
        let credential = match kind {
            Some(CredentialType::Static) => self.fixed(old, &mut faults),
            Some(CredentialType::Dynamic) => self.temporary(old, &mut faults),
            // The front door has said that it is required.
            None => None,
        };
        match credential {
            Some(credential) if faults.found.is_empty() => Ok(credential),
            Some(_) | None => Err(faults.found),
        }
    }

    fn fixed(self, old: Option<&Credential>, faults: &mut Faults) -> Option<Credential> {
        let (old_namespace, old_account, old_revocable) = match old {
            Some(Credential::Static { namespace, service_account_name, revocable }) => {
                (Some(namespace.clone()), Some(service_account_name.clone()), Some(revocable.clone()))
            }
            Some(Credential::Dynamic { .. }) | None => (None, None, None),
        };
        let namespaces = self.namespaces.or_else(|| old_namespace.map(|namespace| vec![namespace]));
        let namespace = faults.one_namespace(namespaces);
        let account = self.service_account_name.or(old_account);
        if account.is_none() {
            faults.required::<()>("serviceAccountName");
        }
        let revocable = match (self.revocable, old_revocable) {
            (None, Some(old)) => old,
            (given, _) => RevocableWish::of(given).undecided(),
        };
        Some(Credential::Static { namespace: namespace?, service_account_name: account?, revocable })
    }

    fn temporary(self, old: Option<&Credential>, faults: &mut Faults) -> Option<Credential> {
        let before = match old {
            Some(Credential::Dynamic { namespaces, namespace_selector, access, labels, annotations, .. }) => Some((
                namespaces.clone(),
                namespace_selector.clone(),
                access.clone(),
                labels.clone(),
                annotations.clone(),
            )),
            Some(Credential::Static { .. }) | None => None,
        };
        let (old_namespaces, old_selector, old_access, old_labels, old_annotations) =
            before.map_or((None, None, None, None, None), |(namespaces, selector, access, labels, annotations)| {
                (Some(namespaces), Some(selector), Some(access), Some(labels), Some(annotations))
            });
        let namespace_selector = self.namespace_selector.clone().or(old_selector).flatten();
        let namespaces = self.namespaces.clone().or(old_namespaces).unwrap_or_default();
        faults.several_namespaces(&namespaces, namespace_selector.is_some());
        let access = self.access(old_access.as_ref(), faults);
        let labels = self.labels.or(old_labels).unwrap_or_default();
        let annotations = self.annotations.or(old_annotations).unwrap_or_default();
        faults.own_keys("labels", &labels);
        faults.own_keys("annotations", &annotations);
        Some(Credential::Dynamic {
            namespaces,
            namespace_selector,
            access: access?,
            labels,
            annotations,
            rules_sha256: None,
            rules_sha256_in: BTreeMap::new(),
            raises_rights: false,
        })
    }

    fn access(&self, old: Option<&Access>, faults: &mut Faults) -> Option<Access> {
        let (old_kind, old_scope) = old.map_or((None, None), |access| (Some(kind_of(access)), Some(scope_of(access))));
        let Some(kind) = self.role_type.or(old_kind) else { return faults.required("roleType") };
        let scope = match (kind, self.binding_scope) {
            (RoleKind::Role, Some(BindingScope::Cluster)) => {
                return faults.fault("bindingScope", "must be `namespace`: a Role counts in its namespace only");
            }
            (RoleKind::Role, _) => BindingScope::Namespace,
            (RoleKind::ClusterRole, Some(scope)) => scope,
            // What existing clients mean by it, unless it was said otherwise before.
            (RoleKind::ClusterRole, None) => {
                old_scope.filter(|_| old_kind == Some(RoleKind::ClusterRole)).unwrap_or(BindingScope::Cluster)
            }
        };
        if scope == BindingScope::Cluster && !faults.openings.whole_cluster {
            let message = "binds in the whole cluster, which is closed unless the operator opens the connection for it; \
                           send `bindingScope: namespace` to bind the ClusterRole in the lease's namespace only";
            return faults.fault("roleType", message);
        }
        let (old_role, old_rules) = old.map_or((None, None), |access| {
            (access.existing_role().map(|(_, name)| name.clone()), access.rules().map(<[PolicyRule]>::to_vec))
        });
        let rules = self.rules.clone().filter(|rules| !rules.is_empty());
        let role = self.role.clone().flatten();
        match (role, rules) {
            (Some(_), Some(_)) => faults.fault("rules", "must not be given beside `role`: one of the two"),
            (Some(name), None) => Some(existing(kind, scope, name)),
            (None, Some(rules)) => faults.inline(kind, scope, rules),
            (None, None) => match (old_role, old_rules) {
                (Some(name), _) => Some(existing(kind, scope, name)),
                (None, Some(rules)) => faults.inline(kind, scope, rules),
                (None, None) => faults.required("role"),
            },
        }
    }
}

fn existing(kind: RoleKind, scope: BindingScope, name: RoleName) -> Access {
    match (kind, scope) {
        (RoleKind::Role, _) => Access::Role { name },
        (RoleKind::ClusterRole, BindingScope::Namespace) => Access::ClusterRoleInNamespace { name },
        (RoleKind::ClusterRole, BindingScope::Cluster) => Access::ClusterRoleEverywhere { name },
    }
}

/// The type of a stored credential.
pub fn type_of(credential: &Credential) -> CredentialType {
    match credential {
        Credential::Static { .. } => CredentialType::Static,
        Credential::Dynamic { .. } => CredentialType::Dynamic,
    }
}

/// The kind of role of a stored access.
pub fn kind_of(access: &Access) -> RoleKind {
    match access {
        Access::Role { .. } | Access::RulesInNamespace { .. } => RoleKind::Role,
        Access::ClusterRoleInNamespace { .. }
        | Access::ClusterRoleEverywhere { .. }
        | Access::RulesEverywhere { .. } => RoleKind::ClusterRole,
    }
}

/// Where a stored access counts.
pub fn scope_of(access: &Access) -> BindingScope {
    if access.is_everywhere() { BindingScope::Cluster } else { BindingScope::Namespace }
}

/// Faults of fields in `provider.inputs`.
struct Faults {
    openings: Openings,
    found: Vec<FieldError>,
}

impl Faults {
    fn fault<T>(&mut self, name: &str, message: impl Into<String>) -> Option<T> {
        self.note(name, "invalid_value", message);
        None
    }

    fn required<T>(&mut self, name: &str) -> Option<T> {
        self.note(name, "required", "is required");
        None
    }

    fn note(&mut self, name: &str, code: &str, message: impl Into<String>) {
        self.found.push(field(&["provider", "inputs", name], code, message));
    }

    fn one_namespace(&mut self, namespaces: Option<Vec<Namespace>>) -> Option<Namespace> {
        let Some(namespaces) = namespaces else { return self.required("namespace") };
        self.closed_namespaces(&namespaces);
        match <[Namespace; 1]>::try_from(namespaces) {
            Ok([namespace]) => Some(namespace),
            Err(_) => self.fault("namespace", "must be exactly one namespace for an existing service account"),
        }
    }

    fn several_namespaces(&mut self, namespaces: &[Namespace], has_selector: bool) {
        if namespaces.is_empty() && !has_selector {
            self.note("namespace", "required", "is required: one or more namespaces with commas between them");
        }
        self.closed_namespaces(namespaces);
    }

    fn closed_namespaces(&mut self, namespaces: &[Namespace]) {
        let closed = namespaces.iter().find(|namespace| is_system(namespace));
        if let (Some(closed), false) = (closed, self.openings.system_namespaces) {
            let message = format!(
                "must not begin with `kube-`: the cluster's own namespaces are closed (`{closed}`) unless the operator opens \
                 the connection for them"
            );
            self.note("namespace", "namespace_closed", message);
        }
    }

    fn inline(&mut self, kind: RoleKind, scope: BindingScope, rules: Vec<PolicyRule>) -> Option<Access> {
        let everywhere = if scope == BindingScope::Cluster { Everywhere::Yes } else { Everywhere::No };
        if let Err(invalid) = rules::check(&rules, everywhere) {
            return self.fault("rules", invalid.to_string());
        }
        match (kind, scope) {
            (RoleKind::Role, _) => Some(Access::RulesInNamespace { rules }),
            (RoleKind::ClusterRole, BindingScope::Cluster) => Some(Access::RulesEverywhere { rules }),
            (RoleKind::ClusterRole, BindingScope::Namespace) => {
                self.fault("roleType", "must be `role` for rules of its own in one namespace")
            }
        }
    }

    /// Keys as Kubernetes has them, none of which is ours.
    fn own_keys(&mut self, name: &str, entries: &BTreeMap<String, String>) {
        const MOST: usize = 32;
        // Keys and values together, on every object of every lease. Kubernetes takes 256 KiB; a sweep reads them all.
        const LARGEST: usize = 8 * 1024;
        if entries.len() > MOST {
            self.note(name, "invalid_value", format!("must have at most {MOST} entries, got {}", entries.len()));
        }
        let size: usize = entries.iter().map(|(key, value)| key.len() + value.len()).sum();
        if size > LARGEST {
            self.note(name, "invalid_value", format!("must have at most {LARGEST} bytes in all, got {size}"));
        }
        let faulty = entries.iter().find_map(|(key, value)| {
            let is_ours = key.starts_with(OWN_PREFIX) || key == MANAGED_BY_LABEL;
            // Labels of this prefix add a ClusterRole's rules to `admin`, `edit` and `view` everywhere.
            // https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
            let is_of_rbac = key.contains("rbac.authorization.k8s.io/");
            let problem = if is_ours {
                Some("is ours".to_owned())
            } else if is_of_rbac {
                Some("changes what roles of the cluster may do".to_owned())
            } else if !is_key(key) || (name == "labels" && !is_label_value(value)) {
                Some("is none that Kubernetes takes".to_owned())
            } else {
                None
            };
            problem.map(|problem| format!("has the entry `{key}`, which {problem}"))
        });
        if let Some(message) = faulty {
            self.note(name, "invalid_value", message);
        }
    }
}

/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
fn is_key(key: &str) -> bool {
    const LONGEST_PREFIX: usize = 253;
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_prefix =
        prefix.is_none_or(|prefix| prefix.len() <= LONGEST_PREFIX && prefix.parse::<ServiceAccountName>().is_ok());
    is_prefix && !name.is_empty() && is_label_value(name)
}

fn is_label_value(value: &str) -> bool {
    const LONGEST: usize = 63;
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    value.len() <= LONGEST
        && value.chars().all(is_inner)
        && is_edge(value.chars().next())
        && is_edge(value.chars().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dynamic() -> CredentialFields {
        CredentialFields {
            kind: Some(CredentialType::Dynamic),
            namespaces: Some(vec!["team".parse().unwrap()]),
            role_type: Some(RoleKind::ClusterRole),
            role: Some(Some("view".parse().unwrap())),
            binding_scope: Some(BindingScope::Namespace),
            ..CredentialFields::default()
        }
    }

    fn faults(fields: CredentialFields) -> Vec<(String, String)> {
        let faults = fields.credential(None, Openings::default()).unwrap_err();
        faults.into_iter().map(|fault| (fault.path.last().cloned().unwrap_or_default(), fault.message)).collect()
    }

    #[test]
    fn what_is_dangerous_is_closed_until_it_is_opened() {
        let everywhere = || CredentialFields { binding_scope: None, ..dynamic() };
        assert!(faults(everywhere())[0].1.contains("bindingScope: namespace"));
        let system = || CredentialFields { namespaces: Some(vec!["kube-system".parse().unwrap()]), ..dynamic() };
        assert_eq!(faults(system())[0].0, "namespace");
        let open = Openings { system_namespaces: true, escalating_roles: true, whole_cluster: true };
        assert!(system().credential(None, open).is_ok());
        let Ok(Credential::Dynamic { access, .. }) = everywhere().credential(None, open) else { panic!("it is open") };
        assert!(matches!(access, Access::ClusterRoleEverywhere { .. }), "as existing clients mean it");
    }

    #[test]
    fn a_change_lies_over_what_was_there_and_another_type_starts_anew() {
        let old = dynamic().credential(None, Openings::default()).unwrap();
        let other = CredentialFields { role: Some(Some("edit".parse().unwrap())), ..CredentialFields::default() };
        let Ok(Credential::Dynamic { access, namespaces, .. }) = other.credential(Some(&old), Openings::default())
        else {
            panic!("it is a change")
        };
        assert_eq!(access, Access::ClusterRoleInNamespace { name: "edit".parse().unwrap() });
        assert_eq!(namespaces.len(), 1);
        let switched = CredentialFields { kind: Some(CredentialType::Static), ..CredentialFields::default() };
        let faults = switched.credential(Some(&old), Openings::default()).unwrap_err();
        let names: Vec<_> = faults.iter().map(|fault| fault.path.last().unwrap().as_str()).collect();
        assert_eq!(names, ["namespace", "serviceAccountName"]);
    }

    #[test]
    fn our_own_keys_and_impossible_ones_are_refused() {
        let aggregates = "rbac.authorization.k8s.io/aggregate-to-admin";
        for key in
            [aggregates, "mayfly.dev/lease", "app.kubernetes.io/managed-by", "a b", "", "-a", "/x", &"x".repeat(64)]
        {
            let labels = Some([(key.to_owned(), "v".to_owned())].into());
            assert_eq!(faults(CredentialFields { labels, ..dynamic() })[0].0, "labels", "{key}");
        }
        let labels = Some([("team".to_owned(), "not a value".to_owned())].into());
        assert_eq!(faults(CredentialFields { labels, ..dynamic() })[0].0, "labels");
        let annotations = Some([("example.com/why".to_owned(), "anything at all".to_owned())].into());
        assert!(CredentialFields { annotations, ..dynamic() }.credential(None, Openings::default()).is_ok());
        let annotations = Some([("a".to_owned(), "x".repeat(8 * 1024 - 1))].into());
        assert!(CredentialFields { annotations, ..dynamic() }.credential(None, Openings::default()).is_ok());
        let annotations = Some([("a".to_owned(), "x".repeat(8 * 1024))].into());
        let told = faults(CredentialFields { annotations, ..dynamic() });
        assert_eq!(told, [("annotations".to_owned(), "must have at most 8192 bytes in all, got 8193".to_owned())]);
    }
}
