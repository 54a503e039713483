//! Client secrets: found by their digest, used no more often than they may be.

use futures::future::join_all;
use mayfly_domain::{
    identity::ClientSecret,
    ids::{ClientSecretId, UniversalAuthId},
};
use mayfly_store::{StoreError, client_secrets::MAY_BE_USED};
use mayfly_testkit::both_databases;

use crate::support::World;

both_databases! {
    async fn a_client_secret_is_found_by_its_digest_where_it_belongs(world: World) {
        let (_, auth) = world.stored_universal_auth("robot").await;
        let (_, other) = world.stored_universal_auth("other").await;
        let secrets = world.store().client_secrets();
        let secret = ClientSecret { uses_limit: 3, ..world.client_secret(&auth) };
        let event = world.event("create-client-secret");
        world.leaves(&event, secrets.create(&secret, &[0, 255, 39], &event)).await;
        assert_eq!(secrets.get(auth.id, secret.id).await.unwrap().as_ref(), Some(&secret));
        assert_eq!(secrets.find(auth.id, &[0, 255, 39]).await.unwrap(), Some(secret.clone()));
        assert_eq!(secrets.find(auth.id, &[0, 255]).await.unwrap(), None);
        assert_eq!(secrets.get(other.id, secret.id).await.unwrap(), None);
        assert_eq!(secrets.find(other.id, &[0, 255, 39]).await.unwrap(), None);

        let event = world.event("again");
        let twin = world.client_secret(&other);
        world.is_taken("client_secrets_digest", secrets.create(&twin, &[0, 255, 39], &event)).await;
        let mut nobodys = world.client_secret(&auth);
        nobodys.universal_auth = UniversalAuthId::generate(world.ambient());
        world.dangles(secrets.create(&nobodys, b"x", &event)).await;
    }

    async fn client_secrets_are_listed_oldest_first(world: World) {
        let (_, auth) = world.stored_universal_auth("robot").await;
        let (_, other) = world.stored_universal_auth("other").await;
        let one = world.stored_client_secret(&auth, b"1").await;
        world.stored_client_secret(&other, b"2").await;
        let two = world.stored_client_secret(&auth, b"3").await;
        assert_eq!(world.store().client_secrets().list(auth.id).await.unwrap(), [one, two]);
    }

    async fn signing_in_counts_and_stores_the_token(world: World) {
        let (identity, auth) = world.stored_universal_auth("robot").await;
        let secret = world.stored_client_secret(&auth, b"digest").await;
        let mut token = world.access_token(&identity);
        token.client_secret = Some(secret.id);
        let event = world.event("login");
        world.leaves(&event, world.store().client_secrets().sign_in(secret.id, &token, &event)).await;
        let used = ClientSecret { uses: 1, updated_at: token.created_at, ..secret };
        assert_eq!(world.store().client_secrets().get(auth.id, used.id).await.unwrap(), Some(used));
        assert_eq!(world.store().access_tokens().get(token.id).await.unwrap().unwrap().token, token);
    }

    async fn of_many_logins_at_once_as_many_pass_as_are_left(world: World) {
        let (identity, auth) = world.stored_universal_auth("robot").await;
        let secret = ClientSecret { uses_limit: 3, ..world.client_secret(&auth) };
        world.store_client_secret(&secret, b"digest").await;
        let tokens: Vec<_> = (0..12).map(|_| (world.access_token(&identity), world.event("login"))).collect();
        let secrets = world.store().client_secrets();
        let logins = tokens.iter().map(|(token, event)| secrets.sign_in(secret.id, token, event));
        let results = join_all(logins).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
        let refused = |error: &StoreError| matches!(error, StoreError::GuardFailed { guard } if *guard == MAY_BE_USED);
        assert!(results.iter().filter_map(|result| result.as_ref().err()).all(refused));
        assert_eq!(secrets.get(auth.id, secret.id).await.unwrap().unwrap().uses, 3);
        let (token, event) = &tokens[0];
        world.guards(MAY_BE_USED, secrets.sign_in(secret.id, token, event)).await;
    }

    async fn a_revoked_client_secret_signs_nobody_in(world: World) {
        let (identity, auth) = world.stored_universal_auth("robot").await;
        let secret = world.stored_client_secret(&auth, b"digest").await;
        let secrets = world.store().client_secrets();
        let (event, now) = (world.event("revoke-client-secret"), world.tick());
        world.leaves(&event, secrets.revoke(secret.id, now, &event)).await;
        let revoked = ClientSecret { is_revoked: true, updated_at: now, ..secret };
        assert_eq!(secrets.get(auth.id, revoked.id).await.unwrap(), Some(revoked.clone()));
        let (token, event) = (world.access_token(&identity), world.event("login"));
        world.guards(MAY_BE_USED, secrets.sign_in(revoked.id, &token, &event)).await;
        world.guards(MAY_BE_USED, secrets.sign_in(ClientSecretId::generate(world.ambient()), &token, &event)).await;
        let gone = ClientSecretId::generate(world.ambient());
        world.guards("the client secret is still there", secrets.revoke(gone, now, &event)).await;
    }
}
