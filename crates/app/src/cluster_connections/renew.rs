//! Exchanging the tokens that Mayfly itself uses in clusters for fresh ones, where they may make tokens for themselves.
//!
//! **Commit** the try, ask the cluster for a token of the same account, ask it who that token is, **commit** it as a new
//! version of the connection. A server that dies in between leaves a token that nobody has, and the next try is minutes away.

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::{Deadline, Issue, Issued, Verify, token_account};
use mayfly_domain::{
    audit::ClusterEvent,
    caller::Caller,
    connection::Target,
    dynamic_secret::Connection,
    error::chain,
    ids::LeaseId,
    plan::LeasePlan,
    renewal::{RENEWED_SECONDS, TokenState},
};
use mayfly_store::StoreError;

use super::create::name_of;
use crate::{App, AppError};

/// Exchanged at once: a cluster that does not answer must not keep the others waiting for long.
const AT_ONCE: usize = 8;
/// Looked at in one round; the rest is found in the next.
const MOST: i64 = 256;
/// When one that cannot be read is looked at again.
const UNREADABLE: SignedDuration = SignedDuration::from_hours(1);
/// How long a try may take before another server may make one.
const CLAIM: SignedDuration = SignedDuration::from_mins(5);

/// Exchanges every token whose time has come.
pub async fn renew_due(app: &App) -> Result<(), AppError> {
    if app.store.is_held() {
        return Ok(());
    }
    let now = app.ambient.now();
    let later = now.saturating_add(UNREADABLE).unwrap_or(Timestamp::MAX);
    let due = app.store.connections().due_renewals((now, later), MOST).await?;
    let rounds = stream::iter(due).map(|found| async move {
        let renewed = match found {
            Ok((connection, target)) => Box::pin(renew(app, connection, target)).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = renewed {
            tracing::error!(error = %chain(&error), "a cluster token could not be renewed; it is tried again");
        }
    });
    rounds.buffer_unordered(AT_ONCE).collect::<()>().await;
    Ok(())
}

async fn renew(app: &App, connection: Connection, target: Target) -> Result<(), AppError> {
    let until = app.ambient.now().saturating_add(CLAIM).unwrap_or(Timestamp::MAX);
    let Some(claimed) = unless_taken(app.store.connections().claim_renewal(&connection, until).await)? else {
        return Ok(());
    };
    match ask(app, &claimed, target).await {
        Ok(issued) => keep(app, &claimed, issued).await,
        Err(why) => put_off(app, &claimed, why).await,
    }
}

/// A token of the account whose token we have. What went wrong is for people.
async fn ask(app: &App, connection: &Connection, target: Target) -> Result<Issued, String> {
    let Some(account) = token_account(target.credential.expose()) else {
        return Err("the token is not one of a service account".to_owned());
    };
    let plan = LeasePlan {
        lease: LeaseId::generate(&app.ambient),
        account,
        audiences: Vec::new(),
        token_seconds: RENEWED_SECONDS,
        cluster: connection.cluster.clone(),
        belongings: None,
        namespace_selector: None,
        expected_rules: None,
        refuses_escalating_roles: false,
    };
    let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
    let issue = Issue { target, plan, verify: Verify::Ask };
    app.place.issue(issue, deadline).await.map_err(|failed| failed.error.public_text())
}

async fn keep(app: &App, connection: &Connection, issued: Issued) -> Result<(), AppError> {
    let expires_at = issued.grant.token_expires_at;
    let now = app.ambient.now();
    let renewed = Connection {
        cluster: Some(issued.grant.cluster.unless_known_better(connection.cluster.as_ref())),
        token: TokenState::given(Some(expires_at), true, now),
        updated_at: app.moment_after(connection.updated_at),
        ..connection.clone()
    };
    let event = app.event(
        &Caller::platform(connection.organization),
        None,
        ClusterEvent::RenewClusterToken {
            connection_id: connection.id,
            name: name_of(connection),
            version: connection.version + 1,
            token_expires_at: expires_at,
        },
    );
    unless_taken(app.store.connections().renew(&renewed, connection.token.renew_at, &issued.token, &event).await)
        .map(|_| ())
}

async fn put_off(app: &App, connection: &Connection, why: String) -> Result<(), AppError> {
    // Told once, not each hour.
    let is_news = connection.token.problem.is_none();
    if is_news {
        tracing::warn!(connection = %connection.id, error = why, "a cluster token could not be renewed; it is tried again");
    }
    let token = connection.token.failed(why.clone(), app.ambient.now());
    let failed = ClusterEvent::FailClusterTokenRenewal { connection_id: connection.id, name: name_of(connection), why };
    let event = is_news.then(|| app.event(&Caller::platform(connection.organization), None, failed));
    unless_taken(app.store.connections().put_renewal_off(connection, &token, event.as_ref()).await).map(|_| ())
}

/// Nothing, where another server or a person was faster.
fn unless_taken<T>(stored: Result<T, StoreError>) -> Result<Option<T>, AppError> {
    match stored {
        Ok(done) => Ok(Some(done)),
        Err(StoreError::GuardFailed { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
