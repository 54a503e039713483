//! The calls that Mayfly makes, told apart by method and path.

use http::Method;

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
}

impl Calls {
    /// Each kind of call on its own.
    pub const EACH: [Self; 8] = [
        Self::Version,
        Self::Namespace,
        Self::NamespaceList,
        Self::Account,
        Self::AccountList,
        Self::Token,
        Self::AccessReview,
        Self::SelfReview,
    ];

    /// Which one a request is; `None` if it is none of ours. A prefix in front of the API's paths is ignored.
    pub(super) fn of(method: &Method, path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let matches = |pattern: &[&str]| {
            let tail = segments.len().checked_sub(pattern.len()).and_then(|start| segments.get(start..));
            tail.is_some_and(|tail| tail.iter().zip(pattern).all(|(found, wanted)| *wanted == "*" || found == wanted))
        };
        let namespaced = ["api", "v1", "namespaces", "*", "serviceaccounts"];
        match *method {
            Method::GET if matches(&["version"]) => Some(Self::Version),
            Method::GET if matches(&namespaced) || matches(&["api", "v1", "serviceaccounts"]) => {
                Some(Self::AccountList)
            }
            Method::GET if matches(&[&namespaced[..], &["*"]].concat()) => Some(Self::Account),
            Method::GET if matches(&["api", "v1", "namespaces"]) => Some(Self::NamespaceList),
            Method::GET if matches(&["api", "v1", "namespaces", "*"]) => Some(Self::Namespace),
            Method::POST if matches(&[&namespaced[..], &["*", "token"]].concat()) => Some(Self::Token),
            Method::POST if matches(&["authorization.k8s.io", "v1", "selfsubjectaccessreviews"]) => {
                Some(Self::AccessReview)
            }
            Method::POST if matches(&["authentication.k8s.io", "v1", "selfsubjectreviews"]) => Some(Self::SelfReview),
            _ => None,
        }
    }

    /// Whether a request is in this set.
    pub(super) fn contain(self, method: &Method, path: &str) -> bool {
        self == Self::All || Self::of(method, path) == Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_told_from_the_others() {
        let calls = [
            (Method::GET, "/version", Calls::Version),
            (Method::GET, "/api/v1/namespaces/a", Calls::Namespace),
            (Method::GET, "/api/v1/namespaces", Calls::NamespaceList),
            (Method::GET, "/api/v1/namespaces/a/serviceaccounts/b", Calls::Account),
            (Method::GET, "/api/v1/namespaces/a/serviceaccounts", Calls::AccountList),
            (Method::GET, "/prefix/api/v1/serviceaccounts", Calls::AccountList),
            (Method::POST, "/api/v1/namespaces/a/serviceaccounts/b/token", Calls::Token),
            (Method::POST, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", Calls::AccessReview),
            (Method::POST, "/apis/authentication.k8s.io/v1/selfsubjectreviews", Calls::SelfReview),
        ];
        for (method, path, call) in calls {
            assert_eq!(Calls::of(&method, path), Some(call), "{method} {path}");
        }
        assert_eq!(Calls::of(&Method::DELETE, "/api/v1/namespaces/a"), None);
    }
}
