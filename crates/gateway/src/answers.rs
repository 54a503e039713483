//! What was answered lately, by the operation's id: whoever asks again gets the same answer, and nothing is done twice.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use jiff::{SignedDuration, Timestamp};
use mayfly_domain::ids::GatewayOperationId;
use mayfly_tunnel::failure::Refusal;

/// How long an answer is kept: longer than a server tries.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Answers that are kept at most.
const MOST_KEPT: usize = 10_000;

/// What becomes of an operation.
pub(crate) type Answer = Result<Bytes, Refusal>;

/// One that may be waited for by any number.
pub(crate) type Pending = Shared<BoxFuture<'static, Answer>>;

/// The answers of a gateway.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<HashMap<GatewayOperationId, (Timestamp, Pending)>>>);

impl Kept {
    /// The answer to `id`: the one that is there or on its way, or what `begin` begins. What has begun goes on, whoever
    /// waits for it.
    pub(crate) fn answer(
        &self,
        id: GatewayOperationId,
        now: Timestamp,
        begin: impl FnOnce() -> BoxFuture<'static, Answer>,
    ) -> Result<Pending, Refusal> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pending)) = kept.get(&id) {
            return Ok(pending.clone());
        }
        if kept.len() >= MOST_KEPT {
            kept.retain(|_, (begun, _)| *begun + KEPT_FOR > now);
        }
        if kept.len() >= MOST_KEPT {
            return Err(Refusal::overloaded(std::time::Duration::from_secs(1)));
        }
        let (work, pending) = begin().remote_handle();
        tokio::spawn(work);
        let pending = pending.boxed().shared();
        kept.insert(id, (now, pending.clone()));
        Ok(pending)
    }

    /// Forgets what nobody asks for any more.
    pub(crate) fn forget(&self, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, (begun, _)| *begun + KEPT_FOR > now);
    }
}
