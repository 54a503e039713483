//! The points at which an operation can be stopped: before and after each transaction, and at each request before it is
//! carried out, after that but before its answer, and after its answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::{Future, pending},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::future::{BoxFuture, Either, ready, select};
use mayfly_store::watch::{Spoil, Watcher, watched};
use mayfly_testkit::fake_cluster::{Calls, Fault, Next, Onlooker};
use tokio::sync::Notify;

/// Counts the points that an operation passes, and stops it at one of them.
pub(crate) struct Stops {
    at: At,
    /// Calls that the cluster refuses.
    refused: Option<Calls>,
    state: Mutex<State>,
    stopped: Notify,
}

/// At which point everything stops.
enum At {
    /// The one of this number, counted from nought.
    Number(usize),
    /// The first one of this name.
    Name(String),
}

#[derive(Default)]
struct State {
    passed: usize,
    /// The names of all that were passed.
    seen: BTreeSet<String>,
    /// Calls that are being carried out: a stop waits for them, or they would still come to pass afterwards.
    under_way: usize,
    /// The point of the stop, once it was reached.
    point: Option<String>,
    /// Whether nothing moves any more. After an answer the operation goes on to whatever it would do next.
    is_still: bool,
}

/// Where a stop is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Here,
    BeforeWhateverComesNext,
}

impl Stops {
    /// At the point of this number, counted from nought.
    pub(crate) fn at(number: usize, refused: Option<Calls>) -> Arc<Self> {
        Self::new(At::Number(number), refused)
    }

    /// At the first point of this name.
    pub(crate) fn at_first(name: &str, refused: Option<Calls>) -> Arc<Self> {
        Self::new(At::Name(name.to_owned()), refused)
    }

    fn new(at: At, refused: Option<Calls>) -> Arc<Self> {
        Arc::new(Self { at, refused, state: Mutex::default(), stopped: Notify::new() })
    }

    /// Runs `operation` until its stop, and drops it there. Gives the name of the point, or nothing if the operation came
    /// to its end before.
    pub(crate) async fn stop(self: &Arc<Self>, operation: impl Future) -> Option<String> {
        let watcher: Arc<dyn Watcher> = Arc::<Self>::clone(self);
        let operation = Box::pin(watched(watcher, operation));
        match select(operation, Box::pin(self.stopped.notified())).await {
            Either::Left(_) | Either::Right(_) => {}
        }
        self.state().point.clone()
    }

    /// How many points were passed.
    pub(crate) fn passed(&self) -> usize {
        self.state().passed
    }

    /// The names of the points that were passed.
    pub(crate) fn seen(&self) -> BTreeSet<String> {
        self.state().seen.clone()
    }

    /// Whether everything stops at this point.
    fn pass(&self, side: Side, point: String) -> bool {
        let mut state = self.state();
        let is_there = match &self.at {
            At::Number(number) => state.passed == *number,
            At::Name(name) => point == *name,
        };
        let is_wanted = is_there && state.point.is_none();
        state.seen.insert(point.clone());
        let is_over = state.point.is_some() && side == Side::Here;
        state.passed += 1;
        if is_wanted {
            state.point = Some(point);
        }
        if is_over || (is_wanted && side == Side::Here) {
            state.is_still = true;
        }
        if state.is_still && state.under_way == 0 {
            self.stopped.notify_one();
        }
        state.is_still
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Stops {
    fn before(&self, transaction: &'static str) -> BoxFuture<'_, Spoil> {
        if self.pass(Side::Here, format!("before {transaction}")) {
            return Box::pin(pending());
        }
        Box::pin(ready(Spoil::Nothing))
    }

    fn after(&self, transaction: &'static str) -> BoxFuture<'_, ()> {
        if self.pass(Side::Here, format!("after {transaction}")) {
            return Box::pin(pending());
        }
        Box::pin(ready(()))
    }
}

impl Onlooker for Stops {
    fn arrived(&self, call: Option<Calls>) -> Option<Fault> {
        if self.pass(Side::Here, format!("{} before it is carried out", name(call))) {
            return Some(Fault::Hang);
        }
        if call.is_some() && call == self.refused {
            let refusal = r#"{"kind":"Status","status":"Failure","code":403}"#;
            return Some(Fault::answer(403, "application/json", refusal));
        }
        self.state().under_way += 1;
        None
    }

    fn carried_out(&self, call: Option<Calls>) -> Next {
        self.state().under_way -= 1;
        if self.pass(Side::Here, format!("{} carried out, not answered", name(call))) {
            return Next::Hang;
        }
        self.pass(Side::BeforeWhateverComesNext, format!("{} answered", name(call)));
        Next::Answer
    }
}

fn name(call: Option<Calls>) -> String {
    call.map_or_else(|| "another call".to_owned(), |call| format!("{call:?}"))
}

/// How often each point was hit.
#[derive(Default)]
pub(crate) struct Hits(BTreeMap<String, usize>);

impl Hits {
    /// Those of `points` that were never hit.
    pub(crate) fn missing(&self, points: &BTreeSet<String>) -> Vec<String> {
        points.iter().filter(|point| !self.0.contains_key(*point)).cloned().collect()
    }

    pub(crate) fn count(&mut self, point: String) {
        *self.0.entry(point).or_default() += 1;
    }

    /// Prints them, and demands that each of these was hit.
    pub(crate) fn demand(&self, operation: &str, transactions: &[&str], calls: &[Calls]) {
        for (point, count) in &self.0 {
            println!("{operation}: {count:3} stops at {point}");
        }
        let sides = |name: &&str| ["before", "after"].map(|side| format!("{side} {name}"));
        let moments = |call: &Calls| {
            ["before it is carried out", "carried out, not answered", "answered"].map(|when| format!("{call:?} {when}"))
        };
        let wanted = transactions.iter().flat_map(sides).chain(calls.iter().flat_map(moments));
        let missing: Vec<String> = wanted.filter(|point| !self.0.contains_key(point)).collect();
        assert!(missing.is_empty(), "{operation}: never stopped at {missing:?}");
    }
}
