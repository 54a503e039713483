//! Many callers at once.

use std::sync::Arc;

use futures::future::join_all;
use mayfly_testkit::both_databases;

use super::fixture::{AMOUNTS, COUNT, Fixture, INSERT_THING, TAKE, thing};
use crate::{
    database::Database,
    error::StoreError,
    transaction::{Outcome, Transaction},
    value::values,
};

type Answer = Result<Vec<Outcome>, StoreError>;

/// What `write` comes to. A busy machine may have no connection free in time. That wrote nothing, and whoever is told so asks again.
async fn patiently<F: Future<Output = Answer>>(write: impl Fn() -> F) -> Answer {
    const MOST_TRIES: usize = 60;
    for _ in 1..MOST_TRIES {
        match write().await {
            Err(StoreError::Unavailable(_)) => {}
            answer => return answer,
        }
    }
    write().await
}

/// Every tenth has a name that is taken, every tenth a guard that is broken; the rest are good.
async fn write_numbered(fixture: &Fixture, number: usize) -> Answer {
    let (id, taken) = (number.to_string(), if number % 10 == 3 { "taken".to_owned() } else { format!("{number}x") });
    let missing = if number % 10 == 7 { "missing" } else { "taken" };
    let write = || {
        let transaction = Transaction::new().step(&INSERT_THING, thing(&id, 1)).step(&INSERT_THING, thing(&taken, 1));
        fixture.database.write(transaction.step(&TAKE, values![missing, 0]).expecting_one("it is there"))
    };
    patiently(write).await
}

/// Takes one of what there is of `name`.
async fn take(database: &Database, name: &str) -> Answer {
    let step = || Transaction::new().step(&TAKE, values![name, 1]).expecting_one("there is enough");
    patiently(|| database.write(step())).await
}

fn kind(answer: &Answer) -> &'static str {
    match answer {
        Ok(_) => "done",
        Err(StoreError::Unique { .. }) => "taken",
        Err(StoreError::GuardFailed { .. }) => "guarded",
        Err(_) => "other",
    }
}

fn expected(number: usize) -> &'static str {
    match number % 10 {
        3 => "taken",
        7 => "guarded",
        _ => "done",
    }
}

both_databases! {
    async fn a_thousand_callers_get_an_answer_each_and_failures_stay_alone(fixture: Fixture) {
        fixture.database.write(Transaction::new().step(&INSERT_THING, thing("taken", 1))).await.unwrap();
        let answers = join_all((0..1000).map(|number| write_numbered(&fixture, number))).await;
        for (number, answer) in answers.iter().enumerate() {
            assert_eq!(kind(answer), expected(number), "{number}: {answer:?}");
        }
        assert_eq!(fixture.number(&COUNT).await, 1 + 800 * 2);
    }

    async fn callers_that_leave_do_no_harm(fixture: Fixture) {
        fixture.database.write(Transaction::new().step(&INSERT_THING, thing("taken", 1_000_000))).await.unwrap();
        let fixture = Arc::new(fixture);
        let take = |fixture: Arc<Fixture>| async move { take(&fixture.database, "taken").await };
        let tasks: Vec<_> = (0..200).map(|_| tokio::spawn(take(Arc::clone(&fixture)))).collect();
        for (number, task) in tasks.iter().enumerate() {
            if number % 2 == 1 {
                tokio::task::yield_now().await;
                task.abort();
            }
        }
        let mut answered = 0;
        for task in tasks {
            if let Ok(answer) = task.await {
                answer.unwrap();
                answered += 1;
            }
        }
        let taken = 1_000_000 - fixture.number(&AMOUNTS).await;
        assert!((answered..=200).contains(&taken) && answered >= 100, "{answered} answered, {taken} taken");
    }

    async fn what_was_answered_is_seen_by_the_next_read(fixture: Fixture) {
        for number in 0..200 {
            let id = number.to_string();
            fixture.database.write(Transaction::new().step(&INSERT_THING, thing(&id, number))).await.unwrap();
            assert_eq!(fixture.amount(&id).await, number);
        }
    }
}

#[tokio::test]
async fn two_servers_share_one_database() {
    let fixture = Fixture::postgres().await;
    let other = super::fixture::open(&fixture.options, super::fixture::MIGRATIONS).await.unwrap();
    fixture.database.write(Transaction::new().step(&INSERT_THING, thing("a", 100))).await.unwrap();
    let database = |number: usize| if number.is_multiple_of(2) { &fixture.database } else { &other };
    let answers = join_all((0..150).map(|number| take(database(number), "a"))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 100);
    assert_eq!(answers.iter().filter(|answer| kind(answer) == "guarded").count(), 50);
    assert_eq!(fixture.amount("a").await, 0);
}

#[tokio::test]
async fn inline_execution_gives_the_same_answers() {
    let mut kinds = Vec::new();
    for fixture in [Fixture::inline().await, Fixture::sqlite().await] {
        fixture.database.write(Transaction::new().step(&INSERT_THING, thing("taken", 1))).await.unwrap();
        let mut answers = Vec::new();
        for number in 0..50 {
            answers.push(kind(&write_numbered(&fixture, number).await));
        }
        kinds.push((answers, fixture.number(&COUNT).await));
    }
    assert_eq!(kinds[0], kinds[1]);
}

#[test]
fn inline_execution_never_waits() {
    use futures::FutureExt as _;
    let fixture = Fixture::inline().now_or_never().expect("opened without waiting");
    let write = fixture.database.write(Transaction::new().step(&INSERT_THING, thing("a", 1)));
    write.now_or_never().expect("written without waiting").unwrap();
    assert!(fixture.thing("a").now_or_never().expect("read without waiting").is_some());
}
