//! The words of access: subjects, actions, and rules made of them.

use serde::{Deserialize, Serialize};

use super::condition::Conditions;

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
    /// Memberships of people in a project.
    Member,
    /// Groups of the organization, and their memberships in a project.
    Groups,
    /// A project's own roles.
    Role,
    /// What environments ask of leases.
    Policies,
    /// Cluster connections.
    ClusterConnections,
    /// Gateways.
    Gateways,
    /// The audit log.
    AuditLogs,
    /// People of the organization.
    Users,
}

/// Which conditions a rule about a subject may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// None: the subject belongs to the project as a whole.
    Nowhere,
    /// Environment and path.
    InFolder,
    /// Environment, path and labels.
    WithLabels,
}

impl Subject {
    /// Every subject that a project's own role may speak of.
    pub const OF_PROJECTS: &[Self] = &[
        Self::Project,
        Self::Environments,
        Self::SecretFolders,
        Self::DynamicSecrets,
        Self::Identity,
        Self::Member,
        Self::Groups,
        Self::Role,
        Self::Policies,
        Self::ClusterConnections,
        Self::AuditLogs,
    ];

    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Environments => "environments",
            Self::SecretFolders => "secret-folders",
            Self::DynamicSecrets => "dynamic-secrets",
            Self::Identity => "identity",
            Self::Member => "member",
            Self::Groups => "groups",
            Self::Role => "role",
            Self::Policies => "policies",
            Self::ClusterConnections => "cluster-connections",
            Self::Gateways => "gateways",
            Self::Users => "users",
            Self::AuditLogs => "audit-logs",
        }
    }

    /// What can be done with it in a project.
    pub const fn actions(self) -> &'static [Action] {
        match self {
            Self::Project => &[Action::Read, Action::Edit, Action::Delete],
            Self::Environments | Self::SecretFolders | Self::Identity | Self::Member | Self::Groups | Self::Role => {
                &[Action::Read, Action::Create, Action::Edit, Action::Delete]
            }
            Self::DynamicSecrets => &[
                Action::ReadRootCredential,
                Action::CreateRootCredential,
                Action::EditRootCredential,
                Action::DeleteRootCredential,
                Action::RevealRootCredential,
                Action::Lease,
                Action::ManageLeases,
                Action::ApproveLeases,
            ],
            Self::Policies => &[Action::Read, Action::Edit],
            Self::ClusterConnections => &[Action::Attach],
            Self::AuditLogs => &[Action::Read],
            Self::Gateways | Self::Users => &[],
        }
    }

    /// Which conditions a rule about it may have.
    pub const fn placed(self) -> Placed {
        match self {
            Self::SecretFolders => Placed::InFolder,
            Self::DynamicSecrets => Placed::WithLabels,
            Self::Project
            | Self::Environments
            | Self::Identity
            | Self::Member
            | Self::Groups
            | Self::Role
            | Self::Policies
            | Self::ClusterConnections
            | Self::Gateways
            | Self::Users
            | Self::AuditLogs => Placed::Nowhere,
        }
    }
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
    /// Agree to what others ask for.
    ApproveLeases,
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

/// One line of a role, in the form that existing clients send. Within a role, later lines win over earlier ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// On what.
    pub subject: Subject,
    /// What.
    #[serde(rename = "action")]
    pub actions: Vec<Action>,
    /// Whether the line forbids instead of allowing.
    #[serde(default)]
    pub inverted: bool,
    /// Where it speaks at all.
    #[serde(default, skip_serializing_if = "Conditions::is_empty")]
    pub conditions: Conditions,
}

impl Rule {
    /// A line that allows.
    pub fn allow(subject: Subject, actions: &[Action]) -> Self {
        Self { subject, actions: actions.to_vec(), inverted: false, conditions: Conditions::default() }
    }

    /// Whether the line speaks of `permission`, somewhere.
    pub fn covers(&self, permission: Permission) -> bool {
        self.subject == permission.subject && self.actions.contains(&permission.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_written_as_it_is_read() {
        for subject in Subject::OF_PROJECTS {
            assert_eq!(serde_json::to_value(subject).unwrap(), subject.word());
        }
    }
}
