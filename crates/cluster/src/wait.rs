//! Waiting with a limit, on the clock we were given.

use std::{future::Future, time::Duration};

use futures::future::{Either, select};
use mayfly_domain::clock::Ambient;

/// What `future` yields, or `None` if `limit` passes first.
pub async fn within<F: Future>(ambient: &Ambient, limit: Duration, future: F) -> Option<F::Output> {
    if limit.is_zero() {
        return None;
    }
    match select(Box::pin(future), ambient.sleep(limit)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(((), _)) => None,
    }
}
