//! Projects, made and removed with all that is in them.

use mayfly_domain::{
    ids::{IdentityId, OrganizationId},
    membership::Principal,
    project::Project,
};
use mayfly_store::{
    UNCHANGED,
    projects::{NOT_PROTECTED, NewProject},
};
use mayfly_testkit::both_databases;

use crate::support::World;

both_databases! {
    async fn a_project_is_made_with_all_that_belongs_to_it(world: World) {
        let (project, roots) = world.project("billing");
        let membership = world.membership(&world.admin, &project);
        let new = NewProject { project: &project, roots: &roots, membership: Some(&membership) };
        let event = world.event("create-project");
        let projects = world.store().projects();
        world.leaves(&event, projects.create(&new, world.ambient(), &event)).await;

        let organization = world.organization.id;
        assert_eq!(projects.get(organization, project.id).await.unwrap().as_ref(), Some(&project));
        assert_eq!(projects.get_by_slug(organization, &project.slug).await.unwrap().as_ref(), Some(&project));
        assert_eq!(projects.id_by_slug(organization, &project.slug).await.unwrap(), Some(project.id));
        for root in roots {
            let path = root.path.clone();
            assert_eq!(world.store().folders().get_by_path(root.environment, &path).await.unwrap(), Some(root));
        }
        let stored = world.store().memberships().get(project.id, Principal::Identity(world.admin.id)).await.unwrap();
        assert_eq!(stored, Some(membership));

        let foreign = OrganizationId::generate(world.ambient());
        assert_eq!(projects.get(foreign, project.id).await.unwrap(), None);
        assert_eq!(projects.get_by_slug(foreign, &project.slug).await.unwrap(), None);
        assert_eq!(projects.id_by_slug(foreign, &project.slug).await.unwrap(), None);
    }

    async fn a_slug_is_taken_once(world: World) {
        let (twin, roots) = world.project("payments");
        world.is_taken("projects_slug", world.store_project(&twin, &roots)).await;
        let (other, _) = world.stored_project("billing").await;
        let renamed = Project { slug: "payments".parse().unwrap(), ..other.clone() };
        let event = world.event("update-project");
        world.is_taken("projects_slug", world.store().projects().update(&renamed, other.updated_at, &event)).await;
    }

    async fn a_project_is_changed_with_its_event(world: World) {
        let new = Project {
            name: "Other".parse().unwrap(),
            slug: "other_slug".parse().unwrap(),
            description: None,
            has_delete_protection: true,
            updated_at: world.tick(),
            ..world.project.clone()
        };
        let (event, projects) = (world.event("update-project"), world.store().projects());
        world.leaves(&event, projects.update(&new, world.project.updated_at, &event)).await;
        assert_eq!(projects.get(world.organization.id, new.id).await.unwrap(), Some(new));
        let (gone, _) = world.project("never-made");
        for (stale, since) in [(&gone, gone.updated_at), (&world.project, world.project.updated_at)] {
            world.guards(UNCHANGED, projects.update(stale, since, &world.event("stale"))).await;
        }
    }

    async fn a_project_goes_with_all_that_is_in_it(world: World) {
        let (project, roots) = world.stored_project("billing").await;
        let folder = world.stored_folder_of(&project, &roots[1], "deep").await;
        let secrets = [world.secret_of(&project, &roots[0], "one"), world.secret_of(&project, &folder, "two")];
        for secret in &secrets {
            world.store_secret(secret).await;
        }
        let lease = world.active(&secrets[1]).await.lease;
        let projects = world.store().projects();
        let dangling = [world.removal(&secrets[0])];
        world.dangles(projects.delete(&project, &dangling, &world.event("one was added meanwhile"))).await;

        let (removals, event) = (secrets.each_ref().map(|secret| world.removal(secret)), world.event("delete-project"));
        let before = world.events().await.len();
        projects.delete(&project, &removals, &event).await.unwrap();
        assert_eq!(world.events().await.len(), before + 4, "a lease's, two secrets' and the project's");
        let lease = world.store().leases().get(project.id, lease.id).await.unwrap().unwrap();
        assert_eq!(lease.state.name(), "closed");
        let dump = world.raw().dump().await;
        // A lease tells its story, the audit log too; the connections that it may end with stay, and the key that opens them.
        let may_name_it = ["leases", "audit_events", "data_keys", "connection_versions"];
        for (table, rows) in dump.iter().filter(|(table, _)| !may_name_it.contains(&table.as_str())) {
            assert!(!rows.iter().any(|row| row.contains(&project.id.to_string())), "{table}");
        }
        let gone = projects.delete(&project, &[], &event);
        world.guards(NOT_PROTECTED, gone).await;
    }

    async fn a_protected_project_stays_with_all_it_has(world: World) {
        let secret = world.stored_secret("ci").await;
        world.active(&secret).await;
        let protected = Project { has_delete_protection: true, ..world.project.clone() };
        let projects = world.store().projects();
        projects.update(&protected, protected.updated_at, &world.event("protect")).await.unwrap();
        let (removals, event) = ([world.removal(&secret)], world.event("delete-project"));
        world.guards(NOT_PROTECTED, projects.delete(&protected, &removals, &event)).await;
    }

    async fn an_identity_sees_its_projects_by_name(world: World) {
        let mut named = Vec::new();
        for (slug, name) in [("billing", "zebra"), ("accounts", "Apple"), ("chemicals", "mango")] {
            let (project, roots) = world.project(slug);
            let project = Project { name: name.parse().unwrap(), ..project };
            world.store_project(&project, &roots).await.unwrap();
            named.push(project);
        }
        let [zebra, apple, mango] = named.try_into().unwrap();
        let projects = world.store().projects();
        let mine = projects.list_of_principal(world.organization.id, Principal::Identity(world.admin.id)).await.unwrap();
        assert_eq!(mine, [apple, mango, world.project.clone(), zebra]);
        let foreign = OrganizationId::generate(world.ambient());
        assert_eq!(projects.list_of_principal(foreign, Principal::Identity(world.admin.id)).await.unwrap(), []);
        let nobody = IdentityId::generate(world.ambient());
        assert_eq!(projects.list_of_principal(world.organization.id, Principal::Identity(nobody)).await.unwrap(), []);
    }
}
