//! Very many leases that are due in the same second, issued through the API as anybody would.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use mayfly_api::leases::{IssueLeaseRequest, IssuedLease};
use mayfly_testkit::ambient::ambient;
use tokio::task::JoinSet;

use crate::Scene;

/// The shortest lease.
const SHORTEST: i64 = 60;
/// Callers at the same time.
const CALLERS: usize = 16;
/// Leases that tell how quick the server is. They last.
const SCOUTS: usize = 64;
/// How much slower the server may become than the scouts found it.
const SLACK: i64 = 3;
/// A request that leaves later in its second may be reserved in the next one, and its lease be due a second late.
const LATEST_MILLISECOND: i64 = 600;

/// Leases that are due in one second.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// The beginning of that second.
    pub due: Timestamp,
    /// When each is due and its id, in this order.
    pub leases: Vec<(Timestamp, String)>,
    /// Others, made before and as many for any crowd, that last for an hour.
    pub lasting: Vec<String>,
}

impl Crowd {
    /// Issues `count` leases. What falls out of the second is ended and issued once more.
    ///
    /// # Errors
    /// When the server refuses, or becomes so slow that the second comes too near.
    pub async fn issue(scene: &Scene, count: usize) -> anyhow::Result<Self> {
        let began = ambient().now();
        let lasting = spread(SCOUTS, |_| issue_lasting(scene.clone())).await?;
        let each = ambient().now().duration_since(began).checked_div(i32::try_from(SCOUTS)?).unwrap_or_default();
        let needed = each.saturating_mul(i32::try_from(count)?).as_secs() * SLACK;
        let due = second(ambient().now())? + SignedDuration::from_secs(SHORTEST + needed + 5);
        let mut leases = spread(count, |_| issue_until(scene.clone(), due)).await?;
        leases.sort_unstable();
        Ok(Self { due, leases, lasting })
    }

    /// Waits until the leases are due.
    pub async fn wait(&self) {
        let left = self.due.duration_since(ambient().now());
        ambient().sleep(Duration::try_from(left).unwrap_or_default()).await;
    }

    /// The lease that is cleaned up last.
    ///
    /// # Errors
    /// When there is none.
    pub fn last(&self) -> anyhow::Result<&str> {
        Ok(self.leases.last().context("a crowd has leases")?.1.as_str())
    }
}

/// Does something `count` times, with as many callers at the same time as there are.
async fn spread<T, F>(count: usize, work: impl Fn(usize) -> F) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = anyhow::Result<T>> + Send + 'static,
{
    let (mut running, mut done, mut begun) = (JoinSet::new(), Vec::with_capacity(count), 0);
    while done.len() < count {
        while begun < count && running.len() < CALLERS {
            running.spawn(work(begun));
            begun += 1;
        }
        done.push(running.join_next().await.context("somebody is at work")???);
    }
    Ok(done)
}

async fn issue_lasting(scene: Scene) -> anyhow::Result<String> {
    Ok(scene.issue(None).await?.lease.id)
}

/// A lease that is due in the second that begins at `due`.
async fn issue_until(scene: Scene, due: Timestamp) -> anyhow::Result<(Timestamp, String)> {
    loop {
        let now = ambient().now();
        let into = now.duration_since(second(now)?);
        if into.as_millis() > i128::from(LATEST_MILLISECOND) {
            ambient().sleep(Duration::try_from(SignedDuration::from_secs(1) - into)?).await;
            continue;
        }
        let seconds = due.as_second() - now.as_second();
        ensure!(seconds >= SHORTEST, "the server has become too slow: the leases are due before all are issued");
        let request = IssueLeaseRequest { ttl: Some(format!("{seconds}s")), ..scene.lease_request() };
        let issued: IssuedLease = scene.client.post("/api/v1/dynamic-secrets/leases", &request).await?;
        let expires: Timestamp = issued.lease.expire_at.parse()?;
        if second(expires)? == due {
            return Ok((expires, issued.lease.id));
        }
        scene.end(&issued.lease.id).await?;
    }
}

/// The second of a time.
fn second(time: Timestamp) -> anyhow::Result<Timestamp> {
    Ok(Timestamp::from_second(time.as_second())?)
}
