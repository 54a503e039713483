//! A text that is never shown by accident.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An access token, a client secret, a password. Debug output hides it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    /// Takes a secret as it is.
    pub(crate) const fn new(text: String) -> Self {
        Self(text)
    }

    /// Takes the content of a file or a pipe: without the end of its last line, which editors and `echo` add.
    pub(crate) fn from_lines(text: &str) -> Self {
        let line = text.strip_suffix('\n').unwrap_or(text);
        Self(line.strip_suffix('\r').unwrap_or(line).to_owned())
    }

    /// The secret itself. Every call is a place to look at in a review.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_the_last_line_is_cut_off() {
        for (given, wanted) in [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), (" a \n\n", " a \n"), ("", "")] {
            assert_eq!(Secret::from_lines(given).expose(), wanted, "{given:?}");
        }
    }

    #[test]
    fn debug_output_hides_it() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".to_owned())), "[hidden]");
    }
}
