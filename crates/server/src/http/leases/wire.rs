//! Leases as they go out.

use base64::{Engine, engine::general_purpose::STANDARD};
use mayfly_api::leases::{Holder, Lease as Wire, LeaseCluster};
use mayfly_domain::{
    caller::Actor,
    dynamic_secret::DynamicSecret,
    lease::{Lease, LeaseState},
    ttl::EndsWhen,
};

use super::super::time;

/// A lease with the cluster its token is good for.
pub(super) fn with_cluster(lease: &Lease, secret: &DynamicSecret) -> Wire {
    let address = &secret.connection.address;
    // Where the holder finds it, which may be elsewhere than where we do.
    let clients = secret.connection.sharing.as_ref().map(|sharing| &sharing.clients);
    let given = clients.and_then(|clients| Some((clients.url.as_ref()?, clients.ca.as_deref())));
    let (url, ca) = given.unwrap_or_else(|| (&address.url, address.ca_bundle()));
    let ca_data = ca.map(|pem| STANDARD.encode(pem));
    let cluster = LeaseCluster { server: url.to_string(), ca_data, for_clients: given.is_some() };
    Wire { cluster: Some(cluster), ..self::lease(lease) }
}

/// Leases by themselves, such as those that are left of somebody or something.
pub(in super::super) fn lease_list(leases: &[Lease]) -> Vec<Wire> {
    leases.iter().map(lease).collect()
}

/// A lease by itself.
pub(in super::super) fn lease(lease: &Lease) -> Wire {
    let grant = lease.state.grant();
    let (outcome, ended_at) = match &lease.state {
        LeaseState::Ended { outcome, ended_at, .. } => (Some(outcome.name().to_owned()), Some(*ended_at)),
        LeaseState::Reserved { .. }
        | LeaseState::Active { .. }
        | LeaseState::Closed { .. }
        | LeaseState::Ending { .. } => (None, None),
    };
    let (status, status_details) = status(&lease.state);
    let waiting = waiting(&lease.state);
    Wire {
        id: lease.id.to_string(),
        version: 1,
        dynamic_secret_id: lease.source.dynamic_secret.to_string(),
        dynamic_secret_name: lease.source.name.to_string(),
        project_id: lease.source.place.project.to_string(),
        environment_slug: lease.source.place.environment_slug.to_string(),
        path: lease.source.place.path.to_string(),
        external_entity_id: lease.external_entity_id().to_owned(),
        expire_at: time::text(lease.expire_at),
        status,
        status_details,
        ending_since: waiting.since,
        attempts: waiting.attempts,
        next_attempt_at: waiting.next_attempt_at,
        config: lease.config.clone(),
        state: lease.state.name().to_owned(),
        ends_when: match lease.ends_when {
            EndsWhen::Deleted => "deleted",
            EndsWhen::Expired => "expired",
        }
        .to_owned(),
        token_expires_at: grant.map(|grant| time::text(grant.token_expires_at)),
        namespace: lease.plan.account.namespace().to_string(),
        service_account_name: lease.plan.account.name().to_string(),
        holder: holder(&lease.holder),
        jti: grant.and_then(|grant| grant.jti.clone()),
        outcome,
        ended_at: ended_at.map(time::text),
        reason: lease.reason.clone(),
        role_changed: lease.is_role_changed(),
        cluster: None,
        dynamic_secret: None,
        created_at: time::text(lease.created_at),
        updated_at: time::text(lease.updated_at),
    }
}

/// The reference's words: nothing, or that removing its objects has failed so far and goes on.
fn status(state: &LeaseState) -> (Option<String>, Option<String>) {
    match state {
        LeaseState::Ending { last_error: Some(error), .. } => {
            (Some("Failed to delete".to_owned()), Some(error.clone()))
        }
        LeaseState::Reserved { .. }
        | LeaseState::Active { .. }
        | LeaseState::Closed { .. }
        | LeaseState::Ending { .. }
        | LeaseState::Ended { .. } => (None, None),
    }
}

/// What is told of a lease while its objects are being removed.
#[derive(Default)]
struct Waiting {
    since: Option<String>,
    attempts: Option<u32>,
    next_attempt_at: Option<String>,
}

fn waiting(state: &LeaseState) -> Waiting {
    match state {
        LeaseState::Ending { began_at, attempts, next_attempt_at, .. } => Waiting {
            since: Some(time::text(*began_at)),
            attempts: Some(*attempts),
            next_attempt_at: Some(time::text(*next_attempt_at)),
        },
        LeaseState::Reserved { .. }
        | LeaseState::Active { .. }
        | LeaseState::Closed { .. }
        | LeaseState::Ended { .. } => Waiting::default(),
    }
}

fn holder(actor: &Actor) -> Holder {
    let (kind, id, name) = match actor {
        Actor::Identity { identity_id, name } => ("identity", Some(identity_id.to_string()), name.clone()),
        Actor::User { user_id, email } => ("user", Some(user_id.to_string()), email.clone()),
        Actor::Platform => ("platform", None, "Mayfly".to_owned()),
        Actor::Anonymous => ("unknownUser", None, String::new()),
    };
    Holder { kind: kind.to_owned(), id, name }
}
