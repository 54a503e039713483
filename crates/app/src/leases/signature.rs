//! Whether its cluster signed the token that a gateway returns.
//!
//! What a token says is held against the plan where it arrives (`crates/cluster/src/issue/believe.rs`). Who signed it is known here, where
//! the keys of the gateway's cluster are. What happens with a key that is not known: `docs/decisions/0057-gateways-tell-the-keys-of-their-clusters.md`.

use std::time::Duration;

use mayfly_cluster::{Deadline, GatewayFault, IssueFailed, Issued, Kind, WrongToken};
use mayfly_domain::{error::chain, gateway::Gateway, ids::GatewayId, plan::LeasePlan};
use mayfly_providers::{KeySet, TokenRefused, check_signer};

use crate::{App, gateways::is_plain_id};

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

/// Holds the signature of what was issued against the keys of its gateway's cluster.
pub(super) async fn check(
    app: &App,
    plan: &LeasePlan,
    issued: &Issued,
    deadline: Deadline,
) -> Result<Signature, IssueFailed> {
    let Some(by) = issued.carried_out_by else { return Ok(Signature::NothingToSay) };
    // Nothing is handed out, and whatever was planned is there.
    look(app, by, issued, deadline).await.map_err(|kind| IssueFailed::of_answer(format!("gateway {by}"), kind, plan))
}

/// Looks again and again for a key that is not known, where it may be told.
async fn look(app: &App, by: GatewayId, issued: &Issued, deadline: Deadline) -> Result<Signature, Kind> {
    let patience = Deadline::after(&app.ambient, deadline.left(&app.ambient).min(TELL_LIMIT));
    loop {
        let found = app.store.gateways().find(by).await.map_err(|error| unavailable(&chain(&error)))?;
        let gateway = found.ok_or_else(|| unavailable("the gateway was removed"))?;
        match held_against(&gateway, issued.token.expose()) {
            Ok(()) => return Ok(Signature::NothingToSay),
            Err(TokenRefused::UnknownKey) if !gateway.tells_keys() => {
                return Ok(Signature::Unchecked { key_id: key_id(issued) });
            }
            Err(TokenRefused::UnknownKey) if !patience.left(&app.ambient).is_zero() => {
                app.ambient.sleep(LOOK_PAUSE).await;
            }
            Err(refused) => {
                tracing::error!(gateway = %by, %refused, "a gateway returned a token that its cluster did not sign");
                return Err(Kind::WrongToken(WrongToken::Signature { why: why(refused) }));
            }
        }
    }
}

/// Nothing is against a token where no keys are known.
fn held_against(gateway: &Gateway, token: &str) -> Result<(), TokenRefused> {
    let Some((trust, keys)) = gateway.trusted() else { return Ok(()) };
    // Keys are read when they are saved; these were.
    let keys = KeySet::from_text(keys).map_err(|_| TokenRefused::UnknownKey)?;
    check_signer(token, &keys, &trust.issuer)
}

/// Reads after "its cluster did not sign it", or the like. What a person can do is said where it may be the cluster that changed.
fn why(refused: TokenRefused) -> String {
    match refused {
        TokenRefused::UnknownKey => format!(
            "{refused}, nor does the gateway tell one that has: paste the cluster's keys if it has others now, or turn `followsKeys` off where the gateway does not tell them any more"
        ),
        other => other.to_string(),
    }
}

fn key_id(issued: &Issued) -> String {
    issued.key_id().filter(|id| is_plain_id(id)).unwrap_or_else(|| "unreadable".to_owned())
}

fn unavailable(why: &str) -> Kind {
    let message = format!("the keys of the gateway's cluster could not be looked at: {why}");
    Kind::Gateway(GatewayFault { leg: "server".to_owned(), code: "unavailable".to_owned(), message })
}
