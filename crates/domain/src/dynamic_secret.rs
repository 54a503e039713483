//! Dynamic secrets: the configuration from which leases are issued.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    connection::{ClusterIdentity, ClusterUrl, Route, Target, Verification},
    identity::MetadataEntry,
    ids::{ConnectionId, DynamicSecretId, EnvironmentId, FolderId, OrganizationId, ProjectId},
    kubernetes_name::{Namespace, ServiceAccountName},
    label_selector::LabelSelector,
    name_template::NameTemplate,
    plan::Access,
    project::FolderPath,
    renewal::TokenState,
    sensitive::Sensitive,
    shared_connection::Sharing,
    slug::{DynamicSecretName, EnvironmentSlug, TokenFileName},
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
    /// How temporary accounts are named; `None` for the usual way.
    pub username_template: Option<NameTemplate>,
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
        /// Whether its tokens can be taken back.
        #[serde(default)]
        revocable: Revocable,
    },
    /// A token for a service account that is made for the lease and goes with it.
    Dynamic {
        /// Where it may be made; empty where only the selector says so.
        namespaces: Vec<Namespace>,
        /// What the labels of its namespace must be, besides.
        namespace_selector: Option<LabelSelector>,
        /// What it may do.
        access: Access,
        /// Labels of what is made.
        #[serde(default)]
        labels: BTreeMap<String, String>,
        /// Annotations of what is made.
        #[serde(default)]
        annotations: BTreeMap<String, String>,
        /// SHA-256 over the role's resolved rules when it was saved, in hex, where they could be read: of a Role, that of the
        /// first namespace.
        #[serde(default)]
        rules_sha256: Option<String>,
        /// The same of the Roles of its further namespaces, where theirs is another.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        rules_sha256_in: BTreeMap<Namespace, String>,
        /// Whether the role let its holder become more than it is when it was saved.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        raises_rights: bool,
    },
}

/// Whether the tokens of an existing account can be taken back, and why so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocable {
    /// Whether each lease gets an anchor, whose deletion ends its token.
    pub value: bool,
    /// Why, for people.
    pub reason: String,
    /// Whether somebody said so, or it was found out.
    #[serde(default)]
    pub is_wished: bool,
}

impl Default for Revocable {
    fn default() -> Self {
        Self { value: false, reason: "it was made before tokens could be taken back".to_owned(), is_wished: false }
    }
}

impl Credential {
    /// The namespaces a lease may choose from, the first of which it gets without choosing. Empty where any will do that
    /// [`Credential::namespace_selector`] selects.
    pub fn namespaces(&self) -> &[Namespace] {
        match self {
            Self::Static { namespace, .. } => std::slice::from_ref(namespace),
            Self::Dynamic { namespaces, .. } => namespaces,
        }
    }

    /// What the labels of a lease's namespace must be.
    pub fn namespace_selector(&self) -> Option<&LabelSelector> {
        match self {
            Self::Static { .. } => None,
            Self::Dynamic { namespace_selector, .. } => namespace_selector.as_ref(),
        }
    }

    /// What the end of a lease does.
    pub fn ends_when(&self) -> EndsWhen {
        match self {
            Self::Static { revocable: Revocable { value: false, .. }, .. } => EndsWhen::Expired,
            Self::Static { .. } | Self::Dynamic { .. } => EndsWhen::Deleted,
        }
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
    /// Who may use it and for what, where it is nobody's own.
    pub sharing: Option<Sharing>,
    /// Counts up with each change.
    pub version: i64,
    /// Where the API server is and whom to trust there.
    pub address: ConnectionAddress,
    /// Which cluster was there when this version was tested.
    pub cluster: Option<ClusterIdentity>,
    /// What is known of its token.
    pub token: TokenState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Connection {
    /// What is needed to speak to the API server, with `credential`.
    pub fn target(&self, credential: Sensitive<String>) -> Target {
        Target {
            connection: self.id,
            version: self.version,
            url: self.address.url.clone(),
            ca: self.address.ca_bundle().map(str::to_owned),
            verification: self.address.verification(),
            credential,
            token_file: self.address.token_file.clone(),
            route: self.address.route,
        }
    }
}

/// Where pods find their API server.
/// <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>
const IN_CLUSTER: &str = "https://kubernetes.default.svc";

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
    /// The file on the server that holds the token, where none is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<TokenFileName>,
    /// The way there.
    #[serde(default, skip_serializing_if = "Route::is_direct")]
    pub route: Route,
}

impl ConnectionAddress {
    /// Where the API server is for a gateway that does the work with its own account: it has its own address, and this one only
    /// stands for it.
    ///
    /// # Panics
    /// Never: the text is an address.
    pub fn of_gateway(route: Route) -> Self {
        Self {
            url: IN_CLUSTER.parse().expect("it is an address"),
            ca: None,
            ssl_enabled: false,
            ssl_reject_unauthorized: true,
            token_file: None,
            route,
        }
    }

    /// The given CA, where there is one.
    pub fn ca_bundle(&self) -> Option<&str> {
        self.ca.as_deref().filter(|pem| !pem.trim().is_empty())
    }

    /// The fields that say where a credential goes, and that differ from those of `other`, as dynamic secrets call them.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let named = [
            ("url", self.url != other.url),
            ("ca", self.ca != other.ca),
            ("sslEnabled", self.ssl_enabled != other.ssl_enabled),
            ("sslRejectUnauthorized", self.ssl_reject_unauthorized != other.ssl_reject_unauthorized),
            ("authMethod", self.route.method() != other.route.method()),
            ("gatewayId", self.route.via() != other.route.via()),
        ];
        named.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect()
    }

    /// Where a stored credential may go, as one text: what seals it is bound to it.
    pub fn bind_text(&self) -> String {
        let text = Target::bind_text(&self.url, self.ca_bundle(), self.verification());
        match self.route {
            // As it was before there were gateways.
            Route::Direct => text,
            Route::Forward { via } => format!("{text}\nforward {via}"),
            Route::Gateway { via } => format!("{text}\ngateway {via}"),
        }
    }

    /// Whether the API server's certificate is checked.
    pub fn verification(&self) -> Verification {
        if self.ssl_reject_unauthorized { Verification::Full } else { Verification::Off }
    }
}
