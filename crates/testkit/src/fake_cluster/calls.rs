//! The calls that Mayfly makes, told apart by method and path.

use http::Method;
use mayfly_domain::plan::ObjectKind;

use super::resources::Place;

/// A set of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Calls {
    /// Every one.
    All,
    /// `GET /version`.
    Version,
    /// `GET` of one namespace.
    Namespace,
    /// `GET` of all namespaces.
    NamespaceList,
    /// `GET` of one service account.
    Account,
    /// `GET` of the service accounts of a namespace or of all.
    AccountList,
    /// `POST` of a TokenRequest.
    Token,
    /// `POST` of a SelfSubjectAccessReview.
    AccessReview,
    /// `POST` of a SelfSubjectReview.
    SelfReview,
    /// `POST` of a TokenReview.
    TokenReview,
    /// `GET` of one binding, in a namespace or of the cluster.
    ReadBinding,
    /// `GET` of one secret.
    ReadSecret,
    /// `GET` of one Role or ClusterRole.
    ReadRole,
    /// `GET` of bindings, in a namespace, in all or of the cluster.
    ListBindings,
    /// `GET` of secrets.
    ListSecrets,
    /// `GET` of Roles, in a namespace or in all, or of every ClusterRole.
    ListRoles,
    /// `POST` of a service account.
    CreateAccount,
    /// `POST` of a binding, in a namespace or of the cluster.
    CreateBinding,
    /// `POST` of a secret.
    CreateSecret,
    /// `POST` of a Role or ClusterRole.
    CreateRole,
    /// `DELETE` of a service account.
    DeleteAccount,
    /// `DELETE` of a binding, in a namespace or of the cluster.
    DeleteBinding,
    /// `DELETE` of a secret.
    DeleteSecret,
    /// `DELETE` of a Role or ClusterRole.
    DeleteRole,
    /// `GET` of one account, binding, secret or role.
    ReadObject,
    /// `GET` of the accounts, bindings, secrets or roles of a namespace or of all.
    ListObjects,
    /// `POST` of an account, binding, secret or role.
    CreateObject,
    /// `DELETE` of an account, binding, secret or role.
    DeleteObject,
}

/// What is done with objects.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Read,
    List,
    Create,
    Delete,
}

impl Calls {
    /// Each kind of call that issuing and ending leases makes, on its own. The sets that hold several of them are not among
    /// them.
    pub const EACH: [Self; 22] = [
        Self::Version,
        Self::Namespace,
        Self::NamespaceList,
        Self::Account,
        Self::AccountList,
        Self::Token,
        Self::AccessReview,
        Self::SelfReview,
        Self::ReadBinding,
        Self::ReadSecret,
        Self::ReadRole,
        Self::ListBindings,
        Self::ListSecrets,
        Self::ListRoles,
        Self::CreateAccount,
        Self::CreateBinding,
        Self::CreateSecret,
        Self::CreateRole,
        Self::DeleteAccount,
        Self::DeleteBinding,
        Self::DeleteSecret,
        Self::DeleteRole,
    ];

    /// Which one a request is; `None` if it is none of ours. A prefix in front of the API's paths is ignored.
    pub(super) fn of(method: &Method, path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let matches = |pattern: &[&str]| {
            let tail = segments.len().checked_sub(pattern.len()).and_then(|start| segments.get(start..));
            tail.is_some_and(|tail| tail.iter().zip(pattern).all(|(found, wanted)| *wanted == "*" || found == wanted))
        };
        match *method {
            Method::GET if matches(&["version"]) => Some(Self::Version),
            Method::GET if matches(&["api", "v1", "namespaces"]) => Some(Self::NamespaceList),
            Method::GET if matches(&["api", "v1", "namespaces", "*"]) => Some(Self::Namespace),
            Method::POST if matches(&["api", "v1", "namespaces", "*", "serviceaccounts", "*", "token"]) => {
                Some(Self::Token)
            }
            Method::POST if matches(&["authorization.k8s.io", "v1", "selfsubjectaccessreviews"]) => {
                Some(Self::AccessReview)
            }
            Method::POST if matches(&["authentication.k8s.io", "v1", "selfsubjectreviews"]) => Some(Self::SelfReview),
            Method::POST if matches(&["authentication.k8s.io", "v1", "tokenreviews"]) => Some(Self::TokenReview),
            _ => {
                let (act, kind) = act_on(method, &segments)?;
                Some(Self::on(act, kind))
            }
        }
    }

    /// Whether a request is in this set.
    pub(super) fn contain(self, method: &Method, path: &str) -> bool {
        let Some(act) = self.act() else {
            return self == Self::All || Self::of(method, path) == Some(self);
        };
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        act_on(method, &segments).is_some_and(|(found, _)| found == act)
    }

    /// What the sets of all kinds of objects have in common.
    fn act(self) -> Option<Act> {
        let acts = [
            (Self::ReadObject, Act::Read),
            (Self::ListObjects, Act::List),
            (Self::CreateObject, Act::Create),
            (Self::DeleteObject, Act::Delete),
        ];
        acts.into_iter().find(|(calls, _)| *calls == self).map(|(_, act)| act)
    }

