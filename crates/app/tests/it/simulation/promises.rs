//! What rows promise by themselves at every moment: one lease for a key, a replacement before an end, room, names, and
//! lifetimes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use mayfly_domain::{
    ids::LeaseId,
    lease::{EndReason, Lease, LeaseState, Outcome},
    ttl::EndsWhen,
};

use crate::world::CONTROL;

/// How much longer than its lease a token may live that nothing can take back.
const LONGER: SignedDuration = SignedDuration::from_secs(60);

/// The reason of a lease: it ties the row to the request that asked for it.
pub(super) fn reason(key: Option<&str>, replaces: Option<LeaseId>) -> String {
    let replaces = replaces.map(plain).unwrap_or_default();
    format!("{CONTROL}|{}|{replaces}", key.unwrap_or_default())
}

/// The id as no event about that lease has it.
fn plain(id: LeaseId) -> String {
    id.to_string().replace('-', "")
}

fn part(lease: &Lease, number: usize) -> Option<&str> {
    lease.reason.as_deref()?.split('|').nth(number).filter(|part| !part.is_empty())
}

/// The key of the request that a lease came from.
pub(super) fn key_of(lease: &Lease) -> Option<&str> {
    part(lease, 1)
}

fn replaced_by(lease: &Lease) -> Option<&str> {
    part(lease, 2)
}

/// Everything that is wrong with the rows. Somebody asked for the end of the leases in `asked`; a dynamic secret may have
/// `most` live ones.
pub(super) fn broken(leases: &[Lease], asked: &BTreeSet<LeaseId>, most: usize) -> Vec<String> {
    let mut faults = used_twice(leases);
    faults.extend(leases.iter().filter_map(|lease| ended_unasked(lease, leases, asked)));
    faults.extend(beyond_the_cap(leases, most));
    faults.extend(named_twice(leases));
    faults.extend(leases.iter().filter_map(too_long));
    faults
}

/// A key asks for one lease, however often it is sent.
fn used_twice(leases: &[Lease]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let again = leases.iter().filter_map(key_of).filter(|key| !seen.insert(*key));
    again.map(|key| format!("key {key} asked for two leases")).collect()
}

/// A lease that was replaced ends after the one that takes its place is there, and no other lease ends unasked.
fn ended_unasked(lease: &Lease, leases: &[Lease], asked: &BTreeSet<LeaseId>) -> Option<String> {
    let was_ended = match &lease.state {
        LeaseState::Closed { .. } => true,
        LeaseState::Ending { reason, .. } => *reason == EndReason::Revoked,
        LeaseState::Ended { outcome, .. } => *outcome == Outcome::Revoked,
        LeaseState::Reserved { .. } | LeaseState::Active { .. } => false,
    };
    let id = plain(lease.id);
    let takes_its_place = |other: &Lease| replaced_by(other) == Some(&id) && other.state.grant().is_some();
    (was_ended && !asked.contains(&lease.id) && !leases.iter().any(takes_its_place))
        .then(|| format!("lease {} was ended, and nothing takes its place", lease.id))
}

/// I20: the cap counts rows. One more is there while a lease takes the place of another.
fn beyond_the_cap(leases: &[Lease], most: usize) -> Vec<String> {
    let mut live: BTreeMap<&str, Vec<&Lease>> = BTreeMap::new();
    let counts = |lease: &&Lease| !matches!(lease.state, LeaseState::Closed { .. } | LeaseState::Ended { .. });
    for lease in leases.iter().filter(counts) {
        live.entry(lease.source.name.as_str()).or_default().push(lease);
    }
    let beyond = live.into_iter().filter(|(_, live)| {
        let more = usize::from(live.iter().any(|lease| replaced_by(lease).is_some()));
        live.len() > most + more
    });
    beyond.map(|(name, live)| format!("I20: {name} has {} live leases", live.len())).collect()
}

/// I16: no two leases that are not over have an object in common.
fn named_twice(leases: &[Lease]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let live = leases.iter().filter(|lease| !matches!(lease.state, LeaseState::Ended { .. }));
    let names =
        live.flat_map(|lease| lease.plan.objects()).map(|object| (object.kind, &object.namespace, &object.name));
    names.filter(|name| !seen.insert(*name)).map(|name| format!("I16: two leases have {name:?}")).collect()
}

/// I6, I7: a lease is no longer than its dynamic secret allows, and what cannot be taken back hardly longer than it.
fn too_long(lease: &Lease) -> Option<String> {
    let longest = match lease.ends_when {
        EndsWhen::Deleted => SignedDuration::from_mins(5),
        EndsWhen::Expired => SignedDuration::from_mins(10),
    };
    if lease.expire_at.duration_since(lease.created_at) > longest {
        return Some(format!("I7: lease {} of {} ends {}", lease.id, lease.created_at, lease.expire_at));
    }
    let token = lease.state.grant()?.token_expires_at;
    (lease.ends_when == EndsWhen::Expired && token.duration_since(lease.expire_at) > LONGER)
        .then(|| format!("I6: the token of lease {} lives to {token}", lease.id))
}
