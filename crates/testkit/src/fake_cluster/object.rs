//! One object: what was sent of it, and what the API server adds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::resources::Resource;

/// Namespace and name; the namespace is empty for what is in none.
pub(super) type Key = (String, String);

/// What of the metadata that is sent is kept.
const KEPT_METADATA: [&str; 4] = ["labels", "annotations", "finalizers", "ownerReferences"];

/// What an object gets when it is made.
pub(super) struct Birth {
    pub(super) uid: String,
    pub(super) created_at: Timestamp,
}

/// An object, whole, as it is answered.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) uid: String,
    /// When it was told to go, if something holds it.
    pub(super) deleted_at: Option<Timestamp>,
    pub(super) body: Value,
}

impl Object {
    /// An object of one of the table's kinds. It has no version until it is stored.
    pub(super) fn new(resource: &Resource, key: &Key, mut sent: Value, birth: Birth) -> Self {
        let metadata = sent.get_mut("metadata").map(Value::take).unwrap_or_default();
        let mut object = Self::bare(resource.name(), &resource.api_version(), key, metadata, birth);
        let default = resource.default(&sent);
        for field in resource.fields {
            let value = sent.get_mut(*field).map(Value::take).filter(|value| !value.is_null());
            if let Some(value) = value {
                object.set(field, value);
            }
        }
        if let Some((field, value)) = default {
            object.set(field, value);
        }
        object
    }

    /// A namespace.
    pub(super) fn namespace(name: &str, labels: &[(&str, &str)], birth: Birth) -> Self {
        let labels = labels.iter().copied().chain([("kubernetes.io/metadata.name", name)]);
        let metadata = json!({ "labels": labels.collect::<BTreeMap<_, _>>() });
        let mut namespace = Self::bare("Namespace", "v1", &(String::new(), name.to_owned()), metadata, birth);
        namespace.set("spec", json!({ "finalizers": ["kubernetes"] }));
        namespace.set("status", json!({ "phase": "Active" }));
        namespace
    }

    fn bare(kind: &str, api_version: &str, key: &Key, mut sent: Value, birth: Birth) -> Self {
        let mut metadata = Map::new();
        for field in KEPT_METADATA {
            let value = sent.get_mut(field).map(Value::take).filter(|value| !is_empty(value));
            metadata.extend(value.map(|value| (field.to_owned(), value)));
        }
        let namespace = (!key.0.is_empty()).then(|| ("namespace".to_owned(), json!(key.0)));
        metadata.extend(namespace);
        metadata.insert("name".to_owned(), json!(key.1));
        metadata.insert("uid".to_owned(), json!(birth.uid));
        metadata.insert("creationTimestamp".to_owned(), json!(text_of(birth.created_at)));
        let body = json!({ "kind": kind, "apiVersion": api_version, "metadata": metadata });
        Self { uid: birth.uid, deleted_at: None, body }
    }

    pub(super) fn set(&mut self, field: &str, value: Value) {
        if let Value::Object(fields) = &mut self.body {
            fields.insert(field.to_owned(), value);
        }
    }

    fn set_metadata(&mut self, field: &str, value: Value) {
        if let Some(Value::Object(metadata)) = self.body.get_mut("metadata") {
            metadata.insert(field.to_owned(), value);
        }
    }

    pub(super) fn set_version(&mut self, version: u64) {
        self.set_metadata("resourceVersion", json!(version.to_string()));
    }

    pub(super) fn version(&self) -> &str {
        self.metadata("resourceVersion").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether something keeps it from being removed.
    pub(super) fn is_held(&self) -> bool {
        self.metadata("finalizers").is_some_and(|finalizers| !is_empty(finalizers))
    }

    pub(super) fn hold(&mut self, finalizer: &str) {
        self.set_metadata("finalizers", json!([finalizer]));
    }

    /// Takes all finalizers away.
    pub(super) fn release(&mut self) {
        if let Some(Value::Object(metadata)) = self.body.get_mut("metadata") {
            metadata.remove("finalizers");
        }
    }

    /// Notes that it is to go. The first time counts.
    pub(super) fn mark_deleted(&mut self, now: Timestamp) {
        if self.deleted_at.is_none() {
            self.deleted_at = Some(now);
            self.set_metadata("deletionTimestamp", json!(text_of(now)));
        }
    }

    /// The same for anything but a namespace, which has no `deletionGracePeriodSeconds`.
    pub(super) fn tell_to_go(&mut self, now: Timestamp) {
        self.mark_deleted(now);
        self.set_metadata("deletionGracePeriodSeconds", json!(0));
    }

    pub(super) fn texts(&self, field: &str) -> BTreeMap<String, String> {
        let entries = self.metadata(field).and_then(Value::as_object).into_iter().flatten();
        entries.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    pub(super) fn label(&self, key: &str) -> Option<&str> {
        self.metadata("labels")?.get(key)?.as_str()
    }

    fn metadata(&self, field: &str) -> Option<&Value> {
        self.body.get("metadata")?.get(field)
    }
}

impl Resource {
    /// What the API server fills in.
    fn default(&self, sent: &Value) -> Option<(&'static str, Value)> {
        let has = |field: &str| sent.get(field).is_some_and(|value| !is_empty(value));
        match self.plural {
            "secrets" if !has("type") => Some(("type", json!("Opaque"))),
            "roles" | "clusterroles" if !has("rules") => Some(("rules", Value::Null)),
            "rolebindings" | "clusterrolebindings" => {
                let mut role = sent.get("roleRef")?.clone();
                role.as_object_mut()?.entry("apiGroup").or_insert_with(|| json!(self.group));
                Some(("roleRef", role))
            }
            _ => None,
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A time as Kubernetes writes it.
pub(super) fn text_of(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
