//! The claims of a JWT, read without checking its signature.
//!
//! We are not the audience of the tokens we pass on, and cannot know the keys of a cluster. What can be checked is that
//! the API server we authenticated by TLS gave us the token we asked for; `issue` does that with these claims.

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// URL-safe, with padding or without: some issuers add it against the standard.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The id of the key that `token` says it is signed by.
pub(crate) fn key_id(token: &str) -> Option<String> {
    let json = BASE64.decode(token.split('.').next()?).ok()?;
    let header: Map<String, Value> = serde_json::from_slice(&json).ok()?;
    header.get("kid").and_then(Value::as_str).map(str::to_owned)
}

/// The claims of one token.
pub(crate) struct Claims(Map<String, Value>);

/// A claim is not there, or not a number of whole seconds that is a time.
#[derive(Debug)]
pub(crate) struct NotATime;

impl Claims {
    /// The claims of `token`; `None` if it is not a JWT.
    pub(crate) fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let json = BASE64.decode(payload).ok()?;
        serde_json::from_slice(&json).ok().map(Self)
    }

    /// `exp`, which has to be an integer number of seconds.
    pub(crate) fn expires_at(&self) -> Result<Timestamp, NotATime> {
        self.time("exp")
    }

    /// `iat`, where it is an integer number of seconds.
    pub(crate) fn issued_at(&self) -> Option<Timestamp> {
        self.time("iat").ok()
    }

    fn time(&self, name: &str) -> Result<Timestamp, NotATime> {
        let seconds = self.0.get(name).and_then(Value::as_i64).ok_or(NotATime)?;
        Timestamp::from_second(seconds).map_err(|_| NotATime)
    }

    /// A claim that is a non-empty text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// `aud`, which may be one text or a list of them.
    pub(crate) fn audiences(&self) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
        }
    }

    /// A text below the claim `kubernetes.io`, by its path.
    pub(crate) fn kubernetes(&self, path: &[&str]) -> Option<&str> {
        let root = self.0.get("kubernetes.io")?;
        path.iter().try_fold(root, |value, key| value.get(key))?.as_str().filter(|text| !text.is_empty())
    }

    /// Whether the claim `kubernetes.io` says anything under `key`.
    pub(crate) fn has_kubernetes(&self, key: &str) -> bool {
        self.0.get("kubernetes.io").and_then(|root| root.get(key)).is_some_and(|value| !value.is_null())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> Claims {
        Claims::read(&format!("e30.{}.", BASE64.encode(json))).expect(json)
    }

    #[test]
    fn what_is_not_a_jwt_has_no_claims() {
        for text in ["", "a", "a.b", "a.b.c", "e30.e30", "e30.e30.e30.e30", "e30.W10.x", "e30.bnVsbA.x"] {
            assert!(Claims::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn padding_does_not_matter() {
        for payload in ["eyJhIjoiYiJ9", "eyJhIjoiYmMifQ", "eyJhIjoiYmMifQ=="] {
            assert!(Claims::read(&format!("e30.{payload}.x")).unwrap().text("a").is_some(), "{payload}");
        }
    }

    #[test]
    fn only_whole_seconds_are_a_time() {
        assert_eq!(claims(r#"{"exp":1}"#).expires_at().unwrap().as_second(), 1);
        for bad in [r#"{"exp":"1"}"#, r#"{"exp":1.5}"#, r#"{"exp":null}"#, "{}", r#"{"exp":1e30}"#, r#"{"exp":true}"#] {
            assert!(claims(bad).expires_at().is_err(), "{bad}");
        }
        assert_eq!(claims(r#"{"iat":1}"#).issued_at().unwrap().as_second(), 1);
        assert!(claims(r#"{"iat":"1"}"#).issued_at().is_none());
        assert!(claims(r#"{"exp":9999999999999}"#).expires_at().is_err(), "milliseconds are no seconds");
    }

    #[test]
    fn an_audience_may_be_one_or_several() {
        assert_eq!(claims(r#"{"aud":"a"}"#).audiences(), ["a"]);
        assert_eq!(claims(r#"{"aud":["a","b"]}"#).audiences(), ["a", "b"]);
        assert!(claims(r#"{"aud":7}"#).audiences().is_empty());
    }
}
