//! Errors without transport: what went wrong, for whom, and in which field.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// What a failure means to whoever has to react to it. Status codes are chosen from it in one place, the server's
/// `http/problem.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// The request can never succeed as it stands; the caller has to change it.
    Invalid,
    /// The caller may not do this.
    Denied,
    /// The thing is not there, or the caller may not know that it is.
    NotFound,
    /// The thing is in a state that forbids this now.
    Conflict,
    /// Something we depend on did not do its part; the same request may succeed later.
    Unavailable,
    /// We are wrong; nothing the caller can do.
    Bug,
}

/// One faulty field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Where: outermost first, such as `["body", "provider", "inputs", "url"]`.
    pub path: Vec<String>,
    /// Stable word for programs, such as `required` or `invalid_duration`.
    pub code: String,
    /// What is wrong and what is accepted. Never contains a secret.
    pub message: String,
}

/// `error` and all its causes on one line, outermost first, as it belongs in a log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {inner}");
        cause = inner.source();
    }
    text
}
