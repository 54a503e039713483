//! Bodies that take their time: what let a request in by its head may be gone when the end of its body comes.
//!
//! *Whose word does an operation act on?* Theirs who still count when all of the request is there.

use axum::extract::Request;
use jiff::{SignedDuration, Timestamp};
use mayfly_app::{
    AppError,
    access_tokens::{self, NotLetIn},
    sessions,
};
use mayfly_domain::{
    access::operation::Operation,
    caller::{Actor, Caller, Origin},
};

use super::{Shared, access_table::record_of, caller::Shown, json, problem::Failure};

/// As old as what is remembered of a token may be. With that the promise of five seconds holds.
const FRESH: SignedDuration = SignedDuration::from_secs(2);

/// Whoever was let in, by what, for what, and when.
pub(super) struct Admitted {
    pub(super) caller: Caller,
    pub(super) shown: Shown,
    pub(super) operation: Operation,
    pub(super) at: Timestamp,
}

/// The request with its whole body, and its caller as they are then.
pub(super) async fn whole(shared: &Shared, request: Request, admitted: Admitted) -> Result<(Request, Caller), Failure> {
    // Of somebody nobody knows nothing can be lost, and what is larger is read where its rights are asked for.
    let is_read_there = matches!(admitted.operation, Operation::ReceiveClusterAudit | Operation::ImportClusterAudit);
    if request.method().is_safe() || is_read_there || matches!(admitted.caller.actor, Actor::Anonymous) {
        return Ok((request, admitted.caller));
    }
    let request = json::buffered(request, shared.app.ambient()).await?;
    let caller = admitted.now(shared).await?;
    Ok((request, caller))
}

impl Admitted {
    /// Who it is now; a refusal is recorded.
    pub(super) async fn now(self, shared: &Shared) -> Result<Caller, AppError> {
        let passed = shared.app.ambient().now().duration_since(self.at);
        if (SignedDuration::ZERO..=FRESH).contains(&passed) {
            return Ok(self.caller);
        }
        let origin = self.caller.origin;
        match still_counts(shared, &self.shown, origin.clone()).await {
            Ok(caller) => Ok(caller),
            Err(refused) => {
                record_of(shared, self.operation, origin, &refused).await;
                Err(refused.error)
            }
        }
    }
}

/// The caller whose credential was let in before, if it still counts; without another use of it.
pub(super) async fn still_counts(shared: &Shared, shown: &Shown, origin: Origin) -> Result<Caller, NotLetIn> {
    match shown {
        Shown::Token(token) => access_tokens::still_counts(&shared.app, token, origin).await,
        Shown::Session(token) => sessions::still_counts(&shared.app, token, origin).await.map_err(NotLetIn::from),
        Shown::Nothing | Shown::Malformed => Err(AppError::NotSignedIn.into()),
    }
}
