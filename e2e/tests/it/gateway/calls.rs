//! Callers who ask again and again, and what became of each call.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use jiff::Timestamp;
use mayfly_api::leases::IssueLeaseRequest;
use mayfly_e2e::{Scene, waiting::until};
use mayfly_testkit::ambient::ambient;
use tokio::{task::JoinHandle, time::interval};

/// How often each of them asks, unless it is told otherwise.
const PACE: Duration = Duration::from_millis(400);

/// For answers.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a lease may take (`issue_deadline` in `crates/app/src/lib.rs`).
pub(super) const ISSUE_DEADLINE: Duration = Duration::from_secs(8);

/// The same, with a second for what is before it and after: who asks is recognised, the end is written and the answer sent.
pub(super) const DEADLINE: Duration = Duration::from_secs(ISSUE_DEADLINE.as_secs() + 1);

/// One caller: whom it asks, and for what.
pub(super) struct Asking {
    pub(super) scene: Scene,
    pub(super) secret: String,
}

/// A call that is over.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) caller: usize,
    pub(super) begun: Timestamp,
    pub(super) took: Duration,
    pub(super) token: Option<String>,
    /// What was said, where there was no token.
    pub(super) refused: Option<String>,
}

/// What became of calls.
#[derive(Default)]
pub(super) struct Calls {
    over: Mutex<Vec<Call>>,
    callers: Mutex<usize>,
    /// Whom they all ask instead.
    instead: Mutex<Option<Scene>>,
    asking: AtomicU32,
    is_over: AtomicBool,
}

impl Calls {
    /// Begins to ask, until it is ended.
    pub(super) fn begin(self: &Arc<Self>, asking: Vec<Asking>) -> JoinHandle<()> {
        self.begin_at(PACE, asking)
    }

    /// The same, each asking so often, if its answer is there by then.
    pub(super) fn begin_at(self: &Arc<Self>, pace: Duration, asking: Vec<Asking>) -> JoinHandle<()> {
        let load = Arc::clone(self);
        *self.callers.lock().unwrap() = asking.len();
        tokio::spawn(async move {
            join_all(asking.iter().enumerate().map(|(caller, asking)| load.ask(pace, caller, asking))).await;
        })
    }

    async fn ask(&self, pace: Duration, caller: usize, asking: &Asking) {
        let mut turns = interval(pace);
        while !self.is_over.load(Ordering::Relaxed) {
            turns.tick().await;
            let scene = self.instead.lock().unwrap().clone().unwrap_or_else(|| asking.scene.clone());
            let request = IssueLeaseRequest { dynamic_secret_name: asking.secret.clone(), ..scene.lease_request() };
            let begun = ambient().now();
            self.asking.fetch_add(1, Ordering::Relaxed);
            let issued = scene.issue_as(&request).await;
            self.asking.fetch_sub(1, Ordering::Relaxed);
            let took = ambient().now().duration_since(begun).unsigned_abs();
            let (token, refused) = match issued {
                Ok(issued) => (Scene::token(&issued).map(str::to_owned), None),
                Err(error) => (None, Some(format!("{error:#}"))),
            };
            self.over.lock().unwrap().push(Call { caller, begun, took, token, refused });
        }
    }

    /// Has everybody ask another server from now on, as a balancer would send them.
    pub(super) fn turn_to(&self, scene: Scene) {
        *self.instead.lock().unwrap() = Some(scene);
    }

    /// How many are asking at this moment.
    pub(super) fn asking(&self) -> u32 {
        self.asking.load(Ordering::Relaxed)
    }

    /// How many calls were answered.
    pub(super) fn answered(&self) -> usize {
        self.over.lock().unwrap().iter().filter(|call| call.refused.is_none()).count()
    }

    /// Waits for so many more answers, of whomever. None may be refused.
    pub(super) async fn more(&self, answers: usize, what: &str) {
        let wanted = self.answered() + answers;
        until(PATIENCE, what, async || Ok((self.answered() >= wanted).then_some(()))).await.unwrap();
        self.assert_none_refused(what);
    }

    pub(super) fn assert_none_refused(&self, what: &str) {
        let refused: Vec<String> = self.calls().into_iter().filter_map(|call| call.refused).collect();
        assert!(refused.is_empty(), "{what}: {refused:#?}");
    }

    /// Ends it; who waits for an answer still gets it.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.over.lock().unwrap().clone()
    }

    /// How often the caller was answered who was answered least.
    pub(super) fn least(&self) -> usize {
        let calls = self.calls();
        let answered = |caller| calls.iter().filter(|call| call.caller == caller && call.refused.is_none()).count();
        (0..*self.callers.lock().unwrap()).map(answered).min().unwrap_or_default()
    }

    /// Waits until each caller was answered so often.
    pub(super) async fn each_has(&self, answers: usize) {
        self.each_has_within(answers, PATIENCE).await;
    }

    /// The same, with less patience or more.
    pub(super) async fn each_has_within(&self, answers: usize, patience: Duration) {
        until(patience, "every caller is answered", async || Ok((self.least() >= answers).then_some(())))
            .await
            .unwrap();
    }
}
