//! Objects: what is made for a lease, as Kubernetes wants it written, read and removed.
//!
//! Kinds differ in their path and their body; everything else is the same for all of them.

use http::Request;
use k8s_openapi::{
    api::{
        core::v1::{Secret, ServiceAccount},
        rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule as WireRule, Role, RoleBinding, RoleRef, Subject},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Resource,
    api::{DeleteParams, GetParams, ListParams, PostParams, Preconditions, PropagationPolicy},
    core::{Request as Builder, request::Error as BuildError},
};
use mayfly_domain::{
    kubernetes_name::{Namespace, RoleName},
    plan::{Account, Belongings, LeasePlan, ObjectKind, PlannedObject, RoleKind, SEAL_ANNOTATION},
    rules::PolicyRule,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    ask::{Question, Repeat},
    error::Call,
    questions::{CANNOT_FAIL, json},
    right::Right,
};

/// API group of everything about roles.
pub(crate) const RBAC: &str = "rbac.authorization.k8s.io";

/// Whether a call does what it says, or only tells whether it would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trial {
    /// It does.
    No,
    /// `dryRun=All`: everything is checked, rights included, and nothing is kept.
    Yes,
}

/// What every object has, whatever else is in it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AnyObject {
    #[serde(default)]
    pub(crate) metadata: ObjectMeta,
}

/// The answer to a removal: a Status of success, or the object as it was or still is.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Removal {
    kind: Option<String>,
    #[serde(default)]
    metadata: ObjectMeta,
    status: Option<Value>,
    details: Option<Details>,
}

#[derive(Clone, Debug, Deserialize)]
struct Details {
    name: Option<String>,
    uid: Option<String>,
}

impl Removal {
    /// The UID of `object`. Nothing for an answer that makes no sense, which tells neither that the object went nor that
    /// it is there.
    pub(crate) fn uid_of(&self, object: &PlannedObject) -> Option<&str> {
        let is_success = self.status.as_ref().is_some_and(|status| status == "Success");
        let (name, uid) = match (self.kind.as_deref()?, &self.details) {
            ("Status", Some(details)) if is_success => (&details.name, &details.uid),
            (kind, _) if kind == object.kind.name() => (&self.metadata.name, &self.metadata.uid),
            _ => return None,
        };
        uid.as_deref().filter(|uid| !uid.is_empty() && name.as_deref() == Some(object.name.as_str()))
    }

    /// Whether it shows the object, and the object does not bear our seal. A Status does not show it.
    pub(crate) fn is_of_another(&self, object: &PlannedObject) -> bool {
        self.kind.as_deref() == Some(object.kind.name()) && !bears_seal(&self.metadata, object)
    }

    /// Who keeps the object from going, if somebody does: an object that is gone carries no time of its deletion.
    pub(crate) fn held_by(&self) -> Option<String> {
        self.metadata.deletion_timestamp.as_ref()?;
        Some(self.metadata.finalizers.clone().unwrap_or_default().join(", "))
    }
}

/// An object that is there, with all that is in it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct WrittenObject {
    #[serde(default)]
    metadata: ObjectMeta,
    #[serde(flatten)]
    content: Map<String, Value>,
}

impl WrittenObject {
    /// Its UID, if it bears the seal of `object` and is not on its way out.
    pub(crate) fn uid_where_sealed(&self, object: &PlannedObject) -> Option<String> {
        let stays = self.metadata.deletion_timestamp.is_none() && bears_seal(&self.metadata, object);
        self.metadata.uid.clone().filter(|uid| stays && !uid.is_empty())
    }

    /// Whether it says what `object` of `plan` is written with. What others have added beside it does not count.
    pub(crate) fn is_as_written(&self, plan: &LeasePlan, belongings: &Belongings, object: &PlannedObject) -> bool {
        let own: Map<String, Value> =
            serde_json::from_slice(&body(plan, belongings, object)).expect("the body is an object");
        let said = own.iter().filter(|(field, _)| !matches!(field.as_str(), "apiVersion" | "kind" | "metadata"));
        said.into_iter().all(|(field, value)| self.content.get(field) == Some(value))
    }
}

/// A Role or ClusterRole, as far as we read it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AnyRole {
    #[serde(default)]
    pub(crate) rules: Option<Vec<WireRule>>,
}

/// Makes `object` of `plan`.
pub(crate) fn create(plan: &LeasePlan, belongings: &Belongings, object: &PlannedObject, trial: Trial) -> Question {
    let parameters = PostParams { dry_run: trial == Trial::Yes, field_manager: None };
    let body = body(plan, belongings, object);
    let request = Builder::new(path(object.kind, object.namespace.as_ref())).create(&parameters, body);
    question(Act::Create, object, request)
}

