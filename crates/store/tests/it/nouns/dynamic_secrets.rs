//! Dynamic secrets and the connections that belong to them.

use mayfly_domain::{
    connection::{Target, Verification},
    dynamic_secret::{Connection, ConnectionAddress, Credential, DynamicSecret, Revocable},
    ids::{DynamicSecretId, FolderId, ProjectId},
    project::FolderPath,
    sensitive::Sensitive,
};
use mayfly_store::{
    StoreError, UNCHANGED,
    dynamic_secrets::{ConnectionChange, LeasesThen, Removal, SecretAddress},
};
use mayfly_testkit::both_databases;

use crate::support::{SECRET_TOKEN, World, address, address_of};

async fn get(world: &World, secret: &DynamicSecret) -> Option<DynamicSecret> {
    world.store().dynamic_secrets().get(&address_of(secret), &secret.name).await.expect("it is read")
}

async fn target(world: &World, secret: &DynamicSecret) -> Result<Option<(DynamicSecret, Target)>, StoreError> {
    world.store().dynamic_secrets().get_with_target(&address_of(secret), &secret.name).await
}

fn expected(secret: &DynamicSecret, token: &str) -> Target {
    Target {
        connection: secret.connection.id,
        version: secret.connection.version,
        url: secret.connection.address.url.clone(),
        ca: secret.connection.address.ca.clone(),
        verification: Verification::Full,
        credential: Sensitive::from(token),
        token_file: None,
        route: mayfly_domain::connection::Route::Direct,
    }
}

