//! Callers who ask for leases again and again, of whichever server a balancer would send them to.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use mayfly_domain::clock::Ambient;
use mayfly_e2e::{Scene, waiting::until};
use mayfly_testkit::ambient::ambient;
use tokio::{task::JoinHandle, time::interval};

use super::PATIENCE;

/// How much is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// Callers at once.
    pub(super) callers: usize,
    /// How often each of them asks, if the answer is there by then.
    pub(super) pace: Duration,
    /// How many answers [`Load::more`] waits for.
    pub(super) answers: usize,
}

/// What is asked, and how it is answered.
pub(super) struct Load {
    rate: Rate,
    ambient: Ambient,
    asked: Mutex<Scene>,
    /// How long each answer took.
    answered: Mutex<Vec<Duration>>,
    refused: Mutex<Vec<String>>,
    asking: AtomicU32,
    is_over: AtomicBool,
}

impl Load {
    pub(super) fn of(asked: Scene, rate: Rate) -> Arc<Self> {
        Arc::new(Self {
            rate,
            ambient: ambient(),
            asked: Mutex::new(asked),
            answered: Mutex::default(),
            refused: Mutex::default(),
            asking: AtomicU32::default(),
            is_over: AtomicBool::default(),
        })
    }

    /// Asks until [`end`](Self::end).
    pub(super) async fn run(self: Arc<Self>) {
        join_all((0..self.rate.callers).map(|_| self.call())).await;
    }

    async fn call(&self) {
        let mut turns = interval(self.rate.pace);
        while !self.is_over.load(Ordering::Relaxed) {
            turns.tick().await;
            let scene = self.asked.lock().unwrap().clone();
            self.asking.fetch_add(1, Ordering::Relaxed);
            let begun = self.ambient.now();
            match scene.issue(None).await {
                Ok(_) => self.answered.lock().unwrap().push(self.ambient.now().duration_since(begun).unsigned_abs()),
                Err(error) => self.refused.lock().unwrap().push(format!("{error:#}")),
            }
            self.asking.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Has everybody ask another server from now on.
    pub(super) fn ask(&self, scene: Scene) {
        *self.asked.lock().unwrap() = scene;
    }

    /// How many are asking at this moment.
    pub(super) fn asking(&self) -> u32 {
        self.asking.load(Ordering::Relaxed)
    }

    /// How many answers there were.
    pub(super) fn answers(&self) -> usize {
        self.answered.lock().unwrap().len()
    }

    /// Waits for answers, and fails with what was refused.
    pub(super) async fn more(&self, what: &str) {
        let wanted = self.answers() + self.rate.answers;
        until(PATIENCE, what, async || Ok((self.answers() >= wanted).then_some(()))).await.unwrap();
        self.assert_none_refused(what);
    }

    /// Ends it, and tells how long each answer took.
    pub(super) async fn end(&self, running: JoinHandle<()>) -> Vec<Duration> {
        self.is_over.store(true, Ordering::Relaxed);
        running.await.unwrap();
        self.assert_none_refused("the end");
        self.answered.lock().unwrap().clone()
    }

    fn assert_none_refused(&self, what: &str) {
        let refused = self.refused.lock().unwrap();
        assert!(refused.is_empty(), "{what}: {refused:#?}");
    }
}
