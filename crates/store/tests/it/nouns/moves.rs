//! What was judged where it lay is written only while it lies there, and moves only as it was judged.

use futures::future::join;
use mayfly_domain::{
    dynamic_secret::DynamicSecret,
    ids::EnvironmentId,
    project::{Environment, Folder, FolderPath},
    sensitive::Sensitive,
};
use mayfly_store::{
    StoreError, UNCHANGED,
    dynamic_secrets::{ConnectionChange, LeasesThen},
    moves::Judged,
};
use mayfly_testkit::both_databases;

use crate::support::{SECRET_TOKEN, World};

/// `/a` with `/a/b`, and a dynamic secret in each.
struct Tree {
    around: Folder,
    inner: Folder,
    secrets: [DynamicSecret; 2],
}

impl Tree {
    async fn new(world: &World, name: &str) -> Self {
        let around = world.stored_folder(&world.root, name).await;
        let inner = world.stored_folder(&around, "b").await;
        let secrets = [&around, &inner].map(|folder| world.secret_of(&world.project, folder, "ci"));
        for secret in &secrets {
            world.store_secret(secret).await;
        }
        Self { around, inner, secrets }
    }
}

fn dev(world: &World) -> &Environment {
    &world.project.environments[0]
}

async fn judged(world: &World, environment: EnvironmentId, path: &FolderPath) -> Judged {
    let folders = world.store().folders().list_below(environment, path).await.unwrap();
    let secrets = world.store().dynamic_secrets().list_below(environment, path).await.unwrap();
    Judged::within(dev(world).slug.clone(), &folders, &secrets)
}

async fn rename(world: &World, folder: &Folder, to: &str, judged: &Judged) -> Result<(), StoreError> {
    let renamed = Folder { path: FolderPath::parse(to).unwrap(), updated_at: world.tick(), ..folder.clone() };
    world.store().folders().update(&renamed, &folder.path, judged, &world.event("rename")).await
}

async fn relabel(world: &World, secret: &DynamicSecret) -> Result<(), StoreError> {
    let labelled = DynamicSecret { metadata: Vec::new(), updated_at: world.tick(), ..secret.clone() };
    let (event, change) = (world.event("relabel"), ConnectionChange::None);
    Box::pin(world.store().dynamic_secrets().update(&labelled, &change, LeasesThen::RunOut, &event)).await
}

async fn call_dev(world: &World, slug: &str, judged: &Judged) -> Result<(), StoreError> {
    let old = world.store().environments().get(world.organization.id, dev(world).id).await.unwrap().unwrap();
    let new = Environment { slug: slug.parse().unwrap(), updated_at: world.tick(), ..old.clone() };
    world.store().environments().update(&new, &old, judged, &world.event("rename")).await
}

/// Makes a dynamic secret in the folder.
async fn add(world: &World, folder: &Folder, name: &str) -> Result<(), StoreError> {
    let (secret, token) = (world.secret_of(&world.project, folder, name), Sensitive::from(SECRET_TOKEN));
    Box::pin(world.store().dynamic_secrets().create(&secret, Some(&token), &world.event("create"))).await
}

async fn add_folder(world: &World, around: &Folder, name: &str) -> Result<(), StoreError> {
    let (folder, slug) = (world.folder(around, name), &dev(world).slug);
    world.store().folders().create(&folder, slug, &world.event("create")).await
}

fn is_refused(result: &Result<(), StoreError>) -> bool {
    match result {
        Ok(()) => false,
        Err(StoreError::GuardFailed { guard }) if *guard == UNCHANGED => true,
        Err(other) => panic!("{other:?}"),
    }
}

both_databases! {
    async fn what_moves_moves_as_it_was_judged_or_not_at_all(world: World) {
        let environment = dev(&world).id;
        for change in ["label", "secret", "folder", "rename", "removal"] {
            let tree = Tree::new(&world, change).await;
            let before = judged(&world, environment, &tree.around.path).await;
            match change {
                "label" => relabel(&world, &tree.secrets[1]).await.unwrap(),
                "secret" => add(&world, &tree.inner, "another").await.unwrap(),
                "folder" => add_folder(&world, &tree.inner, "c").await.unwrap(),
                "rename" => {
                    let inner = judged(&world, environment, &tree.inner.path).await;
                    rename(&world, &tree.inner, &format!("/{change}/z"), &inner).await.unwrap();
                }
                _ => {
                    let removal = world.removal(&tree.secrets[0]);
                    world.store().dynamic_secrets().delete(&removal).await.unwrap();
                }
            }
            let to = format!("/{change}-moved");
            world.guards(UNCHANGED, rename(&world, &tree.around, &to, &before)).await;
            let now = judged(&world, environment, &tree.around.path).await;
            rename(&world, &tree.around, &to, &now).await.unwrap_or_else(|error| panic!("{change}: {error:?}"));
        }
        let before = judged(&world, environment, &FolderPath::root()).await;
        add(&world, &world.root, "late").await.unwrap();
        world.guards(UNCHANGED, call_dev(&world, "called", &before)).await;
        let now = judged(&world, environment, &FolderPath::root()).await;
        call_dev(&world, "called", &now).await.unwrap();
    }

    async fn nothing_is_written_by_a_name_that_its_place_no_longer_has(world: World) {
        let tree = Tree::new(&world, "a").await;
        let here = judged(&world, dev(&world).id, &tree.around.path).await;
        rename(&world, &tree.around, "/z", &here).await.unwrap();
        world.guards(UNCHANGED, add(&world, &tree.inner, "late")).await;
        world.guards(UNCHANGED, relabel(&world, &tree.secrets[1])).await;
        world.guards(UNCHANGED, add_folder(&world, &tree.inner, "late")).await;
        let there = Tree::new(&world, "a").await;
        let all = judged(&world, dev(&world).id, &FolderPath::root()).await;
        call_dev(&world, "called", &all).await.unwrap();
        world.guards(UNCHANGED, add(&world, &there.inner, "late")).await;
        world.guards(UNCHANGED, relabel(&world, &there.secrets[1])).await;
        world.guards(UNCHANGED, add_folder(&world, &there.inner, "late")).await;
        let below = judged(&world, dev(&world).id, &there.around.path).await;
        world.guards(UNCHANGED, rename(&world, &there.around, "/y", &below)).await;
    }

    async fn of_a_move_and_a_change_within_at_the_same_moment_only_one_is_done(world: World) {
        for round in 0..8 {
            let tree = Tree::new(&world, &format!("round-{round}")).await;
            let here = judged(&world, dev(&world).id, &tree.around.path).await;
            let to = format!("/moved-{round}");
            let moving = rename(&world, &tree.around, &to, &here);
            let (moved, changed) = match round % 3 {
                0 => join(moving, relabel(&world, &tree.secrets[1])).await,
                1 => join(moving, add(&world, &tree.inner, "late")).await,
                _ => join(moving, add_folder(&world, &tree.inner, "late")).await,
            };
            assert_ne!(is_refused(&moved), is_refused(&changed), "round {round}: {moved:?} {changed:?}");
        }
    }
}
