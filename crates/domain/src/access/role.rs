//! The built-in roles and their rules.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::permission::{
    Action::{
        ApproveLeases, Attach, Create, CreateRootCredential, Delete, DeleteRootCredential, Edit, EditRootCredential,
        Lease, ManageLeases, Read, ReadRootCredential, RevealRootCredential,
    },
    Rule,
    Subject::{
        AuditLogs, ClusterConnections, DynamicSecrets, Environments, Gateways, Groups, Identity, Member, Policies,
        Project, Role, SecretFolders, Users,
    },
};

/// The role is none of the built-in ones. Reads after the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {accepted}")]
pub struct UnknownRole {
    accepted: &'static str,
}

macro_rules! roles {
    ($($(#[$meta:meta])* $role:ident { $($(#[$case_meta:meta])* $case:ident = $name:literal,)+ } accepted $accepted:literal)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $role { $($(#[$case_meta])* $case,)+ }

        impl $role {
            /// Every role.
            pub const ALL: &[Self] = &[$(Self::$case,)+];

            /// The role's slug on the wire and in the table.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$case => $name,)+ }
            }
        }

        impl FromStr for $role {
            type Err = UnknownRole;

            fn from_str(text: &str) -> Result<Self, UnknownRole> {
                match text { $($name => Ok(Self::$case),)+ _ => Err(UnknownRole { accepted: $accepted }) }
            }
        }
    )+};
}

roles! {
    /// What somebody may do in the organization.
    OrganizationRole {
        /// Everything, and may give any role in any project.
        Admin = "admin",
        /// May make projects and see identities.
        Member = "member",
        /// Nothing but what projects give.
        NoAccess = "no-access",
    } accepted "`admin`, `member`, `no-access`"

    /// What somebody may do in a project.
    ProjectRole {
        /// Everything but reading stored cluster tokens back.
        Admin = "admin",
        /// Makes and changes dynamic secrets, issues leases and ends their own.
        Member = "member",
        /// Sees configuration, and nothing else.
        Viewer = "viewer",
        /// For Terraform and its like: manages dynamic secrets and reads stored cluster tokens back.
        Provisioner = "provisioner",
        /// Nothing.
        NoAccess = "no-access",
    } accepted "`admin`, `member`, `viewer`, `provisioner`, `no-access`"
}

impl OrganizationRole {
    /// What the role allows in the organization.
    pub fn rules(self) -> Vec<Rule> {
        match self {
            Self::Admin => vec![
                Rule::allow(Project, &[Read, Create, Edit, Delete]),
                Rule::allow(Identity, &[Read, Create, Edit, Delete]),
                Rule::allow(Groups, &[Read, Create, Edit, Delete]),
                Rule::allow(Users, &[Read, Create, Edit, Delete]),
                Rule::allow(ClusterConnections, &[Read, Create, Edit, Delete, Attach]),
                Rule::allow(Gateways, &[Read, Create, Edit, Delete, Attach]),
                Rule::allow(AuditLogs, &[Read, Edit]),
                // For the bad day: ending leases and stopping to issue, whatever project they are of.
                Rule::allow(DynamicSecrets, &[ManageLeases]),
            ],
            Self::Member => {
                vec![
                    Rule::allow(Project, &[Create]),
                    Rule::allow(Identity, &[Read]),
                    Rule::allow(Groups, &[Read]),
                    Rule::allow(Users, &[Read]),
                    Rule::allow(Gateways, &[Read]),
                ]
            }
            Self::NoAccess => Vec::new(),
        }
    }
}

