//! Gateways: one of each name, changed by one at a time, and what is known of where they are.

use std::{collections::HashMap, time::Duration};

use mayfly_domain::{
    connection::{Route, Via},
    dynamic_secret::{Connection, ConnectionAddress, DynamicSecret},
    gateway::{
        ClusterKeys, Departed, EnrolmentMethod, Gateway, KeyChanges, PublishedKeys, ServiceAccountTrust, ShownGateway,
        Standing, ToldKeys,
    },
    gateway_policy::GatewayPolicy,
    ids::{ConnectionId, GatewayId, OrganizationId},
    sensitive::Sensitive,
};
use mayfly_store::{
    StoreError,
    dynamic_secrets::LeasesThen,
    gateway_users::UsingConnection,
    gateways::{GATEWAY_UNCHANGED, KeysToldBefore},
};
use mayfly_testkit::both_databases;

use super::shared_connections;
use crate::support::{SECRET_TOKEN, World};

fn shown(version: &str) -> ShownGateway {
    ShownGateway {
        version: version.to_owned(),
        policy: GatewayPolicy::default(),
        policy_digest: "0".repeat(64),
        api_server: Some("https://10.0.0.1:443".to_owned()),
    }
}

fn trust(keys: ClusterKeys) -> EnrolmentMethod {
    EnrolmentMethod::ServiceAccount(ServiceAccountTrust {
        issuer: "https://kubernetes.default.svc".to_owned(),
        keys,
        namespace: "mayfly".parse().unwrap(),
        name: "mayfly-gateway".parse().unwrap(),
        key_changes: KeyChanges::Told,
    })
}

fn pasted() -> ClusterKeys {
    ClusterKeys::Pasted("{\"keys\":[]}".to_owned())
}

/// `secret` with another way to its cluster.
fn by(secret: DynamicSecret, route: Route) -> DynamicSecret {
    let address = ConnectionAddress { route, ..secret.connection.address.clone() };
    DynamicSecret { connection: Connection { address, ..secret.connection }, ..secret }
}

/// A connection of the organization by another way, stored.
pub(crate) async fn shared_by(world: &World, name: &str, route: Route) -> ConnectionId {
    let connection = shared_connections::connection(world, name);
    let address = ConnectionAddress { route, ..connection.address };
    let (connection, token) = (Connection { address, ..connection }, Sensitive::from(SECRET_TOKEN));
    world.store().connections().create(&connection, &token, &world.event("create")).await.unwrap();
    connection.id
}

