//! What the cluster made, held against what callers received and what the installation says of the rest.
//!
//! A token is found by its lease, because what issues it is called by the lease in the cluster's audit log.

use std::collections::{HashMap, HashSet};

use mayfly_api::leases::Lease;
use mayfly_e2e::{RealGround, Scene, waiting::until};
use mayfly_testkit::claims::jti;
use serde::Deserialize;
use serde_json::{Value, json};

use super::PATIENCE;

/// Tokens that callers received, by lease.
pub(super) type Received = HashMap<String, String>;

/// How the books stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Balance {
    /// Tokens that the cluster made.
    pub(super) made: usize,
    /// Of them, those that somebody received.
    pub(super) delivered: usize,
    /// Of them, those that nobody received, and whose lease says that they may be there.
    pub(super) told_of: usize,
}

#[derive(Deserialize)]
struct Page {
    leases: Vec<Lease>,
    #[serde(rename = "nextCursor")]
    next_cursor: Option<String>,
}

/// Waits until every lease is settled, and balances the books.
pub(super) async fn balance(ground: &RealGround, scene: &Scene, received: &Received) -> Balance {
    let leases = until(PATIENCE, "every lease is settled", async || {
        let leases = leases(scene).await?;
        let is_open = |lease: &Lease| matches!(lease.state.as_str(), "reserved" | "ending");
        Ok((!leases.iter().any(is_open)).then_some(leases))
    });
    let leases: HashMap<String, Lease> =
        leases.await.unwrap().into_iter().map(|lease| (lease.id.clone(), lease)).collect();
    let doubtful = doubtful(scene).await;
    let mut balance = Balance::default();
    for (lease, token) in made(ground, received).await {
        balance.made += 1;
        let kept = leases.get(&lease).unwrap_or_else(|| panic!("a token was made for {lease}, which is no lease"));
        if received.get(&lease).is_some_and(|received| jti(received) == token) {
            balance.delivered += 1;
        } else if kept.outcome.as_deref() == Some("possibly_issued") || doubtful.contains(&lease) {
            balance.told_of += 1;
        } else {
            panic!("nobody received {token} of {lease}, and nothing tells of it: {} {:?}", kept.state, kept.outcome);
        }
    }
    assert_eq!(balance.made, balance.delivered + balance.told_of);
    assert_eq!(balance.delivered, received.len(), "what was received was made");
    balance
}

async fn leases(scene: &Scene) -> anyhow::Result<Vec<Lease>> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Page = scene.client.get(&format!("/api/v1/leases?limit=100{cursor}")).await?;
        all.extend(page.leases);
        let Some(next) = page.next_cursor else { return Ok(all) };
        cursor = format!("&cursor={next}");
    }
}

/// Leases of which another token may have been made than the one that was handed out.
async fn doubtful(scene: &Scene) -> HashSet<String> {
    let mut found = HashSet::new();
    for offset in (0..).step_by(100) {
        let path =
            format!("/api/v1/organization/audit-logs?eventType=create-dynamic-secret-lease&limit=100&offset={offset}");
        let page: Value = scene.client.get(&path).await.unwrap();
        let events = page["auditLogs"].as_array().unwrap();
        let facts = events.iter().map(|event| &event["event"]["metadata"]);
        let doubtful = facts.filter(|facts| facts["undeliveredTokenPossible"] == json!(true));
        found.extend(doubtful.filter_map(|facts| facts["leaseId"].as_str().map(str::to_owned)));
        if events.len() < 100 {
            return found;
        }
    }
    found
}

/// The leases that tokens were made for, and which, by the cluster's own log, once it has all that was received.
async fn made(ground: &RealGround, received: &Received) -> Vec<(String, String)> {
    let written = until(PATIENCE, "the cluster has written down what was received", async || {
        let made = ground.tokens_by_call()?;
        let has = |token: &String| made.iter().any(|(_, made)| *made == jti(token));
        Ok(received.values().all(has).then_some(made))
    });
    written.await.unwrap()
}
