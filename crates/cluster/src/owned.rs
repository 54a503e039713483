//! List owned: the objects in a cluster that carry our installation's label.
//!
//! Labels find, seals decide: whoever acts on this list has to check each object's seal first.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mayfly_domain::{connection::Target, ids::InstallationId, kubernetes_name::Namespace, plan::OwnedObject};
use serde::{Deserialize, Serialize};

use crate::right::Right;

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
