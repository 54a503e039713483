//! What PostgreSQL's errors mean.

use deadpool_postgres::PoolError;
use tokio_postgres::{
    Error,
    error::{DbError, Severity, SqlState},
};

use crate::error::{DatabaseFault, StoreError};

/// A failure, and whether to try again.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing happened, and the same may work at once.
    Again(StoreError),
    /// The caller's to decide.
    Final(StoreError),
}

impl Failure {
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Again(error) | Self::Final(error) => error,
        }
    }

    /// No connection to be had: nothing was sent.
    pub(super) fn no_connection(error: &PoolError) -> Self {
        Self::Final(match error {
            PoolError::Backend(error) => StoreError::Unavailable(fault(error)),
            other @ (PoolError::Timeout(_)
            | PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_)) => StoreError::unavailable(format!("no connection to PostgreSQL: {other}")),
        })
    }

    /// Whether `error` is of a statement only, and neither of the server nor of the connection.
    pub(super) fn is_plain(error: &Error) -> bool {
        error.as_db_error().is_some_and(is_plain)
    }

    /// It may have happened or not.
    pub(super) fn unknown(error: &Error) -> Self {
        Self::Final(StoreError::OutcomeUnknown(fault(error)))
    }

    /// Whether the connection may be used again once it is rolled back.
    pub(super) const fn leaves_connection_usable(&self) -> bool {
        !matches!(self, Self::Final(StoreError::OutcomeUnknown(_)))
    }

    /// Whether a prepared statement of the connection does not fit the schema any more.
    pub(super) fn is_stale_plan(&self) -> bool {
        matches!(self, Self::Again(StoreError::Unavailable(fault)) if fault.code() == SqlState::FEATURE_NOT_SUPPORTED.code())
    }

    /// `error` of `statement`, in a transaction whose commit was not yet asked for.
    pub(super) fn before_commit(statement: &'static str, error: &Error) -> Self {
        let Some(told) = error.as_db_error() else { return Self::Again(StoreError::Unavailable(fault(error))) };
        let meaning = meaning(statement, told);
        if is_worth_another_try(told) { Self::Again(meaning) } else { Self::Final(meaning) }
    }

    /// `error` of `statement`, with the request to commit sent right behind it. Where the server answers with an error,
    /// even with its last one, it did not come to the commit.
    pub(super) fn ahead_of_commit(statement: &'static str, error: &Error) -> Self {
        match error.as_db_error() {
            Some(_) => Self::before_commit(statement, error),
            None => Self::unknown(error),
        }
    }

    /// `error` in answer to the request to commit, or of a statement that commits by itself.
    pub(super) fn at_commit(statement: &'static str, error: &Error) -> Self {
        match error.as_db_error() {
            // The server lives, and says that it did not.
            Some(told) if is_plain(told) => Self::before_commit(statement, error),
            Some(_) | None => Self::unknown(error),
        }
    }
}

fn is_plain(told: &DbError) -> bool {
    told.parsed_severity() == Some(Severity::Error)
}

/// Another transaction was in the way, a plan was made for a schema that has changed since, or the connection was
/// ended before anything was asked of it.
fn is_worth_another_try(told: &DbError) -> bool {
    let code = told.code();
    *code == SqlState::T_R_SERIALIZATION_FAILURE
        || *code == SqlState::T_R_DEADLOCK_DETECTED
        || is_stale_plan(told)
        || !is_plain(told)
}

/// A prepared statement does not outlive a change of the columns it returns.
fn is_stale_plan(told: &DbError) -> bool {
    *told.code() == SqlState::FEATURE_NOT_SUPPORTED && told.message().contains("cached plan")
}

fn meaning(statement: &'static str, told: &DbError) -> StoreError {
    let constraint = || told.constraint().unwrap_or("?").to_owned();
    let code = told.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return StoreError::Unique { index: constraint() };
    }
    if *code == SqlState::FOREIGN_KEY_VIOLATION {
        return StoreError::ForeignKey { statement };
    }
    if is_trouble(code) || is_stale_plan(told) {
        return StoreError::Unavailable(told_fault(told));
    }
    StoreError::Statement { statement, fault: told_fault(told) }
}

/// The server's or another transaction's trouble, and not the statement's.
fn is_trouble(code: &SqlState) -> bool {
    /// Connection, transaction rolled back, resources, operator, the system under the server.
    const CLASSES: [&str; 5] = ["08", "40", "53", "57", "58"];
    CLASSES.iter().any(|class| code.code().starts_with(class))
        || *code == SqlState::LOCK_NOT_AVAILABLE
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
}

/// Without the driver's and the server's details: the server repeats values of rows in them.
pub(super) fn fault(error: &Error) -> DatabaseFault {
    match error.as_db_error() {
        Some(told) => told_fault(told),
        None => DatabaseFault::new("", mayfly_domain::error::chain(error)),
    }
}

fn told_fault(told: &DbError) -> DatabaseFault {
    DatabaseFault::new(told.code().code(), told.message())
}
