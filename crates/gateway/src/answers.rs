//! What was answered lately, by the operation's id: whoever asks again gets the same answer, and nothing is done twice.
//!
//! Only what changes something is kept, and only once it has begun: a refusal for want of room is no answer.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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

/// Answers that are kept at most; then the oldest go first. They are of one KiB or two.
const MOST_KEPT: usize = 10_000;

/// What becomes of an operation.
pub(crate) type Answer = Result<Bytes, Refusal>;

/// One that may be waited for by any number.
pub(crate) type Pending = Shared<BoxFuture<'static, Answer>>;

/// The answers of a gateway.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    answers: HashMap<GatewayOperationId, Pending>,
    /// The same, oldest first.
    order: VecDeque<(Timestamp, GatewayOperationId)>,
}

impl Kept {
    /// The answer to `id`: the one that is there or on its way, or what `begin` begins. What has begun goes on, whoever
    /// waits for it; what `begin` refuses is not kept.
    pub(crate) fn answer(
        &self,
        id: GatewayOperationId,
        now: Timestamp,
        begin: impl FnOnce() -> Result<BoxFuture<'static, Answer>, Refusal>,
    ) -> Result<Pending, Refusal> {
        let mut state = self.state();
        if let Some(pending) = state.answers.get(&id) {
            return Ok(pending.clone());
        }
        // A task of its own: it ends when it is done, whoever has gone by then.
        let work = tokio::spawn(begin()?);
        let broke = |_| Err(Refusal::of_gateway("bug", "the operation broke off").after_acting());
        let pending = async move { work.await.unwrap_or_else(broke) }.boxed().shared();
        state.forget(now, MOST_KEPT - 1);
        state.answers.insert(id, pending.clone());
        state.order.push_back((now, id));
        Ok(pending)
    }

    /// Forgets what nobody asks for any more.
    pub(crate) fn forget(&self, now: Timestamp) {
        self.state().forget(now, MOST_KEPT);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Leaves at most `most`, and none that is old.
    fn forget(&mut self, now: Timestamp, most: usize) {
        while self.order.front().is_some_and(|(begun, _)| *begun + KEPT_FOR <= now || self.order.len() > most) {
            if let Some((_, id)) = self.order.pop_front() {
                self.answers.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use mayfly_testkit::clock::TestClock;

    use super::*;

    #[tokio::test]
    async fn what_is_asked_again_is_done_once_and_refusals_are_not_kept() {
        let (clock, done) = (TestClock::default(), Arc::new(AtomicUsize::new(0)));
        let ambient = clock.ambient(1);
        let (kept, id) = (Kept::default(), GatewayOperationId::generate(&ambient));
        let refused = kept.answer(id, ambient.now(), || Err(Refusal::of_gateway("overloaded", "no room")));
        assert_eq!(refused.err().unwrap().code, "overloaded");
        let ask = || {
            let done = Arc::clone(&done);
            kept.answer(id, ambient.now(), move || {
                Ok(async move { Ok(Bytes::from(done.fetch_add(1, Ordering::Relaxed).to_string())) }.boxed())
            })
        };
        let (first, second) = (ask().unwrap(), ask().unwrap());
        // Whoever asked first is gone before there was an answer.
        drop(first);
        assert_eq!(second.await.unwrap(), "0");
        assert_eq!(ask().unwrap().await.unwrap(), "0");
        clock.advance(std::time::Duration::from_mins(10));
        kept.forget(ambient.now());
        assert_eq!(ask().unwrap().await.unwrap(), "1");
    }

    #[tokio::test]
    async fn the_oldest_go_first_where_there_are_too_many() {
        let ambient = TestClock::default().ambient(1);
        let kept = Kept::default();
        let begin = || Ok(async { Ok(Bytes::new()) }.boxed());
        let first = GatewayOperationId::generate(&ambient);
        kept.answer(first, ambient.now(), begin).unwrap().await.unwrap();
        for _ in 0..MOST_KEPT {
            drop(kept.answer(GatewayOperationId::generate(&ambient), ambient.now(), begin).unwrap());
        }
        let state = kept.state();
        assert_eq!((state.answers.len(), state.order.len()), (MOST_KEPT, MOST_KEPT));
        assert!(!state.answers.contains_key(&first));
    }
}
