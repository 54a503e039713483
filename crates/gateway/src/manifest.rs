//! What a cluster needs for a gateway to run in it, from one file of values.
//!
//! The gateway's policy, the rights of its account and the admission policies over it are made from the same words of those values,
//! so none of them can allow what another refuses. The chart in `charts/mayfly-gateway` takes the same values and makes the same
//! objects, for people with Helm; a test holds the two together.
//!
//! Values are read in [`values`] and judged in [`check`]; what comes of them is in one file for each kind of object.

mod admission;
mod check;
mod configuration;
mod network;
mod pod;
mod rights;
mod values;

use mayfly_domain::kubernetes_name::{Namespace, ObjectName};
use serde_json::{Value, json};

pub use check::{InvalidValues, warnings};
pub use values::Values;

/// What every object is called by that all gateways share.
const PRODUCT: &str = "mayfly-gateway";

/// One installation of a gateway in a cluster: what Helm calls a release.
#[derive(Clone, Debug)]
pub struct Release {
    /// The name of its objects.
    pub name: ObjectName,
    /// Where its pods are.
    pub namespace: Namespace,
    /// Whether that is made, too.
    pub own_namespace: OwnNamespace,
}

/// Whether the namespace of the pods is among the objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnNamespace {
    /// Somebody made it.
    IsThere,
    /// It is made with the rest.
    IsMade,
}

/// All objects, in the order in which they are to be made.
pub fn objects(values: &Values, release: &Release) -> Result<Vec<Value>, InvalidValues> {
    check::check(values)?;
    let mut objects = configuration::namespaces(values, release);
    objects.extend([configuration::account(release), configuration::map(values, release)]);
    if values.rbac.create {
        objects.extend(rights::objects(values, release));
    }
    if values.admission_policy.enabled {
        objects.extend(admission::objects(values, release)?);
    }
    objects.push(pod::deployment(values, release));
    objects.extend(pod::disruption_budget(values, release));
    objects.extend(network::policy(values, release));
    objects.extend(network::cilium_policy(values, release));
    objects.extend(network::pod_monitor(values, release));
    Ok(objects)
}

impl Release {
    /// By what its pods are found.
    fn selector(&self) -> Value {
        json!({ "app.kubernetes.io/name": PRODUCT, "app.kubernetes.io/instance": self.name })
    }

    fn labels(&self) -> Value {
        let mut labels = self.selector();
        extend(
            &mut labels,
            &json!({ "app.kubernetes.io/version": env!("CARGO_PKG_VERSION"), "app.kubernetes.io/part-of": "mayfly" }),
        );
        labels
    }

    /// Of an object in a namespace.
    fn metadata(&self, name: &str, namespace: &Namespace) -> Value {
        json!({ "name": name, "namespace": namespace, "labels": self.labels() })
    }

    /// Of an object of the whole cluster.
    fn cluster_metadata(&self, name: &str) -> Value {
        json!({ "name": name, "labels": self.labels() })
    }

    /// Of an object beside the pods, under the release's own name.
    fn own_metadata(&self) -> Value {
        self.metadata(self.name.as_str(), &self.namespace)
    }
}

/// Puts the fields of one object over those of another.
fn extend(object: &mut Value, more: &Value) {
    if let (Value::Object(fields), Value::Object(more)) = (object, more) {
        fields.extend(more.clone());
    }
}

/// Puts a field in, where there is anything to put in.
fn insert(object: &mut Value, name: &str, value: Value) {
    let is_empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if let (Value::Object(fields), false) = (object, is_empty) {
        fields.insert(name.to_owned(), value);
    }
}
