//! Objects as Mayfly makes them: each attack is one of them with a single fault.

use serde_json::{Value, json};

use super::ground::{Ground, RBAC, Request};

/// The lease whose objects they are.
pub(super) const LEASE: &str = "01893b9e-7c1a-7def-8abc-0123456789ab";
/// Whose installation.
pub(super) const INSTALLATION: &str = "01893b9e-0000-7def-8abc-0123456789ab";
const GROUP: &str = "rbac.authorization.k8s.io";

/// The shapes, in one namespace under one name.
pub(super) struct Shapes {
    home: String,
    reader: String,
    pub(super) name: String,
}

impl Shapes {
    pub(super) fn of(ground: &Ground) -> Self {
        // The cluster's other tests have other letters in the end of theirs. Names have no `1`.
        let end = ground.name.rsplit('-').next().unwrap_or_default().replace('1', "z");
        let name = format!("dynamic-secret-sa-aa{end}");
        Self { home: ground.home.clone(), reader: ground.reader.clone(), name }
    }

    /// What Mayfly itself makes.
    pub(super) fn all(&self) -> Vec<Request> {
        vec![
            self.account(),
            self.token(),
            self.binding(),
            self.role(),
            self.anchor(),
            self.static_token(),
            self.cluster_role(),
            self.cluster_binding(),
        ]
    }

    pub(super) fn core(&self, plural: &str) -> String {
        format!("/api/v1/namespaces/{}/{plural}", self.home)
    }

    pub(super) fn rbac(&self, plural: &str) -> String {
        format!("{RBAC}/namespaces/{}/{plural}", self.home)
    }

    pub(super) fn metadata(name: &str) -> Value {
        json!({
            "name": name,
            "labels": {
                "app.kubernetes.io/managed-by": "mayfly",
                "mayfly.dev/installation": INSTALLATION,
                "mayfly.dev/lease": LEASE,
            },
            "annotations": { "mayfly.dev/seal": "no seal", "mayfly.dev/expires-at": "2000-01-01T00:00:00Z" },
        })
    }

    pub(super) fn account(&self) -> Request {
        let body = json!({ "metadata": Self::metadata(&self.name), "automountServiceAccountToken": false });
        Request::post(self.core("serviceaccounts"), body)
    }

    pub(super) fn anchor(&self) -> Request {
        let metadata = Self::metadata(&format!("mayfly-{LEASE}"));
        Request::post(self.core("secrets"), json!({ "metadata": metadata, "type": "Opaque", "immutable": true }))
    }

    pub(super) fn subject(&self) -> Value {
        json!({ "kind": "ServiceAccount", "name": self.name, "namespace": self.home })
    }

    pub(super) fn binding(&self) -> Request {
        let role = json!({ "apiGroup": GROUP, "kind": "Role", "name": "reader" });
        let body = json!({ "metadata": Self::metadata(&self.name), "roleRef": role, "subjects": [self.subject()] });
        Request::post(self.rbac("rolebindings"), body)
    }

    pub(super) fn cluster_binding(&self) -> Request {
        let role = json!({ "apiGroup": GROUP, "kind": "ClusterRole", "name": self.reader });
        let body = json!({ "metadata": Self::metadata(&self.name), "roleRef": role, "subjects": [self.subject()] });
        Request::post(format!("{RBAC}/clusterrolebindings"), body)
    }

    pub(super) fn role(&self) -> Request {
        let body = json!({ "metadata": Self::metadata(&self.name), "rules": [rule("", "configmaps", "get")] });
        Request::post(self.rbac("roles"), body)
    }

    pub(super) fn cluster_role(&self) -> Request {
        Request { path: format!("{RBAC}/clusterroles"), ..self.role() }
    }

    /// A token of the temporary account.
    pub(super) fn token(&self) -> Request {
        self.token_of(&self.name, &json!({ "expirationSeconds": 600 }))
    }

    /// A token of the existing account, bound to the anchor.
    pub(super) fn static_token(&self) -> Request {
        let anchor = json!({ "apiVersion": "v1", "kind": "Secret", "name": format!("mayfly-{LEASE}") });
        self.token_of("deployer", &json!({ "expirationSeconds": 600, "boundObjectRef": anchor }))
    }

    pub(super) fn token_of(&self, account: &str, spec: &Value) -> Request {
        Request::post(self.core(&format!("serviceaccounts/{account}/token")), json!({ "spec": spec }))
    }
}

pub(super) fn rule(group: &str, resource: &str, verb: &str) -> Value {
    json!({ "apiGroups": [group], "resources": [resource], "verbs": [verb] })
}
