//! What is in a cluster, seen and changed by somebody who may do everything.

use std::time::Duration;

use futures::future::join_all;
use mayfly_domain::plan::{LEASE_LABEL, LeasePlan, ObjectKind, OwnedObject, is_namespaced};
use mayfly_testkit::fake_cluster::FakeObject;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Cluster, Side, real::RealSide, rights::RBAC};

/// What holds an object on the real side.
pub(crate) const FINALIZER: &str = "example.com/hold";

impl Side {
    /// The planned objects that are there and carry the label of the plan's lease, in the order of their removal.
    pub(crate) async fn made_for(&self, plan: &LeasePlan) -> Vec<OwnedObject> {
        let lease = plan.lease.to_string();
        let look = plan.objects().iter().map(async |object| {
            let found = self.look_at(object.kind, object.name.as_str()).await?;
            let metadata = &found["metadata"];
            let is_ours = metadata["labels"][LEASE_LABEL] == lease;
            is_ours.then(|| object.owned(Some(text(metadata, "uid").to_owned())))
        });
        join_all(look).await.into_iter().flatten().collect()
    }

    /// Every object in the namespace but the account that a controller gives each.
    pub(crate) async fn contents(&self) -> Vec<OwnedObject> {
        let kinds = ObjectKind::ALL.into_iter().filter(|kind| is_namespaced(*kind));
        let found = join_all(kinds.map(|kind| self.list(kind))).await;
        found.into_iter().flatten().filter(|object| object.name != "default").collect()
    }

    /// Waits until the objects of a lease are of these kinds: a cluster may act after we gave up.
    pub(crate) async fn wait_until_made(&self, plan: &LeasePlan, kinds: &[ObjectKind]) -> Vec<OwnedObject> {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        let mut found = Vec::new();
        for _ in 0..2000 {
            found = self.made_for(plan).await;
            if found.iter().map(|object| object.kind.as_str()).eq(kinds.iter().map(|kind| kind.name())) {
                return found;
            }
            ticks.tick().await;
        }
        panic!("waited in vain for {kinds:?}; there are {found:?}");
    }

    async fn list(&self, kind: ObjectKind) -> Vec<OwnedObject> {
        let owned = |name: &str, uid: &str| OwnedObject {
            kind: kind.name().to_owned(),
            namespace: Some(self.account.namespace().clone()),
            name: name.to_owned(),
            uid: Some(uid.to_owned()),
        };
        match &self.cluster {
            Cluster::Fake(cluster) => {
                let is_here =
                    |object: &FakeObject| object.kind == kind && object.namespace.as_ref() == Some(&self.namespace);
                let objects = cluster.objects().into_iter().filter(is_here);
                objects.map(|object| owned(&object.name, &object.uid)).collect()
            }
            Cluster::Real(real) => {
                let list = real.as_admin(Method::GET, &self.path_of(kind), None).await.unwrap().unwrap();
                let items = list["items"].as_array().unwrap().iter().map(|item| &item["metadata"]);
                items.map(|item| owned(text(item, "name"), text(item, "uid"))).collect()
            }
        }
    }

    /// An object by its kind and name.
    pub(crate) async fn look_at(&self, kind: ObjectKind, name: &str) -> Option<Value> {
        match &self.cluster {
            Cluster::Fake(cluster) => cluster.object(kind, self.home_of(kind), name),
            Cluster::Real(real) => real.as_admin(Method::GET, &self.path_to(kind, name), None).await.unwrap(),
        }
    }

    /// Makes an object, or one in place of another, and tells its UID.
    pub(crate) async fn put(&self, kind: ObjectKind, name: &str, mut body: Value) -> String {
        match &self.cluster {
            Cluster::Fake(cluster) => cluster.add_object(kind, self.home_of(kind), name, body),
            Cluster::Real(real) => {
                self.take(kind, name).await;
                body["metadata"]["name"] = json!(name);
                let made = real.as_admin(Method::POST, &self.path_of(kind), Some(body)).await.unwrap().unwrap();
                text(&made["metadata"], "uid").to_owned()
            }
        }
    }

    /// Removes an object, if it is there.
    pub(crate) async fn take(&self, kind: ObjectKind, name: &str) {
        match &self.cluster {
            Cluster::Fake(cluster) => cluster.delete_object(kind, self.home_of(kind), name),
            Cluster::Real(real) => {
                real.as_admin(Method::DELETE, &self.path_to(kind, name), None).await.unwrap();
            }
        }
    }

    /// Holds an object with a finalizer.
    pub(crate) async fn hold(&self, kind: ObjectKind, name: &str) {
        match &self.cluster {
            Cluster::Fake(cluster) => cluster.hold(kind, self.home_of(kind), name),
            Cluster::Real(real) => self.merge(real, &self.path_to(kind, name), &json!([FINALIZER])).await,
        }
    }

    /// Takes its finalizer from an object.
    pub(crate) async fn release(&self, kind: ObjectKind, name: &str) {
        match &self.cluster {
            Cluster::Fake(cluster) => cluster.release(kind, self.home_of(kind), name),
            Cluster::Real(real) => self.merge(real, &self.path_to(kind, name), &Value::Null).await,
        }
    }

    async fn merge(&self, real: &RealSide, path: &str, finalizers: &Value) {
        let change = json!({ "metadata": { "finalizers": finalizers } });
        assert!(real.as_admin(Method::PATCH, path, Some(change)).await.unwrap().is_some(), "{path} is not there");
    }

    /// Gives the namespace a label.
    pub(crate) async fn label_namespace(&self, key: &str, value: &str) {
        match &self.cluster {
            Cluster::Fake(cluster) => {
                cluster.add_namespace_with_labels(&self.namespace, &[(key, value)]);
            }
            Cluster::Real(real) => {
                let mut change = json!({ "metadata": { "labels": {} } });
                change["metadata"]["labels"][key] = json!(value);
                let path = format!("/api/v1/namespaces/{}", self.namespace);
                assert!(real.as_admin(Method::PATCH, &path, Some(change)).await.unwrap().is_some());
            }
        }
    }

    fn home_of(&self, kind: ObjectKind) -> Option<&str> {
        is_namespaced(kind).then_some(self.namespace.as_str())
    }

    fn path_to(&self, kind: ObjectKind, name: &str) -> String {
        format!("{}/{name}", self.path_of(kind))
    }

    fn path_of(&self, kind: ObjectKind) -> String {
        let plural = format!("{}s", kind.name().to_lowercase());
        let root = match kind {
            ObjectKind::ServiceAccount | ObjectKind::Secret => "/api/v1".to_owned(),
            ObjectKind::Role | ObjectKind::ClusterRole | ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding => {
                format!("/apis/{RBAC}/v1")
            }
        };
        match self.home_of(kind) {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{plural}"),
            None => format!("{root}/{plural}"),
        }
    }
}

fn text<'a>(metadata: &'a Value, field: &str) -> &'a str {
    metadata[field].as_str().unwrap()
}
