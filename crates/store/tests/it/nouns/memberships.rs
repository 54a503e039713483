//! What machines, people and groups may do in projects.

use mayfly_domain::{
    access::{held::RoleName, role::ProjectRole},
    custom_role::CustomRole,
    group::Group,
    ids::{GroupId, OrganizationId, ProjectId},
    membership::{AssignedRole, Membership, Principal, Temporary},
};
use mayfly_store::{
    UNCHANGED,
    custom_roles::{NOBODY_HOLDS_IT, ROLE_IS_THERE, SLUG_INDEX},
    groups::{GroupMember, MEMBER_INDEX, SLUG_INDEX as GROUP_SLUG_INDEX},
    memberships::{PRINCIPAL_INDEX, PRINCIPAL_IS_THERE},
};
use mayfly_testkit::both_databases;

use crate::support::World;

both_databases! {
    async fn a_membership_is_stored_as_it_was_made(world: World) {
        let identity = world.stored_identity("robot").await;
        let principal = Principal::Identity(identity.id);
        let membership = world.membership(&identity, &world.project);
        let memberships = world.store().memberships();
        let event = world.event("add");
        world.leaves(&event, memberships.create(&membership, &event)).await;
        assert_eq!(memberships.get(world.project.id, principal).await.unwrap().as_ref(), Some(&membership));
        let by_id = memberships.get_by_id(world.organization.id, membership.id).await.unwrap();
        assert_eq!(by_id.as_ref(), Some(&membership));
        let foreign = OrganizationId::generate(world.ambient());
        assert_eq!(memberships.get_by_id(foreign, membership.id).await.unwrap(), None);
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        assert_eq!(memberships.get(elsewhere.id, principal).await.unwrap(), None);

        let event = world.event("again");
        let twin = world.membership(&identity, &world.project);
        world.is_taken(PRINCIPAL_INDEX, memberships.create(&twin, &event)).await;
        let nobodys = world.membership(&world.identity("nobody"), &world.project);
        world.guards(PRINCIPAL_IS_THERE, memberships.create(&nobodys, &event)).await;
        let nowhere = Membership { project: ProjectId::generate(world.ambient()), ..twin };
        world.dangles(memberships.create(&nowhere, &event)).await;
    }

    async fn a_membership_is_changed_and_removed(world: World) {
        let identity = world.stored_identity("robot").await;
        let principal = Principal::Identity(identity.id);
        let old = world.membership(&identity, &world.project);
        let memberships = world.store().memberships();
        memberships.create(&old, &world.event("add")).await.unwrap();
        let new = Membership { roles: vec![ProjectRole::Provisioner.into()], updated_at: world.tick(), ..old.clone() };
        let event = world.event("update");
        world.leaves(&event, memberships.update(&new, old.updated_at, &event)).await;
        world.guards(UNCHANGED, memberships.update(&old, old.updated_at, &world.event("stale"))).await;
        world.guards(UNCHANGED, memberships.delete(&old, &world.event("stale"))).await;
        assert_eq!(memberships.get(world.project.id, principal).await.unwrap().as_ref(), Some(&new));

        let event = world.event("remove");
        world.leaves(&event, memberships.delete(&new, &event)).await;
        assert_eq!(memberships.get(world.project.id, principal).await.unwrap(), None);
        let event = world.event("again");
        world.guards(UNCHANGED, memberships.update(&new, new.updated_at, &event)).await;
        world.guards(UNCHANGED, memberships.delete(&new, &event)).await;
    }

    async fn memberships_are_listed_oldest_first_page_by_page(world: World) {
        let memberships = world.store().memberships();
        let mut all = memberships.list(world.project.id, "identity", 10, 0).await.unwrap();
        let admin = Principal::Identity(world.admin.id);
        assert_eq!(all.iter().map(|membership| membership.principal).collect::<Vec<_>>(), [admin]);
        world.stored_project("elsewhere").await;
        for name in ["one", "two", "three"] {
            let membership = world.membership(&world.stored_identity(name).await, &world.project);
            memberships.create(&membership, &world.event("add")).await.unwrap();
            all.push(membership);
        }
        for (limit, offset, expected) in [(10, 0, &all[..]), (2, 0, &all[..2]), (2, 2, &all[2..]), (2, 4, &[][..])] {
            assert_eq!(memberships.list(world.project.id, "identity", limit, offset).await.unwrap(), expected);
        }
        assert_eq!(memberships.list(world.project.id, "user", 10, 0).await.unwrap(), []);
        assert_eq!(memberships.count(world.project.id, "identity").await.unwrap(), 4);
        assert_eq!(memberships.count(world.project.id, "group").await.unwrap(), 0);
        assert_eq!(memberships.count(ProjectId::generate(world.ambient()), "identity").await.unwrap(), 0);
        assert_eq!(memberships.all(world.project.id).await.unwrap(), all);
    }

    async fn a_role_of_the_project_is_stored_changed_and_removed_once_nobody_holds_it(world: World) {
        let roles = world.store().custom_roles();
        let role = world.custom_role("deployer");
        let event = world.event("make");
        world.leaves(&event, roles.create(&role, &event)).await;
        assert_eq!(roles.get(world.project.id, role.id).await.unwrap().as_ref(), Some(&role));
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        assert_eq!(roles.get(elsewhere.id, role.id).await.unwrap(), None);
        world.is_taken(SLUG_INDEX, roles.create(&world.custom_role("deployer"), &world.event("twin"))).await;

        let changed = CustomRole { slug: "shipper".parse().unwrap(), updated_at: world.tick(), ..role.clone() };
        let event = world.event("change");
        world.leaves(&event, roles.update(&changed, role.updated_at, &event)).await;
        world.guards(UNCHANGED, roles.update(&role, role.updated_at, &world.event("stale"))).await;
        assert_eq!(roles.list(world.project.id).await.unwrap(), std::slice::from_ref(&changed));

        let held = AssignedRole { role: RoleName::Custom(role.id), temporary: None };
        let identity = world.stored_identity("robot").await;
        let membership = Membership { roles: vec![held], ..world.membership(&identity, &world.project) };
        world.store().memberships().create(&membership, &world.event("add")).await.unwrap();
        assert_eq!(roles.count_holders(world.project.id, role.id).await.unwrap(), 1);
        world.guards(NOBODY_HOLDS_IT, roles.delete(&changed, &world.event("held"))).await;
        let plain = Membership { roles: vec![ProjectRole::Viewer.into()], updated_at: world.tick(), ..membership.clone() };
        world.store().memberships().update(&plain, membership.updated_at, &world.event("plain")).await.unwrap();
        let event = world.event("remove");
        world.leaves(&event, roles.delete(&changed, &event)).await;
        let again = Membership { updated_at: world.tick(), ..membership };
        let stale = world.store().memberships();
        world.guards(ROLE_IS_THERE, stale.update(&again, plain.updated_at, &world.event("gone"))).await;
    }

    async fn what_somebody_holds_is_what_they_and_their_groups_were_given(world: World) {
        let store = world.store();
        let identity = world.stored_identity("robot").await;
        let principal = Principal::Identity(identity.id);
        let project = world.project.id;
        assert_eq!(store.memberships().held(project, principal).await.unwrap(), None);

        let role = world.custom_role("deployer");
        store.custom_roles().create(&role, &world.event("role")).await.unwrap();
        let group = world.stored_group("on-call").await;
        let temporary = Temporary { range: "1h".parse().unwrap(), from: world.now() };
        let given = AssignedRole { role: RoleName::Custom(role.id), temporary: Some(temporary.clone()) };
        let of_group = Membership {
            principal: Principal::Group(group.id),
            roles: vec![given],
            ..world.membership(&identity, &world.project)
        };
        store.memberships().create(&of_group, &world.event("group")).await.unwrap();
        assert_eq!(store.memberships().held(project, principal).await.unwrap(), None, "not in the group yet");

        let member = GroupMember { principal, since: world.tick(), through: None };
        let event = world.event("join");
        world.leaves(&event, store.groups().add(group.id, &member, &event)).await;
        world.is_taken(MEMBER_INDEX, store.groups().add(group.id, &member, &world.event("twice"))).await;
        let held = store.memberships().held(project, principal).await.unwrap().unwrap();
        let [through] = held.as_slice() else { panic!("{held:?}") };
        assert_eq!((through.slug.as_str(), through.through), ("deployer", Some(group.id)));
        assert_eq!(through.rules.to_vec(), role.rules);
        assert_eq!(through.span, Some(temporary.span()));
        let own = store.projects().list_of_principal(world.organization.id, principal).await.unwrap();
        assert_eq!(own.iter().map(|project| project.id).collect::<Vec<_>>(), [project]);

        let direct = world.membership(&identity, &world.project);
        store.memberships().create(&direct, &world.event("direct")).await.unwrap();
        let held = store.memberships().held(project, principal).await.unwrap().unwrap();
        let slugs: Vec<&str> = held.iter().map(|role| role.slug.as_str()).collect();
        assert_eq!(slugs, ["deployer", "member", "viewer"]);

        let event = world.event("leave");
        world.leaves(&event, store.groups().remove(group.id, &principal, &event)).await;
        assert_eq!(store.memberships().held(project, principal).await.unwrap().unwrap().len(), 2);
    }

    async fn a_group_is_stored_changed_and_removed_with_what_it_gave(world: World) {
        let groups = world.store().groups();
        let group = world.stored_group("on-call").await;
        assert_eq!(groups.get(world.organization.id, group.id).await.unwrap().as_ref(), Some(&group));
        let twin = Group { id: GroupId::generate(world.ambient()), ..group.clone() };
        world.is_taken(GROUP_SLUG_INDEX, groups.create(&twin, &world.event("twin"))).await;
        let changed = Group { name: "Night watch".parse().unwrap(), updated_at: world.tick(), ..group.clone() };
        let event = world.event("rename");
        world.leaves(&event, groups.update(&changed, group.updated_at, &event)).await;
        let second = world.stored_group("second").await;
        let all = groups.page(world.organization.id, None, 10).await.unwrap();
        assert_eq!(all, [changed.clone(), second.clone()]);
        assert_eq!(groups.page(world.organization.id, Some(changed.id), 10).await.unwrap(), [second]);

        let identity = world.stored_identity("robot").await;
        let member = GroupMember { principal: Principal::Identity(identity.id), since: world.tick(), through: None };
        groups.add(group.id, &member, &world.event("join")).await.unwrap();
        assert_eq!(groups.members(group.id, None, 10).await.unwrap(), [member]);
        assert_eq!(groups.members(group.id, Some(&member.principal), 10).await.unwrap(), []);
        assert_eq!(groups.of_principal(&member.principal).await.unwrap(), std::slice::from_ref(&changed));
        let given = Membership { principal: Principal::Group(group.id), ..world.membership(&identity, &world.project) };
        world.store().memberships().create(&given, &world.event("give")).await.unwrap();
        assert_eq!(groups.projects(group.id).await.unwrap(), [world.project.id]);

        world.guards(UNCHANGED, groups.delete(&group, &world.event("stale"))).await;
        let event = world.event("remove");
        world.leaves(&event, groups.delete(&changed, &event)).await;
        assert_eq!(groups.of_principal(&member.principal).await.unwrap(), []);
        assert_eq!(world.store().memberships().get(world.project.id, given.principal).await.unwrap(), None);
    }
}
