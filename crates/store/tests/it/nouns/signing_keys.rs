//! The keys that sign access tokens: one first key, whoever makes it, and nothing of it in the clear.

use futures::future::join_all;
use mayfly_domain::{ids::SigningKeyId, sensitive::Sensitive};
use mayfly_store::signing_keys::SigningKey;
use mayfly_testkit::both_databases;

use crate::{fixture::open, support::World};

fn key(world: &World, byte: u8) -> SigningKey {
    let created_at = world.tick();
    SigningKey { id: SigningKeyId::generate(world.ambient()), secret: Sensitive::new(vec![byte; 32]), created_at }
}

both_databases! {
    async fn the_first_key_stays_the_first(world: World) {
        let (first, second) = (key(&world, 1), key(&world, 2));
        assert!(world.store().signing_keys().list().await.unwrap().is_empty());
        world.store().signing_keys().create_first(&first).await.unwrap();
        world.store().signing_keys().create_first(&second).await.unwrap();
        let keys = world.store().signing_keys().list().await.unwrap();
        let [stored] = &keys[..] else { panic!("one key, not {}", keys.len()) };
        assert_eq!((stored.id, stored.created_at), (first.id, first.created_at));
        assert_eq!(stored.secret.expose(), first.secret.expose());
        assert!(!format!("{stored:?}").contains("1, 1, 1"), "{stored:?}");
    }

    async fn a_key_under_another_ones_name_does_not_open(world: World) {
        world.store().signing_keys().create_first(&key(&world, 1)).await.unwrap();
        let other = SigningKeyId::generate(world.ambient());
        world.raw().execute(&format!("UPDATE signing_keys SET id = '{other}'")).await;
        let error = world.store().signing_keys().list().await.unwrap_err().to_string();
        assert!(error.contains("sealed_key") && error.contains(&other.to_string()), "{error}");
    }
}

#[tokio::test]
async fn servers_that_start_together_have_one_first_key() {
    let world = World::postgres().await;
    let other = open(&world.fixture.database, world.ambient()).await.unwrap();
    let keys: Vec<_> = (0..6).map(|byte| key(&world, byte)).collect();
    let stores = [world.store().signing_keys(), other.signing_keys()];
    let made = join_all(keys.iter().zip(stores.iter().cycle()).map(|(key, store)| store.create_first(key))).await;
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    assert_eq!(world.store().signing_keys().list().await.unwrap().len(), 1);
}
