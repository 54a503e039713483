//! Removing what is over, whether the server is there or not.
//!
//! Whoever holds the server, or cuts it off, cannot keep alive what was sealed to end: next to the API server, everything that
//! bears a seal of the installation is removed two minutes after the end that its seal says. Labels find, seals decide. Anchors are
//! not found: that would take the right to list Secrets. Without its lease's end nothing is removed, and nothing elsewhere than
//! where the policy lets leases be.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::{ClusterError, Deadline, Doomed, ListOwned, Place as _, Revoke, Scope, SealedObject};
use mayfly_domain::{error::chain, ids::GatewayOperationId};
use tokio_util::sync::CancellationToken;

use crate::{
    audit::{Entry, Line},
    outpost::Outpost,
    seals::SealBook,
};

/// Between two rounds.
const EVERY: Duration = Duration::from_mins(1);

/// What is left alone after its end, so that the server comes first, and clocks may differ.
const GRACE: SignedDuration = SignedDuration::from_secs(120);

/// For listing, and for each lease's removal.
const LIMIT: Duration = Duration::from_secs(30);

/// What removes.
pub struct Janitor {
    /// Speaks to the cluster, within its policy.
    pub outpost: Arc<Outpost>,
    /// Knows whose objects are whose.
    pub seals: Arc<SealBook>,
}

/// What one round came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Objects that are gone now.
    pub removed: usize,
    /// Objects that are over and not gone.
    pub left: usize,
}

impl Janitor {
    /// Goes round each minute, until `stopping`.
    pub async fn run(self, stopping: CancellationToken) {
        while !stopping.is_cancelled() {
            match stopping.run_until_cancelled(self.round()).await {
                Some(Err(error)) => tracing::warn!(error = chain(&error), "it could not be looked for what is over"),
                Some(Ok(Round { removed: 0, left: 0 })) | None => {}
                Some(Ok(Round { removed, left })) => tracing::info!(removed, left, "objects were over"),
            }
            stopping.run_until_cancelled(self.outpost.ambient.sleep(EVERY)).await;
        }
    }

    /// Looks once, and removes what is over.
    pub async fn round(&self) -> Result<Round, ClusterError> {
        let policy = &self.outpost.policy;
        let namespaces: Vec<_> = policy.dynamic.namespaces.iter().cloned().collect();
        let Some((installation, keys)) = self.seals.known().filter(|_| policy.janitor.enabled) else {
            return Ok(Round::default());
        };
        if namespaces.is_empty() {
            return Ok(Round::default());
        }
        if let Some(ahead) = self.seals.clock_is_ahead() {
            tracing::warn!(
                seconds = ahead.as_secs(),
                "this clock is too far from the server's: nothing is removed by it"
            );
            return Ok(Round::default());
        }
        // Without rights in the whole cluster it is not asked for what is there.
        let scope = if policy.dynamic.cluster_wide { Scope::Namespaces } else { Scope::Within };
        let id = GatewayOperationId::generate(&self.outpost.ambient);
        let (executor, target) = self.outpost.cluster(id);
        let listing = ListOwned { target, installation, scope: scope(namespaces) };
        let found = executor.list_owned(listing, Deadline::after(&self.outpost.ambient, LIMIT)).await?.found;
        let now = self.outpost.ambient.now();
        let mut over: Vec<_> = found
            .iter()
            .filter_map(|found| keys.sealed(installation, found))
            .filter(|sealed| is_over(sealed, now) && policy.judge_removal(&sealed.object).is_ok())
            .collect();
        over.sort_by_key(|sealed| (sealed.lease, sealed.object.kind));
        let mut round = Round::default();
        for of_one in over.chunk_by(|one, other| one.lease == other.lease) {
            let done = self.remove(id, of_one).await;
            round = Round { removed: round.removed + done.removed, left: round.left + done.left };
        }
        self.outpost.tally.removed_by_janitor.many(u64::try_from(round.removed).unwrap_or(u64::MAX));
        Ok(round)
    }

    /// Removes the objects of one lease, in the order of removal.
    async fn remove(&self, id: GatewayOperationId, objects: &[SealedObject]) -> Round {
        let Outpost { ambient, audit, .. } = self.outpost.as_ref();
        let names = objects.iter().map(|sealed| sealed.object.owned(None).to_string()).collect();
        let line = Line {
            id: Some(id),
            lease: objects.first().map(|sealed| sealed.lease),
            objects: names,
            rule: Some("janitor.enabled".to_owned()),
            ..Line::of("janitor", ambient.now())
        };
        let mut entry = Entry::new(audit, line);
        let doomed = |sealed: &SealedObject| Doomed { object: sealed.object.clone(), uid: Some(sealed.uid.clone()) };
        let (executor, target) = self.outpost.cluster(id);
        // They were just listed there.
        let objects: Vec<_> = objects.iter().map(doomed).collect();
        let all = objects.len();
        let operation = Revoke { target, cluster: None, is_same_address: true, objects };
        let left = match executor.revoke(operation, Deadline::after(ambient, LIMIT)).await {
            Ok(revoked) => {
                entry.line().tell_of(&revoked);
                revoked.left.len()
            }
            Err(error) => {
                entry.line().failed(error.to_string());
                all
            }
        };
        entry.line().is_over();
        if let Err(error) = entry.write() {
            tracing::error!(%error, "the audit line could not be written");
        }
        Round { removed: all - left, left }
    }
}

fn is_over(sealed: &SealedObject, now: Timestamp) -> bool {
    now.duration_since(sealed.object.seal.expires_at) > GRACE
}
