//! The one writer.
//!
//! It takes whatever is waiting and commits it together, so that the price of a flush is shared; it never waits for
//! more to come. Each transaction has its own savepoint, so that one that fails takes no other with it. Answers go out
//! after the commit, never before.

use std::{
    sync::{Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{Execution, Shared, failure, run::run};
use crate::{
    audit_chain::link::Lane,
    audit_events,
    error::{DatabaseFault, StoreError},
    transaction::{Outcome, Records, Step, Transaction},
    value::Value,
};

/// Transactions in one commit. More would make the first of them wait longer without saving much: 256 share one flush.
const GROUP: usize = 256;

/// Transactions that wait for the writer. A caller beyond that waits for a place in the queue, within its own deadline.
const QUEUE: usize = 1024;

type Answer = Result<Vec<Outcome>, StoreError>;

/// A transaction and who waits for it.
struct Job {
    transaction: Transaction,
    answer: oneshot::Sender<Answer>,
}

/// How callers reach the connection.
pub(super) enum Writer {
    Thread(Thread),
    Inline(Mutex<Core>),
}

/// The writer's thread. It ends when its queue is closed and empty.
pub(super) struct Thread {
    queue: Option<mpsc::Sender<Job>>,
    shared: Shared,
    handle: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(execution: Execution, connection: Connection, shared: Shared) -> Result<Self, StoreError> {
        let core = Core { connection, shared: shared.clone() };
        match execution {
            Execution::Inline => Ok(Self::Inline(Mutex::new(core))),
            Execution::Threads => {
                let (queue, jobs) = mpsc::channel(QUEUE);
                let handle = thread::Builder::new()
                    .name("store-writer".to_owned())
                    .spawn(move || core.serve(jobs))
                    .map_err(|error| StoreError::Refused(format!("cannot start the writer's thread: {error}")))?;
                Ok(Self::Thread(Thread { queue: Some(queue), shared, handle: Some(handle) }))
            }
        }
    }

    pub(super) async fn write(&self, transaction: Transaction) -> Answer {
        let (answer, mut receive) = oneshot::channel();
        let job = Job { transaction, answer };
        match self {
            Self::Thread(thread) => {
                thread.send(job).await?;
                receive.await.unwrap_or_else(|_| Err(thread.stopped()))
            }
            Self::Inline(core) => {
                core.lock().unwrap_or_else(PoisonError::into_inner).commit(vec![job]);
                receive.try_recv().expect("a commit answers each of its jobs before it returns")
            }
        }
    }
}

impl Thread {
    async fn send(&self, job: Job) -> Result<(), StoreError> {
        match &self.queue {
            Some(queue) => queue.send(job).await.map_err(|_| self.stopped()),
            None => Err(self.stopped()),
        }
    }

    /// The thread is gone although we are not being dropped: whether it committed what it held is not known.
    fn stopped(&self) -> StoreError {
        let fault = DatabaseFault::new("", "the writer's thread has stopped");
        self.shared.health.fail(fault.clone());
        StoreError::OutcomeUnknown(fault)
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(handle) = self.handle.take() {
            // A panic there was reported where it happened.
            let _ = handle.join();
        }
    }
}

/// Why nothing of a group was committed.
enum Undone {
    /// It could not begin, whatever is in it.
    AtOnce(StoreError),
    /// It failed on the way.
    Later(StoreError),
}

/// The connection, and what is done with it.
pub(super) struct Core {
    connection: Connection,
    shared: Shared,
}

impl Core {
    fn serve(&self, mut queue: mpsc::Receiver<Job>) {
        while let Some(first) = queue.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP
                && let Ok(next) = queue.try_recv()
            {
                group.push(next);
            }
            self.commit(group);
        }
    }

    /// Commits `jobs` together and answers each. One whose caller is gone already is left out.
    fn commit(&self, jobs: Vec<Job>) {
        let jobs: Vec<Job> = jobs.into_iter().filter(|job| !job.answer.is_closed()).collect();
        match self.run_group(&jobs) {
            Ok(answers) => {
                for (job, answer) in jobs.into_iter().zip(answers) {
                    // Nobody may be waiting any more.
                    let _ = job.answer.send(answer);
                }
            }
            // Perhaps because of one of them: each has another try of its own.
            Err(Undone::Later(StoreError::Unavailable(_))) if jobs.len() > 1 => {
                for job in jobs {
                    self.commit(vec![job]);
                }
            }
            Err(Undone::AtOnce(error) | Undone::Later(error)) => {
                for job in jobs {
                    let _ = job.answer.send(Err(error.clone()));
                }
            }
        }
    }

    /// An answer for each job, once all are committed; or the error that undid them all.
    fn run_group(&self, jobs: &[Job]) -> Result<Vec<Answer>, Undone> {
        let chains = &self.shared.chains;
        let mut lane = if jobs.iter().any(|job| job.transaction.records()) {
            Some(chains.take().map_err(Undone::AtOnce)?)
        } else {
            None
        };
        let before = lane.clone();
        self.begin().map_err(Undone::AtOnce)?;
        let answers = jobs.iter().map(|job| self.run_job(&job.transaction, &mut lane)).collect::<Result<Vec<_>, _>>();
        let finished = answers.and_then(|answers| self.finish().map(|()| answers));
        match &finished {
            Ok(_) => lane.into_iter().for_each(|lane| chains.give_back(lane)),
            // Whether the events are there is not known: nobody goes on with this chain.
            Err(StoreError::OutcomeUnknown(_)) => {}
            Err(_) => before.into_iter().for_each(|lane| chains.give_back(lane)),
        }
        finished.map_err(|error| {
            self.undo();
            Undone::Later(error)
        })
    }

    fn begin(&self) -> Result<(), StoreError> {
        const BEGIN: &str = "BEGIN IMMEDIATE";
        self.shared.health.check()?;
        self.control(BEGIN).map_err(|error| self.translate(BEGIN, &error))
    }

    /// The inner error is the job's own and leaves the group as it was; the outer one is the end of the group.
    fn run_job(&self, transaction: &Transaction, lane: &mut Option<Lane>) -> Result<Answer, StoreError> {
        let control = |text| self.control(text).map_err(|error| self.translate(text, &error));
        control("SAVEPOINT job")?;
        // What an undone job has linked is not there: the next one takes its numbers.
        let before = lane.clone();
        let answer = self.run_steps(transaction, lane);
        match &answer {
            Err(error @ (StoreError::Failed(_) | StoreError::Unavailable(_))) => return Err(error.clone()),
            Err(_) => {
                *lane = before;
                control("ROLLBACK TO job")?;
            }
            Ok(_) => {}
        }
        control("RELEASE job")?;
        Ok(answer)
    }

    fn run_steps(&self, transaction: &Transaction, lane: &mut Option<Lane>) -> Answer {
        let mut outcomes = Vec::with_capacity(transaction.steps.len());
        for step in &transaction.steps {
            let outcome = self.run_step(step, lane)?;
            if !step.is_met_by(outcome.changed) {
                return Err(StoreError::GuardFailed { guard: step.guard });
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    fn run_step(&self, step: &Step, lane: &mut Option<Lane>) -> Result<Outcome, StoreError> {
        let run = |sql, values: &[Value]| run(&self.connection, &self.shared, sql, values);
        let (chains, Some(lane)) = (&self.shared.chains, lane.as_mut()) else { return run(step.sql, &step.values) };
        match step.records {
            Records::Nothing => run(step.sql, &step.values),
            Records::Event => run(step.sql, &chains.link(lane, step.values.clone())?),
            Records::Rows => {
                let Outcome { changed, rows } = run(step.sql, &step.values)?;
                for row in rows {
                    run(&audit_events::INSERT, &chains.link(lane, row.into_values())?)?;
                }
                Ok(Outcome { changed, rows: Vec::new() })
            }
        }
    }

    fn finish(&self) -> Result<(), StoreError> {
        self.control("COMMIT").map_err(|error| {
            let error = self.translate("COMMIT", &error);
            // The commit may be in the log all the same, and be found there by the next start.
            if let StoreError::Failed(fault) = error { StoreError::OutcomeUnknown(fault) } else { error }
        })
    }

    /// SQLite has undone the group itself after some errors; then there is nothing left to undo.
    fn undo(&self) {
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.control("ROLLBACK") {
            self.shared.health.fail(failure::fault(&error));
        }
    }

    fn control(&self, text: &'static str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(text)?.raw_execute().map(drop)
    }

    fn translate(&self, statement: &'static str, error: &rusqlite::Error) -> StoreError {
        self.shared.translate(statement, error)
    }
}

#[cfg(test)]
mod tests;
