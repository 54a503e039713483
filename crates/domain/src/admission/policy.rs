//! A policy as Kubernetes reads it.

use serde_json::{Value, json};

use super::{Confinement, cel};

/// A `ValidatingAdmissionPolicy` that judges one user's requests, and is bound to the whole cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionPolicy {
    /// Its name, and that of its binding.
    pub name: String,
    /// Which requests it looks at.
    pub matches: Matches,
    /// Of those, the ones for which all of these hold.
    pub conditions: Vec<Expression>,
    /// What the expressions have names for.
    pub variables: Vec<Expression>,
    /// What must hold.
    pub validations: Vec<Validation>,
}

/// Which requests are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matches {
    /// What is done.
    pub operations: &'static [Operation],
    /// To what: API group and resources.
    pub resources: &'static [(&'static str, &'static [&'static str])],
}

/// What a request does to an object. A patch is an update, or creates what is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Makes it.
    Create,
    /// Changes it.
    Update,
    /// Removes it.
    Delete,
    /// Connects to it.
    Connect,
}

/// A named expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// Its name.
    pub name: &'static str,
    /// The expression.
    pub expression: String,
}

/// What must hold, and what is said where it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// The expression.
    pub expression: String,
    /// For people.
    pub message: String,
}

/// API group of everything about roles.
pub(super) const RBAC: &str = "rbac.authorization.k8s.io";
const GROUP_VERSION: &str = "admissionregistration.k8s.io/v1";

impl Operation {
    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

impl AdmissionPolicy {
    /// A policy about the issuer of `confinement`.
    pub(super) fn new(confinement: &Confinement, about: &str, matches: Matches) -> Self {
        let prefix = match &confinement.name {
            Some(name) => name.to_string(),
            None => format!("mayfly-{}", confinement.installation),
        };
        let expression = format!("request.userInfo.username == {}", cel::text(&confinement.issuer));
        let conditions = vec![Expression { name: "issuer", expression }];
        Self { name: format!("{prefix}-{about}"), matches, conditions, variables: Vec::new(), validations: Vec::new() }
    }

    pub(super) fn only_if(mut self, name: &'static str, expression: String) -> Self {
        self.conditions.push(Expression { name, expression });
        self
    }

    pub(super) fn with(mut self, name: &'static str, expression: String) -> Self {
        self.variables.push(Expression { name, expression });
        self
    }

    pub(super) fn must(mut self, expression: impl Into<String>, message: impl Into<String>) -> Self {
        self.validations.push(Validation { expression: expression.into(), message: message.into() });
        self
    }

    /// The policy and its binding.
    pub fn manifests(&self) -> [Value; 2] {
        [self.policy(), self.binding()]
    }

    fn policy(&self) -> Value {
        let named = |list: &[Expression]| -> Vec<Value> {
            list.iter()
                .map(|Expression { name, expression }| json!({ "name": name, "expression": expression }))
                .collect()
        };
        let operations: Vec<&str> = self.matches.operations.iter().map(|operation| operation.name()).collect();
        let rule = |(group, resources): &(&str, &[&str])| {
            json!({
                "apiGroups": [group], "apiVersions": ["*"], "operations": operations, "resources": resources,
            })
        };
        let validation =
            |Validation { expression, message }: &Validation| json!({ "expression": expression, "message": message });
        json!({
            "apiVersion": GROUP_VERSION,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": self.metadata(),
            "spec": {
                // What cannot be judged is refused.
                "failurePolicy": "Fail",
                "matchConstraints": { "resourceRules": self.matches.resources.iter().map(rule).collect::<Vec<_>>() },
                "matchConditions": named(&self.conditions),
                "variables": named(&self.variables),
                "validations": self.validations.iter().map(validation).collect::<Vec<_>>(),
            },
        })
    }

    fn binding(&self) -> Value {
        json!({
            "apiVersion": GROUP_VERSION,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": self.metadata(),
            "spec": { "policyName": self.name, "validationActions": ["Deny"] },
        })
    }

    fn metadata(&self) -> Value {
        json!({ "name": self.name, "labels": { "app.kubernetes.io/part-of": "mayfly" } })
    }
}
