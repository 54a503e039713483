//! The one decision: may somebody with these grants do this?

use super::{
    operation::{Operation, Requirement},
    permission::{Permission, Rule},
    role::{OrganizationRole, ProjectRole},
};

/// What a caller holds, at the place where they want to act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Their role in the organization; `None` for somebody who is not signed in.
    pub organization: Option<OrganizationRole>,
    /// Their roles in the project; `None` for somebody who is not a member.
    pub project: Option<Vec<ProjectRole>>,
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

/// Decides. Pure: the same grants always get the same answer.
pub fn decide(operation: Operation, grants: &Grants) -> Decision {
    let requirement = operation.requirement();
    if matches!(requirement, Requirement::Nobody | Requirement::OwnCredential) {
        return Decision::Allowed;
    }
    let Some(role) = grants.organization else { return Decision::Denied(Denial::NotSignedIn) };
    match requirement {
        Requirement::Nobody | Requirement::OwnCredential | Requirement::SignedIn => Decision::Allowed,
        Requirement::InOrganization(permission) => holds(&role.rules(), &[permission]),
        Requirement::InProject(any_of) => in_project(grants, any_of),
        Requirement::InProjectOrOrganization(in_it, above_it) => match holds(&role.rules(), &[above_it]) {
            Decision::Allowed => Decision::Allowed,
            Decision::Denied(_) => in_project(grants, &[in_it]),
        },
    }
}

fn in_project(grants: &Grants, any_of: &[Permission]) -> Decision {
    let Some(roles) = &grants.project else { return Decision::Denied(Denial::NotMember) };
    let lines: Vec<Rule> = roles.iter().flat_map(|role| role.rules()).collect();
    holds(&lines, any_of)
}

fn holds(rules: &[Rule], any_of: &[Permission]) -> Decision {
    if any_of.iter().any(|permission| allows(rules, *permission)) {
        Decision::Allowed
    } else {
        Decision::Denied(Denial::Missing(any_of.to_vec()))
    }
}

/// The last rule that speaks of a permission decides; what no rule speaks of is forbidden.
fn allows(rules: &[Rule], permission: Permission) -> bool {
    rules.iter().rev().find(|rule| rule.covers(permission)).is_some_and(|rule| !rule.inverted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::permission::{Action, Subject};

    fn grants(organization: OrganizationRole, project: &[ProjectRole]) -> Grants {
        Grants { organization: Some(organization), project: Some(project.to_vec()) }
    }

    #[test]
    fn whoever_is_not_signed_in_gets_only_the_public_operations() {
        let public: Vec<_> = Operation::ALL
            .iter()
            .filter(|operation| decide(**operation, &Grants::default()) == Decision::Allowed)
            .map(|operation| operation.name())
            .collect();
        let listed =
            ["status", "bootstrap", "loginUniversalAuth", "renewAccessToken", "revokeAccessToken", "describeApi"];
        assert_eq!(public, listed);
    }

    #[test]
    fn an_organization_admin_is_no_member_of_projects() {
        let admin = Grants { organization: Some(OrganizationRole::Admin), project: None };
        assert_eq!(decide(Operation::IssueLease, &admin), Decision::Denied(Denial::NotMember));
        assert_eq!(decide(Operation::CreateMembership, &admin), Decision::Allowed);
    }

    #[test]
    fn a_viewer_sees_but_does_not_lease() {
        let viewer = grants(OrganizationRole::NoAccess, &[ProjectRole::Viewer]);
        assert_eq!(decide(Operation::GetDynamicSecret, &viewer), Decision::Allowed);
        assert!(matches!(decide(Operation::IssueLease, &viewer), Decision::Denied(Denial::Missing(_))));
    }

    #[test]
    fn a_member_leases_and_does_not_manage_others_leases() {
        let member = grants(OrganizationRole::NoAccess, &[ProjectRole::Member]);
        assert_eq!(decide(Operation::IssueLease, &member), Decision::Allowed);
        assert!(matches!(decide(Operation::ManageLeases, &member), Decision::Denied(_)));
        assert!(matches!(decide(Operation::RevealRootCredential, &member), Decision::Denied(_)));
    }

    #[test]
    fn a_later_rule_that_forbids_wins() {
        let permission = Permission { subject: Subject::DynamicSecrets, action: Action::Lease };
        let allow = Rule::allow(Subject::DynamicSecrets, &[Action::Lease]);
        let forbid = Rule { inverted: true, ..allow.clone() };
        assert!(allows(std::slice::from_ref(&allow), permission));
        assert!(!allows(&[allow.clone(), forbid.clone()], permission));
        assert!(allows(&[forbid, allow], permission));
    }
}
