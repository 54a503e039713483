//! The keys that the own cluster signs tokens by: read where the server wants to know them, and told when they change.
//!
//! A server that lets processes in by their service account cannot ask a private cluster for its keys. A process that is connected
//! reads them with its own account (the ClusterRole `system:service-account-issuer-discovery`, which clusters give to every
//! service account) and tells them, so that the next processes are believed by the next keys.

use std::time::Duration;

use mayfly_domain::error::chain;
use mayfly_tunnel::{
    answering::Session,
    record::{GatewayRecord, Hello, JWKS_CHANGED, LARGEST_JWKS, ServerRecord},
};
use serde_json::Value;
use tokio::sync::{Notify, watch};

use super::{Keeping, Line};

/// Between two looks at them: so long nobody new is let in after a cluster signs by another key from one moment to the next.
const LOOK_PAUSE: Duration = Duration::from_mins(1);

/// The first pause after they could not be read. It doubles up to [`LOOK_PAUSE`]: some agents may never read them.
const FAILED_PAUSE: Duration = Duration::from_secs(5);

/// What is known of them.
#[derive(Default)]
pub(super) struct OwnKeys {
    /// As they were read last; nothing where that failed.
    found: watch::Sender<Option<Value>>,
    /// Whoever reads them is to do so now: a server is to be told what they are, whatever it was told.
    wanted: Notify,
}

impl OwnKeys {
    /// What there is to tell over a new tunnel: what is read from now on. Nothing where the server does not want to know.
    pub(super) fn news_for(&self, hello: &Hello) -> News {
        let is_wanted = hello.features.iter().any(|feature| feature == JWKS_CHANGED);
        let found = is_wanted.then(|| {
            let found = self.found.subscribe();
            // What was read before may be old.
            self.wanted.notify_one();
            found
        });
        News { found, is_due_again: false }
    }

    /// Sees to it that is told again what the server could not take.
    pub(super) fn look(&self, news: &mut News) {
        if std::mem::take(&mut news.is_due_again) {
            self.wanted.notify_one();
        }
    }

    fn are(&self, jwks: Value, tell: Tell) {
        self.found.send_if_modified(|known| {
            let is_other = known.as_ref() != Some(&jwks);
            *known = Some(jwks);
            is_other || tell == Tell::Anyhow
        });
    }

    /// What was found before is told nobody: it may be old.
    fn are_not_readable(&self) {
        self.found.send_replace(None);
    }
}

/// What there is to tell over a tunnel.
pub(super) struct News {
    found: Option<watch::Receiver<Option<Value>>>,
    /// The server could not take what it was told.
    is_due_again: bool,
}

impl News {
    /// Takes note of what the server answered.
    pub(super) fn heed(&mut self, record: &ServerRecord) {
        self.is_due_again |= matches!(record, ServerRecord::JwksRefused { passes: true, .. });
    }

    /// Waits until there is something to tell.
    pub(super) async fn found(&mut self) -> Value {
        if let Some(found) = &mut self.found {
            while found.changed().await.is_ok() {
                if let Some(jwks) = found.borrow_and_update().clone() {
                    return jwks;
                }
            }
        }
        std::future::pending().await
    }
}

/// When what was read is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tell {
    Changed,
    Anyhow,
}

/// What failed since they were read last.
#[derive(Default)]
struct Failures {
    in_a_row: u32,
    last: String,
}

impl Failures {
    /// Takes note of one, and says how long to pause. The same one is logged once.
    fn one_more(&mut self, why: String) -> Duration {
        if self.last != why {
            tracing::warn!(why, "the keys of the cluster's tokens cannot be read, so the server is not told of others");
        }
        *self = Self { in_a_row: self.in_a_row.saturating_add(1), last: why };
        FAILED_PAUSE.saturating_mul(1 << (self.in_a_row - 1).min(6)).min(LOOK_PAUSE)
    }
}

impl Keeping {
    /// Looks at them again and again, once a server wants to know.
    pub(super) async fn read_keys(&self) {
        let super::Keeper { ambient, outpost, .. } = &self.keeper;
        self.keys.wanted.notified().await;
        let (mut failures, mut tell) = (Failures::default(), Tell::Anyhow);
        loop {
            let pause = match outpost.read_keys().await {
                Ok(jwks) => {
                    self.keys.are(jwks, tell);
                    (failures, tell) = (Failures::default(), Tell::Changed);
                    LOOK_PAUSE
                }
                Err(error) => {
                    self.keys.are_not_readable();
                    failures.one_more(chain(&error))
                }
            };
            tokio::select! {
                () = ambient.sleep(pause) => {}
                () = self.keys.wanted.notified() => tell = Tell::Anyhow,
                // The server waits to hear of the key. It is told them anew, whoever told it others meanwhile.
                () = outpost.signs_by_another_key() => tell = Tell::Anyhow,
            }
        }
    }

