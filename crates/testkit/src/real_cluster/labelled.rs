//! What is in a cluster and bears a label, of all the kinds that Mayfly makes.

use std::collections::BTreeMap;

use anyhow::Context as _;
use mayfly_domain::plan::ObjectKind;
use serde_json::Value;

use super::RealCluster;
use crate::fake_cluster::FakeObject;

impl RealCluster {
    /// What matches the label selector `selector`, of all six kinds and in all namespaces, as the fake cluster would show
    /// it.
    ///
    /// # Errors
    /// When the cluster does not answer as one.
    pub async fn labelled(&self, selector: &str) -> anyhow::Result<Vec<FakeObject>> {
        let (admin, mut objects) = (self.admin_client()?, Vec::new());
        for kind in ObjectKind::ALL {
            let url = format!("{}{}", self.server(), list_path(kind));
            let answer = admin.get(url).query(&[("labelSelector", selector)]).send().await?.error_for_status()?;
            let list: Value = answer.json().await?;
            let items = list.get("items").and_then(Value::as_array).context("a list has items")?;
            for item in items {
                objects.push(seen(kind, item.get("metadata").context("an object has metadata")?)?);
            }
        }
        Ok(objects)
    }
}

fn list_path(kind: ObjectKind) -> String {
    let root = match kind {
        ObjectKind::Secret | ObjectKind::ServiceAccount => "/api/v1",
        ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding | ObjectKind::Role | ObjectKind::ClusterRole => {
            "/apis/rbac.authorization.k8s.io/v1"
        }
    };
    format!("{root}/{}s", kind.name().to_lowercase())
}

fn seen(kind: ObjectKind, metadata: &Value) -> anyhow::Result<FakeObject> {
    let text = |field: &str| metadata.get(field).and_then(Value::as_str).map(str::to_owned);
    let texts = |field: &str| metadata.get(field).cloned().map_or(Ok(BTreeMap::new()), serde_json::from_value);
    Ok(FakeObject {
        kind,
        namespace: text("namespace"),
        name: text("name").context("an object has a name")?,
        uid: text("uid").context("an object has a UID")?,
        labels: texts("labels")?,
        annotations: texts("annotations")?,
    })
}