    const fn on(act: Act, kind: ObjectKind) -> Self {
        match (act, kind) {
            (Act::Read, ObjectKind::ServiceAccount) => Self::Account,
            (Act::Read, ObjectKind::Secret) => Self::ReadSecret,
            (Act::Read, ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding) => Self::ReadBinding,
            (Act::Read, ObjectKind::Role | ObjectKind::ClusterRole) => Self::ReadRole,
            (Act::List, ObjectKind::ServiceAccount) => Self::AccountList,
            (Act::List, ObjectKind::Secret) => Self::ListSecrets,
            (Act::List, ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding) => Self::ListBindings,
            (Act::List, ObjectKind::Role | ObjectKind::ClusterRole) => Self::ListRoles,
            (Act::Create, ObjectKind::ServiceAccount) => Self::CreateAccount,
            (Act::Create, ObjectKind::Secret) => Self::CreateSecret,
            (Act::Create, ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding) => Self::CreateBinding,
            (Act::Create, ObjectKind::Role | ObjectKind::ClusterRole) => Self::CreateRole,
            (Act::Delete, ObjectKind::ServiceAccount) => Self::DeleteAccount,
            (Act::Delete, ObjectKind::Secret) => Self::DeleteSecret,
            (Act::Delete, ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding) => Self::DeleteBinding,
            (Act::Delete, ObjectKind::Role | ObjectKind::ClusterRole) => Self::DeleteRole,
        }
    }
}

/// What a request does with which kind of object.
fn act_on(method: &Method, segments: &[&str]) -> Option<(Act, ObjectKind)> {
    let place = (0..segments.len()).find_map(|start| Place::read(segments.get(start..)?))?;
    let act = match (method.as_str(), place.name) {
        ("GET", Some(_)) => Act::Read,
        ("GET", None) => Act::List,
        ("POST", None) => Act::Create,
        ("DELETE", Some(_)) => Act::Delete,
        _ => return None,
    };
    Some((act, place.resource.kind))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

    #[test]
    fn each_call_is_told_from_the_others() {
        let core = |rest: &str| format!("/api/v1/namespaces/a/{rest}");
        let rbac = |rest: &str| format!("{RBAC}/namespaces/a/{rest}");
        let cluster = |rest: &str| format!("{RBAC}/{rest}");
        let calls = [
            (Method::GET, "/version".to_owned(), Calls::Version),
            (Method::GET, "/api/v1/namespaces/a".to_owned(), Calls::Namespace),
            (Method::GET, "/api/v1/namespaces".to_owned(), Calls::NamespaceList),
            (Method::GET, core("serviceaccounts/b"), Calls::Account),
            (Method::GET, core("serviceaccounts"), Calls::AccountList),
            (Method::GET, "/prefix/api/v1/serviceaccounts".to_owned(), Calls::AccountList),
            (Method::POST, core("serviceaccounts/b/token"), Calls::Token),
            (Method::POST, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned(), Calls::AccessReview),
            (Method::POST, "/apis/authentication.k8s.io/v1/selfsubjectreviews".to_owned(), Calls::SelfReview),
            (Method::GET, rbac("rolebindings/b"), Calls::ReadBinding),
            (Method::GET, core("secrets/b"), Calls::ReadSecret),
            (Method::GET, cluster("clusterroles/b"), Calls::ReadRole),
            (Method::GET, cluster("rolebindings"), Calls::ListBindings),
            (Method::GET, cluster("clusterrolebindings"), Calls::ListBindings),
            (Method::GET, core("secrets"), Calls::ListSecrets),
            (Method::GET, rbac("roles"), Calls::ListRoles),
            (Method::POST, core("serviceaccounts"), Calls::CreateAccount),
            (Method::POST, rbac("rolebindings"), Calls::CreateBinding),
            (Method::POST, format!("/prefix{}", cluster("clusterrolebindings")), Calls::CreateBinding),
            (Method::POST, core("secrets"), Calls::CreateSecret),
            (Method::POST, rbac("roles"), Calls::CreateRole),
            (Method::DELETE, core("serviceaccounts/b"), Calls::DeleteAccount),
            (Method::DELETE, cluster("clusterrolebindings/b"), Calls::DeleteBinding),
            (Method::DELETE, core("secrets/b"), Calls::DeleteSecret),
            (Method::DELETE, cluster("clusterroles/b"), Calls::DeleteRole),
        ];
        for (method, path, call) in &calls {
            assert_eq!(Calls::of(method, path), Some(*call), "{method} {path}");
        }
        let seen: HashSet<Calls> = calls.iter().map(|(_, _, call)| *call).collect();
        assert_eq!(seen, HashSet::from(Calls::EACH));
        assert_eq!(Calls::of(&Method::DELETE, "/api/v1/namespaces/a"), None);
    }

    #[test]
    fn sets_of_all_objects_hold_every_kind_and_nothing_else() {
        let accounts = "/api/v1/namespaces/a/serviceaccounts";
        let roles = format!("{RBAC}/clusterroles");
        let one = |list: &str| format!("{list}/b");
        for (calls, method, path) in [
            (Calls::ReadObject, Method::GET, one(accounts)),
            (Calls::ReadObject, Method::GET, one(&roles)),
            (Calls::ListObjects, Method::GET, accounts.to_owned()),
            (Calls::ListObjects, Method::GET, roles.clone()),
            (Calls::CreateObject, Method::POST, accounts.to_owned()),
            (Calls::CreateObject, Method::POST, roles.clone()),
            (Calls::DeleteObject, Method::DELETE, one(accounts)),
            (Calls::DeleteObject, Method::DELETE, one(&roles)),
        ] {
            let sets = [Calls::ReadObject, Calls::ListObjects, Calls::CreateObject, Calls::DeleteObject];
            for set in sets {
                assert_eq!(set.contain(&method, &path), set == calls, "{set:?} and {method} {path}");
            }
        }
        assert!(!Calls::CreateObject.contain(&Method::POST, &format!("{accounts}/b/token")));
        assert!(!Calls::ListObjects.contain(&Method::GET, "/api/v1/namespaces"));
    }
}
