//! What a token says, read strictly: no claim twice, times as whole seconds, an audience as text or texts.

use std::fmt;

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::error::TokenRefused;

/// The claims of a token, or the fields of its header.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// All of them.
    pub fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A claim as it is.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim inside a claim, as `kubernetes.io` has them: parts joined by dots. A name that is there as a whole comes
    /// first.
    pub fn at(&self, path: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(path) {
            return Some(value);
        }
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(self.0.get(first)?, |value, part| value.get(part))
    }

    /// A claim that is a text and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A time in whole seconds, where it is there at all.
    pub fn time(&self, name: &'static str) -> Result<Option<Timestamp>, TokenRefused> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let seconds = value.as_i64().ok_or(TokenRefused::Claim(name))?;
        Timestamp::from_second(seconds).map(Some).map_err(|_| TokenRefused::Claim(name))
    }

    /// `aud`: one text, or a list of nothing but texts; never empty.
    pub fn audiences(&self) -> Result<Vec<&str>, TokenRefused> {
        let refused = TokenRefused::Claim("aud");
        let audiences = match self.0.get("aud") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(several)) => {
                several.iter().map(Value::as_str).collect::<Option<Vec<_>>>().ok_or(refused)?
            }
            _ => return Err(refused),
        };
        if audiences.is_empty() || audiences.iter().any(|audience| audience.trim().is_empty()) {
            return Err(refused);
        }
        Ok(audiences)
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Unique)
    }
}

/// Two programs may each read another one of two claims of one name: such a token is no token.
struct Unique;

impl<'de> Visitor<'de> for Unique {
    type Value = Claims;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object in which no name is twice")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Claims, A::Error> {
        let mut claims = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if claims.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is there twice"));
            }
        }
        Ok(Claims(claims))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> Claims {
        serde_json::from_str(json).expect(json)
    }

    #[test]
    fn a_claim_that_is_there_twice_makes_no_claims() {
        assert!(serde_json::from_str::<Claims>(r#"{"sub":"a","sub":"b"}"#).is_err());
        assert!(serde_json::from_str::<Claims>("[]").is_err());
    }

    #[test]
    fn only_whole_seconds_are_a_time() {
        assert_eq!(claims(r#"{"exp":5}"#).time("exp").unwrap().unwrap().as_second(), 5);
        assert_eq!(claims("{}").time("exp"), Ok(None));
        for bad in [r#""5""#, "5.5", "5.0", "null", "true", "1e30", "[5]", "9999999999999999"] {
            assert_eq!(claims(&format!(r#"{{"exp":{bad}}}"#)).time("exp"), Err(TokenRefused::Claim("exp")), "{bad}");
        }
    }

    #[test]
    fn an_audience_is_a_text_or_a_list_of_texts_and_never_empty() {
        assert_eq!(claims(r#"{"aud":"a"}"#).audiences().unwrap(), ["a"]);
        assert_eq!(claims(r#"{"aud":["a","b"]}"#).audiences().unwrap(), ["a", "b"]);
        for bad in
            [r#"{"aud":""}"#, r#"{"aud":[]}"#, r#"{"aud":["a",7]}"#, r#"{"aud":["a"," "]}"#, r#"{"aud":{}}"#, "{}"]
        {
            assert!(claims(bad).audiences().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_leads_into_a_claim_and_a_whole_name_comes_first() {
        let nested = claims(r#"{"kubernetes.io":{"namespace":"ci"},"a":{"b":"deep"},"a.b":"flat"}"#);
        assert_eq!(nested.at("a.b").unwrap(), "flat");
        assert_eq!(claims(r#"{"a":{"b":{"c":1}}}"#).at("a.b.c").unwrap(), 1);
        assert!(nested.at("a.c").is_none());
    }
}
