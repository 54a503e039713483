//! The readers: connections that cannot change anything.
//!
//! Each read sees what was committed when it starts; in the write-ahead log, readers and the writer never wait for each
//! other.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Execution, Shared, run::run};
use crate::{error::StoreError, row::Row, sql::Sql, value::Value};

/// Reads are short and mostly served from memory: more threads would only take the processors from the writer.
const THREADS: usize = 3;

type Answer = Result<Vec<Row>, StoreError>;

struct Job {
    sql: &'static Sql,
    values: Vec<Value>,
    answer: oneshot::Sender<Answer>,
}

/// How callers reach a reading connection.
pub(super) enum Readers {
    Threads(Threads),
    Inline(Mutex<Core>),
}

/// The readers' threads and the queue they share. They end when it is closed and empty.
pub(super) struct Threads {
    queue: Option<mpsc::Sender<Job>>,
    handles: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(super) fn start(
        execution: Execution,
        open: impl Fn() -> Result<Connection, StoreError>,
        shared: &Shared,
    ) -> Result<Self, StoreError> {
        let core = || Ok(Core { connection: open()?, shared: shared.clone() });
        match execution {
            Execution::Inline => Ok(Self::Inline(Mutex::new(core()?))),
            Execution::Threads => {
                let (queue, jobs) = mpsc::channel();
                let jobs = Arc::new(Mutex::new(jobs));
                let handles = (0..THREADS).map(|_| core()?.spawn(&jobs)).collect::<Result<_, _>>()?;
                Ok(Self::Threads(Threads { queue: Some(queue), handles }))
            }
        }
    }

    pub(super) async fn read(&self, sql: &'static Sql, values: Vec<Value>) -> Answer {
        match self {
            Self::Inline(core) => core.lock().unwrap_or_else(PoisonError::into_inner).read(sql, &values),
            Self::Threads(threads) => {
                let stopped = || StoreError::unavailable("the readers' threads have stopped");
                let (answer, receive) = oneshot::channel();
                let queue = threads.queue.as_ref().ok_or_else(stopped)?;
                queue.send(Job { sql, values, answer }).map_err(|_| stopped())?;
                receive.await.unwrap_or_else(|_| Err(stopped()))
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        drop(self.queue.take());
        for handle in self.handles.drain(..) {
            // A panic there was reported where it happened.
            let _ = handle.join();
        }
    }
}

/// One connection, and what is done with it.
pub(super) struct Core {
    connection: Connection,
    shared: Shared,
}

impl Core {
    fn spawn(self, jobs: &Arc<Mutex<mpsc::Receiver<Job>>>) -> Result<JoinHandle<()>, StoreError> {
        let jobs = Arc::clone(jobs);
        thread::Builder::new()
            .name("store-reader".to_owned())
            .spawn(move || self.serve(&jobs))
            .map_err(|error| StoreError::Refused(format!("cannot start a reader's thread: {error}")))
    }

    fn serve(&self, jobs: &Mutex<mpsc::Receiver<Job>>) {
        let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        while let Ok(job) = next() {
            if !job.answer.is_closed() {
                // Nobody may be waiting any more.
                let _ = job.answer.send(self.read(job.sql, &job.values));
            }
        }
    }

    fn read(&self, sql: &'static Sql, values: &[Value]) -> Answer {
        run(&self.connection, &self.shared, sql, values).map(|outcome| outcome.rows)
    }
}