/// Reads `object`.
pub(crate) fn read(object: &PlannedObject) -> Question {
    let request =
        Builder::new(path(object.kind, object.namespace.as_ref())).get(object.name.as_str(), &GetParams::default());
    question(Act::Read, object, request)
}

/// Removes `object`, if it still is the one with this UID. Repeating it is safe: a second one finds nothing.
pub(crate) fn delete(object: &PlannedObject, uid: Option<&str>, trial: Trial) -> Question {
    let parameters = DeleteParams {
        dry_run: trial == Trial::Yes,
        preconditions: uid.map(|uid| Preconditions { uid: Some(uid.to_owned()), resource_version: None }),
        propagation_policy: Some(PropagationPolicy::Background),
        ..DeleteParams::default()
    };
    let request = Builder::new(path(object.kind, object.namespace.as_ref())).delete(object.name.as_str(), &parameters);
    question(Act::Delete, object, request)
}

/// Lists the objects of a kind in a namespace, or in all.
pub(crate) fn list(kind: ObjectKind, namespace: Option<&Namespace>, page: &ListParams) -> Question {
    let request = Builder::new(path(kind, namespace)).list(page);
    Question {
        call: Call::ListObjects,
        request: request.expect(CANNOT_FAIL),
        right: right("list", kind, namespace),
        object: format!("the list of {}", plural(kind)),
        kind: Some(list_kind(kind)),
        repeat: Repeat::Always,
    }
}

/// Reads a role that has to be there.
pub(crate) fn read_role(kind: RoleKind, name: &RoleName, namespace: Option<&Namespace>) -> Question {
    let (object_kind, home) = match kind {
        RoleKind::Role => (ObjectKind::Role, namespace),
        RoleKind::ClusterRole => (ObjectKind::ClusterRole, None),
    };
    let request = Builder::new(path(object_kind, home)).get(name.as_str(), &GetParams::default());
    Question {
        call: Call::ReadRole,
        request: request.expect(CANNOT_FAIL),
        right: right("get", object_kind, home).on(name.as_str()),
        object: role_text(kind, name, namespace),
        kind: Some(object_kind.name()),
        repeat: Repeat::Always,
    }
}

/// A role as people name it; only a Role has its namespace told.
pub(crate) fn role_text(kind: RoleKind, name: &RoleName, namespace: Option<&Namespace>) -> String {
    match (kind, namespace) {
        (RoleKind::Role, Some(namespace)) => format!("Role `{name}` in namespace `{namespace}`"),
        (RoleKind::Role | RoleKind::ClusterRole, _) => format!("{} `{name}`", kind.name()),
    }
}

/// The right to do `verb` to objects of a kind, in a namespace or everywhere.
pub(crate) fn right(verb: &str, kind: ObjectKind, namespace: Option<&Namespace>) -> Right {
    let group = match kind {
        ObjectKind::Secret | ObjectKind::ServiceAccount => "",
        ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding | ObjectKind::Role | ObjectKind::ClusterRole => RBAC,
    };
    let namespace = namespace.map(|namespace| namespace.as_str().to_owned());
    Right { group: group.to_owned(), namespace, ..Right::core(verb, plural(kind)) }
}

/// Rules as Kubernetes sent them.
pub(crate) fn rules_of(role: AnyRole) -> Vec<PolicyRule> {
    let read = |rule: WireRule| PolicyRule {
        api_groups: rule.api_groups.unwrap_or_default(),
        resources: rule.resources.unwrap_or_default(),
        resource_names: rule.resource_names.unwrap_or_default(),
        non_resource_urls: rule.non_resource_urls.unwrap_or_default(),
        verbs: rule.verbs,
    };
    role.rules.unwrap_or_default().into_iter().map(read).collect()
}

pub(crate) fn plural(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::RoleBinding => "rolebindings",
        ObjectKind::ClusterRoleBinding => "clusterrolebindings",
        ObjectKind::Secret => "secrets",
        ObjectKind::ServiceAccount => "serviceaccounts",
        ObjectKind::Role => "roles",
        ObjectKind::ClusterRole => "clusterroles",
    }
}

fn list_kind(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::RoleBinding => "RoleBindingList",
        ObjectKind::ClusterRoleBinding => "ClusterRoleBindingList",
        ObjectKind::Secret => "SecretList",
        ObjectKind::ServiceAccount => "ServiceAccountList",
        ObjectKind::Role => "RoleList",
        ObjectKind::ClusterRole => "ClusterRoleList",
    }
}

fn path(kind: ObjectKind, namespace: Option<&Namespace>) -> String {
    let namespace = namespace.map(Namespace::as_str);
    match kind {
        ObjectKind::RoleBinding => RoleBinding::url_path(&(), namespace),
        ObjectKind::ClusterRoleBinding => ClusterRoleBinding::url_path(&(), None),
        ObjectKind::Secret => Secret::url_path(&(), namespace),
        ObjectKind::ServiceAccount => ServiceAccount::url_path(&(), namespace),
        ObjectKind::Role => Role::url_path(&(), namespace),
        ObjectKind::ClusterRole => ClusterRole::url_path(&(), None),
    }
}

