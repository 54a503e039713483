//! Discover: what is there to choose from? Namespaces, and the service accounts of one of them.
//!
//! What our credential may not list is said in its place, and does not fail the rest.

use mayfly_domain::{connection::Target, kubernetes_name::Namespace};
use serde::{Deserialize, Serialize};

use crate::right::Right;

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
    pub namespaces: Listing<String>,
    /// Names of the service accounts of the namespace asked for.
    pub accounts: Option<Listing<String>>,
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
