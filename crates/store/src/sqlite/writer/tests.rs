//! Groups, seen from the writer's side.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::{
    sql::{Sql, statements},
    sqlite::{Shared, failure::IndexNames, health::Health},
    value::values,
};

statements! {
    INSERT = "INSERT INTO things (id, body) VALUES (?1, ?2)";
}

const _: &[&Sql] = STATEMENTS;

type Receiver = oneshot::Receiver<Answer>;

/// A writer over a small database that is gone with it, and the number of its commits.
fn core() -> (Core, Arc<AtomicUsize>) {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE things (id TEXT PRIMARY KEY, body BLOB) STRICT").unwrap();
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let count = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        false
    };
    connection.commit_hook(Some(count)).unwrap();
    let shared = Shared {
        names: Arc::new(IndexNames::read(&connection).unwrap()),
        health: Health::default(),
        chains: Arc::default(),
    };
    (Core { connection, shared }, commits)
}

fn job(id: &str, size: usize) -> (Job, Receiver) {
    let (answer, receiver) = oneshot::channel();
    (Job { transaction: Transaction::new().step(&INSERT, values![id, vec![7; size]]), answer }, receiver)
}

fn count(core: &Core) -> u32 {
    core.connection.query_row("SELECT count(*) FROM things", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_group_is_one_commit() {
    let (core, commits) = core();
    let (jobs, receivers): (Vec<Job>, Vec<Receiver>) = (0..256).map(|number| job(&number.to_string(), 1)).unzip();
    core.commit(jobs);
    assert!(receivers.into_iter().all(|mut receiver| receiver.try_recv().unwrap().is_ok()));
    assert_eq!((count(&core), commits.load(Ordering::SeqCst)), (256, 1));
}

#[test]
fn a_transaction_that_fills_the_disk_fails_alone() {
    const PAGES: i64 = 100;
    let (core, _) = core();
    core.connection.pragma_update(None, "max_page_count", PAGES).unwrap();
    let (jobs, receivers): (Vec<Job>, Vec<Receiver>) =
        [job("a", 1), job("too much", 1 << 20), job("b", 1)].into_iter().unzip();
    core.commit(jobs);
    let answers: Vec<Answer> = receivers.into_iter().map(|mut receiver| receiver.try_recv().unwrap()).collect();
    assert!(matches!(answers.as_slice(), [Ok(_), Err(StoreError::Unavailable(_)), Ok(_)]), "{answers:?}");
    assert_eq!(count(&core), 2);
}

#[test]
fn nothing_is_done_for_a_caller_that_left_before() {
    let (core, _) = core();
    let (gone, _) = job("gone", 1);
    let (stays, mut receiver) = job("stays", 1);
    core.commit(vec![gone, stays]);
    assert!(receiver.try_recv().unwrap().is_ok());
    assert_eq!(count(&core), 1);
}

#[test]
fn nothing_is_done_after_the_disk_has_failed() {
    let (core, _) = core();
    core.shared.health.fail(DatabaseFault::new("", "the disk is broken"));
    let (late, mut receiver) = job("late", 1);
    core.commit(vec![late]);
    assert!(matches!(receiver.try_recv().unwrap(), Err(StoreError::Failed(_))));
    assert_eq!(count(&core), 0);
}
