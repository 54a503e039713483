//! Why somebody did something, for the audit log.

use super::super::form::{Field, Form};

/// Longest reason in characters.
pub(super) const LONGEST_REASON: usize = 1024;

/// Why, which is required of what cannot be taken back.
pub(in super::super) fn reason(form: &Form<'_>) -> Option<String> {
    match optional_reason(form)? {
        Some(reason) => Some(reason),
        None => form.fault("reason", "required", "is required, and goes to the audit log"),
    }
}

/// Why, where somebody said so.
pub(in super::super) fn optional_reason(form: &Form<'_>) -> Field<Option<String>> {
    form.text("reason", LONGEST_REASON).map(|reason| reason.filter(|reason| !reason.trim().is_empty()))
}