/// What is done with one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Create,
    Read,
    Delete,
}

fn question(act: Act, object: &PlannedObject, request: Result<Request<Vec<u8>>, BuildError>) -> Question {
    let (call, verb, repeat) = match act {
        Act::Create => (Call::CreateObject, "create", Repeat::IfNeverSent),
        Act::Read => (Call::ReadObject, "get", Repeat::Always),
        Act::Delete => (Call::DeleteObject, "delete", Repeat::Always),
    };
    let right = right(verb, object.kind, object.namespace.as_ref());
    // A name is in the path of everything but a creation.
    let right = if act == Act::Create { right } else { right.on(object.name.as_str()) };
    // A removal is answered with a Status or with the object.
    let kind = (act != Act::Delete).then(|| object.kind.name());
    Question { call, request: request.expect(CANNOT_FAIL), right, object: describe(object), kind, repeat }
}

/// An object as people name it.
pub(crate) fn describe(object: &PlannedObject) -> String {
    let (kind, name) = (object.kind.name(), &object.name);
    match &object.namespace {
        Some(namespace) => format!("{kind} `{name}` in namespace `{namespace}`"),
        None => format!("{kind} `{name}`"),
    }
}

fn body(plan: &LeasePlan, belongings: &Belongings, object: &PlannedObject) -> Vec<u8> {
    let metadata = ObjectMeta {
        name: Some(object.name.to_string()),
        namespace: object.namespace.as_ref().map(Namespace::to_string),
        labels: Some(belongings.labels_for(plan.lease)),
        annotations: Some(belongings.annotations_for(object)),
        ..ObjectMeta::default()
    };
    let account = &plan.account;
    match object.kind {
        // Opaque and empty for ever: it holds nothing, and nobody can make it a token of an account.
        ObjectKind::Secret => {
            json(&Secret { metadata, type_: Some("Opaque".to_owned()), immutable: Some(true), ..Secret::default() })
        }
        ObjectKind::ServiceAccount => json(&ServiceAccount {
            metadata,
            automount_service_account_token: Some(false),
            ..ServiceAccount::default()
        }),
        ObjectKind::RoleBinding => {
            json(&RoleBinding { metadata, role_ref: role_ref(account, object), subjects: Some(subjects(account)) })
        }
        ObjectKind::ClusterRoleBinding => json(&ClusterRoleBinding {
            metadata,
            role_ref: role_ref(account, object),
            subjects: Some(subjects(account)),
        }),
        ObjectKind::Role => json(&Role { metadata, rules: Some(wire_rules(account)) }),
        ObjectKind::ClusterRole => {
            json(&ClusterRole { metadata, rules: Some(wire_rules(account)), aggregation_rule: None })
        }
    }
}

/// The role that exists already, or the one of the binding's own name that is made beside it.
fn role_ref(account: &Account, binding: &PlannedObject) -> RoleRef {
    let existing = account.access().and_then(|access| access.existing_role());
    let own_kind = if binding.kind == ObjectKind::ClusterRoleBinding { RoleKind::ClusterRole } else { RoleKind::Role };
    let (kind, name) =
        existing.map_or_else(|| (own_kind, binding.name.to_string()), |(kind, name)| (kind, name.to_string()));
    RoleRef { api_group: Some(RBAC.to_owned()), kind: kind.name().to_owned(), name }
}

fn subjects(account: &Account) -> Vec<Subject> {
    vec![Subject {
        kind: "ServiceAccount".to_owned(),
        name: account.name().to_string(),
        namespace: Some(account.namespace().to_string()),
        api_group: None,
    }]
}

fn wire_rules(account: &Account) -> Vec<WireRule> {
    let list = |entries: &Vec<String>| (!entries.is_empty()).then(|| entries.clone());
    let rule = |rule: &PolicyRule| WireRule {
        api_groups: list(&rule.api_groups),
        resources: list(&rule.resources),
        resource_names: list(&rule.resource_names),
        non_resource_urls: list(&rule.non_resource_urls),
        verbs: rule.verbs.clone(),
    };
    account.access().and_then(|access| access.rules()).unwrap_or_default().iter().map(rule).collect()
}

/// Whether an object bears the seal that `object` was planned with.
pub(crate) fn bears_seal(metadata: &ObjectMeta, object: &PlannedObject) -> bool {
    let found = metadata.annotations.as_ref().and_then(|annotations| annotations.get(SEAL_ANNOTATION));
    found.is_some_and(|found| *found == object.seal.to_string())
}
