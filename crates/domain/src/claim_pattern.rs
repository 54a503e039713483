//! What a claim of an outside token has to look like.
//!
//! A pattern is the text itself. A `*` stands for one or more characters of one segment and never reaches beyond it;
//! segments end at `:` and `/`. So `repo:acme/*:ref:refs/heads/main` lets every repository of `acme` in with its branch
//! `main`, and no pull request, environment or branch `main/x`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A text that a claim is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimPattern(String);

/// Why a text is no pattern. Reads after the field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClaimPattern {
    /// Nothing, or nothing but blanks: that would match what is not there.
    #[error("must not be empty: an empty value matches nothing")]
    Empty,
    /// Longer than [`ClaimPattern::LONGEST`].
    #[error("must be at most 1024 characters long")]
    TooLong,
    /// More than one star in one segment: such patterns are slow, and nobody reads them right.
    #[error("must have at most one `*` between two of `:` and `/`")]
    Stars,
    /// The first segment, which says whose the token is, is left open.
    #[error("must begin with a fixed part: a `*` there lets anybody's tokens in")]
    Open,
}

impl ClaimPattern {
    /// Longest pattern, in characters.
    pub const LONGEST: usize = 1024;

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a claim with this text fits. An empty text never does.
    pub fn matches(&self, text: &str) -> bool {
        if text.is_empty() || !separators(&self.0).eq(separators(text)) {
            return false;
        }
        segments(&self.0).zip(segments(text)).all(|(pattern, given)| fits(pattern, given))
    }

    /// Whether it may be compared with a subject: there, the first two segments say whose the token is.
    pub fn names_an_owner(&self) -> bool {
        segments(&self.0).take(2).all(|segment| !segment.contains('*'))
    }
}

fn is_separator(character: char) -> bool {
    matches!(character, ':' | '/')
}

fn segments(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_separator)
}

fn separators(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|character| is_separator(*character))
}

/// One segment against another; the star takes at least one character.
fn fits(pattern: &str, given: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == given,
        Some((before, after)) => given
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|middle| !middle.is_empty()),
    }
}

impl FromStr for ClaimPattern {
    type Err = InvalidClaimPattern;

    fn from_str(text: &str) -> Result<Self, InvalidClaimPattern> {
        if text.trim().is_empty() {
            return Err(InvalidClaimPattern::Empty);
        }
        if text.chars().count() > Self::LONGEST {
            return Err(InvalidClaimPattern::TooLong);
        }
        if segments(text).any(|segment| segment.matches('*').count() > 1) {
            return Err(InvalidClaimPattern::Stars);
        }
        if segments(text).next().is_some_and(|first| first.starts_with('*')) {
            return Err(InvalidClaimPattern::Open);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ClaimPattern {
    type Error = InvalidClaimPattern;

    fn try_from(text: String) -> Result<Self, InvalidClaimPattern> {
        text.parse()
    }
}

impl From<ClaimPattern> for String {
    fn from(pattern: ClaimPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for ClaimPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
