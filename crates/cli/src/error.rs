//! Everything that can go wrong, and the exit code of each.
//!
//! The codes are promised to scripts: 0 done, 1 unexpected, 2 usage, 3 not signed in, 4 not allowed, 5 not found,
//! 6 rejected input, 7 unreachable, 8 the cluster refused, 9 partly done, 10 timed out, 130 interrupted.

use std::{error::Error, io, path::PathBuf, process::ExitCode};

use crate::refusal::Refusal;

/// The process's answer to whoever started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Unexpected = 1,
    Usage = 2,
    NotSignedIn = 3,
    NotAllowed = 4,
    NotFound = 5,
    Rejected = 6,
    Unreachable = 7,
    ClusterRefused = 8,
    PartlyDone = 9,
    TimedOut = 10,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error("you are not signed in to `{server}`: run `mayfly login {server}`, or set `MAYFLY_TOKEN`")]
    NotSignedIn { server: String },
    /// The server understood the request, and said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("cannot reach `{server}`")]
    Unreachable { server: String, source: reqwest::Error },
    #[error("`{server}` did not answer within {patience}")]
    TimedOut { server: String, patience: String },
    #[error("`{server}` gave an answer that is not Mayfly's: {what}")]
    Absurd { server: String, what: String },
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    #[error("cannot read `{}`", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{}`", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`{}` is not what it should be: {what}", .path.display())]
    Content { path: PathBuf, what: String },
    /// Some of the work is done and will stay.
    #[error("{0}")]
    Partly(String),
    /// A name that stands for nothing the caller can see.
    #[error("{0}")]
    NotFound(String),
    /// Somebody said no, or took the request back.
    #[error("{0}")]
    NotApproved(String),
    /// Nobody has said a word yet.
    #[error("{0}")]
    StillWaiting(String),
    #[error("interrupted")]
    Interrupted,
    #[error("the question could not be asked")]
    Question(#[source] inquire::InquireError),
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
    #[error("the answer cannot be written as JSON")]
    Shape(#[source] serde_json::Error),
    #[error("the answer cannot be written as YAML")]
    Yaml(#[source] serde_saphyr::SerializeError),
    #[cfg(feature = "server")]
    #[error(transparent)]
    Server(#[from] mayfly_server::ServeError),
}

impl CliError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::NotSignedIn { .. } => Exit::NotSignedIn,
            Self::Refused(refusal) => refusal.exit(),
            Self::Unreachable { .. } => Exit::Unreachable,
            Self::NotFound(_) => Exit::NotFound,
            Self::NotApproved(_) => Exit::NotAllowed,
            Self::TimedOut { .. } | Self::StillWaiting(_) => Exit::TimedOut,
            Self::Content { .. } => Exit::Rejected,
            Self::Partly(_) => Exit::PartlyDone,
            Self::Interrupted => Exit::Interrupted,
            Self::Absurd { .. }
            | Self::Client(_)
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Question(_)
            | Self::Output(_)
            | Self::Shape(_)
            | Self::Yaml(_) => Exit::Unexpected,
            #[cfg(feature = "server")]
            Self::Server(mayfly_server::ServeError::Config(_) | mayfly_server::ServeError::Email(_)) => Exit::Usage,
            #[cfg(feature = "server")]
            Self::Server(_) => Exit::Unexpected,
        }
    }

    /// Whether the same may succeed in a while, without anybody doing anything here.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Refused(refusal) => refusal.is_passing(),
            _ => false,
        }
    }

    /// All there is to say about it, the message and its causes on the first line.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut message = format!("error: {self}");
        let mut cause = self.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Libraries like to repeat their causes in their own text.
            if !message.contains(&text) {
                message = format!("{message}: {text}");
            }
            cause = error.source();
        }
        let mut lines = vec![message];
        if let Self::Refused(refusal) = self {
            lines.extend(refusal.more_lines());
        }
        lines
    }
}

impl From<inquire::InquireError> for CliError {
    fn from(error: inquire::InquireError) -> Self {
        match error {
            inquire::InquireError::OperationCanceled | inquire::InquireError::OperationInterrupted => Self::Interrupted,
            other => Self::Question(other),
        }
    }
}
