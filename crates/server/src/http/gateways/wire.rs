//! Gateways as they go out.

use std::collections::HashMap;

use mayfly_api::gateways::{
    Gateway as Wire, GatewayEnrolment, GatewayEnrolmentMethod, GatewayResources, ListedGateway,
    UsingConnection as UsingConnectionWire, UsingPool as UsingPoolWire,
};
use mayfly_app::gateways::{self as operations, GatewayUsers, UsingConnection, UsingPool};
use mayfly_domain::{
    connection::Via,
    gateway::{ClusterKeys, EnrolmentMethod, Gateway, GatewayToken, KeyChanges, PublishedKeys, Standing},
};

use super::super::{Shared, cluster_connections::using_wire, time};
use crate::gateways::Here;

/// How many connections lead through each gateway.
pub(super) type Counts = HashMap<Via, i64>;

pub(super) fn listed(gateway: &Gateway, here: &Here, counts: &Counts) -> ListedGateway {
    let status = if here.is_good() { "healthy" } else { "failed" };
    ListedGateway {
        id: gateway.id.to_string(),
        name: gateway.name.to_string(),
        identity_id: None,
        identity: None,
        heartbeat: gateway.connected_at.map(time::text),
        last_health_check_status: gateway.connected_at.map(|_| status.to_owned()),
        connected_resources_count: counts.get(&Via::Gateway(gateway.id)).copied().unwrap_or(0),
        created_at: time::text(gateway.created_at),
        updated_at: time::text(gateway.updated_at),
    }
}

pub(super) fn wire(shared: &Shared, gateway: &Gateway, counts: &Counts) -> Wire {
    let here = shared.gateways.here(gateway);
    let shown = gateway.shown.as_ref();
    let locked_because = match &gateway.standing {
        Standing::Locked { why, .. } => Some(why.clone()),
        Standing::Open | Standing::Revoked { .. } => None,
    };
    Wire {
        id: gateway.id.to_string(),
        name: gateway.name.to_string(),
        state: here.state.word().to_owned(),
        locked_because,
        enrolment: wire_method(&gateway.enrolment),
        key_ids: operations::key_ids(gateway),
        keys_told_at: gateway.told_keys.as_ref().map(|told| time::text(told.at)),
        version: shown.map(|shown| shown.version.clone()),
        policy: shown.and_then(|shown| serde_json::to_value(&shown.policy).ok()),
        policy_digest: shown.map(|shown| shown.policy_digest.clone()),
        api_server: shown.and_then(|shown| shown.api_server.clone()),
        connected_at: gateway.connected_at.map(time::text),
        left_at: gateway.left.as_ref().map(|left| time::text(left.at)),
        left_because: gateway.left.as_ref().map(|left| left.why.clone()),
        tunnels: here.tunnels,
        connected_resources_count: counts.get(&Via::Gateway(gateway.id)).copied().unwrap_or(0),
        created_at: time::text(gateway.created_at),
        updated_at: time::text(gateway.updated_at),
    }
}

fn wire_method(enrolment: &EnrolmentMethod) -> GatewayEnrolmentMethod {
    let method = operations::method(enrolment).to_owned();
    match enrolment {
        EnrolmentMethod::Token => GatewayEnrolmentMethod { method, ..GatewayEnrolmentMethod::default() },
        EnrolmentMethod::ServiceAccount(trust) => GatewayEnrolmentMethod {
            method,
            issuer: Some(trust.issuer.clone()),
            namespace: Some(trust.namespace.to_string()),
            service_account_name: Some(trust.name.to_string()),
            follows_keys: enrolment.key_changes().map(|changes| changes == KeyChanges::Told),
            ..wire_keys(&trust.keys)
        },
    }
}

fn wire_keys(keys: &ClusterKeys) -> GatewayEnrolmentMethod {
    let none = GatewayEnrolmentMethod::default();
    match keys {
        ClusterKeys::Pasted(keys) => GatewayEnrolmentMethod { keys: Some(keys.clone()), ..none },
        ClusterKeys::Published(PublishedKeys { discovery_url, ca }) => GatewayEnrolmentMethod {
            discovery_url: Some(discovery_url.to_string()),
            discovery_ca_cert: ca.clone(),
            ..none
        },
    }
}

pub(super) fn wire_token(token: &GatewayToken) -> GatewayEnrolment {
    GatewayEnrolment {
        id: token.id.to_string(),
        uses_left: token.uses_left,
        expires_at: time::text(token.expires_at),
        created_at: time::text(token.created_at),
    }
}

pub(in super::super) fn resources(users: GatewayUsers) -> GatewayResources {
    let connection = |UsingConnection { id, name }| UsingConnectionWire { cluster_connection_id: id.to_string(), name };
    let pool = |UsingPool { id, name }| UsingPoolWire { gateway_pool_id: id.to_string(), name };
    GatewayResources {
        dynamic_secrets: users.secrets.into_iter().map(using_wire).collect(),
        cluster_connections: users.connections.into_iter().map(connection).collect(),
        gateway_pools: users.pools.into_iter().map(pool).collect(),
        lease_ids: users.leases.iter().map(ToString::to_string).collect(),
    }
}
