//! Folders: prefixes are whole names, and a renamed folder takes along all below it.

use futures::future::join_all;
use mayfly_domain::{
    ids::{EnvironmentId, FolderId, OrganizationId},
    project::{Folder, FolderPath},
    slug::EnvironmentSlug,
};
use mayfly_store::{UNCHANGED, folders::PATHS_FIT, moves::Judged};
use mayfly_testkit::both_databases;

use crate::support::World;

fn path(text: &str) -> FolderPath {
    FolderPath::parse(text).expect("a path")
}

/// Makes each of `paths`, parents first, below the root of `dev`.
async fn tree(world: &World, paths: &[&str]) -> Vec<Folder> {
    let mut made: Vec<Folder> = vec![world.root.clone()];
    for text in paths {
        let wanted = path(text);
        let around = wanted.parent().expect("not the root");
        let parent = made.iter().find(|folder| folder.path == around).expect("parents come first").clone();
        made.push(world.stored_folder(&parent, wanted.name()).await);
    }
    made.split_off(1)
}

fn dev() -> EnvironmentSlug {
    "dev".parse().expect("a slug")
}

/// Nothing was judged of what lies within.
fn here() -> Judged {
    Judged::at(dev())
}

async fn below(world: &World, environment: EnvironmentId, text: &str) -> Vec<String> {
    let folders = world.store().folders().list_below(environment, &path(text)).await.expect("folders are listed");
    folders.iter().map(|folder| folder.path.to_string()).collect()
}

async fn all(world: &World) -> Vec<String> {
    below(world, world.root.environment, "/").await
}

fn renamed(world: &World, folder: &Folder, to: &str) -> Folder {
    Folder { path: path(to), updated_at: world.tick(), ..folder.clone() }
}