    /// Tells the server, where this line is the one that does.
    pub(super) async fn tell_keys(&self, line: Line, session: &Session, jwks: Value) {
        if !self.lines.looks_after_certificate(line) {
            return;
        }
        let bytes = jwks.to_string().len();
        if bytes > LARGEST_JWKS {
            return tracing::error!(bytes, "the keys of the cluster's tokens are too long to be told");
        }
        session.tell(GatewayRecord::JwksChanged { jwks }).await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use mayfly_domain::ids::{InstallationId, ReplicaId};
    use mayfly_testkit::clock::TestClock;
    use serde_json::json;

    use super::*;

    fn hello(features: &[&str]) -> Hello {
        let ambient = TestClock::default().ambient(1);
        Hello {
            installation: InstallationId::generate(&ambient),
            replica: ReplicaId::generate(&ambient),
            replicas: 1,
            version: "1".to_owned(),
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
            clock: ambient.now(),
            seal_keys: Vec::new(),
        }
    }

    /// Whether the one that reads is to do so now.
    async fn is_wanted(keys: &OwnKeys) -> bool {
        tokio::select! {
            biased;
            () = keys.wanted.notified() => true,
            () = ready(()) => false,
        }
    }

    /// What there is to tell now.
    async fn told(news: &mut News) -> Option<Value> {
        tokio::select! {
            biased;
            jwks = news.found() => Some(jwks),
            () = ready(()) => None,
        }
    }

    #[tokio::test]
    async fn a_new_tunnel_is_told_what_is_read_then_and_not_what_was_read_before() {
        let keys = OwnKeys::default();
        let mut silent = keys.news_for(&hello(&[]));
        assert!(!is_wanted(&keys).await, "the server does not want to know");
        let mut first = keys.news_for(&hello(&[JWKS_CHANGED]));
        assert!(is_wanted(&keys).await);
        keys.are(json!("old"), Tell::Anyhow);
        assert_eq!((told(&mut first).await, told(&mut silent).await), (Some(json!("old")), None));
        keys.are(json!("old"), Tell::Changed);
        assert_eq!(told(&mut first).await, None);

        let mut second = keys.news_for(&hello(&[JWKS_CHANGED]));
        assert_eq!(told(&mut second).await, None);
        assert!(is_wanted(&keys).await);
        keys.are_not_readable();
        assert_eq!(told(&mut second).await, None);
        keys.are(json!("new"), Tell::Changed);
        assert_eq!(told(&mut second).await, Some(json!("new")));
        // What nobody has told yet is told no more once it may be old.
        keys.are_not_readable();
        assert_eq!(told(&mut first).await, None);
    }

    #[tokio::test]
    async fn what_the_server_could_not_take_is_read_and_told_again_at_the_next_look() {
        let keys = OwnKeys::default();
        let mut news = keys.news_for(&hello(&[JWKS_CHANGED]));
        assert!(is_wanted(&keys).await);
        keys.are(json!("keys"), Tell::Changed);
        assert_eq!(told(&mut news).await, Some(json!("keys")));
        let refused = |passes| ServerRecord::JwksRefused { reason: "no".to_owned(), passes };
        news.heed(&refused(false));
        keys.look(&mut news);
        assert!(!is_wanted(&keys).await, "it takes a person");
        news.heed(&refused(true));
        assert!(!is_wanted(&keys).await, "not at once");
        keys.look(&mut news);
        assert!(is_wanted(&keys).await);
        keys.are(json!("keys"), Tell::Anyhow);
        assert_eq!(told(&mut news).await, Some(json!("keys")));
        keys.look(&mut news);
        assert!(!is_wanted(&keys).await, "once");
    }

    #[test]
    fn after_a_failure_they_are_read_again_soon_and_then_less_often() {
        let mut failures = Failures::default();
        let pauses: Vec<u64> = (0..6).map(|_| failures.one_more("no".to_owned()).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 60, 60]);
    }
}
