//! Roles of projects' own, and groups.

use mayfly_domain::{
    access::permission::{Action, Rule, Subject},
    custom_role::CustomRole,
    group::Group,
    ids::{CustomRoleId, GroupId},
};

use super::World;

impl World {
    /// A role of the project that is not stored.
    pub(crate) fn custom_role(&self, slug: &str) -> CustomRole {
        let created_at = self.tick();
        CustomRole {
            id: CustomRoleId::generate(self.ambient()),
            project: self.project.id,
            slug: slug.parse().expect("a group or role"),
            name: "Deployer".parse().expect("a group or role"),
            description: Some("ships".to_owned()),
            rules: vec![Rule::allow(Subject::DynamicSecrets, &[Action::Lease])],
            created_at,
            updated_at: created_at,
        }
    }

    pub(crate) async fn stored_group(&self, slug: &str) -> Group {
        let created_at = self.tick();
        let group = Group {
            id: GroupId::generate(self.ambient()),
            organization: self.organization.id,
            slug: slug.parse().expect("a group or role"),
            name: "On call".parse().expect("a group or role"),
            created_at,
            updated_at: created_at,
        };
        self.store().groups().create(&group, &self.event("group")).await.expect("a group or role");
        group
    }
}
