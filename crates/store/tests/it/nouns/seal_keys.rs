//! The keys that seal objects in clusters: one first key, whoever makes it. That none is in the clear is told in `sealed`.

use std::time::Duration;

use futures::future::join_all;
use mayfly_domain::{ids::SealKeyId, sensitive::Sensitive};
use mayfly_store::{StoreError, seal_keys::SealKey};
use mayfly_testkit::both_databases;

use crate::{fixture::open, support::World};

fn key(world: &World, byte: u8) -> SealKey {
    let created_at = world.tick();
    SealKey {
        id: SealKeyId::generate(world.ambient()),
        public: vec![byte + 100; 32],
        private: Sensitive::new(vec![byte; 83]),
        created_at,
    }
}

fn assert_same(stored: &SealKey, key: &SealKey) {
    assert_eq!((stored.id, &stored.public, stored.created_at), (key.id, &key.public, key.created_at));
    assert_eq!(stored.private.expose(), key.private.expose());
}

both_databases! {
    async fn the_first_seal_key_stays_the_first(world: World) {
        let (first, second) = (key(&world, 1), key(&world, 2));
        assert!(world.store().seal_keys().list().await.unwrap().is_empty());
        world.store().seal_keys().create_first(&first).await.unwrap();
        let before = world.raw().dump().await;
        world.store().seal_keys().create_first(&second).await.unwrap();
        assert_eq!(world.raw().dump().await, before);
        let keys = world.store().seal_keys().list().await.unwrap();
        let [stored] = &keys[..] else { panic!("one key, not {}", keys.len()) };
        assert_same(stored, &first);
        assert!(!format!("{stored:?}").contains("1, 1, 1"), "{stored:?}");
    }

    async fn seal_keys_are_listed_newest_first(world: World) {
        let (older, newer) = (key(&world, 1), key(&world, 2));
        world.store().seal_keys().create_first(&older).await.unwrap();
        // As a rotation would leave them: the older one is put aside while the newer one is the first.
        world.raw().execute("CREATE TABLE aside AS SELECT * FROM seal_keys").await;
        world.raw().execute("DELETE FROM seal_keys").await;
        world.store().seal_keys().create_first(&newer).await.unwrap();
        world.raw().execute("INSERT INTO seal_keys SELECT * FROM aside").await;
        let stored = world.store().seal_keys().list().await.unwrap();
        let [first, second] = &stored[..] else { panic!("two keys, not {}", stored.len()) };
        assert_same(first, &newer);
        assert_same(second, &older);
    }

    async fn a_seal_key_under_another_ones_name_does_not_open(world: World) {
        world.store().seal_keys().create_first(&key(&world, 1)).await.unwrap();
        let other = SealKeyId::generate(world.ambient());
        world.raw().execute(&format!("UPDATE seal_keys SET id = '{other}'")).await;
        let error = world.store().seal_keys().list().await.unwrap_err();
        let StoreError::Sealed { table, row, column, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*table, row, *column), ("seal_keys", &other.to_string(), "sealed_private_key"));
    }
}

#[tokio::test]
async fn servers_that_start_together_have_one_first_seal_key() {
    let world = World::postgres().await;
    let other = open(&world.fixture.database, world.ambient()).await.unwrap();
    let keys: Vec<_> = (0..6).map(|byte| key(&world, byte)).collect();
    let servers = [world.store().seal_keys(), other.seal_keys()];
    let made = join_all(keys.iter().zip(servers.iter().cycle()).map(|(key, server)| server.create_first(key))).await;
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    let stored = world.store().seal_keys().list().await.unwrap();
    let [stored] = &stored[..] else { panic!("one key, not {}", stored.len()) };
    assert_same(stored, keys.iter().find(|key| key.id == stored.id).expect("it is one of them"));
}

/// The other server's transaction is past all checks, and its commit takes a tenth of a second.
#[tokio::test]
async fn a_first_seal_key_waits_for_one_that_is_being_committed() {
    let world = World::postgres().await;
    let (first, second) = (key(&world, 1), key(&world, 2));
    let id = first.id;
    let insert = "INSERT INTO seal_keys SELECT * FROM aside WHERE NOT EXISTS (SELECT 1 FROM seal_keys)";
    world.store().seal_keys().create_first(&first).await.unwrap();
    world.raw().execute("CREATE TABLE aside AS SELECT * FROM seal_keys; DELETE FROM seal_keys").await;
    let begin = "BEGIN ISOLATION LEVEL SERIALIZABLE";
    world.raw().execute(&format!("{begin}; {insert}; PREPARE TRANSACTION '{id}'")).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let committed = async {
        ticks.tick().await;
        ticks.tick().await;
        world.raw().execute(&format!("COMMIT PREPARED '{id}'")).await;
    };
    let keys = world.store().seal_keys();
    let (created, ()) = tokio::join!(keys.create_first(&second), committed);
    created.unwrap();
    let stored = keys.list().await.unwrap();
    let [stored] = &stored[..] else { panic!("one key, not {}", stored.len()) };
    assert_same(stored, &first);
}
