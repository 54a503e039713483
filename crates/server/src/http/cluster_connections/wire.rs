//! Cluster connections as they go out.

use std::fmt::Display;

use mayfly_api::cluster_connections::{ClusterConnection, ConnectionLimits as WireLimits};
use mayfly_domain::{
    connection::Verification,
    dynamic_secret::Connection,
    shared_connection::{ConnectionLimits, SharedWith, Sharing},
};

use super::super::{
    policies::rule_wire,
    time,
    way::{gateway_of, pool_of},
};

pub(super) fn wire(connection: &Connection) -> ClusterConnection {
    let sharing = connection.sharing.as_ref();
    let clients = sharing.map(|sharing| &sharing.clients);
    ClusterConnection {
        id: connection.id.to_string(),
        name: sharing.map(|sharing| sharing.name.to_string()),
        auth_method: connection.address.route.method().word().to_owned(),
        gateway_id: gateway_of(connection),
        gateway_pool_id: pool_of(connection),
        url: connection.address.url.to_string(),
        ca: connection.address.ca.clone(),
        verification: match connection.address.verification() {
            Verification::Full => "full",
            Verification::Off => "off",
        }
        .to_owned(),
        client_url: clients.and_then(|clients| clients.url.as_ref()).map(ToString::to_string),
        client_ca: clients.and_then(|clients| clients.ca.clone()),
        cluster_token_file: connection.address.token_file.as_ref().map(ToString::to_string),
        token_expires_at: connection.token.expires_at.map(time::text),
        renews_token: connection.token.renew_at.is_some(),
        renewal_problem: connection.token.problem.clone(),
        version: connection.version,
        cluster: connection.cluster.as_ref().map(ToString::to_string),
        dynamic_secret_id: connection.owner.map(|owner| owner.to_string()),
        shared_with: sharing.map(|sharing| shared_with(sharing).to_owned()),
        project_ids: sharing.map(projects),
        limits: sharing.map(|sharing| limits(&sharing.limits)),
        created_at: time::text(connection.created_at),
        updated_at: time::text(connection.updated_at),
    }
}

fn shared_with(sharing: &Sharing) -> &'static str {
    match sharing.projects {
        SharedWith::All => "all",
        SharedWith::Named(_) => "named",
    }
}

fn projects(sharing: &Sharing) -> Vec<String> {
    match &sharing.projects {
        SharedWith::All => Vec::new(),
        SharedWith::Named(projects) => texts(projects),
    }
}

fn limits(limits: &ConnectionLimits) -> WireLimits {
    WireLimits {
        namespaces: limits.namespaces.as_deref().map(texts),
        service_accounts: limits.accounts.as_deref().map(texts),
        roles: limits.roles.as_deref().map(texts),
        binding_shapes: limits
            .shapes
            .as_ref()
            .map(|shapes| shapes.iter().map(|shape| shape.word().to_owned()).collect()),
        approval: limits.approval.as_ref().map(rule_wire),
        max_ttl: limits.max_ttl.as_ref().map(ToString::to_string),
        system_namespaces: limits.openings.system_namespaces,
        escalating_roles: limits.openings.escalating_roles,
        whole_cluster: limits.openings.whole_cluster,
    }
}

fn texts<T: Display>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