both_databases! {
    async fn a_gateway_is_what_was_stored_and_its_name_is_its_own(world: World) {
        let gateways = world.store().gateways();
        let gateway = Gateway { enrolment: trust(pasted()), ..world.gateway("gw-lab") };
        let event = world.event("create-gateway");
        world.leaves(&event, gateways.create(&gateway, &event)).await;
        let keys = PublishedKeys { discovery_url: "https://id.example.com".parse().unwrap(), ca: Some("PEM".to_owned()) };
        let published = Gateway { enrolment: trust(ClusterKeys::Published(keys)), ..world.gateway("gw-published") };
        gateways.create(&published, &world.event("create-gateway")).await.unwrap();
        assert_eq!(gateways.find(published.id).await.unwrap(), Some(published));
        assert_eq!(gateways.get(gateway.organization, gateway.id).await.unwrap().as_ref(), Some(&gateway));
        assert_eq!(gateways.find(gateway.id).await.unwrap().as_ref(), Some(&gateway));
        assert_eq!(gateways.get(OrganizationId::generate(world.ambient()), gateway.id).await.unwrap(), None);
        assert_eq!(gateways.find(GatewayId::generate(world.ambient())).await.unwrap(), None);
        let event = world.event("again");
        world.is_taken("gateways_name", gateways.create(&world.gateway("gw-lab"), &event)).await;
    }

    async fn gateways_are_listed_in_pages(world: World) {
        let gateways = world.store().gateways();
        let mut made = Vec::new();
        for name in ["a", "b", "c"] {
            made.push(world.stored_gateway(name).await);
        }
        let organization = world.organization.id;
        assert_eq!(gateways.page(organization, None, 2).await.unwrap(), made[..2]);
        assert_eq!(gateways.page(organization, Some(made[1].id), 2).await.unwrap(), made[2..]);
        assert!(gateways.page(OrganizationId::generate(world.ambient()), None, 2).await.unwrap().is_empty());
    }

    async fn a_change_is_made_over_what_was_seen(world: World) {
        let gateways = world.store().gateways();
        let was = world.stored_gateway("gw-lab").await;
        let now = world.tick();
        let changed = Gateway { name: "gw-prod".parse().unwrap(), enrolment: trust(pasted()), updated_at: now, ..was.clone() };
        let event = world.event("update-gateway");
        world.leaves(&event, gateways.update(&was, &changed, KeysToldBefore::Stay, &event)).await;
        assert_eq!(gateways.find(was.id).await.unwrap(), Some(changed.clone()));
        let event = world.event("late");
        world.guards(GATEWAY_UNCHANGED, gateways.update(&was, &changed, KeysToldBefore::Stay, &event)).await;
    }

    async fn keys_that_a_gateway_told_stay_until_somebody_pastes_some(world: World) {
        let gateways = world.store().gateways();
        let was = Gateway { enrolment: trust(pasted()), ..world.gateway("gw-lab") };
        gateways.create(&was, &world.event("create-gateway")).await.unwrap();
        let told = |keys: &str| ToldKeys { keys: keys.to_owned(), at: world.tick() };
        let (first, event) = (told("1"), world.event("change-gateway-keys"));
        world.leaves(&event, gateways.tell_keys(&was, &first, &event)).await;
        let again = ToldKeys { at: world.tick(), ..first };
        gateways.told_keys_again(was.id, &again).await.unwrap();
        // Others were told meanwhile, by another process.
        gateways.told_keys_again(was.id, &told("2")).await.unwrap();
        let renamed = Gateway { name: "gw-prod".parse().unwrap(), updated_at: world.tick(), ..was.clone() };
        gateways.update(&was, &renamed, KeysToldBefore::Stay, &world.event("update-gateway")).await.unwrap();
        let stays = Gateway { told_keys: Some(again), ..renamed.clone() };
        assert_eq!(gateways.find(was.id).await.unwrap(), Some(stays));
        let event = world.event("late");
        world.guards(GATEWAY_UNCHANGED, gateways.tell_keys(&was, &told("3"), &event)).await;

        // The same that was pasted before.
        let pasted = Gateway { updated_at: world.tick(), ..renamed.clone() };
        let event = world.event("update-gateway");
        gateways.update(&renamed, &pasted, KeysToldBefore::AreForgotten, &event).await.unwrap();
        assert_eq!(gateways.find(was.id).await.unwrap(), Some(pasted.clone()));
        let locked = Gateway { standing: Standing::Locked { at: world.tick(), why: "two".to_owned() }, ..pasted.clone() };
        gateways.lock(&pasted, &locked, &world.event("lock-gateway")).await.unwrap();
        let event = world.event("locked");
        world.guards(GATEWAY_UNCHANGED, gateways.tell_keys(&pasted, &told("5"), &event)).await;
    }

    async fn a_gateway_is_locked_once_and_not_over_somebodys_word(world: World) {
        let gateways = world.store().gateways();
        let was = world.stored_gateway("gw-lab").await;
        let standing = Standing::Locked { at: world.tick(), why: "two hold one key".to_owned() };
        let locked = Gateway { standing, ..was.clone() };
        let event = world.event("lock-gateway");
        world.leaves(&event, gateways.lock(&was, &locked, &event)).await;
        assert_eq!(gateways.find(was.id).await.unwrap(), Some(locked.clone()));
        let event = world.event("again");
        world.guards(GATEWAY_UNCHANGED, gateways.lock(&was, &locked, &event)).await;
        // Who read it before the lock does not undo it by writing.
        let renamed = Gateway { name: "gw-prod".parse().unwrap(), updated_at: world.tick(), ..was.clone() };
        let event = world.event("rename");
        world.guards(GATEWAY_UNCHANGED, gateways.update(&was, &renamed, KeysToldBefore::Stay, &event)).await;
        assert_eq!(gateways.find(was.id).await.unwrap(), Some(locked.clone()));
    }

    async fn what_a_gateway_shows_is_kept_when_it_left(world: World) {
        let gateways = world.store().gateways();
        let gateway = world.stored_gateway("gw-lab").await;
        let event = world.event("came");
        let came = event.created_at;
        world.leaves(&event, gateways.came(gateway.id, &shown("1"), &event)).await;
        let event = world.event("showed");
        world.leaves(&event, gateways.showed(gateway.id, &shown("2"), &event)).await;
        let event = world.event("left");
        let departed = Departed { at: event.created_at, why: "no ping was answered".to_owned() };
        world.leaves(&event, gateways.left(gateway.id, &departed, world.now(), &event)).await;
        let gone = Gateway {
            shown: Some(shown("2")),
            connected_at: Some(came),
            left: Some(departed.clone()),
            ..gateway.clone()
        };
        assert_eq!(gateways.find(gateway.id).await.unwrap(), Some(gone));
        let event = world.event("back");
        let back = event.created_at;
        gateways.came(gateway.id, &shown("3"), &event).await.unwrap();
        // The end of the older tunnel, told late by another server.
        let event = world.event("late");
        gateways.left(gateway.id, &departed, world.now(), &event).await.unwrap();
        let here = Gateway { shown: Some(shown("3")), connected_at: Some(back), left: None, ..gateway };
        assert_eq!(gateways.find(here.id).await.unwrap(), Some(here));
    }

    async fn a_gateway_goes_with_all_that_is_its(world: World) {
        let gateway = world.stored_gateway("gw-lab").await;
        let token = world.gateway_token(&gateway, 1, Duration::from_mins(15));
        let event = world.event("token");
        world.store().gateway_enrolments().create_token(&token, b"digest", &event).await.unwrap();
        let event = world.event("delete-gateway");
        world.leaves(&event, world.store().gateways().delete(gateway.organization, gateway.id, &event)).await;
        assert_eq!(world.store().gateways().find(gateway.id).await.unwrap(), None);
        assert_eq!(world.store().gateway_enrolments().token(gateway.id, b"digest").await.unwrap(), None);
        let event = world.event("again");
        world.guards("the gateway is there", world.store().gateways().delete(gateway.organization, gateway.id, &event)).await;
    }

    async fn what_leads_through_a_gateway_keeps_it(world: World) {
        let (gateways, used) = (world.store().gateways(), world.store().gateway_use());
        let (gateway, other) = (world.stored_gateway("gw-lab").await, world.stored_gateway("gw-idle").await);
        let remove = async |gateway: &Gateway| {
            gateways.delete(gateway.organization, gateway.id, &world.event("delete-gateway")).await
        };
        let secret = by(world.secret("ci"), Route::Gateway { via: Via::Gateway(gateway.id) });
        world.store_secret(&secret).await;
        let shared = shared_by(&world, "lab", Route::Forward { via: Via::Gateway(gateway.id) }).await;
        let users = used.users(Via::Gateway(gateway.id), 10).await.unwrap();
        assert_eq!(users.secrets.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(), ["ci"]);
        assert_eq!(users.connections, [UsingConnection { id: shared, name: "lab".to_owned() }]);
        assert!(users.leases.is_empty() && used.users(Via::Gateway(other.id), 10).await.unwrap().is_empty());
        assert_eq!(used.counts(world.organization.id).await.unwrap(), HashMap::from([(Via::Gateway(gateway.id), 2)]));
        assert!(matches!(remove(&gateway).await, Err(StoreError::ForeignKey { .. })));
        remove(&other).await.unwrap();

        let claimed = world.ending(&secret).await;
        let (leases, mut removal) = (vec![claimed.lease.id], world.removal(&secret));
        assert_eq!(used.users(Via::Gateway(gateway.id), 10).await.unwrap().leases, leases);
        removal.leases = LeasesThen::RunOut;
        world.store().dynamic_secrets().delete(&removal).await.unwrap();
        world.store().connections().delete(shared, &world.event("delete")).await.unwrap();
        let users = used.users(Via::Gateway(gateway.id), 10).await.unwrap();
        assert_eq!((users.secrets.len(), users.connections.len(), users.leases), (0, 0, leases));
        world.guards("no lease needs the gateway any more", remove(&gateway)).await;
        world.finish(&claimed).await;
        remove(&gateway).await.unwrap();
    }
}
