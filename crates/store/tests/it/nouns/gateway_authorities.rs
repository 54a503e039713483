//! Authorities for gateways: one, two while they change, never none.

use mayfly_domain::ids::GatewayAuthorityId;
use mayfly_store::{
    StoreError,
    gateway_authorities::{ANOTHER_STAYS, KnownAuthority, StoredAuthority, THERE_IS_ROOM},
};
use mayfly_testkit::both_databases;

use crate::support::World;

fn without_key(authority: &StoredAuthority) -> KnownAuthority {
    let StoredAuthority { id, certificate, created_at, .. } = authority.clone();
    KnownAuthority { id, certificate, created_at }
}

both_databases! {
    async fn the_first_authority_stays_the_first_and_opens_beside_its_certificate_only(world: World) {
        let authorities = world.store().gateway_authorities();
        let first = world.gateway_authority(1);
        authorities.create_first(&first).await.unwrap();
        authorities.create_first(&world.gateway_authority(2)).await.unwrap();
        let stored = authorities.list().await.unwrap();
        let [only] = &stored[..] else { panic!("one authority, not {}", stored.len()) };
        assert_eq!(without_key(only), without_key(&first));
        assert_eq!(only.key.expose(), first.key.expose());
        assert!(!format!("{only:?}").contains("101, 101"), "{only:?}");
        world.raw().execute("UPDATE gateway_authorities SET certificate = sealed_key").await;
        let error = authorities.list().await.unwrap_err();
        assert!(matches!(error, StoreError::Sealed { table: "gateway_authorities", .. }), "{error:?}");
    }

    async fn a_second_authority_comes_beside_the_first_and_a_third_does_not(world: World) {
        let authorities = world.store().gateway_authorities();
        assert!(authorities.known().await.unwrap().is_empty());
        let (first, second, third) =
            (world.gateway_authority(1), world.gateway_authority(2), world.gateway_authority(3));
        for authority in [&first, &second] {
            let event = world.event("rotate");
            world.leaves(&event, authorities.create_next(authority, &event)).await;
        }
        let event = world.event("again");
        world.guards(THERE_IS_ROOM, authorities.create_next(&third, &event)).await;
        assert_eq!(authorities.known().await.unwrap(), [without_key(&second), without_key(&first)]);
        let keys: Vec<_> = authorities.list().await.unwrap().into_iter().map(|stored| stored.key.expose().clone()).collect();
        assert_eq!(keys, [second.key.expose().clone(), first.key.expose().clone()]);
    }

    async fn one_goes_with_its_key_and_the_only_one_stays(world: World) {
        let authorities = world.store().gateway_authorities();
        let (first, second) = (world.gateway_authority(1), world.gateway_authority(2));
        authorities.create_first(&first).await.unwrap();
        let event = world.event("delete");
        world.guards(ANOTHER_STAYS, authorities.delete(first.id, &event)).await;
        authorities.create_next(&second, &world.event("rotate")).await.unwrap();
        let absent = GatewayAuthorityId::generate(world.ambient());
        world.guards(ANOTHER_STAYS, authorities.delete(absent, &event)).await;
        let event = world.event("removed");
        world.leaves(&event, authorities.delete(first.id, &event)).await;
        assert_eq!(authorities.known().await.unwrap(), [without_key(&second)]);
        let event = world.event("again");
        world.guards(ANOTHER_STAYS, authorities.delete(second.id, &event)).await;
        world.guards(ANOTHER_STAYS, authorities.delete(first.id, &event)).await;
    }

    async fn of_two_removals_at_once_one_is_made(world: World) {
        let authorities = world.store().gateway_authorities();
        let (first, second) = (world.gateway_authority(1), world.gateway_authority(2));
        authorities.create_first(&first).await.unwrap();
        authorities.create_next(&second, &world.event("rotate")).await.unwrap();
        let events = [world.event("one"), world.event("other")];
        let removals = (authorities.delete(first.id, &events[0]), authorities.delete(second.id, &events[1]));
        let (one, other) = tokio::join!(removals.0, removals.1);
        assert_ne!(one.is_ok(), other.is_ok(), "{one:?} {other:?}");
        assert_eq!(authorities.known().await.unwrap().len(), 1);
    }
}
