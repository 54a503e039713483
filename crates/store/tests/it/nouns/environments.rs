//! Environments and their order.

use mayfly_domain::{
    ids::{FolderId, OrganizationId},
    project::{Environment, Folder, Project},
};
use mayfly_store::{UNCHANGED, moves::Judged};
use mayfly_testkit::both_databases;

use crate::support::World;

const STILL_THERE: &str = "the environment is still there";

fn root(world: &World, environment: &Environment) -> Folder {
    Folder::root(FolderId::generate(world.ambient()), environment)
}

async fn stored(world: &World, project: &Project, slug: &str, position: i64) -> Environment {
    let environment = world.environment(project, slug, position);
    let (root, event) = (root(world, &environment), world.event("create-environment"));
    world.store().environments().create(&environment, &root, &event).await.expect("an environment is made");
    environment
}

async fn order(world: &World, project: &Project) -> Vec<String> {
    let environments = world.store().environments().list(project.id).await.expect("environments are listed");
    assert!(environments.is_sorted_by_key(|environment| environment.position), "{environments:?}");
    environments.iter().map(|environment| environment.slug.to_string()).collect()
}

both_databases! {
    async fn an_environment_is_made_with_its_root_at_its_place(world: World) {
        let environment = world.environment(&world.project, "staging", 2);
        let root = root(&world, &environment);
        let (event, environments) = (world.event("create-environment"), world.store().environments());
        world.leaves(&event, environments.create(&environment, &root, &event)).await;
        assert_eq!(environments.get(world.organization.id, environment.id).await.unwrap(), Some(environment.clone()));
        assert_eq!(environments.get(OrganizationId::generate(world.ambient()), environment.id).await.unwrap(), None);
        assert_eq!(world.store().folders().get_by_path(environment.id, &root.path).await.unwrap(), Some(root));
        assert_eq!(order(&world, &world.project).await, ["dev", "staging", "prod"]);
    }

    async fn a_slug_is_taken_once_in_a_project(world: World) {
        let twin = world.environment(&world.project, "dev", 3);
        let (folder, event, environments) = (root(&world, &twin), world.event("x"), world.store().environments());
        world.is_taken("environments_slug", environments.create(&twin, &folder, &event)).await;
        let prod = &world.project.environments[1];
        let renamed = Environment { slug: "dev".parse().unwrap(), ..prod.clone() };
        world.is_taken("environments_slug", environments.update(&renamed, prod, &Judged::at(prod.slug.clone()), &event)).await;
        let (never_made, _) = world.project("never-made");
        let nowhere = world.environment(&never_made, "dev", 1);
        let folder = root(&world, &nowhere);
        world.dangles(environments.create(&nowhere, &folder, &event)).await;
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        stored(&world, &elsewhere, "staging", 3).await;
    }

    async fn a_moved_environment_moves_those_behind_it(world: World) {
        stored(&world, &world.project, "staging", 3).await;
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        let environments = world.store().environments();
        let old = environments.list(world.project.id).await.unwrap().pop().unwrap();
        let new = Environment {
            name: "First".parse().unwrap(),
            slug: "first".parse().unwrap(),
            position: 1,
            updated_at: world.tick(),
            ..old.clone()
        };
        let event = world.event("update-environment");
        world.leaves(&event, environments.update(&new, &old, &Judged::at(old.slug.clone()), &event)).await;
        assert_eq!(environments.get(world.organization.id, new.id).await.unwrap(), Some(new));
        assert_eq!(order(&world, &world.project).await, ["first", "dev", "prod"]);
        assert_eq!(environments.list(elsewhere.id).await.unwrap(), elsewhere.environments);
        let gone = world.environment(&world.project, "gone", 1);
        for stale in [&gone, &old] {
            let judged = Judged::at(stale.slug.clone());
            world.guards(UNCHANGED, environments.update(stale, stale, &judged, &world.event("stale"))).await;
        }
    }

    async fn an_environment_goes_with_its_folders_and_dynamic_secrets(world: World) {
        let folder = world.stored_folder(&world.root, "deep").await;
        let secret = world.secret_of(&world.project, &folder, "ci");
        world.store_secret(&secret).await;
        let environments = world.store().environments();
        let event = world.event("delete-environment");
        world.dangles(environments.delete(world.root.environment, &[], &event)).await;
        let removals = [world.removal(&secret)];
        environments.delete(world.root.environment, &removals, &event).await.unwrap();
        assert_eq!(order(&world, &world.project).await, ["prod"]);
        assert_eq!(world.raw().rows("SELECT path FROM folders").await, ["/"]);
        world.guards(STILL_THERE, environments.delete(world.root.environment, &[], &world.event("again"))).await;
    }
}
