//! What a test puts into the cluster and takes out of it, past the API.

use std::collections::BTreeMap;

use mayfly_domain::plan::ObjectKind;
use serde_json::{Value, json};

use super::{
    FakeCluster,
    object::{Key, Object},
    resources::Resource,
};

/// What holds an object that a test holds.
const FINALIZER: &str = "example.com/hold";

/// An object in the cluster, as far as tests compare it with what they expect. Sorts by kind, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FakeObject {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its namespace, if it has one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

impl FakeCluster {
    /// Makes a namespace and returns its UID.
    pub fn add_namespace(&self, name: &str) -> String {
        self.add_namespace_with_labels(name, &[])
    }

    /// Makes a namespace with labels beside `kubernetes.io/metadata.name`, which every one has.
    pub fn add_namespace_with_labels(&self, name: &str, labels: &[(&str, &str)]) -> String {
        let object = Object::namespace(name, labels, self.api.state.birth());
        let uid = object.uid.clone();
        self.api.state.objects().store.put_namespace(name, object);
        uid
    }

    /// Begins the end of a namespace: what is in it stays, and nothing can be made in it any more.
    ///
    /// # Panics
    /// When there is no such namespace.
    pub fn terminate_namespace(&self, name: &str) {
        let now = self.api.state.ambient.now();
        assert!(self.api.state.objects().store.terminate_namespace(name, now), "there is no namespace `{name}`");
    }

    /// Removes a namespace with all that is in it, even what is held.
    pub fn remove_namespace(&self, name: &str) {
        self.api.state.objects().store.remove_namespace(name);
    }

    /// Makes a service account, and its namespace if need be, and returns its UID.
    pub fn add_account(&self, namespace: &str, name: &str) -> String {
        self.add_labelled_account(namespace, name, &[])
    }

    /// Makes a service account with labels.
    pub fn add_labelled_account(&self, namespace: &str, name: &str, labels: &[(&str, &str)]) -> String {
        let labels: BTreeMap<&str, &str> = labels.iter().copied().collect();
        let body = json!({ "metadata": { "labels": labels } });
        self.add_object(ObjectKind::ServiceAccount, Some(namespace), name, body)
    }

    /// Removes a service account. Its tokens are refused from then on.
    pub fn delete_account(&self, namespace: &str, name: &str) {
        self.delete_object(ObjectKind::ServiceAccount, Some(namespace), name);
    }

    /// Makes a Role, or without a namespace a ClusterRole, and returns its UID.
    pub fn add_role(&self, namespace: Option<&str>, name: &str, rules: Value) -> String {
        self.add_object(role_kind(namespace), namespace, name, Value::from_iter([("rules", rules)]))
    }

    /// Changes the rules of a Role or ClusterRole, which stays the same object.
    ///
    /// # Panics
    /// When there is no such role.
    pub fn set_rules(&self, namespace: Option<&str>, name: &str, rules: Value) {
        self.change(role_kind(namespace), namespace, name, |role| role.set("rules", rules));
    }

    /// Makes an object with the labels, annotations and fields of `body`, in place of one that had its name, and its
    /// namespace if need be. Nobody's rights are asked about. Returns its UID.
    ///
    /// # Panics
    /// When the kind is in namespaces and none is named, or the other way round.
    pub fn add_object(&self, kind: ObjectKind, namespace: Option<&str>, name: &str, body: Value) -> String {
        let resource = Resource::of(kind);
        assert_eq!(namespace.is_some(), resource.is_namespaced(), "a {} with namespace {namespace:?}", resource.name());
        if let Some(namespace) = namespace.filter(|name| self.api.state.objects().store.namespace(name).is_none()) {
            self.add_namespace(namespace);
        }
        let key = key(namespace, name);
        let object = Object::new(resource, &key, body, self.api.state.birth());
        let uid = object.uid.clone();
        self.api.state.objects().store.put(kind, key, object);
        uid
    }

    /// Removes an object, even one that is held. It need not be there.
    pub fn delete_object(&self, kind: ObjectKind, namespace: Option<&str>, name: &str) {
        self.api.state.objects().store.take(kind, &key(namespace, name));
    }

    /// Holds an object with a finalizer: whoever deletes it only marks it, until [`release`](Self::release).
    ///
    /// # Panics
    /// When there is no such object.
    pub fn hold(&self, kind: ObjectKind, namespace: Option<&str>, name: &str) {
        self.change(kind, namespace, name, |object| object.hold(FINALIZER));
    }

    /// Takes all finalizers from an object, which removes it if it was told to go.
    ///
    /// # Panics
    /// When there is no such object.
    pub fn release(&self, kind: ObjectKind, namespace: Option<&str>, name: &str) {
        let mut is_to_go = false;
        self.change(kind, namespace, name, |object| {
            object.release();
            is_to_go = object.deleted_at.is_some();
        });
        if is_to_go {
            self.delete_object(kind, namespace, name);
        }
    }

    /// Every object of the six kinds, sorted, whoever made it; namespaces are none of them.
    pub fn objects(&self) -> Vec<FakeObject> {
        let objects = self.api.state.objects();
        objects.store.all().map(|(kind, key, object)| seen(kind, key, object)).collect()
    }

    /// One object, whole, as the API would answer it.
    pub fn object(&self, kind: ObjectKind, namespace: Option<&str>, name: &str) -> Option<Value> {
        self.api.state.objects().store.get(kind, &key(namespace, name)).map(|object| object.body.clone())
    }

    fn change(&self, kind: ObjectKind, namespace: Option<&str>, name: &str, change: impl FnOnce(&mut Object)) {
        let is_there = self.api.state.objects().store.change(kind, &key(namespace, name), change);
        assert!(is_there, "there is no {} `{name}` in {namespace:?}", kind.name());
    }
}

fn seen(kind: ObjectKind, (namespace, name): &Key, object: &Object) -> FakeObject {
    FakeObject {
        kind,
        namespace: Some(namespace.clone()).filter(|namespace| !namespace.is_empty()),
        name: name.clone(),
        uid: object.uid.clone(),
        labels: object.texts("labels"),
        annotations: object.texts("annotations"),
    }
}

fn key(namespace: Option<&str>, name: &str) -> Key {
    (namespace.unwrap_or_default().to_owned(), name.to_owned())
}

const fn role_kind(namespace: Option<&str>) -> ObjectKind {
    if namespace.is_some() { ObjectKind::Role } else { ObjectKind::ClusterRole }
}
