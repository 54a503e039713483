//! Rights of the issuer, the same on both sides.

use mayfly_testkit::fake_cluster::FakeRight;
use serde_json::{Value, json};

use super::{Cluster, Side};
use crate::ground::ISSUER;

/// The API group of accounts, secrets and namespaces.
pub(crate) const CORE: &str = "";
/// The API group of everything about roles.
pub(crate) const RBAC: &str = "rbac.authorization.k8s.io";

/// Verbs on one resource, with its subresource if it has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) group: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) verbs: &'static [&'static str],
    /// The object they are limited to.
    pub(crate) name: Option<&'static str>,
}

impl Rule {
    pub(crate) const fn new(group: &'static str, resource: &'static str, verbs: &'static [&'static str]) -> Self {
        Self { group, resource, verbs, name: None }
    }

    pub(crate) const fn on(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// As a role has it.
    pub(super) fn wire(&self) -> Value {
        let names = self.name.map(|name| vec![name]);
        json!({ "apiGroups": [self.group], "resources": [self.resource], "resourceNames": names, "verbs": self.verbs })
    }

    /// What to ask a review about to learn whether it has taken effect.
    pub(super) fn attributes(&self, namespace: Option<&str>) -> Value {
        let (resource, subresource) = self.resource.split_once('/').unwrap_or((self.resource, ""));
        json!({
            "verb": self.verbs[0], "group": self.group, "resource": resource, "subresource": subresource,
            "namespace": namespace, "name": self.name,
        })
    }
}

impl Side {
    /// Gives the issuer these rights in its namespace.
    pub(crate) async fn allow(&self, rules: &[Rule]) {
        self.give(Some(&self.namespace), rules).await;
    }

    /// Gives the issuer these rights everywhere.
    pub(crate) async fn allow_everywhere(&self, rules: &[Rule]) {
        self.give(None, rules).await;
    }

    /// What an administrator does with a manifest.
    pub(crate) async fn apply(&self, manifest: &Value) {
        for item in manifest["items"].as_array().expect("it is a list") {
            match &self.cluster {
                Cluster::Real(real) => real.apply(item).await.unwrap(),
                Cluster::Fake(cluster) => {
                    let user = format!("system:serviceaccount:{}:{ISSUER}", self.namespace);
                    for right in rights_of(item) {
                        cluster.grant(&user, right);
                    }
                }
            }
        }
    }

    async fn give(&self, namespace: Option<&str>, rules: &[Rule]) {
        let cluster = match &self.cluster {
            Cluster::Fake(cluster) => cluster,
            Cluster::Real(real) => return real.give(namespace, rules).await.unwrap(),
        };
        let user = format!("system:serviceaccount:{}:{ISSUER}", self.namespace);
        for rule in rules {
            for verb in rule.verbs {
                let right = FakeRight {
                    namespace: namespace.map(str::to_owned),
                    name: rule.name.map(str::to_owned),
                    ..FakeRight::everywhere(verb, rule.resource)
                };
                cluster.grant(&user, right);
            }
        }
    }
}

/// What a role of a manifest gives; a binding gives nothing by itself here.
fn rights_of(item: &Value) -> Vec<FakeRight> {
    let texts = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap_or_default() };
    let namespace = item["metadata"]["namespace"].as_str();
    let mut rights = Vec::new();
    for rule in item["rules"].as_array().into_iter().flatten() {
        for resource in texts(&rule["resources"]) {
            let given = texts(&rule["verbs"]).into_iter().map(|verb| FakeRight {
                namespace: namespace.map(str::to_owned),
                name: texts(&rule["resourceNames"]).first().cloned(),
                ..FakeRight::everywhere(&verb, &resource)
            });
            rights.extend(given);
        }
    }
    rights
}
