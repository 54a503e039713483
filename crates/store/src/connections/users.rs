//! What uses connections, as it is told.

use mayfly_domain::ids::{DynamicSecretId, LeaseId};

use crate::{StoreError, row::Row};

/// A dynamic secret that is pointed at a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsingSecret {
    /// Id.
    pub id: DynamicSecretId,
    /// Its name.
    pub name: String,
    /// Its project's slug.
    pub project: String,
    /// Its environment's slug.
    pub environment: String,
    /// Its folder.
    pub path: String,
}

/// What keeps a connection from being removed; the first ones of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionUsers {
    /// Dynamic secrets that are pointed at it.
    pub secrets: Vec<UsingSecret>,
    /// Leases whose end needs it.
    pub leases: Vec<LeaseId>,
}

impl ConnectionUsers {
    /// Whether nothing keeps it.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.leases.is_empty()
    }
}

/// A dynamic secret, from a row with its place.
pub(crate) fn using(row: &Row) -> Result<UsingSecret, StoreError> {
    Ok(UsingSecret {
        id: row.parsed("id")?,
        name: row.text("name")?.to_owned(),
        project: row.text("project_slug")?.to_owned(),
        environment: row.text("environment_slug")?.to_owned(),
        path: row.text("folder_path")?.to_owned(),
    })
}
