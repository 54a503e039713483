//! List owned: the objects in a cluster that carry our installation's label.
//!
//! Labels find, seals decide: whoever acts on this list has to check each object's seal first.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::{api::core::v1::ServiceAccount, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use kube::api::ListParams;
use mayfly_domain::{connection::Target, ids::InstallationId, kubernetes_name::Namespace, plan::OwnedObject};
use serde::{Deserialize, Serialize};

use crate::{
    ask::Session,
    error::{Call, ClusterError},
    executor::Executor,
    pages::{self, Pages},
    place::Deadline,
    questions,
    right::Right,
};

/// Label that every object of ours carries; its value is the installation's id.
pub const INSTALLATION_LABEL: &str = "mayfly.dev/installation";

/// What to look for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListOwned {
    /// The connection to use.
    pub target: Target,
    /// Whose objects.
    pub installation: InstallationId,
    /// Where to look.
    pub scope: Scope,
}

/// Where to look for objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everywhere; needs the right to list in the whole cluster.
    Cluster,
    /// In these namespaces only.
    Namespaces(Vec<Namespace>),
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedObjects {
    /// Objects of all kinds we make.
    pub found: Vec<FoundObject>,
    /// Where we may not look: nothing can be said about what is there.
    pub unseen: Vec<Right>,
    /// Lists that were cut, because they held more than we read in one go.
    pub cut: Vec<Right>,
}

/// One object with our label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundObject {
    /// Kind, name and UID.
    pub object: OwnedObject,
    /// When the API server made it.
    pub created_at: Option<Timestamp>,
    /// All its labels.
    pub labels: BTreeMap<String, String>,
    /// All its annotations; the seal is among them.
    pub annotations: BTreeMap<String, String>,
}

/// Lists what carries our label, in each place we were told to look.
pub(crate) async fn perform(
    executor: &Executor,
    operation: ListOwned,
    deadline: Deadline,
) -> Result<OwnedObjects, ClusterError> {
    let session = Session::open(executor, &operation.target, deadline, Call::ListAccounts)?;
    let selector = ListParams::default().labels(&format!("{INSTALLATION_LABEL}={}", operation.installation));
    let mut owned = OwnedObjects::default();
    match &operation.scope {
        Scope::Cluster => add_accounts(&session, &selector, None, &mut owned).await?,
        Scope::Namespaces(namespaces) => {
            for namespace in namespaces {
                add_accounts(&session, &selector, Some(namespace.as_str()), &mut owned).await?;
            }
        }
    }
    Ok(owned)
}

async fn add_accounts(
    session: &Session<'_>,
    selector: &ListParams,
    namespace: Option<&str>,
    owned: &mut OwnedObjects,
) -> Result<(), ClusterError> {
    let question = |page: &ListParams| questions::list_accounts(namespace, page);
    match pages::read::<ServiceAccount>(session, selector, question).await? {
        Pages::NotAllowed(missing) => owned.unseen.push(missing),
        Pages::Read { items, is_complete } => {
            owned.found.extend(items.into_iter().filter_map(|account| found("ServiceAccount", account.metadata)));
            if !is_complete {
                owned.cut.push(question(selector).right);
            }
        }
    }
    Ok(())
}

fn found(kind: &str, metadata: ObjectMeta) -> Option<FoundObject> {
    let namespace = metadata.namespace.map(Namespace::try_from).transpose().ok()?;
    Some(FoundObject {
        object: OwnedObject { kind: kind.to_owned(), namespace, name: metadata.name?, uid: metadata.uid },
        created_at: metadata.creation_timestamp.map(|time| time.0),
        labels: metadata.labels.unwrap_or_default(),
        annotations: metadata.annotations.unwrap_or_default(),
    })
}
