//! Passwords of people: long enough, and not one that everybody tries first.
//!
//! Length and a list of common passwords are all that counts (NIST SP 800-63B section 5.1.1.2): rules about kinds of
//! characters make people choose predictable ones. What a password is hashed with is not known here.

use std::{collections::HashSet, fmt, str::FromStr, sync::LazyLock};

use crate::sensitive::Sensitive;

/// Fewest characters of a password.
pub const SHORTEST: usize = 12;
/// Most characters of a password: it bounds the work of hashing, and whatever a password manager makes fits.
pub const LONGEST: usize = 128;

/// Where the list comes from stands beside it, in `password/README.md`.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("password/common.txt").lines().collect());

/// A password that somebody may choose.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Sensitive<String>);

/// The text cannot be a password. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// Too short or too long.
    #[error("must be {SHORTEST} to {LONGEST} characters long, got {0}")]
    Length(usize),
    /// One of the list.
    #[error(
        "is one of the passwords that are tried first; choose another, such as four words that do not belong together"
    )]
    Common,
}

impl Password {
    /// The password itself.
    pub const fn sensitive(&self) -> &Sensitive<String> {
        &self.0
    }
}

impl FromStr for Password {
    type Err = InvalidPassword;

    fn from_str(text: &str) -> Result<Self, InvalidPassword> {
        let length = text.chars().count();
        if !(SHORTEST..=LONGEST).contains(&length) {
            return Err(InvalidPassword::Length(length));
        }
        if COMMON.contains(text.to_lowercase().as_str()) {
            return Err(InvalidPassword::Common);
        }
        Ok(Self(Sensitive::from(text)))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters_of_any_kind() {
        for text in
            ["correct horse battery", "пароль-длинный", "            ", "🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀", &"x".repeat(127)]
        {
            assert!(text.parse::<Password>().is_ok(), "{text:?} was refused");
        }
        assert_eq!("elevenchars".parse::<Password>(), Err(InvalidPassword::Length(11)));
        assert_eq!("é".repeat(129).parse::<Password>(), Err(InvalidPassword::Length(129)));
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for text in ["passwordpassword", "PasswordPassword", "qwerty123456", "1234567890987654321"] {
            assert_eq!(text.parse::<Password>(), Err(InvalidPassword::Common), "{text}");
        }
        assert!(COMMON.len() > 4_000, "only {} are known", COMMON.len());
        for text in COMMON.iter() {
            assert!((SHORTEST..=LONGEST).contains(&text.chars().count()) && text.to_lowercase() == **text, "{text}");
        }
    }

    #[test]
    fn debug_output_hides_it() {
        let password: Password = "correct horse battery".parse().unwrap();
        assert_eq!(format!("{password:?}"), "[hidden]");
    }
}
