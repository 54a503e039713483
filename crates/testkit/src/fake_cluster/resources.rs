//! The resources that can be made and removed here, in one table, and the paths they are at.

use mayfly_domain::plan::{ObjectKind, is_namespaced};

/// The API group of roles and bindings.
pub(super) const RBAC: &str = "rbac.authorization.k8s.io";

/// What the API says of a kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) kind: ObjectKind,
    /// Empty for the core group.
    pub(super) group: &'static str,
    pub(super) plural: &'static str,
    /// What objects of it have beside their metadata; anything else that is sent is dropped.
    pub(super) fields: &'static [&'static str],
}

/// Every kind.
static RESOURCES: [Resource; 6] = [
    Resource {
        kind: ObjectKind::ServiceAccount,
        group: "",
        plural: "serviceaccounts",
        fields: &["secrets", "imagePullSecrets", "automountServiceAccountToken"],
    },
    Resource { kind: ObjectKind::Secret, group: "", plural: "secrets", fields: &["data", "type", "immutable"] },
    Resource { kind: ObjectKind::Role, group: RBAC, plural: "roles", fields: &["rules"] },
    Resource {
        kind: ObjectKind::ClusterRole,
        group: RBAC,
        plural: "clusterroles",
        fields: &["rules", "aggregationRule"],
    },
    Resource { kind: ObjectKind::RoleBinding, group: RBAC, plural: "rolebindings", fields: &["subjects", "roleRef"] },
    Resource {
        kind: ObjectKind::ClusterRoleBinding,
        group: RBAC,
        plural: "clusterrolebindings",
        fields: &["subjects", "roleRef"],
    },
];

impl Resource {
    /// The row of `kind`.
    pub(super) fn of(kind: ObjectKind) -> &'static Self {
        RESOURCES.iter().find(|row| row.kind == kind).expect("the table has a row for every kind")
    }

    /// The group of a resource of this table.
    pub(super) fn group_of(plural: &str) -> Option<&'static str> {
        RESOURCES.iter().find(|row| row.plural == plural).map(|row| row.group)
    }

    pub(super) const fn name(&self) -> &'static str {
        self.kind.name()
    }

    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", self.group) }
    }

    pub(super) const fn is_namespaced(&self) -> bool {
        is_namespaced(self.kind)
    }

    /// `Role.rbac.authorization.k8s.io`, as messages name the kind.
    pub(super) fn qualified_name(&self) -> String {
        qualified(self.name(), self.group)
    }

    /// `roles.rbac.authorization.k8s.io`, as messages name the resource.
    pub(super) fn qualified_plural(&self) -> String {
        qualified(self.plural, self.group)
    }
}

/// A kind or resource as messages name it, with its group behind it.
pub(super) fn qualified(word: &str, group: &str) -> String {
    if group.is_empty() { word.to_owned() } else { format!("{word}.{group}") }
}

/// What a path names: a kind, and perhaps a namespace and one object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) resource: &'static Resource,
    pub(super) namespace: Option<&'a str>,
    pub(super) name: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// Reads the segments of a path.
    pub(super) fn read(segments: &[&'a str]) -> Option<Self> {
        let (group, rest) = match segments {
            ["api", "v1", rest @ ..] => ("", rest),
            ["apis", RBAC, "v1", rest @ ..] => (RBAC, rest),
            _ => return None,
        };
        let (namespace, plural, name) = match rest {
            ["namespaces", namespace, plural] => (Some(*namespace), plural, None),
            ["namespaces", namespace, plural, name] => (Some(*namespace), plural, Some(*name)),
            [plural] => (None, plural, None),
            [plural, name] => (None, plural, Some(*name)),
            _ => return None,
        };
        let resource = RESOURCES.iter().find(|row| row.group == group && row.plural == *plural)?;
        // One object of a namespaced kind is in a namespace; all of them may be asked for without.
        let is_whole =
            if resource.is_namespaced() { namespace.is_some() || name.is_none() } else { namespace.is_none() };
        is_whole.then_some(Self { resource, namespace, name })
    }

    /// Whether an object can be made here.
    pub(super) fn takes_objects(&self) -> bool {
        self.name.is_none() && self.namespace.is_some() == self.resource.is_namespaced()
    }

    /// Where an object of this place is kept.
    pub(super) fn key(&self, name: &str) -> (String, String) {
        (self.namespace.unwrap_or_default().to_owned(), name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_kinds_where_they_are() {
        let read = |path: &'static str| {
            let segments: Vec<&str> = path.split('/').collect();
            Place::read(&segments).map(|place| (place.resource.kind, place.namespace, place.name))
        };
        let rolebindings = "apis/rbac.authorization.k8s.io/v1/rolebindings";
        assert_eq!(read(rolebindings), Some((ObjectKind::RoleBinding, None, None)));
        assert_eq!(read("api/v1/namespaces/a/secrets/b"), Some((ObjectKind::Secret, Some("a"), Some("b"))));
        let clusterrole = "apis/rbac.authorization.k8s.io/v1/clusterroles/view";
        assert_eq!(read(clusterrole), Some((ObjectKind::ClusterRole, None, Some("view"))));
        for nowhere in [
            "api/v1/secrets/b",
            "api/v1/roles",
            "apis/rbac.authorization.k8s.io/v1/namespaces/a/clusterroles",
            "api/v1/namespaces/a",
            "api/v1/namespaces/a/serviceaccounts/b/token",
        ] {
            assert_eq!(read(nowhere), None, "{nowhere}");
        }
        assert!(ObjectKind::ALL.iter().all(|kind| Resource::of(*kind).kind == *kind));
    }
}
