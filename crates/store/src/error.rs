//! What can go wrong in the store, told the same way for both databases.

use mayfly_domain::error::ErrorClass;

/// A failure of the store. Its texts name statements, indexes, columns and ids, and never a value that was stored.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A step changed another number of rows than it had to; nothing of its transaction happened.
    #[error("refused: {guard}")]
    GuardFailed {
        /// The claim that was false.
        guard: &'static str,
    },
    /// A row with the same key is there already; nothing of the transaction happened.
    #[error("`{index}` allows one row only")]
    Unique {
        /// The unique index, or `<table>_pkey`: the same name on both databases.
        index: String,
    },
    /// A row that is referred to is missing, or one that is still referred to was to go; nothing happened.
    #[error("`{statement}` breaks a reference between rows")]
    ForeignKey {
        /// The statement.
        statement: &'static str,
    },
    /// The database did not do its part, and certainly did not commit. The same call may succeed later.
    #[error("the database is unavailable")]
    Unavailable(#[source] DatabaseFault),
    /// The connection was lost while committing: the change may have happened or not. Read it back to know.
    #[error("the database did not say whether it committed")]
    OutcomeUnknown(#[source] DatabaseFault),
    /// The disk failed while writing. Nothing is served from this store any more: what is in memory may not be what is
    /// on disk. Only a new start reads the truth.
    #[error("the database file failed and is closed; start again")]
    Failed(#[source] DatabaseFault),
    /// A stored value is not what it must be. Only that row is affected.
    #[error("`{column}` of row `{}` {problem} (`{statement}`)", .id.as_deref().unwrap_or("?"))]
    Corrupt {
        /// The statement that read it.
        statement: &'static str,
        /// The column.
        column: String,
        /// The row's id, when the statement read one.
        id: Option<String>,
        /// What is wrong with the value.
        problem: &'static str,
    },
    /// Text with a NUL character, which PostgreSQL cannot store and SQLite cuts. Refused for both before it is sent.
    #[error("text for `{statement}` contains a NUL character")]
    Unstorable {
        /// The statement.
        statement: &'static str,
    },
    /// A sealed value does not open: it was changed, moved to another place, or its key is gone.
    #[error("the sealed `{column}` of row `{row}` in `{table}` {problem}")]
    Sealed {
        /// The table.
        table: &'static str,
        /// The row's id.
        row: String,
        /// The column.
        column: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// The database does not accept a statement of ours: we are wrong.
    #[error("`{statement}` was refused by the database")]
    Statement {
        /// The statement.
        statement: &'static str,
        /// What the database says.
        #[source]
        fault: DatabaseFault,
    },
    /// The store cannot be opened. The text says why and what to do.
    #[error("{0}")]
    Refused(String),
}

impl StoreError {
    /// What the failure means to the caller.
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::GuardFailed { .. } | Self::Unique { .. } | Self::ForeignKey { .. } => ErrorClass::Conflict,
            Self::Unavailable(_) | Self::OutcomeUnknown(_) | Self::Failed(_) => ErrorClass::Unavailable,
            Self::Corrupt { .. } | Self::Sealed { .. } | Self::Statement { .. } => ErrorClass::Bug,
            Self::Unstorable { .. } | Self::Refused(_) => ErrorClass::Invalid,
        }
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::Unavailable(DatabaseFault::new("", message))
    }
}

/// What a database said: its code and its first line, without the details in which it repeats the values of a row.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}{}{code}", if .code.is_empty() { "" } else { ", code " })]
pub struct DatabaseFault {
    code: String,
    message: String,
}

impl DatabaseFault {
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// The database's own code, such as SQLSTATE `40001` or SQLite's `778`; empty when it has none.
    pub fn code(&self) -> &str {
        &self.code
    }
}