both_databases! {
    async fn a_dynamic_secret_is_stored_as_it_was_made(world: World) {
        let full = world.secret("full");
        let bare = DynamicSecret {
            max_ttl: None,
            audiences: Vec::new(),
            metadata: Vec::new(),
            connection: Connection {
                address: ConnectionAddress { ca: None, ssl_enabled: false, ..address("https://10.0.0.1") },
                ..world.secret("x").connection
            },
            ..world.secret("bare")
        };
        for secret in [&full, &bare] {
            let (event, token) = (world.event("create"), Sensitive::from(SECRET_TOKEN));
            world.leaves(&event, world.store().dynamic_secrets().create(secret, Some(&token), &event)).await;
            assert_eq!(get(&world, secret).await.as_ref(), Some(secret));
            let (stored, target) = target(&world, secret).await.unwrap().unwrap();
            assert_eq!((&stored, target), (secret, expected(secret, SECRET_TOKEN)));
        }
        let by_id = async |project| world.store().dynamic_secrets().get_by_id(project, full.id).await.unwrap();
        assert_eq!(by_id(world.project.id).await.as_ref(), Some(&full));
        assert_eq!(by_id(ProjectId::generate(world.ambient())).await, None);
    }

    async fn a_name_is_taken_once_in_a_folder(world: World) {
        let (secret, token) = (world.stored_secret("ci").await, Sensitive::from(SECRET_TOKEN));
        let other = world.stored_secret("other").await;
        let (secrets, event) = (world.store().dynamic_secrets(), world.event("create"));
        world.is_taken("dynamic_secrets_name", secrets.create(&world.secret("ci"), Some(&token), &event)).await;
        let renamed = DynamicSecret { name: "ci".parse().unwrap(), ..other };
        world.is_taken("dynamic_secrets_name", secrets.update(&renamed, &ConnectionChange::None, LeasesThen::RunOut, &event)).await;
        let mut nowhere = world.secret("nowhere");
        nowhere.place.folder = FolderId::generate(world.ambient());
        world.guards(UNCHANGED, secrets.create(&nowhere, Some(&token), &event)).await;
        let folder = world.stored_folder(&world.root, "deep").await;
        world.store_secret(&world.secret_of(&world.project, &folder, "ci")).await;
        assert_eq!(get(&world, &secret).await, Some(secret));
    }

    async fn a_dynamic_secret_is_found_at_its_address_only(world: World) {
        let secret = world.stored_secret("ci").await;
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        let (prod, deep) = ("prod".parse().unwrap(), FolderPath::parse("/deep").unwrap());
        let right = address_of(&secret);
        for wrong in [
            SecretAddress { project: elsewhere.id, ..right.clone() },
            SecretAddress { environment: &prod, ..right.clone() },
            SecretAddress { path: &deep, ..right.clone() },
        ] {
            let secrets = world.store().dynamic_secrets();
            assert_eq!(secrets.get(&wrong, &secret.name).await.unwrap(), None, "{wrong:?}");
            assert!(secrets.get_with_target(&wrong, &secret.name).await.unwrap().is_none(), "{wrong:?}");
        }
        let other = "other".parse().unwrap();
        assert_eq!(world.store().dynamic_secrets().get(&right, &other).await.unwrap(), None);
    }

    async fn a_change_counts_the_version_up_and_is_made_once(world: World) {
        let old = world.stored_secret("ci").await;
        let change = DynamicSecret {
            name: "renamed".parse().unwrap(),
            default_ttl: "2h".parse().unwrap(),
            max_ttl: None,
            credential: Credential::Static {
                namespace: "other".parse().unwrap(),
                service_account_name: "reader".parse().unwrap(),
                revocable: Revocable { value: true, reason: "asked".to_owned(), is_wished: true },
            },
            audiences: Vec::new(),
            metadata: Vec::new(),
            updated_at: world.tick(),
            ..old.clone()
        };
        let (secrets, event) = (world.store().dynamic_secrets(), world.event("update"));
        world.leaves(&event, secrets.update(&change, &ConnectionChange::None, LeasesThen::RunOut, &event)).await;
        let new = DynamicSecret { version: 2, ..change.clone() };
        assert_eq!(get(&world, &new).await.as_ref(), Some(&new));
        assert_eq!(get(&world, &old).await, None);
        assert_eq!(target(&world, &new).await.unwrap().unwrap().1, expected(&new, SECRET_TOKEN));

        let event = world.event("update");
        world.guards(UNCHANGED, secrets.update(&change, &ConnectionChange::None, LeasesThen::RunOut, &event)).await;
        let gone = DynamicSecret { id: DynamicSecretId::generate(world.ambient()), ..new };
        world.guards(UNCHANGED, secrets.update(&gone, &ConnectionChange::None, LeasesThen::RunOut, &event)).await;
    }

    async fn a_new_credential_replaces_the_old_one_with_its_address(world: World) {
        let old = world.stored_secret("ci").await;
        let token = Sensitive::from("another-token");
        let moved = address("https://elsewhere.example");
        let change = DynamicSecret {
            connection: Connection { address: moved, updated_at: world.tick(), ..old.connection.clone() },
            ..old.clone()
        };
        let (secrets, event) = (world.store().dynamic_secrets(), world.event("update"));
        world.leaves(&event, secrets.update(&change, &ConnectionChange::Replace(&token), LeasesThen::RunOut, &event)).await;
        let (new, reached) = target(&world, &old).await.unwrap().unwrap();
        assert_eq!((new.version, new.connection.version), (2, 2));
        assert_eq!(new.connection, Connection { version: 2, ..change.connection.clone() });
        assert_eq!(reached, expected(&new, "another-token"));

        // The secret is as it was read, and the connection not.
        let stale = DynamicSecret { connection: change.connection, ..new };
        let event = world.event("stale");
        let guard = "the connection was not changed by somebody else meanwhile";
        world.guards(guard, secrets.update(&stale, &ConnectionChange::Replace(&token), LeasesThen::RunOut, &event)).await;
    }

    async fn a_dynamic_secret_goes_with_its_connection(world: World) {
        let (secret, kept) = (world.stored_secret("ci").await, world.stored_secret("kept").await);
        let (secrets, removal) = (world.store().dynamic_secrets(), world.removal(&secret));
        world.leaves(&removal.event, secrets.delete(&removal)).await;
        assert_eq!((get(&world, &secret).await, get(&world, &kept).await), (None, Some(kept.clone())));
        assert_eq!(world.raw().rows("SELECT id FROM connections").await, [kept.connection.id.to_string()]);
        let again = world.removal(&secret);
        world.guards("the dynamic secret is still there", secrets.delete(&again)).await;
        // A connection that another dynamic secret uses stays, and so does everything else.
        let other = world.stored_secret("other").await;
        let wrong = Removal { connection: Some(kept.connection.id), ..world.removal(&other) };
        world.dangles(secrets.delete(&wrong)).await;
    }

    async fn dynamic_secrets_are_listed_by_name_in_a_folder_and_below(world: World) {
        let (a, ab) = (world.stored_folder(&world.root, "a").await, world.stored_folder(&world.root, "ab").await);
        let deep = world.stored_folder(&a, "b").await;
        let at_root = [world.stored_secret("zebra").await, world.stored_secret("apple").await];
        let mut in_folders = Vec::new();
        for folder in [&a, &ab, &deep] {
            let secret = world.secret_of(&world.project, folder, "ci");
            world.store_secret(&secret).await;
            in_folders.push(secret);
        }
        let [zebra, apple] = at_root;
        let secrets = world.store().dynamic_secrets();
        assert_eq!(secrets.list(world.root.id).await.unwrap(), [apple.clone(), zebra.clone()]);
        assert_eq!(secrets.list(deep.id).await.unwrap(), in_folders[2..]);
        let below = async |path: &FolderPath| secrets.list_below(world.root.environment, path).await.unwrap();
        assert_eq!(below(&a.path).await, [in_folders[0].clone(), in_folders[2].clone()]);
        assert_eq!(below(&deep.path).await, in_folders[2..]);
        let mut all = vec![zebra, apple];
        all.extend(in_folders);
        assert_eq!(below(&FolderPath::root()).await, all);
        let prod = world.project.environments[1].id;
        assert_eq!(secrets.list_below(prod, &FolderPath::root()).await.unwrap(), []);
    }
}
