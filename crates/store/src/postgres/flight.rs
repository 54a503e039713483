//! Sending a transaction.
//!
//! What can be sent together is: `BEGIN` and every step, and `COMMIT` too when no step is guarded. PostgreSQL works
//! through them in order and refuses everything after a failed step, so nothing is committed that should not be.

use std::{future::poll_fn, pin::Pin, task::Poll};

use futures::{
    TryStreamExt as _,
    future::{MaybeDone, maybe_done},
};
use tokio_postgres::{Error, Statement};

use super::{
    cells,
    failure::Failure,
    pool::{Connection, Open},
};
use crate::{
    error::StoreError,
    transaction::{Expect, Isolation, Outcome, Step, Transaction},
};

/// Runs `transaction` to its end. `prepared` has a statement for each step, or none.
pub(super) async fn run(
    connection: &Connection,
    transaction: &Transaction,
    prepared: &[Statement],
) -> Result<Vec<Outcome>, Failure> {
    match (transaction.steps.as_slice(), transaction.isolation, left_open(transaction)) {
        ([], _, _) => Ok(Vec::new()),
        // A statement by itself is a transaction already.
        ([step], Isolation::Statement, Open::Nothing) => alone(connection, step, prepared.first()).await,
        (_, _, Open::Nothing) => unguarded(connection, transaction, prepared).await,
        (_, _, Open::Transaction) => guarded(connection, transaction, prepared).await,
    }
}

/// What a failure of `transaction` leaves open: only where there are guards is the end sent by itself.
pub(super) fn left_open(transaction: &Transaction) -> Open {
    let guarded = transaction.steps.iter().any(|step| step.expect != Expect::Any);
    if guarded || transaction.records_rows() { Open::Transaction } else { Open::Nothing }
}

/// Runs `step`, which changes nothing, so that its outcome is never in doubt.
pub(super) async fn read(
    connection: &Connection,
    step: &Step,
    prepared: Option<&Statement>,
) -> Result<Outcome, Failure> {
    send_step(connection, step, prepared).await.map_err(|error| error.before_commit(step.sql.name()))
}

async fn alone(connection: &Connection, step: &Step, prepared: Option<&Statement>) -> Result<Vec<Outcome>, Failure> {
    let outcome = send_step(connection, step, prepared).await;
    outcome.map(|outcome| vec![outcome]).map_err(|error| error.at_commit(step.sql.name()))
}

async fn unguarded(
    connection: &Connection,
    transaction: &Transaction,
    prepared: &[Statement],
) -> Result<Vec<Outcome>, Failure> {
    let mut messages = opening(transaction, prepared);
    messages.push(Message::Control("COMMIT"));
    let mut answers = together(connection, messages).await;
    let committed = answers.pop();
    // The first failed step is the reason; what follows it is refused because of it.
    let outcomes = conclude(transaction, answers, SendError::ahead_of_commit)?;
    match committed {
        Some(Err(error)) => Err(error.at_commit("COMMIT")),
        Some(Ok(_)) | None => Ok(outcomes),
    }
}

async fn guarded(
    connection: &Connection,
    transaction: &Transaction,
    prepared: &[Statement],
) -> Result<Vec<Outcome>, Failure> {
    let outcomes = begin(connection, transaction, prepared).await?;
    commit(connection).await?;
    Ok(outcomes)
}

/// Runs the steps of `transaction` and leaves it open.
pub(super) async fn begin(
    connection: &Connection,
    transaction: &Transaction,
    prepared: &[Statement],
) -> Result<Vec<Outcome>, Failure> {
    let answers = together(connection, opening(transaction, prepared)).await;
    conclude(transaction, answers, SendError::before_commit)
}

/// Runs one more step of an open transaction.
pub(super) async fn write_more(
    connection: &Connection,
    step: &Step,
    prepared: Option<&Statement>,
) -> Result<(), Failure> {
    let outcome = send_step(connection, step, prepared).await;
    outcome.map(drop).map_err(|error| error.before_commit(step.sql.name()))
}

/// Ends an open transaction.
pub(super) async fn commit(connection: &Connection) -> Result<(), Failure> {
    match send(connection, Message::Control("COMMIT")).await {
        Ok(_) => Ok(()),
        Err(error) => Err(error.at_commit("COMMIT")),
    }
}

/// What goes out as one message.
enum Message<'data> {
    Control(&'static str),
    Step(&'data Step, Option<&'data Statement>),
}

