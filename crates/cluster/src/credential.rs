//! Bearer tokens as people paste them: checked for the mistakes that are made again and again.

use jiff::Timestamp;
use mayfly_domain::{plan::Account, sensitive::Sensitive};
use serde::{Deserialize, Serialize};

use crate::jwt::Claims;

/// Longest token we keep, in characters. Real service account tokens have about 1,100; API servers cap headers long
/// before a token of this size.
pub const LONGEST_TOKEN: usize = 16 * 1024;

/// Why a text is not a bearer token. Reads after the field's name, and never repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum InvalidCredential {
    /// Nothing was given.
    #[error("must not be empty: the token of a service account in the cluster")]
    Empty,
    /// Longer than [`LONGEST_TOKEN`].
    #[error("must be at most {LONGEST_TOKEN} characters long")]
    TooLarge,
    /// The header's first word came along.
    #[error("must be the bare token, without the word `Bearer`")]
    BearerPrefix,
    /// Copied from a terminal that wrapped it.
    #[error("must be on one line: it contains a line break")]
    LineBreak,
    /// A blank or a character outside printable ASCII.
    #[error("must not contain blanks or other characters that no token has")]
    Character,
    /// A JWT past its end.
    #[error("expired at {at}")]
    Expired {
        /// Its `exp`.
        at: Timestamp,
    },
}

/// A token that can be sent, and what it says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The token, without blanks around it.
    pub token: Sensitive<String>,
    /// Its `exp`, if it is a JWT that has one.
    pub expires_at: Option<Timestamp>,
}

/// Reads `text`, ignoring blanks and line ends around the token.
pub fn parse_credential(text: &str, now: Timestamp) -> Result<Credential, InvalidCredential> {
    let token = text.trim();
    check_text(token)?;
    let expires_at = token_expiry(token);
    if let Some(at) = expires_at.filter(|at| *at <= now) {
        return Err(InvalidCredential::Expired { at });
    }
    Ok(Credential { token: token.into(), expires_at })
}

/// When `token` says that it ends.
pub fn token_expiry(token: &str) -> Option<Timestamp> {
    Claims::read(token.trim()).and_then(|claims| claims.expires_at().ok())
}

/// The service account that `token` says it is of. Nothing vouches for it: a cluster decides whose token it is.
pub fn token_account(token: &str) -> Option<Account> {
    const PREFIX: &str = "system:serviceaccount:";
    let claims = Claims::read(token.trim())?;
    let (namespace, name) = claims.text("sub")?.strip_prefix(PREFIX)?.split_once(':')?;
    Some(Account::Existing { namespace: namespace.parse().ok()?, name: name.parse().ok()? })
}

fn check_text(token: &str) -> Result<(), InvalidCredential> {
    const PREFIX: &str = "bearer";
    if token.is_empty() {
        return Err(InvalidCredential::Empty);
    }
    if token.len() > LONGEST_TOKEN {
        return Err(InvalidCredential::TooLarge);
    }
    let first_word = token.split_whitespace().next().unwrap_or_default();
    if first_word.trim_end_matches(':').eq_ignore_ascii_case(PREFIX) {
        return Err(InvalidCredential::BearerPrefix);
    }
    if token.contains(['\n', '\r']) {
        return Err(InvalidCredential::LineBreak);
    }
    if token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(InvalidCredential::Character);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn now() -> Timestamp {
        "2030-01-01T00:00:00Z".parse().unwrap()
    }

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    fn refused(text: &str) -> InvalidCredential {
        parse_credential(text, now()).expect_err(text)
    }

    #[test]
    fn each_mistake_has_its_own_text() {
        assert_eq!(refused(""), InvalidCredential::Empty);
        assert_eq!(refused(" \n"), InvalidCredential::Empty);
        for prefixed in ["Bearer eyJ", "bearer eyJ", "BEARER\teyJ", "Bearer", "Bearer: eyJ"] {
            assert_eq!(refused(prefixed), InvalidCredential::BearerPrefix, "{prefixed}");
        }
        assert_eq!(refused("eyJ\nhbGci"), InvalidCredential::LineBreak);
        assert_eq!(refused("eyJ\r\nhbGci"), InvalidCredential::LineBreak);
        assert_eq!(refused(&"x".repeat(64 * 1024)), InvalidCredential::TooLarge);
        for odd in ["a b", "tökén", "a\u{0}b", "a\tb", "a\u{200b}b"] {
            assert_eq!(refused(odd), InvalidCredential::Character, "{odd:?}");
        }
        let expired = refused(&jwt(r#"{"exp":1700000000}"#));
        assert_eq!(expired.to_string(), "expired at 2023-11-14T22:13:20Z");
    }

    #[test]
    fn a_token_says_whose_it_is() {
        let account = token_account(&jwt(r#"{"sub":"system:serviceaccount:mayfly:issuer"}"#)).unwrap();
        assert_eq!((account.namespace().as_str(), account.name().as_str()), ("mayfly", "issuer"));
        for other in
            [r#"{"sub":"admin"}"#, r#"{"sub":"system:serviceaccount:a"}"#, r#"{"sub":"system:serviceaccount:A:b"}"#]
        {
            assert_eq!(token_account(&jwt(other)), None, "{other}");
        }
        assert_eq!(token_account("opaque"), None);
    }

    #[test]
    fn no_text_repeats_the_token() {
        for bad in ["Bearer hunter2", "hunter2\nhunter2", "hunter2 hunter2", &"hunter2".repeat(4000)] {
            let refusal = refused(bad);
            assert!(!format!("{refusal} {refusal:?}").contains("hunter2"), "{refusal}");
        }
    }

    #[test]
    fn blanks_around_a_token_are_dropped_and_its_end_is_read() {
        let text = jwt(r#"{"exp":4000000000}"#);
        let credential = parse_credential(&format!("  {text}\n"), now()).unwrap();
        assert_eq!(credential.token.expose(), &text);
        assert_eq!(credential.expires_at, Timestamp::from_second(4_000_000_000).ok());
        assert_eq!(parse_credential("opaque-token", now()).unwrap().expires_at, None);
    }
}
