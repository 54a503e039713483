//! What identities may do in projects.

use mayfly_domain::{
    access::role::ProjectRole,
    identity::Membership,
    ids::{OrganizationId, ProjectId},
};
use mayfly_store::UNCHANGED;
use mayfly_testkit::both_databases;

use crate::support::World;

both_databases! {
    async fn a_membership_is_stored_as_it_was_made(world: World) {
        let identity = world.stored_identity("robot").await;
        let membership = world.membership(&identity, &world.project);
        let memberships = world.store().memberships();
        let event = world.event("add");
        world.leaves(&event, memberships.create(&membership, &event)).await;
        assert_eq!(memberships.get(world.project.id, identity.id).await.unwrap().as_ref(), Some(&membership));
        let by_id = memberships.get_by_id(world.organization.id, membership.id).await.unwrap();
        assert_eq!(by_id.as_ref(), Some(&membership));
        let foreign = OrganizationId::generate(world.ambient());
        assert_eq!(memberships.get_by_id(foreign, membership.id).await.unwrap(), None);
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        assert_eq!(memberships.get(elsewhere.id, identity.id).await.unwrap(), None);

        let event = world.event("again");
        let twin = world.membership(&identity, &world.project);
        world.is_taken("memberships_identity", memberships.create(&twin, &event)).await;
        let nobodys = world.membership(&world.identity("nobody"), &world.project);
        world.dangles(memberships.create(&nobodys, &event)).await;
        let nowhere = Membership { project: ProjectId::generate(world.ambient()), ..twin };
        world.dangles(memberships.create(&nowhere, &event)).await;
    }

    async fn a_membership_is_changed_and_removed(world: World) {
        let identity = world.stored_identity("robot").await;
        let old = world.membership(&identity, &world.project);
        let memberships = world.store().memberships();
        memberships.create(&old, &world.event("add")).await.unwrap();
        let new = Membership { roles: vec![ProjectRole::Provisioner], updated_at: world.tick(), ..old.clone() };
        let event = world.event("update");
        world.leaves(&event, memberships.update(&new, old.updated_at, &event)).await;
        world.guards(UNCHANGED, memberships.update(&old, old.updated_at, &world.event("stale"))).await;
        world.guards(UNCHANGED, memberships.delete(&old, &world.event("stale"))).await;
        assert_eq!(memberships.get(world.project.id, identity.id).await.unwrap().as_ref(), Some(&new));

        let event = world.event("remove");
        world.leaves(&event, memberships.delete(&new, &event)).await;
        assert_eq!(memberships.get(world.project.id, identity.id).await.unwrap(), None);
        let event = world.event("again");
        world.guards(UNCHANGED, memberships.update(&new, new.updated_at, &event)).await;
        world.guards(UNCHANGED, memberships.delete(&new, &event)).await;
    }

    async fn memberships_are_listed_oldest_first_page_by_page(world: World) {
        let memberships = world.store().memberships();
        let mut all = memberships.list(world.project.id, 10, 0).await.unwrap();
        assert_eq!(all.iter().map(|membership| membership.identity).collect::<Vec<_>>(), [world.admin.id]);
        world.stored_project("elsewhere").await;
        for name in ["one", "two", "three"] {
            let membership = world.membership(&world.stored_identity(name).await, &world.project);
            memberships.create(&membership, &world.event("add")).await.unwrap();
            all.push(membership);
        }
        for (limit, offset, expected) in [(10, 0, &all[..]), (2, 0, &all[..2]), (2, 2, &all[2..]), (2, 4, &[][..])] {
            assert_eq!(memberships.list(world.project.id, limit, offset).await.unwrap(), expected);
        }
        assert_eq!(memberships.count(world.project.id).await.unwrap(), 4);
        assert_eq!(memberships.count(ProjectId::generate(world.ambient())).await.unwrap(), 0);
    }
}
