//! Dynamic secrets: the configuration from which leases are issued.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    connection::{ClusterUrl, Verification},
    identity::MetadataEntry,
    ids::{ConnectionId, DynamicSecretId, EnvironmentId, FolderId, OrganizationId, ProjectId},
    kubernetes_name::{Namespace, ServiceAccountName},
    plan::Account,
    project::FolderPath,
    slug::{DynamicSecretName, EnvironmentSlug},
    ttl::{EndsWhen, Ttl},
};

/// A dynamic secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicSecret {
    /// Id.
    pub id: DynamicSecretId,
    /// Where it lies.
    pub place: SecretPlace,
    /// Unique in its folder.
    pub name: DynamicSecretName,
    /// Counts up with each change; leases remember the version they were issued from.
    pub version: i64,
    /// Used when a lease names no lifetime.
    pub default_ttl: Ttl,
    /// The longest lease; `None` means the server's cap.
    pub max_ttl: Option<Ttl>,
    /// Which cluster.
    pub connection: Connection,
    /// What is given out.
    pub credential: Credential,
    /// Audiences of its tokens; empty means the API server's own.
    pub audiences: Vec<String>,
    /// Free labels.
    pub metadata: Vec<MetadataEntry>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Where a dynamic secret lies, by id and by the names in its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretPlace {
    /// Organization.
    pub organization: OrganizationId,
    /// Project.
    pub project: ProjectId,
    /// Environment.
    pub environment: EnvironmentId,
    /// Its slug.
    pub environment_slug: EnvironmentSlug,
    /// Folder.
    pub folder: FolderId,
    /// Its path.
    pub path: FolderPath,
}

/// What kind of credential a lease is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "credentialType", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Credential {
    /// A token for a service account that exists already.
    Static {
        /// Where the account lives.
        namespace: Namespace,
        /// The account.
        service_account_name: ServiceAccountName,
    },
}

impl Credential {
    /// The account that a lease's token is for.
    pub fn account(&self) -> Account {
        let Self::Static { namespace, service_account_name } = self;
        Account::Existing { namespace: namespace.clone(), name: service_account_name.clone() }
    }

    /// The namespaces a lease may choose from.
    pub fn namespaces(&self) -> Vec<&Namespace> {
        let Self::Static { namespace, .. } = self;
        vec![namespace]
    }

    /// What the end of a lease does.
    pub fn ends_when(&self) -> EndsWhen {
        let Self::Static { .. } = self;
        EndsWhen::Expired
    }
}

/// A cluster connection, without its credential.
///
/// One that was made from a dynamic secret's inline fields is private: [`Connection::owner`] names the secret, and it
/// lives and dies with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Id.
    pub id: ConnectionId,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// The dynamic secret whose private connection this is.
    pub owner: Option<DynamicSecretId>,
    /// Counts up with each change.
    pub version: i64,
    /// Where the API server is and whom to trust there.
    pub address: ConnectionAddress,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Where an API server is and whom to trust there, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionAddress {
    /// The API server.
    pub url: ClusterUrl,
    /// PEM certificates as they were sent; blank means the system's roots.
    pub ca: Option<String>,
    /// Kept and returned for existing clients; a given CA counts whatever it says.
    pub ssl_enabled: bool,
    /// `false` asks to skip verification, which a server setting must allow.
    pub ssl_reject_unauthorized: bool,
}

impl ConnectionAddress {
    /// The given CA, where there is one.
    pub fn ca_bundle(&self) -> Option<&str> {
        self.ca.as_deref().filter(|pem| !pem.trim().is_empty())
    }

    /// Whether the API server's certificate is checked.
    pub fn verification(&self) -> Verification {
        if self.ssl_reject_unauthorized { Verification::Full } else { Verification::Off }
    }
}
