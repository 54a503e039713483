//! The words of access: subjects, actions, and rules made of them.

use serde::{Deserialize, Serialize};

/// What is acted upon. The words on the wire are those existing clients know, where they know one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The organization's projects, and a project itself.
    Project,
    /// Environments of a project.
    Environments,
    /// Folders of an environment.
    SecretFolders,
    /// Dynamic secrets and their leases.
    DynamicSecrets,
    /// Machine identities of the organization, and their memberships in a project.
    Identity,
    /// Cluster connections.
    ClusterConnections,
    /// Gateways.
    Gateways,
    /// The audit log.
    AuditLogs,
    /// People of the organization.
    Users,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// See.
    Read,
    /// Make.
    Create,
    /// Change.
    Edit,
    /// Remove.
    Delete,
    /// Point a dynamic secret at it.
    Attach,
    /// See a dynamic secret's configuration, without its credential.
    ReadRootCredential,
    /// Make a dynamic secret.
    CreateRootCredential,
    /// Change a dynamic secret.
    EditRootCredential,
    /// Remove a dynamic secret.
    DeleteRootCredential,
    /// Read back the stored cluster token.
    RevealRootCredential,
    /// Issue leases, and see and end one's own.
    Lease,
    /// See and end everybody's leases.
    ManageLeases,
}

/// One action on one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Permission {
    /// On what.
    pub subject: Subject,
    /// What.
    pub action: Action,
}

/// `Action` on `Subject`, in the order it is spoken.
pub const fn to(action: Action, subject: Subject) -> Permission {
    Permission { subject, action }
}

/// One line of a role, in the reference's rule form. Later lines win over earlier ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// On what.
    pub subject: Subject,
    /// What.
    #[serde(rename = "action")]
    pub actions: Vec<Action>,
    /// Whether the line forbids instead of allowing.
    pub inverted: bool,
}

impl Rule {
    /// A line that allows.
    pub fn allow(subject: Subject, actions: &[Action]) -> Self {
        Self { subject, actions: actions.to_vec(), inverted: false }
    }

    /// Whether the line speaks of `permission`.
    pub fn covers(&self, permission: Permission) -> bool {
        self.subject == permission.subject && self.actions.contains(&permission.action)
    }
}