both_databases! {
    async fn a_folder_is_stored_as_it_was_made(world: World) {
        let folder = Folder { description: Some("what 'for'".to_owned()), ..world.folder(&world.root, "Ci_1") };
        let (event, folders) = (world.event("create-folder"), world.store().folders());
        world.leaves(&event, folders.create(&folder, &dev(), &event)).await;
        let by_path = folders.get_by_path(folder.environment, &folder.path).await.unwrap();
        assert_eq!(by_path.as_ref(), Some(&folder));
        assert_eq!(folders.get(world.organization.id, folder.id).await.unwrap().as_ref(), Some(&folder));
        assert_eq!(folders.get(OrganizationId::generate(world.ambient()), folder.id).await.unwrap(), None);
        let prod = world.project.environments[1].id;
        assert_eq!(folders.get_by_path(prod, &folder.path).await.unwrap(), None);
        assert_eq!(folders.get_by_path(folder.environment, &path("/ci_1")).await.unwrap(), None);

        let twin = world.folder(&world.root, "Ci_1");
        world.is_taken("folders_path", folders.create(&twin, &dev(), &event)).await;
        let orphan = Folder { parent: Some(FolderId::generate(world.ambient())), ..world.folder(&world.root, "x") };
        world.guards(UNCHANGED, folders.create(&orphan, &dev(), &world.event("orphan"))).await;
    }

    async fn a_folder_knows_what_is_directly_in_it_and_what_is_below(world: World) {
        let made = tree(&world, &["/a", "/ab", "/a/x", "/a/b", "/a/b/c", "/A", "/a_b", "/a-b"]).await;
        let names = |folders: Vec<Folder>| folders.iter().map(|folder| folder.path.to_string()).collect::<Vec<_>>();
        let folders = world.store().folders();
        assert_eq!(names(folders.list(world.root.id).await.unwrap()), ["/A", "/a", "/a-b", "/a_b", "/ab"]);
        assert_eq!(names(folders.list(made[0].id).await.unwrap()), ["/a/b", "/a/x"]);
        assert_eq!(below(&world, world.root.environment, "/a").await, ["/a/b", "/a/b/c", "/a/x"]);
        assert_eq!(below(&world, world.root.environment, "/a/x").await, Vec::<String>::new());
        let every = ["/A", "/a", "/a-b", "/a/b", "/a/b/c", "/a/x", "/a_b", "/ab"];
        assert_eq!(all(&world).await, every);
        assert_eq!(below(&world, world.project.environments[1].id, "/").await, Vec::<String>::new());
    }

    async fn a_renamed_folder_takes_along_all_below_it(world: World) {
        let made = tree(&world, &["/a", "/ab", "/ab/y", "/a/b", "/a/b/a", "/a/b/a/b", "/c"]).await;
        let new = Folder { description: Some("new".to_owned()), ..renamed(&world, &made[0], "/longer_name") };
        let (event, folders) = (world.event("update-folder"), world.store().folders());
        world.leaves(&event, folders.update(&new, &made[0].path, &here(), &event)).await;
        let expected = ["/ab", "/ab/y", "/c", "/longer_name", "/longer_name/b", "/longer_name/b/a", "/longer_name/b/a/b"];
        assert_eq!(all(&world).await, expected);
        assert_eq!(folders.get(world.organization.id, new.id).await.unwrap(), Some(new.clone()));
        let deep = folders.get(world.organization.id, made[5].id).await.unwrap().unwrap();
        let moved = Folder { path: path("/longer_name/b/a/b"), updated_at: new.updated_at, ..made[5].clone() };
        assert_eq!(deep, moved);

        let inner = renamed(&world, &Folder { path: path("/longer_name/b"), ..made[3].clone() }, "/longer_name/z");
        folders.update(&inner, &path("/longer_name/b"), &here(), &world.event("inner")).await.unwrap();
        assert_eq!(below(&world, inner.environment, "/longer_name").await, [
            "/longer_name/z",
            "/longer_name/z/a",
            "/longer_name/z/a/b",
        ]);
    }

    async fn describing_a_folder_anew_moves_nothing(world: World) {
        let made = tree(&world, &["/a", "/a/b"]).await;
        for folder in [&made[0], &world.root] {
            let described = Folder { description: Some("new".to_owned()), updated_at: world.tick(), ..folder.clone() };
            let event = world.event("update-folder");
            world.store().folders().update(&described, &folder.path, &here(), &event).await.unwrap();
            let stored = world.store().folders().get(world.organization.id, folder.id).await.unwrap();
            assert_eq!(stored, Some(described));
        }
        assert_eq!(all(&world).await, ["/a", "/a/b"]);
        assert_eq!(world.store().folders().get(world.organization.id, made[1].id).await.unwrap().as_ref(), Some(&made[1]));
    }

    async fn what_is_made_in_a_folder_while_it_is_renamed_lies_in_it(world: World) {
        let made = tree(&world, &["/a", "/a/b"]).await;
        let (new, event) = (renamed(&world, &made[0], "/z"), world.event("update-folder"));
        let children: Vec<_> = (0..12)
            .map(|number| (world.folder(&made[1], &format!("child-{number}")), world.event("create-folder")))
            .collect();
        let folders = world.store().folders();
        let (dev, here) = (dev(), here());
        let creating = join_all(children.iter().map(|(folder, event)| folders.create(folder, &dev, event)));
        let (created, renaming) = tokio::join!(creating, folders.update(&new, &made[0].path, &here, &event));
        renaming.unwrap();
        let count = created.iter().filter(|result| result.is_ok()).count();
        let paths = all(&world).await;
        assert!(paths.iter().all(|path| path.starts_with("/z")), "{paths:?}");
        assert_eq!(paths.len(), 2 + count);
        // Nor does a change that was read before undo the name.
        let stale = Folder { description: Some("stale".to_owned()), ..made[0].clone() };
        world.guards(UNCHANGED, folders.update(&stale, &made[0].path, &here, &world.event("stale"))).await;
        world.guards(UNCHANGED, folders.delete(&made[0], &[], &world.event("stale"))).await;
    }

    async fn a_new_name_leaves_no_path_that_is_too_long(world: World) {
        let long = "x".repeat(250);
        let paths: Vec<String> = (1..=4).map(|depth| format!("/a{}", format!("/{long}").repeat(depth))).collect();
        let mut tree_paths = vec!["/a"];
        tree_paths.extend(paths.iter().map(String::as_str));
        let made = tree(&world, &tree_paths).await;
        // The deepest has 2 + 4 * 251 = 1006 characters, and may have 18 more.
        let folders = world.store().folders();
        let too_long = renamed(&world, &made[0], &format!("/{}", "b".repeat(20)));
        world.guards(PATHS_FIT, folders.update(&too_long, &made[0].path, &here(), &world.event("rename"))).await;
        let fits = renamed(&world, &made[0], &format!("/{}", "b".repeat(19)));
        folders.update(&fits, &made[0].path, &here(), &world.event("rename")).await.unwrap();
        assert_eq!(all(&world).await.last().unwrap().len(), FolderPath::LONGEST);
    }

    async fn a_folder_is_not_renamed_to_a_name_that_is_taken(world: World) {
        let made = tree(&world, &["/a", "/a/b", "/c"]).await;
        let (event, folders) = (world.event("update-folder"), world.store().folders());
        let taken = renamed(&world, &made[0], "/c");
        world.is_taken("folders_path", folders.update(&taken, &made[0].path, &here(), &event)).await;
        let gone = world.folder(&world.root, "gone");
        world.guards(UNCHANGED, folders.update(&gone, &path("/a"), &here(), &event)).await;
    }

    async fn a_folder_goes_with_all_below_it_and_nothing_beside_it(world: World) {
        let made = tree(&world, &["/a", "/ab", "/a/b", "/a/b/c", "/A"]).await;
        let secret = world.secret_of(&world.project, &made[3], "ci");
        world.store_secret(&secret).await;
        let beside = world.secret_of(&world.project, &made[1], "ci");
        world.store_secret(&beside).await;
        let (event, folders) = (world.event("delete-folder"), world.store().folders());
        world.dangles(folders.delete(&made[0], &[], &event)).await;
        let removals = [world.removal(&secret)];
        folders.delete(&made[0], &removals, &event).await.unwrap();
        assert_eq!(all(&world).await, ["/A", "/ab"]);
        let left = world.store().dynamic_secrets().list(made[1].id).await.unwrap();
        assert_eq!(left, [beside]);
        world.guards(UNCHANGED, folders.delete(&made[0], &[], &world.event("again"))).await;
    }
}
