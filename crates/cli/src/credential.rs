//! Tokens for kubectl: issued when there is none, kept in a file, and handed out again while they are good.
//!
//! kubectl starts this program anew for each of its runs, and many at once. [`cache`] keeps one token for each caller and
//! wish, behind a lock, so that any number of runs share one lease; [`kept`] says when a kept one may be handed out.

mod asker;
mod cache;
mod kept;

use std::time::Duration;

use jiff::Timestamp;
use mayfly_api::leases::{IssueLeaseRequest, IssuedLease, LeaseBody};

use self::kept::Verdict;
pub(crate) use self::{
    asker::Asker,
    cache::{Cache, account},
    kept::{Kept, LeastLeft},
};
use crate::{
    client::ApiClient,
    console,
    error::{CliError, Exit},
    secret::Secret,
    time,
};

/// How long the server may take to say that a lease is still live, before the kept token is handed out unasked.
const CHECK: Duration = Duration::from_millis(300);

/// Whose token is wanted, and how it is handed out.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) request: IssueLeaseRequest,
    pub(crate) least_left: LeastLeft,
    /// Who asks.
    pub(crate) asker: Option<Asker>,
}

/// Hands out the kept token, or one that is issued now.
///
/// Where nothing can be kept, every call issues one and says so.
pub(crate) async fn acquire(client: &ApiClient, cache: &Cache, wish: &Wish) -> Result<Kept, CliError> {
    let slot = match cache.slot(client, &wish.request).await {
        Ok(slot) => slot,
        Err(error) => {
            console::complain(&format!("note: tokens cannot be kept, so each call issues one: {error}"));
            return issue(client, &wish.request, Vec::new()).await;
        }
    };
    let (kept, again_for) = match slot.read() {
        Some(kept) => match kept.verdict(wish, time::now()) {
            Verdict::HandOut => (Some(kept), Vec::new()),
            Verdict::AskFirst => (ask(client, kept).await?, Vec::new()),
            Verdict::IssueAnew => (None, kept.again_with(wish.asker)),
            Verdict::Over => (None, Vec::new()),
        },
        None => (None, Vec::new()),
    };
    let mut handed = if let Some(kept) = kept {
        kept
    } else {
        let issued = issue(client, &wish.request, again_for).await?;
        cache.sweep(&slot);
        issued
    };
    handed.note(wish.asker);
    if let Err(error) = slot.write(&handed) {
        console::complain(&format!("note: the token is not kept: {error}"));
    }
    Ok(handed)
}

/// The kept token if its lease is live, as far as the server says anything in time. Whoever is not signed in any more is
/// told so: their leases are over.
async fn ask(client: &ApiClient, mut kept: Kept) -> Result<Option<Kept>, CliError> {
    let path = ["api", "v1", "leases", &kept.lease];
    let query = [("projectSlug", kept.project.as_str())];
    let answer: Option<Result<LeaseBody, CliError>> = tokio::select! {
        answer = client.get(&path, &query) => Some(answer),
        () = time::pause(CHECK) => None,
    };
    kept.asked_at = time::now();
    let is_over = match answer {
        Some(Ok(found)) => found.lease.state != "active",
        Some(Err(CliError::Refused(refusal))) => match refusal.exit() {
            Exit::NotSignedIn => return Err(refusal.into()),
            // Whoever may not lease any more may not see it either, and is refused when they ask for another.
            Exit::NotFound | Exit::NotAllowed => true,
            _ => false,
        },
        Some(Err(_)) | None => false,
    };
    Ok((!is_over).then_some(kept))
}

/// A token that is issued now and kept nowhere.
pub(crate) async fn acquire_new(client: &ApiClient, request: &IssueLeaseRequest) -> Result<Kept, CliError> {
    issue(client, request, Vec::new()).await
}

async fn issue(client: &ApiClient, request: &IssueLeaseRequest, again_for: Vec<Asker>) -> Result<Kept, CliError> {
    let path = ["api", "v1", "dynamic-secrets", "leases"];
    let issued: IssuedLease = client.post(&path, request).await?;
    let token = token_of(&issued, client)?;
    let ends_at: Timestamp =
        issued.lease.expire_at.parse().map_err(|_| client.absurd("a lease without an end".to_owned()))?;
    let now = time::now();
    Ok(Kept {
        version: Kept::VERSION,
        server: client.server().clone(),
        account: client.account(),
        project: request.project_slug.clone(),
        environment: request.environment_slug.clone(),
        path: request.path.clone().unwrap_or_default(),
        dynamic_secret: request.dynamic_secret_name.clone(),
        namespace: issued.lease.namespace,
        lease: issued.lease.id,
        token,
        cluster: issued.lease.cluster,
        issued_at: now,
        ends_at,
        asked_at: now,
        handed_to: Vec::new(),
        again_for,
    })
}

/// The key of the token in a lease's data.
pub(crate) const KEY: &str = "TOKEN";

/// The token of a lease that was just issued.
pub(crate) fn token_of(issued: &IssuedLease, client: &ApiClient) -> Result<Secret, CliError> {
    let token = issued.data.get(KEY).cloned().map(Secret::new);
    token.ok_or_else(|| client.absurd("a lease without a token".to_owned()))
}