fn opening<'data>(transaction: &'data Transaction, prepared: &'data [Statement]) -> Vec<Message<'data>> {
    let begin = match transaction.isolation {
        Isolation::Statement => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        Isolation::Serial => "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
    };
    let steps = transaction.steps.iter().enumerate();
    let steps = steps.map(|(position, step)| Message::Step(step, prepared.get(position)));
    std::iter::once(Message::Control(begin)).chain(steps).collect()
}

/// The outcomes of the steps, or what comes first of an error, as `meaning` sees it, and a guard that is not met: the
/// steps behind a broken guard were sent all the same, and whatever they met is no news.
fn conclude(
    transaction: &Transaction,
    answers: Vec<Answer>,
    meaning: impl Fn(SendError, &'static str) -> Failure,
) -> Result<Vec<Outcome>, Failure> {
    let mut answers = answers.into_iter();
    if let Some(Err(error)) = answers.next() {
        return Err(error.at_begin(|error| meaning(error, "BEGIN")));
    }
    let steps = transaction.steps.iter().zip(answers);
    let outcome = |(step, answer): (&Step, Answer)| {
        let outcome = answer.map_err(|error| meaning(error, step.sql.name()))?.unwrap_or_default();
        if step.is_met_by(outcome.changed) {
            Ok(outcome)
        } else {
            Err(Failure::Final(StoreError::GuardFailed { guard: step.guard }))
        }
    };
    steps.map(outcome).collect()
}

/// What came back for a message: the outcome of a step, nothing for a control message.
type Answer = Result<Option<Outcome>, SendError>;

/// Sends all `messages` before it waits for the first answer.
async fn together(connection: &Connection, messages: Vec<Message<'_>>) -> Vec<Answer> {
    let mut sent: Vec<_> =
        messages.into_iter().map(|message| Box::pin(maybe_done(send(connection, message)))).collect();
    // A message goes out when it is first polled: the order here is the order in which the server sees them.
    poll_fn(|context| {
        let waiting =
            sent.iter_mut().fold(0, |waiting, one| waiting + usize::from(one.as_mut().poll(context).is_pending()));
        if waiting == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    sent.iter_mut().filter_map(|one: &mut Pin<Box<MaybeDone<_>>>| one.as_mut().take_output()).collect()
}

async fn send(connection: &Connection, message: Message<'_>) -> Answer {
    match message {
        Message::Control(text) => connection.batch_execute(text).await.map(|()| None).map_err(SendError::Postgres),
        Message::Step(step, prepared) => send_step(connection, step, prepared).await.map(Some),
    }
}

/// Reads the answer to its very end: a statement by itself is committed between its last row and that.
async fn send_step(connection: &Connection, step: &Step, prepared: Option<&Statement>) -> Result<Outcome, SendError> {
    let stream = if let Some(statement) = prepared {
        connection.query_raw(statement, &step.values).await
    } else {
        let typed = step.values.iter().map(|value| (value, value.postgres_type()));
        connection.query_typed_raw(step.sql.postgres(), typed).await
    };
    let mut stream = Box::pin(stream.map_err(SendError::Postgres)?);
    let mut rows = cells::Reader::new(step.sql);
    while let Some(row) = stream.try_next().await.map_err(SendError::Postgres)? {
        rows.read(&row);
    }
    let changed = stream.rows_affected().unwrap_or(0);
    Ok(Outcome { changed, rows: rows.finish().map_err(SendError::NotOurs)? })
}

/// Why a message has no good answer.
enum SendError {
    Postgres(Error),
    /// The answer has a column of a kind that no table of ours has.
    NotOurs(StoreError),
}

impl SendError {
    fn before_commit(self, statement: &'static str) -> Failure {
        self.meaning(|error| Failure::before_commit(statement, error))
    }

    fn ahead_of_commit(self, statement: &'static str) -> Failure {
        self.meaning(|error| Failure::ahead_of_commit(statement, error))
    }

    fn at_commit(self, statement: &'static str) -> Failure {
        self.meaning(|error| Failure::at_commit(statement, error))
    }

    fn at_begin(self, otherwise: impl FnOnce(Self) -> Failure) -> Failure {
        match self {
            // Cancelled, without an end of the connection: each step behind it was on its own.
            Self::Postgres(error) if Failure::is_plain(&error) => Failure::unknown(&error),
            other @ (Self::Postgres(_) | Self::NotOurs(_)) => otherwise(other),
        }
    }

    fn meaning(self, of_postgres: impl FnOnce(&Error) -> Failure) -> Failure {
        match self {
            Self::Postgres(error) => of_postgres(&error),
            Self::NotOurs(error) => Failure::Final(error),
        }
    }
}
