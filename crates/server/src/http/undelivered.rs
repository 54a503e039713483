//! Answers that nobody waits for any more: whoever was to hold a token holds nothing then.

use axum::response::Response;
use mayfly_app::{App, leases};
use mayfly_domain::{caller::Caller, lease::Lease};

/// Goes with an answer that hands a token out: what to end if it cannot be delivered.
#[derive(Clone, Debug)]
pub(super) struct HandedOut {
    pub(super) caller: Caller,
    pub(super) lease: Lease,
}

/// Ends the lease whose token is in `response`, if one is: its caller was gone before the answer was there.
pub(super) async fn take_back(app: &App, mut response: Response) {
    if let Some(HandedOut { caller, lease }) = response.extensions_mut().remove::<HandedOut>() {
        leases::end_undelivered(app, &caller, &lease).await;
    }
}
