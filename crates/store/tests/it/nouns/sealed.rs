//! What is sealed opens in its own place only, and is nowhere in the clear.

use std::{collections::BTreeMap, fs};

use mayfly_domain::{
    dynamic_secret::DynamicSecret,
    ids::{SealKeyId, SigningKeyId},
    sensitive::Sensitive,
};
use mayfly_store::{
    StoreError,
    dynamic_secrets::{ConnectionChange, LeasesThen},
    seal_keys::SealKey,
    signing_keys::SigningKey,
};
use mayfly_testkit::{both_databases, postgres};

use crate::support::{SECRET_TOKEN, World, address_of, raw::Raw};

/// That the credential of `secret` does not open, and that the error says which row and repeats nothing.
async fn does_not_open(world: &World, secret: &DynamicSecret) {
    let opened = world.store().dynamic_secrets().get_with_target(&address_of(secret), &secret.name).await;
    let error = opened.expect_err("what was tampered with opened");
    let StoreError::Sealed { table, row, column, .. } = &error else { panic!("{error:?}") };
    assert_eq!((*table, *column, row), ("connections", "sealed_credential", &secret.connection.id.to_string()));
    assert!(!format!("{error:?} {error}").contains(SECRET_TOKEN));
}

async fn opens(world: &World, secret: &DynamicSecret) {
    let opened = world.store().dynamic_secrets().get_with_target(&address_of(secret), &secret.name).await;
    let (_, target) = opened.unwrap().unwrap();
    assert_eq!(target.credential.expose(), SECRET_TOKEN);
}

async fn edit(world: &World, secret: &DynamicSecret, from: &str, to: &str) {
    let id = secret.connection.id;
    let statement = format!("UPDATE connections SET address = REPLACE(address, '{from}', '{to}') WHERE id = '{id}'");
    world.raw().execute(&statement).await;
}

/// Everything the database keeps, as bytes: its files, or a dump.
async fn kept(world: &World) -> BTreeMap<String, Vec<u8>> {
    match world.raw() {
        Raw::Sqlite(path) => {
            let folder = path.parent().unwrap().read_dir().unwrap();
            let files = folder.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
            files.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
        }
        Raw::Postgres(url) => {
            let rows = world.raw().dump().await.into_values().flatten().collect::<Vec<_>>().join("\n");
            let dump = postgres::dump(&url).unwrap();
            [("rows".to_owned(), rows.into_bytes()), ("dump".to_owned(), dump.into_bytes())].into()
        }
    }
}

fn holds(kept: &BTreeMap<String, Vec<u8>>, canary: &[u8]) -> bool {
    kept.values().any(|bytes| bytes.windows(canary.len()).any(|window| window == canary))
}

both_databases! {
    async fn credentials_of_two_rows_cannot_be_swapped(world: World) {
        let (one, other) = (world.stored_secret("one").await, world.stored_secret("other").await);
        let ids = [one.connection.id.to_string(), other.connection.id.to_string()];
        let swap = async || world.raw().swap_bytes("connections", "sealed_credential", [&ids[0], &ids[1]]).await;
        swap().await;
        does_not_open(&world, &one).await;
        does_not_open(&world, &other).await;
        swap().await;
        opens(&world, &one).await;
        opens(&world, &other).await;
    }

    async fn a_credential_does_not_follow_an_edited_address(world: World) {
        let secret = world.stored_secret("ci").await;
        for (from, to) in [
            ("kubernetes.example", "evil.example"),
            (":6443", ":6444"),
            ("/prefix", "/other"),
            ("AAAA", "BBBB"),
            ("\"ssl_reject_unauthorized\":true", "\"ssl_reject_unauthorized\":false"),
        ] {
            edit(&world, &secret, from, to).await;
            does_not_open(&world, &secret).await;
            edit(&world, &secret, to, from).await;
            opens(&world, &secret).await;
        }
    }

    async fn a_credential_does_not_follow_into_another_project(world: World) {
        let secret = world.stored_secret("ci").await;
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        let id = secret.connection.id;
        for project in [format!("'{}'", elsewhere.id), "NULL".to_owned()] {
            world.raw().execute(&format!("UPDATE connections SET project_id = {project} WHERE id = '{id}'")).await;
            does_not_open(&world, &secret).await;
        }
    }

    async fn secrets_are_nowhere_in_the_clear(world: World) {
        const CONTROL: &str = "a-control-that-must-be-found";
        let key = [0xA5, 0x5A, 0x17, 0x71].repeat(8);
        let secret = world.stored_secret("ci").await;
        let other = Sensitive::from("the-second-cluster-token-that-nobody-may-find");
        let change = ConnectionChange::Replace(&other);
        world.store().dynamic_secrets().update(&secret, &change, LeasesThen::RunOut, &world.event(CONTROL)).await.unwrap();
        let signing_key = SigningKey {
            id: SigningKeyId::generate(world.ambient()),
            secret: Sensitive::new(key.clone()),
            created_at: world.now(),
        };
        world.store().signing_keys().create_first(&signing_key).await.unwrap();
        let (public, private) = ([0xB4, 0x4B, 0x26, 0x62].repeat(8), [0xC3, 0x3C, 0x39, 0x93].repeat(8));
        let seal_key = SealKey {
            id: SealKeyId::generate(world.ambient()),
            public: public.clone(),
            private: Sensitive::new(private.clone()),
            created_at: world.now(),
        };
        world.store().seal_keys().create_first(&seal_key).await.unwrap();

        let kept = kept(&world).await;
        assert!(holds(&kept, CONTROL.as_bytes()), "the search finds nothing at all in {:?}", kept.keys());
        let hexadecimal = ["a55a1771", "c33c3993", "b44b2662"].map(|four| four.repeat(8).into_bytes());
        assert!(holds(&kept, &public) || holds(&kept, &hexadecimal[2]), "the search does not find bytes");
        let canaries =
            [SECRET_TOKEN.as_bytes(), other.expose().as_bytes(), &key, &private, &hexadecimal[0], &hexadecimal[1]];
        for canary in canaries {
            assert!(!holds(&kept, canary), "{:?}", String::from_utf8_lossy(canary));
        }
    }
}
