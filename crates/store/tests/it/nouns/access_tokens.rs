//! Access tokens: the row decides whether a token counts, how often and for how long.

use std::time::Duration;

use futures::future::join_all;
use jiff::SignedDuration;
use mayfly_domain::{
    access::role::OrganizationRole,
    identity::{AccessToken, AccessTokenLimits, Identity},
    ids::AccessTokenId,
};
use mayfly_store::access_tokens::HAS_A_USE_LEFT;
use mayfly_testkit::both_databases;

use crate::support::World;

const NOT_REVOKED: &str = "the access token is not revoked";

/// An access token of `identity`, got with a client secret of its own.
async fn stored(world: &World, name: &str) -> (Identity, AccessToken) {
    let (identity, auth) = world.stored_universal_auth(name).await;
    let secret = world.stored_client_secret(&auth, name.as_bytes()).await;
    let token = AccessToken { client_secret: Some(secret.id), ..world.access_token(&identity) };
    world.store().client_secrets().sign_in(secret.id, &token, &world.event("login")).await.expect("a login");
    (identity, token)
}

both_databases! {
    async fn a_token_comes_with_what_a_request_needs_of_its_identity(world: World) {
        let (identity, token) = stored(&world, "robot").await;
        let get = async || world.store().access_tokens().get(token.id).await.unwrap().unwrap();
        let facts = get().await;
        assert_eq!((&facts.token, facts.name.as_str()), (&token, "robot"));
        assert_eq!((facts.role, facts.organization), (OrganizationRole::Member, world.organization.id));
        let changed =
            Identity { name: "renamed".parse().unwrap(), role: OrganizationRole::NoAccess, ..identity.clone() };
        world.store().identities().update(&changed, identity.updated_at, &world.event("update")).await.unwrap();
        let facts = get().await;
        assert_eq!((facts.name.as_str(), facts.role), ("renamed", OrganizationRole::NoAccess));
        let nobody = AccessTokenId::generate(world.ambient());
        assert!(world.store().access_tokens().get(nobody).await.unwrap().is_none());
    }

    async fn of_many_uses_at_once_as_many_count_as_are_left(world: World) {
        let (_, token) = stored(&world, "robot").await;
        let before = world.events().await.len();
        let tokens = world.store().access_tokens();
        let uses = join_all((0..12).map(|_| tokens.count_use(token.id, 5))).await;
        assert_eq!(uses.into_iter().filter(|result| matches!(result, Ok(true))).count(), 5);
        assert!(!tokens.count_use(token.id, 5).await.unwrap());
        assert!(tokens.count_use(token.id, 6).await.unwrap(), "the limit is the caller's");
        assert_eq!(tokens.get(token.id).await.unwrap().unwrap().token.uses, 6);
        assert_eq!(world.events().await.len(), before, "a use is no event");
    }

    async fn a_renewed_token_lives_until_its_new_end(world: World) {
        let (_, token) = stored(&world, "robot").await;
        let expires_at = token.expires_at + SignedDuration::from_hours(1);
        let event = world.event("renew");
        let renewed = AccessToken { expires_at, renewed_at: Some(event.created_at), ..token };
        world.leaves(&event, world.store().access_tokens().renew(&renewed, &event)).await;
        assert_eq!(world.store().access_tokens().get(renewed.id).await.unwrap().unwrap().token, renewed);
    }

    async fn a_token_without_a_use_left_is_not_renewed(world: World) {
        let (_, token) = stored(&world, "robot").await;
        let tokens = world.store().access_tokens();
        let limits = AccessTokenLimits { uses: 2, ..token.limits };
        let token = AccessToken { limits, uses: 1, renewed_at: Some(token.created_at), ..token };
        assert!(tokens.count_use(token.id, 2).await.unwrap());
        let event = world.event("renew");
        world.leaves(&event, tokens.renew(&token, &event)).await;
        assert!(tokens.count_use(token.id, 2).await.unwrap());
        world.guards(HAS_A_USE_LEFT, tokens.renew(&token, &world.event("again"))).await;
    }

    async fn a_revoked_token_is_neither_used_nor_renewed_nor_revoked(world: World) {
        let (_, token) = stored(&world, "robot").await;
        let tokens = world.store().access_tokens();
        let event = world.event("revoke");
        world.leaves(&event, tokens.revoke(token.id, &event)).await;
        assert!(tokens.get(token.id).await.unwrap().unwrap().token.is_revoked);
        assert!(!tokens.count_use(token.id, 5).await.unwrap());
        let event = world.event("again");
        world.guards(NOT_REVOKED, tokens.revoke(token.id, &event)).await;
        world.guards(NOT_REVOKED, tokens.renew(&token, &event)).await;
        world.guards(NOT_REVOKED, tokens.revoke(AccessTokenId::generate(world.ambient()), &event)).await;
    }

    async fn rows_of_ended_tokens_go_longest_ended_first(world: World) {
        let (_, first) = stored(&world, "one").await;
        let (_, second) = stored(&world, "two").await;
        let (_, third) = stored(&world, "three").await;
        let tokens = world.store().access_tokens();
        assert_eq!(tokens.delete_expired(world.token.expires_at, 10).await.unwrap(), 0, "one that ends then is there");
        assert_eq!(tokens.delete_expired(third.expires_at, 2).await.unwrap(), 2);
        let is_there = async |id| tokens.get(id).await.unwrap().is_some();
        assert!(!is_there(world.token.id).await && !is_there(first.id).await);
        assert!(is_there(second.id).await && is_there(third.id).await);
        let later = world.after(Duration::from_hours(2));
        assert_eq!(tokens.delete_expired(later, 10).await.unwrap(), 2);
    }
}
