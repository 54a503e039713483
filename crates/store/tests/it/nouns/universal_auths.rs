//! Client ids and their configuration.

use mayfly_domain::{
    identity::{Lockout, UniversalAuth},
    ids::{OrganizationId, UniversalAuthId},
};
use mayfly_store::UNCHANGED;
use mayfly_testkit::both_databases;

use crate::support::World;

const STILL_THERE: &str = "the configuration is still there";

both_databases! {
    async fn a_configuration_is_stored_as_it_was_made(world: World) {
        let identity = world.stored_identity("robot").await;
        let auth = world.universal_auth(&identity);
        let auths = world.store().universal_auths();
        let event = world.event("add-universal-auth");
        world.leaves(&event, auths.create(&auth, &event)).await;
        assert_eq!(auths.get(world.organization.id, identity.id).await.unwrap().as_ref(), Some(&auth));
        assert_eq!(auths.get(OrganizationId::generate(world.ambient()), identity.id).await.unwrap(), None);

        let facts = auths.for_login(&auth.client_id).await.unwrap().unwrap();
        assert_eq!((&facts.universal_auth, facts.organization), (&auth, world.organization.id));
        assert_eq!((facts.name.as_str(), facts.is_disabled), ("robot", false));
        assert!(auths.for_login("nobody").await.unwrap().is_none());
    }

    async fn an_identity_and_a_client_id_have_one_configuration(world: World) {
        let (identity, auth) = world.stored_universal_auth("robot").await;
        let event = world.event("add-universal-auth");
        let auths = world.store().universal_auths();
        let second = world.universal_auth(&identity);
        world.is_taken("universal_auths_identity", auths.create(&second, &event)).await;
        let other = world.stored_identity("other").await;
        let same = UniversalAuth { client_id: auth.client_id, ..world.universal_auth(&other) };
        world.is_taken("universal_auths_client_id", auths.create(&same, &event)).await;
        let nobodys = world.universal_auth(&world.identity("nobody"));
        world.dangles(auths.create(&nobodys, &event)).await;
    }

    async fn a_configuration_is_changed_and_keeps_its_client_id(world: World) {
        let (identity, old) = world.stored_universal_auth("robot").await;
        let auths = world.store().universal_auths();
        let new = UniversalAuth {
            client_secret_trusted_ips: Vec::new(),
            access_token_trusted_ips: vec!["2001:db8::/32".parse().unwrap()],
            lockout: Lockout { is_enabled: false, threshold: 9, duration_seconds: 99, counter_reset_seconds: 9 },
            updated_at: world.tick(),
            ..old.clone()
        };
        let event = world.event("update-universal-auth");
        let renamed = UniversalAuth { client_id: "other".to_owned(), ..new.clone() };
        world.leaves(&event, auths.update(&renamed, old.updated_at, &event)).await;
        assert_eq!(auths.get(world.organization.id, identity.id).await.unwrap(), Some(new));
        let gone = UniversalAuth { id: UniversalAuthId::generate(world.ambient()), ..old.clone() };
        for stale in [&old, &gone] {
            world.guards(UNCHANGED, auths.update(stale, old.updated_at, &world.event("stale"))).await;
        }
    }

    async fn removing_a_configuration_revokes_the_tokens_it_gave_and_no_others(world: World) {
        let (identity, auth) = world.stored_universal_auth("robot").await;
        let secret = world.stored_client_secret(&auth, b"digest").await;
        let mut token = world.access_token(&identity);
        token.client_secret = Some(secret.id);
        world.store().client_secrets().sign_in(secret.id, &token, &world.event("login")).await.unwrap();
        let event = world.event("revoke-universal-auth");
        let auths = world.store().universal_auths();
        world.leaves(&event, auths.delete(&auth, &event)).await;

        assert_eq!(auths.get(world.organization.id, identity.id).await.unwrap(), None);
        assert_eq!(world.store().client_secrets().list(auth.id).await.unwrap(), []);
        let is_revoked = async |id| world.store().access_tokens().get(id).await.unwrap().unwrap().token.is_revoked;
        assert!(is_revoked(token.id).await);
        // The first identity's token was got without a client secret.
        assert!(!is_revoked(world.token.id).await);
        world.guards(STILL_THERE, auths.delete(&auth, &world.event("again"))).await;
    }
}
