//! The one decision: may somebody with these grants do this here?

use super::{
    held::HeldRole,
    judge::{Verdict, Where, judge},
    operation::{Operation, Requirement},
    permission::{Permission, Rule},
    role::OrganizationRole,
};

/// What a caller holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Their role in the organization; `None` for somebody who is not signed in.
    pub organization: Option<OrganizationRole>,
    /// Their roles in the project that count now; `None` for somebody who is not a member.
    pub project: Option<Vec<HeldRole>>,
}

/// The answer, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allowed,
    /// No.
    Denied(Denial),
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No valid credential was shown.
    NotSignedIn,
    /// Not a member of the project, for whom it does not exist.
    NotMember,
    /// A member or signed in, but without any of these.
    Missing(Vec<Permission>),
}

/// Decides. Pure: the same grants always get the same answer. [`Where::Somewhere`] lets through whoever may do it at any place;
/// the place itself is asked about once it is known.
pub fn decide(operation: Operation, grants: &Grants, place: Where<'_>) -> Decision {
    let requirement = operation.requirement();
    if matches!(requirement, Requirement::Nobody | Requirement::OwnCredential) {
        return Decision::Allowed;
    }
    let Some(role) = grants.organization else { return Decision::Denied(Denial::NotSignedIn) };
    match requirement {
        Requirement::InOrganization(permission) => in_organization(role, permission),
        Requirement::InProject(any_of) => in_project(grants, any_of, place),
        Requirement::Nobody | Requirement::OwnCredential | Requirement::SignedIn | Requirement::Person => {
            Decision::Allowed
        }
        Requirement::InProjectOrOrganization(in_it, above_it) => match in_organization(role, above_it) {
            Decision::Allowed => Decision::Allowed,
            Decision::Denied(_) => in_project(grants, &[in_it], place),
        },
    }
}

/// The organization's roles are built in: they only allow, and everywhere.
fn in_organization(role: OrganizationRole, permission: Permission) -> Decision {
    let is_allowed = role.rules().iter().any(|rule: &Rule| rule.covers(permission));
    if is_allowed { Decision::Allowed } else { Decision::Denied(Denial::Missing(vec![permission])) }
}

fn in_project(grants: &Grants, any_of: &[Permission], place: Where<'_>) -> Decision {
    let Some(roles) = &grants.project else { return Decision::Denied(Denial::NotMember) };
    let is_allowed = |permission: &Permission| matches!(judge(roles, *permission, place), Verdict::Allowed(_));
    if any_of.is_empty() || any_of.iter().any(is_allowed) {
        Decision::Allowed
    } else {
        Decision::Denied(Denial::Missing(any_of.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::role::ProjectRole;

    fn grants(organization: OrganizationRole, project: &[ProjectRole]) -> Grants {
        let held = project.iter().map(|role| HeldRole::built_in(*role)).collect();
        Grants { organization: Some(organization), project: Some(held) }
    }

    fn decided(operation: Operation, grants: &Grants) -> Decision {
        decide(operation, grants, Where::Somewhere)
    }

    #[test]
    fn whoever_is_not_signed_in_gets_only_the_public_operations() {
        let public: Vec<_> = Operation::ALL
            .iter()
            .filter(|operation| decided(**operation, &Grants::default()) == Decision::Allowed)
            .map(|operation| operation.name())
            .collect();
        let listed = [
            "status",
            "bootstrap",
            "loginUniversalAuth",
            "loginOidcAuth",
            "loginKubernetesAuth",
            "renewAccessToken",
            "revokeAccessToken",
            "describeApi",
            "loginUser",
            "beginPasskeyLogin",
            "loginPasskey",
            "beginPasskeySecondFactor",
            "forgetPassword",
            "resetPassword",
            "acceptInvitation",
            "listSignInProviders",
            "beginSso",
            "finishSso",
            "requestSso",
            "confirmSso",
            "claimSso",
            // By a credential of its own, which it checks itself.
            "receiveClusterAudit",
            // Who it is, is proven inside the connection.
            "enrolGateway",
            "openGatewayTunnel",
        ];
        assert_eq!(public, listed);
    }

    #[test]
    fn an_organization_admin_is_no_member_of_projects() {
        let admin = Grants { organization: Some(OrganizationRole::Admin), project: None };
        assert_eq!(decided(Operation::IssueLease, &admin), Decision::Denied(Denial::NotMember));
        assert_eq!(decided(Operation::CreateMembership, &admin), Decision::Allowed);
    }

    #[test]
    fn a_viewer_sees_but_does_not_lease() {
        let viewer = grants(OrganizationRole::NoAccess, &[ProjectRole::Viewer]);
        assert_eq!(decided(Operation::GetDynamicSecret, &viewer), Decision::Allowed);
        assert!(matches!(decided(Operation::IssueLease, &viewer), Decision::Denied(Denial::Missing(_))));
    }

    #[test]
    fn a_member_leases_and_does_not_manage_others_leases() {
        let member = grants(OrganizationRole::NoAccess, &[ProjectRole::Member]);
        assert_eq!(decided(Operation::IssueLease, &member), Decision::Allowed);
        assert!(matches!(decided(Operation::ManageLeases, &member), Decision::Denied(_)));
        assert!(matches!(decided(Operation::RevealRootCredential, &member), Decision::Denied(_)));
    }
}