impl ProjectRole {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::Member => "Member",
            Self::Viewer => "Viewer",
            Self::Provisioner => "Provisioner",
            Self::NoAccess => "No Access",
        }
    }

    /// What it is for, in a sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Admin => "Everything but reading stored cluster tokens back.",
            Self::Member => "Makes and changes dynamic secrets, issues leases and ends their own.",
            Self::Viewer => "Sees configuration, and nothing else.",
            Self::Provisioner => {
                "For Terraform and its like: manages dynamic secrets and reads stored cluster tokens back."
            }
            Self::NoAccess => "Nothing.",
        }
    }

    /// What the role allows in its project.
    pub fn rules(self) -> Vec<Rule> {
        match self {
            Self::Admin => vec![
                Rule::allow(Project, &[Read, Edit, Delete]),
                Rule::allow(Environments, &[Read, Create, Edit, Delete]),
                Rule::allow(SecretFolders, &[Read, Create, Edit, Delete]),
                Rule::allow(
                    DynamicSecrets,
                    &[
                        ReadRootCredential,
                        CreateRootCredential,
                        EditRootCredential,
                        DeleteRootCredential,
                        Lease,
                        ManageLeases,
                        ApproveLeases,
                    ],
                ),
                Rule::allow(ClusterConnections, &[Attach]),
                Rule::allow(Identity, &[Read, Create, Edit, Delete]),
                Rule::allow(Member, &[Read, Create, Edit, Delete]),
                Rule::allow(Groups, &[Read, Create, Edit, Delete]),
                Rule::allow(Role, &[Read, Create, Edit, Delete]),
                Rule::allow(Policies, &[Read, Edit]),
                Rule::allow(AuditLogs, &[Read]),
            ],
            Self::Member => vec![
                Rule::allow(Project, &[Read]),
                Rule::allow(Environments, &[Read]),
                Rule::allow(SecretFolders, &[Read, Create, Edit, Delete]),
                Rule::allow(
                    DynamicSecrets,
                    &[ReadRootCredential, CreateRootCredential, EditRootCredential, DeleteRootCredential, Lease],
                ),
                Rule::allow(Identity, &[Read]),
                Rule::allow(Member, &[Read]),
                Rule::allow(Groups, &[Read]),
                Rule::allow(Role, &[Read]),
                Rule::allow(Policies, &[Read]),
            ],
            Self::Viewer => vec![
                Rule::allow(Project, &[Read]),
                Rule::allow(Environments, &[Read]),
                Rule::allow(SecretFolders, &[Read]),
                Rule::allow(DynamicSecrets, &[ReadRootCredential]),
                Rule::allow(Identity, &[Read]),
                Rule::allow(Member, &[Read]),
                Rule::allow(Groups, &[Read]),
                Rule::allow(Role, &[Read]),
                Rule::allow(Policies, &[Read]),
            ],
            Self::Provisioner => vec![
                Rule::allow(Project, &[Read]),
                Rule::allow(Environments, &[Read, Create, Edit, Delete]),
                Rule::allow(SecretFolders, &[Read, Create, Edit, Delete]),
                Rule::allow(
                    DynamicSecrets,
                    &[
                        ReadRootCredential,
                        CreateRootCredential,
                        EditRootCredential,
                        DeleteRootCredential,
                        RevealRootCredential,
                    ],
                ),
                Rule::allow(Policies, &[Read]),
                Rule::allow(ClusterConnections, &[Attach]),
            ],
            Self::NoAccess => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_of_a_built_in_role_are_unknown() {
        for text in ["Admin", "ADMIN", "admin ", " admin", "аdmin", "no_access", ""] {
            assert!(text.parse::<ProjectRole>().is_err(), "{text:?} was accepted");
        }
        for role in ProjectRole::ALL {
            assert_eq!(role.slug().parse(), Ok(*role));
        }
    }

    #[test]
    fn only_the_provisioner_reads_stored_tokens_back() {
        let reveals = |role: &ProjectRole| role.rules().iter().any(|rule| rule.actions.contains(&RevealRootCredential));
        let roles: Vec<_> = ProjectRole::ALL.iter().filter(|role| reveals(role)).collect();
        assert_eq!(roles, [&ProjectRole::Provisioner]);
    }
}
