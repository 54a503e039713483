//! How identities sign in with tokens from outside.

use mayfly_domain::{
    identity::AccessToken,
    outside_auth::{AuthMethod, Freshness, OutsideAuth},
    sensitive::Sensitive,
};
use mayfly_store::{
    UNCHANGED,
    outside_auths::{NOT_SEEN, SeenToken},
};
use mayfly_testkit::both_databases;

use crate::support::{
    World,
    outside::{kubernetes, oidc, outside_auth},
};

both_databases! {
    async fn a_method_is_stored_as_it_was_made_and_listed_with_its_identity(world: World) {
        let identity = world.stored_identity("robot").await;
        let auths = world.store().outside_auths();
        for trust in [oidc(), kubernetes("https://kubernetes.example.com")] {
            let auth = outside_auth(&world, &identity, trust);
            let event = world.event("add");
            world.leaves(&event, auths.create(&auth, None, &event)).await;
            let found = auths.for_login(identity.id, auth.method()).await.unwrap().unwrap();
            assert_eq!((&found.auth, found.organization, found.is_disabled), (&auth, world.organization.id, false));
            assert_eq!((found.name.as_str(), found.reviewer), ("robot", None));
            let second = outside_auth(&world, &identity, auth.trust);
            world.is_taken("outside_auths_identity", auths.create(&second, None, &world.event("again"))).await;
        }
        let stored = world.store().identities().get(world.organization.id, identity.id).await.unwrap().unwrap();
        assert_eq!(stored.auth_methods, [AuthMethod::OidcAuth, AuthMethod::KubernetesAuth]);
        assert!(auths.for_login(world.stored_identity("other").await.id, AuthMethod::OidcAuth).await.unwrap().is_none());
    }

    async fn a_reviewers_token_opens_beside_its_own_address_only(world: World) {
        let identity = world.stored_identity("robot").await;
        let auths = world.store().outside_auths();
        let auth = outside_auth(&world, &identity, kubernetes("https://one.example.com"));
        let reviewer = Sensitive::from("reviewer-token");
        auths.create(&auth, Some(&reviewer), &world.event("add")).await.unwrap();
        let found = auths.for_login(identity.id, AuthMethod::KubernetesAuth).await.unwrap().unwrap();
        assert_eq!(found.reviewer, Some(reviewer));
        let moved = serde_json::to_string(&kubernetes("https://two.example.com")).unwrap();
        world.raw().execute(&format!("UPDATE outside_auths SET trust = '{moved}'")).await;
        assert!(auths.for_login(identity.id, AuthMethod::KubernetesAuth).await.is_err());
    }

    async fn an_outside_token_that_counts_once_counts_once(world: World) {
        let identity = world.stored_identity("robot").await;
        let auths = world.store().outside_auths();
        let auth = outside_auth(&world, &identity, oidc());
        auths.create(&auth, None, &world.event("add")).await.unwrap();
        let token = || AccessToken { auth_method: AuthMethod::OidcAuth, ..world.access_token(&identity) };
        let seen = SeenToken { digest: b"digest".to_vec(), expires_at: world.now() };
        let (first, event) = (token(), world.event("login"));
        world.leaves(&event, auths.sign_in(&auth, &first, Some(&seen), &event)).await;
        world.guards(NOT_SEEN, auths.sign_in(&auth, &token(), Some(&seen), &world.event("again"))).await;
        auths.sign_in(&auth, &token(), None, &world.event("uncounted")).await.unwrap();
        auths.forget_seen(world.tick()).await.unwrap();
        auths.sign_in(&auth, &token(), Some(&seen), &world.event("forgotten")).await.unwrap();

        let changed = OutsideAuth { freshness: Freshness::default(), updated_at: world.tick(), ..auth.clone() };
        let event = world.event("update");
        world.leaves(&event, auths.update(&changed, None, auth.updated_at, &event)).await;
        world.guards(UNCHANGED, auths.update(&changed, None, auth.updated_at, &world.event("stale"))).await;
        assert!(auths.sign_in(&auth, &token(), None, &world.event("stale login")).await.is_err());

        let event = world.event("revoke");
        world.leaves(&event, auths.delete(&changed, &event)).await;
        let stored = world.store().access_tokens().get(first.id).await.unwrap().unwrap();
        assert!(stored.token.is_revoked);
        assert_eq!(stored.token.auth_method, AuthMethod::OidcAuth);
        assert!(!world.store().access_tokens().get(world.token.id).await.unwrap().unwrap().token.is_revoked);
    }
}
