//! The keys that the own cluster signs tokens by: read where the server wants to know them, and told when they change.
//!
//! A server that lets processes in by their service account cannot ask a private cluster for its keys. A process that is connected
//! reads them with its own account (the ClusterRole `system:service-account-issuer-discovery`, which clusters give to every
//! service account) and tells them, so that the next processes are believed by the next keys.

use std::time::Duration;

use mayfly_domain::error::chain;
use mayfly_tunnel::{
    answering::Session,
    record::{GatewayRecord, JWKS_CHANGED, LARGEST_JWKS},
};
use serde_json::Value;
use tokio::sync::watch;

use super::{Keeping, Line};

/// Between two looks at them: so long nobody new is let in after a cluster signs by another key from one moment to the next.
const LOOK_PAUSE: Duration = Duration::from_mins(1);

/// What is known of them.
#[derive(Default)]
pub(super) struct OwnKeys {
    found: watch::Sender<Option<Value>>,
    /// Whether a server wants to know.
    wanted: watch::Sender<bool>,
}

impl OwnKeys {
    /// What there is to tell over a new tunnel: what is found, as soon as it is. Nothing where the server does not want to know.
    pub(super) fn news_for(&self, session: &Session) -> Option<watch::Receiver<Option<Value>>> {
        let is_wanted = session.hello.features.iter().any(|feature| feature == JWKS_CHANGED);
        is_wanted.then(|| {
            self.wanted.send_replace(true);
            let mut news = self.found.subscribe();
            news.mark_changed();
            news
        })
    }
}

/// When what was read is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tell {
    Changed,
    Anyhow,
}

/// Waits until there is something to tell.
pub(super) async fn found(news: &mut Option<watch::Receiver<Option<Value>>>) -> Value {
    if let Some(news) = news {
        while news.changed().await.is_ok() {
            if let Some(found) = news.borrow_and_update().clone() {
                return found;
            }
        }
    }
    std::future::pending().await
}

impl Keeping {
    /// Looks at them again and again, once a server wants to know.
    pub(super) async fn read_keys(&self) {
        let super::Keeper { ambient, outpost, .. } = &self.keeper;
        // The sender lives as long as this does.
        let _ = self.keys.wanted.subscribe().wait_for(|wanted| *wanted).await;
        let (mut failed, mut tell) = (None, Tell::Changed);
        loop {
            match outpost.read_keys().await {
                Ok(jwks) => {
                    failed = None;
                    self.keys
                        .found
                        .send_if_modified(|known| known.replace(jwks.clone()) != Some(jwks) || tell == Tell::Anyhow);
                    tell = Tell::Changed;
                }
                Err(error) => {
                    let why = chain(&error);
                    if failed.as_ref() != Some(&why) {
                        tracing::warn!(
                            why,
                            "the keys of the cluster's tokens cannot be read, so the server is not told of others"
                        );
                    }
                    failed = Some(why);
                }
            }
            tokio::select! {
                () = ambient.sleep(LOOK_PAUSE) => {}
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
