//! Whether its cluster signed the token that a gateway returns.
//!
//! What a token says is held against the plan where it arrives (`crates/cluster/src/issue/believe.rs`). Who signed it is known here, where
//! the keys of the gateway's cluster are. What happens with a key that is not known: `docs/decisions/0057-gateways-tell-the-keys-of-their-clusters.md`.

use std::time::Duration;

use mayfly_cluster::{Deadline, GatewayFault, IssueFailed, Issued, Kind, WrongToken};
use mayfly_domain::{error::chain, gateway::KeyAuthority, ids::GatewayId, plan::LeasePlan};
use mayfly_providers::{ProviderError, TokenRefused, Unbelieved};
use mayfly_store::StoreError;

use crate::{
    App,
    gateways::{check_signed, is_plain_id},
};

/// How long a key is waited for that the gateway tells now: it reads it from the API server beside it.
const TELL_LIMIT: Duration = Duration::from_secs(5);

/// Between two looks whether it was told.
const LOOK_PAUSE: Duration = Duration::from_millis(200);

/// What is known of a signature that nothing is against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// It is the cluster's, or came from there without a gateway in between, or no keys are known of the gateway's cluster.
    NothingToSay,
    /// The key is not known, and nobody tells keys of that cluster.
    Unchecked {
        /// The key's id.
        key_id: String,
    },
}

/// Why no token is handed out.
pub(super) struct Withheld {
    /// What becomes of the lease.
    pub(super) failed: IssueFailed,
    /// What stood in the way, where that was the database: whoever asked is told so.
    pub(super) database: Option<StoreError>,
}

impl From<IssueFailed> for Withheld {
    fn from(failed: IssueFailed) -> Self {
        Self { failed, database: None }
    }
}

/// Why a signature does not count.
enum Objection {
    /// It, or its keys, could not be looked at, or it is not the cluster's.
    Kind(Kind),
    /// The gateway could not be read.
    Database(StoreError),
}

/// Holds the signature of what was issued against the keys of its gateway's cluster.
pub(super) async fn check(
    app: &App,
    plan: &LeasePlan,
    issued: &Issued,
    deadline: Deadline,
) -> Result<Signature, Withheld> {
    let Some(by) = issued.carried_out_by else { return Ok(Signature::NothingToSay) };
    look(app, by, issued, deadline).await.map_err(|objection| {
        let (kind, database) = match objection {
            Objection::Kind(kind) => (kind, None),
            Objection::Database(error) => (unavailable("the database is not available"), Some(error)),
        };
        // Nothing is handed out, and whatever was planned is there.
        Withheld { failed: IssueFailed::of_answer(format!("gateway {by}"), kind, plan), database }
    })
}

/// Looks again and again for a key that is not known, where it may be told.
async fn look(app: &App, by: GatewayId, issued: &Issued, deadline: Deadline) -> Result<Signature, Objection> {
    let patience = Deadline::after(&app.ambient, deadline.left(&app.ambient).min(TELL_LIMIT));
    loop {
        let found = app.store.gateways().find(by).await.map_err(Objection::Database)?;
        let gateway = found.ok_or_else(|| Objection::Kind(unavailable("the gateway was removed")))?;
        let refused = match check_signed(app, &gateway, issued.token.expose(), deadline).await {
            Ok(()) => return Ok(Signature::NothingToSay),
            Err(Unbelieved::Provider(error)) => return Err(Objection::Kind(not_looked_at(by, &error))),
            Err(Unbelieved::Token(refused)) => refused,
        };
        match (refused, gateway.key_authority()) {
            (TokenRefused::UnknownKey, KeyAuthority::Nobody) => {
                return Ok(Signature::Unchecked { key_id: key_id(issued) });
            }
            (TokenRefused::UnknownKey, KeyAuthority::Gateway) if !patience.left(&app.ambient).is_zero() => {
                app.ambient.sleep(LOOK_PAUSE).await;
            }
            (refused, authority) => {
                tracing::error!(gateway = %by, %refused, "a gateway returned a token that its cluster did not sign");
                return Err(Objection::Kind(Kind::WrongToken(WrongToken::Signature { why: why(refused, authority) })));
            }
        }
    }
}

/// Reads after "its cluster did not sign it", or the like. What a person can do is said where it may be the cluster that changed.
fn why(refused: TokenRefused, authority: KeyAuthority) -> String {
    match (refused, authority) {
        (TokenRefused::UnknownKey, KeyAuthority::Gateway) => format!(
            "{refused}, nor does the gateway tell one that has: paste the cluster's keys if it has others now, or turn `followsKeys` off where the gateway does not tell them any more"
        ),
        (TokenRefused::UnknownKey, KeyAuthority::Cluster) => format!(
            "{refused} among those that the cluster publishes; they are read again a minute after the last time"
        ),
        (other, _) => other.to_string(),
    }
}

fn key_id(issued: &Issued) -> String {
    issued.key_id().filter(|id| is_plain_id(id)).unwrap_or_else(|| "unreadable".to_owned())
}

/// What stands in the way is for the log: whoever asks for a lease need not know what listens where.
fn not_looked_at(by: GatewayId, error: &ProviderError) -> Kind {
    tracing::warn!(gateway = %by, error = chain(error), "the keys of a gateway's cluster could not be looked at");
    unavailable("try again, or ask who looks after the server: its log says why")
}

fn unavailable(why: &str) -> Kind {
    let message = format!("the keys of the gateway's cluster could not be looked at: {why}");
    Kind::Gateway(GatewayFault { leg: "server".to_owned(), code: "unavailable".to_owned(), message })
}
