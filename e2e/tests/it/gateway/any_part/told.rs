//! What callers were told, in which order with what happened to the parts.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use mayfly_e2e::{Refused, Scene, waiting::until};
use reqwest::StatusCode;

use super::{ANSWERS, PATIENCE, Part, RECOVERY};

/// One call, from its beginning to its end.
pub(super) struct Call {
    /// Which of the servers was asked: the first one is what dies.
    pub(super) server: usize,
    began: usize,
    ended: usize,
    outcome: Result<(String, String), anyhow::Error>,
}

/// What callers were told, and what they were about.
#[derive(Default)]
pub(super) struct Told {
    calls: Mutex<Vec<Call>>,
    asking: AtomicUsize,
    is_pressing: AtomicBool,
    is_over: AtomicBool,
    /// Counts what happens: which of two things came first is all that matters.
    moments: AtomicUsize,
    /// When a part was about to die.
    struck: AtomicUsize,
    /// When all who ask it knew that it was dead.
    known: AtomicUsize,
}

impl Told {
    fn moment(&self) -> usize {
        self.moments.fetch_add(1, Ordering::SeqCst)
    }

    /// Asks for a lease, and keeps what comes of it.
    pub(super) async fn ask(&self, server: usize, scene: &Scene) {
        let began = self.moment();
        self.asking.fetch_add(1, Ordering::SeqCst);
        let outcome = scene.issue(None).await.map(|issued| {
            let token = Scene::token(&issued).unwrap().to_owned();
            (issued.lease.id, token)
        });
        self.asking.fetch_sub(1, Ordering::SeqCst);
        self.calls.lock().unwrap().push(Call { server, began, ended: self.moment(), outcome });
    }

    fn count(&self) -> usize {
        self.calls.lock().unwrap().iter().filter(|call| call.outcome.is_ok()).count()
    }

    pub(super) async fn more(&self, what: &str) {
        let wanted = self.count() + ANSWERS;
        until(RECOVERY, what, async || Ok((self.count() >= wanted).then_some(()))).await.unwrap();
    }

    /// Has callers ask without a pause, until all of them wait for an answer: now a part is to die.
    pub(super) async fn press(&self, callers: usize) {
        self.is_pressing.store(true, Ordering::SeqCst);
        let all = until(PATIENCE, "all callers wait for an answer", async || {
            Ok((self.asking.load(Ordering::SeqCst) >= callers).then_some(()))
        });
        all.await.unwrap();
        self.struck.store(self.moment(), Ordering::SeqCst);
        self.is_pressing.store(false, Ordering::SeqCst);
    }

    /// From now on nobody who knows what all know asks what is dead.
    pub(super) fn is_known(&self) {
        self.known.store(self.moment(), Ordering::SeqCst);
    }

    pub(super) fn is_pressing(&self) -> bool {
        self.is_pressing.load(Ordering::SeqCst)
    }

    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Judges what was refused, and gives the leases that were answered with their tokens.
    pub(super) fn judge(&self, part: Part) -> Vec<(String, String)> {
        let calls = std::mem::take(&mut *self.calls.lock().unwrap());
        let (struck, known) = (self.struck.load(Ordering::SeqCst), self.known.load(Ordering::SeqCst));
        let under_way = calls.iter().filter(|call| call.began < struck && call.ended > struck).count();
        assert!(under_way >= 1, "{part:?}: nobody waited for an answer when it died");
        let (mut refused, mut cut) = (0, 0);
        for call in &calls {
            let Err(error) = &call.outcome else { continue };
            let says = format!("{part:?}, {} to {}, known at {known}: {error:#}", call.began, call.ended);
            refused += 1;
            cut += usize::from(call.began < struck && call.ended > struck);
            match part {
                // Whoever asked before may be told that nobody knows what became of it; the other process is asked instead.
                Part::Gateway => assert!(call.began < known && is_passing(error), "{says}"),
                // Callers of the other server miss nothing.
                Part::Server => assert_eq!(call.server, DEAD, "{says}"),
                Part::Proxy => assert!(is_passing(error), "{says}"),
                Part::Postgres | Part::Cluster => assert!(is_no_bug(error), "{says}"),
            }
        }
        println!(
            "{part:?}: {under_way} under way when it died, {cut} of them refused; {refused} of {} in all",
            calls.len()
        );
        calls.into_iter().filter_map(|call| call.outcome.ok()).collect()
    }
}

/// Where the first of the servers is among those that are asked.
const DEAD: usize = 0;

/// The answers of `docs/reference/problems.md` for a cluster that cannot be reached now.
const PASSING: [&str; 3] = ["cluster_unreachable", "cluster_timed_out", "issue_timed_out"];

fn is_passing(error: &anyhow::Error) -> bool {
    let code = error.downcast_ref::<Refused>().and_then(|refused| refused.body["code"].as_str());
    code.is_some_and(|code| PASSING.contains(&code))
}

/// Whether a server answered, and knew why not.
fn is_no_bug(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| refused.status != StatusCode::INTERNAL_SERVER_ERROR)
}
