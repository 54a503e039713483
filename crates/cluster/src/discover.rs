//! Discover: what is there to choose from? Namespaces, and the service accounts of one of them.
//!
//! What our credential may not list is said in its place, and does not fail the rest.

use futures::future::try_join;
use k8s_openapi::api::core::v1 as core;
use kube::api::ListParams;
use mayfly_domain::{
    connection::Target,
    kubernetes_name::{Namespace, ServiceAccountName},
};
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

/// What to list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Discover {
    /// The connection in question.
    pub target: Target,
    /// The namespace whose accounts are wanted; `None` lists namespaces only.
    pub namespace: Option<Namespace>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovered {
    /// Names of namespaces.
    pub namespaces: Listing<Namespace>,
    /// Names of the service accounts of the namespace asked for.
    pub accounts: Option<Listing<ServiceAccountName>>,
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
    let (namespaces, accounts) =
        try_join(list_namespaces(&session), list_accounts(&session, operation.namespace.as_ref())).await?;
    Ok(Discovered { namespaces, accounts })
}

async fn list_namespaces(session: &Session<'_>) -> Result<Listing<Namespace>, ClusterError> {
    let pages = pages::read(session, &ListParams::default(), questions::list_namespaces).await?;
    Ok(Listing::of(pages, |namespace: core::Namespace| namespace.metadata.name))
}

async fn list_accounts(
    session: &Session<'_>,
    namespace: Option<&Namespace>,
) -> Result<Option<Listing<ServiceAccountName>>, ClusterError> {
    let Some(namespace) = namespace else { return Ok(None) };
    let question = |page: &ListParams| questions::list_accounts(Some(namespace.as_str()), page);
    let pages = pages::read(session, &ListParams::default(), question).await?;
    Ok(Some(Listing::of(pages, |account: core::ServiceAccount| account.metadata.name)))
}
