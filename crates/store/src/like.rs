//! Patterns for `LIKE … ESCAPE '\'`.

/// Matches texts that contain `text`, in lower case as both databases make it: of ASCII letters only.
pub(crate) fn containing(text: &str) -> String {
    format!("%{}%", exactly(text))
}

/// Matches `text` itself, in lower case.
pub(crate) fn exactly(text: &str) -> String {
    text.to_ascii_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
