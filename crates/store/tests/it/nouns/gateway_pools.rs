//! Pools of gateways: which gateways are in which, and what leads through them.

use std::collections::HashMap;

use mayfly_domain::{
    connection::{Route, Via},
    gateway::GatewayPool,
    ids::{GatewayId, GatewayPoolId, OrganizationId},
};
use mayfly_store::{
    StoreError,
    gateway_pools::{MEMBERSHIP_CHANGES, POOL_IS_THERE},
    gateway_users::{UsingConnection, UsingPool},
};
use mayfly_testkit::both_databases;

use super::gateways::shared_by;
use crate::support::World;

both_databases! {
    async fn a_pool_is_what_was_stored_and_its_name_is_its_own(world: World) {
        let pools = world.store().gateway_pools();
        let (first, second) = (world.stored_gateway_pool("lab").await, world.stored_gateway_pool("prod").await);
        let organization = world.organization.id;
        assert_eq!(pools.get(organization, first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(pools.get(OrganizationId::generate(world.ambient()), first.id).await.unwrap(), None);
        assert_eq!(pools.list(organization, 10).await.unwrap(), [first.clone(), second.clone()]);
        assert_eq!(pools.list(organization, 1).await.unwrap(), std::slice::from_ref(&first));
        let event = world.event("rename");
        let renamed = GatewayPool { name: "laboratory".parse().unwrap(), updated_at: event.created_at, ..first.clone() };
        world.leaves(&event, pools.rename(&renamed, &event)).await;
        assert_eq!(pools.get(organization, first.id).await.unwrap(), Some(renamed.clone()));
        let taken = GatewayPool { name: second.name.clone(), ..renamed };
        world.is_taken("gateway_pools_name", pools.rename(&taken, &world.event("rename"))).await;
        let unknown = GatewayPool { id: GatewayPoolId::generate(world.ambient()), ..second };
        world.guards(POOL_IS_THERE, pools.rename(&unknown, &world.event("rename"))).await;
    }

    async fn a_gateway_comes_into_a_pool_once_and_is_kept_by_it(world: World) {
        let pools = world.store().gateway_pools();
        let (pool, empty) = (world.stored_gateway_pool("lab").await, world.stored_gateway_pool("empty").await);
        let (one, two) = (world.stored_gateway("gw-1").await, world.stored_gateway("gw-2").await);
        for gateway in [&one, &two] {
            let event = world.event("add");
            world.leaves(&event, pools.add(pool.id, gateway.id, &event)).await;
        }
        world.guards(MEMBERSHIP_CHANGES, pools.add(pool.id, one.id, &world.event("again"))).await;
        let nobody = GatewayId::generate(world.ambient());
        let error = world.refuses(pools.add(pool.id, nobody, &world.event("add"))).await;
        assert!(matches!(error, StoreError::ForeignKey { .. }), "{error:?}");
        assert_eq!(pools.all().await.unwrap(), HashMap::from([(pool.id, vec![one.id, two.id])]));
        assert_eq!(pools.get(pool.organization, pool.id).await.unwrap().unwrap().members, [one.id, two.id]);
        assert!(pools.get(pool.organization, empty.id).await.unwrap().unwrap().members.is_empty());

        let users = world.store().gateway_use().users(Via::Gateway(one.id), 10).await.unwrap();
        assert_eq!(users.pools, [UsingPool { id: pool.id, name: "lab".to_owned() }]);
        let remove = async || world.store().gateways().delete(one.organization, one.id, &world.event("delete")).await;
        assert!(matches!(remove().await, Err(StoreError::ForeignKey { .. })));
        let event = world.event("take out");
        world.leaves(&event, pools.remove(pool.id, one.id, &event)).await;
        world.guards(MEMBERSHIP_CHANGES, pools.remove(pool.id, one.id, &world.event("again"))).await;
        remove().await.unwrap();
        let event = world.event("delete");
        world.leaves(&event, pools.delete(pool.id, &event)).await;
        world.guards(POOL_IS_THERE, pools.delete(pool.id, &world.event("again"))).await;
        assert!(world.store().gateways().find(two.id).await.unwrap().is_some(), "its gateways stay");
    }

    async fn what_leads_through_a_pool_keeps_it(world: World) {
        let (pools, used) = (world.store().gateway_pools(), world.store().gateway_use());
        let (pool, idle) = (world.stored_gateway_pool("lab").await, world.stored_gateway_pool("idle").await);
        let connection = shared_by(&world, "by-pool", Route::Forward { via: Via::Pool(pool.id) }).await;
        let users = used.users(Via::Pool(pool.id), 10).await.unwrap();
        assert_eq!(users.connections, [UsingConnection { id: connection, name: "by-pool".to_owned() }]);
        assert!(users.secrets.is_empty() && users.pools.is_empty());
        assert!(used.users(Via::Pool(idle.id), 10).await.unwrap().is_empty());
        let counts = used.counts(world.organization.id).await.unwrap();
        assert_eq!(counts, HashMap::from([(Via::Pool(pool.id), 1)]));
        let error = world.refuses(pools.delete(pool.id, &world.event("delete"))).await;
        assert!(matches!(error, StoreError::ForeignKey { .. }), "{error:?}");
        world.store().connections().delete(connection, &world.event("delete")).await.unwrap();
        pools.delete(pool.id, &world.event("delete")).await.unwrap();
    }
}
