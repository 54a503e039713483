//! A bare client of the cluster, which deletes what leases have there as Mayfly does: over as many connections of the same
//! kind, bindings before accounts, each with its UID. It writes nothing down.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use mayfly_e2e::ClusterSide;
use reqwest::{Certificate, Client};
use serde_json::{Value, json};

use crate::load::now;

/// As many as Mayfly has at work in one lane.
const CONNECTIONS: usize = 32;
/// In the order of their removal.
const KINDS: [(&str, &str); 2] =
    [("/apis/rbac.authorization.k8s.io/v1", "rolebindings"), ("/api/v1", "serviceaccounts")];

/// The client, with the issuer's rights.
pub(crate) struct Bare<'a> {
    side: &'a ClusterSide,
    client: Client,
}

/// An object: its path and its UID.
type Doomed = (String, String);

impl<'a> Bare<'a> {
    pub(crate) fn new(side: &'a ClusterSide) -> anyhow::Result<Self> {
        let authority = Certificate::from_pem(side.authority.as_bytes())?;
        let client = Client::builder().tls_certs_only([authority]).no_proxy().http1_only();
        Ok(Self { side, client: client.pool_max_idle_per_host(CONNECTIONS).build()? })
    }

    /// Deletes what these leases have, and says how long that took.
    pub(crate) async fn delete(&self, leases: &BTreeSet<String>) -> anyhow::Result<Duration> {
        let doomed = self.objects_of(leases).await?;
        ensure!(doomed.len() == leases.len() && doomed.iter().all(|objects| objects.len() == KINDS.len()));
        let began = now();
        let deleting = doomed.into_iter().map(|objects| async {
            for object in objects {
                self.delete_one(object).await?;
            }
            anyhow::Ok(())
        });
        stream::iter(deleting).buffer_unordered(CONNECTIONS).try_for_each(async |()| Ok(())).await?;
        Ok(began.elapsed())
    }

    async fn delete_one(&self, (path, uid): Doomed) -> anyhow::Result<()> {
        let options = json!({ "propagationPolicy": "Background", "preconditions": { "uid": uid } });
        let request = self.client.delete(format!("{}{path}", self.side.url)).bearer_auth(&self.side.issuer_token);
        request.json(&options).send().await?.error_for_status()?.bytes().await?;
        Ok(())
    }

    /// The objects of each lease, in the order of removal.
    async fn objects_of(&self, leases: &BTreeSet<String>) -> anyhow::Result<Vec<Vec<Doomed>>> {
        let mut found: BTreeMap<String, Vec<Doomed>> = BTreeMap::new();
        for (group, kind) in KINDS {
            let list = format!("{group}/namespaces/{}/{kind}", self.side.namespace);
            let url = format!("{}{list}?labelSelector=mayfly.dev%2Finstallation", self.side.url);
            let answer = self.client.get(url).bearer_auth(&self.side.issuer_token).send().await?;
            let answer: Value = answer.error_for_status()?.json().await?;
            for item in answer.get("items").and_then(Value::as_array).context("a list has items")? {
                let text = |path: &str| item.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
                let lease = text("/metadata/labels/mayfly.dev~1lease");
                if leases.contains(&lease) {
                    let object = (format!("{list}/{}", text("/metadata/name")), text("/metadata/uid"));
                    found.entry(lease).or_default().push(object);
                }
            }
        }
        Ok(found.into_values().collect())
    }
}
