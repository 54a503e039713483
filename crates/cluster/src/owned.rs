//! List owned: the objects in a cluster that carry our installation's label.
//!
//! Labels find, seals decide: whoever acts on this list has to check each object's seal first.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::{
    ListableResource, Metadata,
    api::{
        core::v1::ServiceAccount,
        rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::api::ListParams;
use mayfly_domain::{
    connection::Target,
    ids::InstallationId,
    kubernetes_name::Namespace,
    plan::{INSTALLATION_LABEL, ObjectKind, OwnedObject},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    ask::Session,
    error::{Call, ClusterError},
    executor::Executor,
    objects,
    pages::{self, Pages},
    place::Deadline,
    right::Right,
};

/// What to look for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListOwned<At = Target> {
    /// The connection to use.
    pub target: At,
    /// Whose objects.
    pub installation: InstallationId,
    /// Where to look.
    pub scope: Scope,
}

impl<At> ListOwned<At> {
    /// The same at another place.
    pub fn at<Other>(self, target: Other) -> ListOwned<Other> {
        let Self { target: _, installation, scope } = self;
        ListOwned { target, installation, scope }
    }
}

/// Where to look for objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everywhere; needs the right to list in the whole cluster.
    Cluster,
    /// In these namespaces only, and among what has none.
    Namespaces(Vec<Namespace>),
    /// In these namespaces, and nowhere else.
    Within(Vec<Namespace>),
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedObjects {
    /// Objects of all kinds we make.
    pub found: Vec<FoundObject>,
    /// Where we may not look: nothing can be said about what is there.
    pub unseen: Vec<Right>,
    /// Lists that were cut, because the cluster forgot them while they were read.
    pub cut: Vec<Right>,
}

/// One object with our label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundObject {
    /// Its kind.
    pub kind: ObjectKind,
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
    let session = Session::open(executor, &operation.target, deadline, Call::ListObjects)?;
    let mut listing = Listing {
        session: &session,
        selector: ListParams::default().labels(&format!("{INSTALLATION_LABEL}={}", operation.installation)),
        owned: OwnedObjects::default(),
    };
    let homes: Vec<Option<&Namespace>> = match &operation.scope {
        Scope::Cluster => vec![None],
        Scope::Namespaces(namespaces) | Scope::Within(namespaces) => namespaces.iter().map(Some).collect(),
    };
    for home in homes {
        listing.add::<RoleBinding>(ObjectKind::RoleBinding, home).await?;
        listing.add::<ServiceAccount>(ObjectKind::ServiceAccount, home).await?;
        listing.add::<Role>(ObjectKind::Role, home).await?;
    }
    if !matches!(operation.scope, Scope::Within(_)) {
        listing.add::<ClusterRoleBinding>(ObjectKind::ClusterRoleBinding, None).await?;
        listing.add::<ClusterRole>(ObjectKind::ClusterRole, None).await?;
    }
    Ok(listing.owned)
}

/// Lists that are being read. Never of secrets: that would read them.
struct Listing<'a> {
    session: &'a Session<'a>,
    selector: ListParams,
    owned: OwnedObjects,
}

impl Listing<'_> {
    async fn add<T>(&mut self, kind: ObjectKind, home: Option<&Namespace>) -> Result<(), ClusterError>
    where
        T: ListableResource + Metadata<Ty = ObjectMeta> + DeserializeOwned,
    {
        let question = |page: &ListParams| objects::list(kind, home, page);
        let keep = |item: T| found(kind, item.metadata().clone());
        match pages::read_all(self.session, &self.selector, question, keep).await? {
            Pages::NotAllowed(missing) => self.owned.unseen.push(missing),
            Pages::Read { items, is_complete } => {
                self.owned.found.extend(items);
                if !is_complete {
                    self.owned.cut.push(question(&self.selector).right);
                }
            }
        }
        Ok(())
    }
}

fn found(kind: ObjectKind, metadata: ObjectMeta) -> Option<FoundObject> {
    let namespace = metadata.namespace.map(Namespace::try_from).transpose().ok()?;
    Some(FoundObject {
        kind,
        object: OwnedObject { kind: kind.name().to_owned(), namespace, name: metadata.name?, uid: metadata.uid },
        created_at: metadata.creation_timestamp.map(|time| time.0),
        labels: metadata.labels.unwrap_or_default(),
        annotations: metadata.annotations.unwrap_or_default(),
    })
}
