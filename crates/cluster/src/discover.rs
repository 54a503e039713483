//! Discover: what is there to choose from? Namespaces, the service accounts or the roles of one of them, and what one of
//! these may do.
//!
//! What our credential may not list is said in its place, and does not fail the rest.

mod powers;

use futures::future::try_join;
use k8s_openapi::{
    ListableResource, Metadata,
    api::{core::v1 as core, rbac::v1 as rbac},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::api::ListParams;
use mayfly_domain::{
    connection::Target,
    kubernetes_name::{Namespace, RoleName, ServiceAccountName},
    plan::ObjectKind,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::powers::{PowerSource, Powers, PowersOf, Unseen};
use crate::{
    ask::Session,
    error::{Call, ClusterError},
    executor::Executor,
    objects,
    pages::{self, Pages},
    place::Deadline,
    questions,
    right::Right,
};

/// What to list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Discover<At = Target> {
    /// The connection in question.
    pub target: At,
    /// The namespace that more is wanted of; `None` lists namespaces only.
    pub namespace: Option<Namespace>,
    /// What is wanted of it.
    pub more: More,
}

impl<At> Discover<At> {
    /// The same at another place.
    pub fn at<Other>(self, target: Other) -> Discover<Other> {
        let Self { target: _, namespace, more } = self;
        Discover { target, namespace, more }
    }
}

/// What is wanted of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum More {
    /// Its service accounts.
    Accounts,
    /// Its roles, and those of the cluster.
    Roles,
    /// What one of them may do.
    Powers(PowersOf),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovered {
    /// Names of namespaces.
    pub namespaces: Listing<Namespace>,
    /// Names of the service accounts of the namespace asked for.
    pub accounts: Option<Listing<ServiceAccountName>>,
    /// Names of its Roles.
    pub roles: Option<Listing<RoleName>>,
    /// Names of the roles of the cluster.
    pub cluster_roles: Option<Listing<RoleName>>,
    /// What somebody may do.
    pub powers: Option<Powers>,
}

/// A list, as far as it may be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Listing<T> {
    /// All of it.
    Complete {
        /// In the cluster's order.
        items: Vec<T>,
    },
    /// The first ones; there are more than we read.
    Cut {
        /// In the cluster's order.
        items: Vec<T>,
    },
    /// Our credential may not list it.
    NotAllowed {
        /// What it would take.
        missing: Right,
    },
}

impl<T> Listing<T> {
    /// The names in `pages`. What is no name is left out: whoever chose it could not use it.
    fn of<O>(pages: Pages<O>, name: impl Fn(O) -> Option<String>) -> Self
    where
        T: TryFrom<String>,
    {
        match pages {
            Pages::NotAllowed(missing) => Self::NotAllowed { missing },
            Pages::Read { items, is_complete } => {
                let items = items.into_iter().filter_map(|item| name(item)?.try_into().ok()).collect();
                if is_complete { Self::Complete { items } } else { Self::Cut { items } }
            }
        }
    }
}

/// Lists namespaces and, if asked, the accounts of one.
pub(crate) async fn perform(
    executor: &Executor,
    operation: Discover,
    deadline: Deadline,
) -> Result<Discovered, ClusterError> {
    let session = Session::open(executor, &operation.target, deadline, Call::ListNamespaces)?;
    let Discover { namespace, more, .. } = &operation;
    let (namespaces, found) = try_join(list_namespaces(&session), look(&session, namespace.as_ref(), more)).await?;
    Ok(Discovered { namespaces, ..found })
}

async fn look(session: &Session<'_>, namespace: Option<&Namespace>, more: &More) -> Result<Discovered, ClusterError> {
    let nothing = Listing::Complete { items: Vec::new() };
    let mut found = Discovered { namespaces: nothing, accounts: None, roles: None, cluster_roles: None, powers: None };
    let Some(namespace) = namespace else { return Ok(found) };
    match more {
        More::Accounts => found.accounts = Some(list_accounts(session, namespace).await?),
        More::Roles => {
            let (inside, everywhere) = try_join(
                list_roles::<rbac::Role>(session, ObjectKind::Role, Some(namespace)),
                list_roles::<rbac::ClusterRole>(session, ObjectKind::ClusterRole, None),
            )
            .await?;
            (found.roles, found.cluster_roles) = (Some(inside), Some(everywhere));
        }
        More::Powers(of) => found.powers = Some(powers::powers(session, namespace, of).await?),
    }
    Ok(found)
}

async fn list_roles<O>(
    session: &Session<'_>,
    kind: ObjectKind,
    namespace: Option<&Namespace>,
) -> Result<Listing<RoleName>, ClusterError>
where
    O: ListableResource + Metadata<Ty = ObjectMeta> + DeserializeOwned,
{
    let question = |page: &ListParams| objects::list(kind, namespace, page);
    let pages = pages::read::<O>(session, &ListParams::default(), question).await?;
    Ok(Listing::of(pages, |role| role.metadata().name.clone()))
}

async fn list_namespaces(session: &Session<'_>) -> Result<Listing<Namespace>, ClusterError> {
    let pages = pages::read(session, &ListParams::default(), questions::list_namespaces).await?;
    Ok(Listing::of(pages, |namespace: core::Namespace| namespace.metadata.name))
}

async fn list_accounts(
    session: &Session<'_>,
    namespace: &Namespace,
) -> Result<Listing<ServiceAccountName>, ClusterError> {
    let question = |page: &ListParams| questions::list_accounts(Some(namespace.as_str()), page);
    let pages = pages::read(session, &ListParams::default(), question).await?;
    Ok(Listing::of(pages, |account: core::ServiceAccount| account.metadata.name))
}
