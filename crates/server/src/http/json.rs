//! Reading a body as JSON, strictly: no key twice, no other content type.

use std::time::Duration;

use axum::extract::{FromRequest, Request, rejection::BytesRejection};
use bytes::Bytes;
use http::{StatusCode, header};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{
    Shared,
    problem::{Failure, Rejection},
};

/// The fields of a JSON object in a body. No body at all is an empty object: clients send one or the other.
#[derive(Clone, Debug)]
pub(super) struct Body(pub(super) Map<String, Value>);

impl FromRequest<Shared> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, Failure> {
        let is_json = is_json(&request);
        let bytes = tokio::select! {
            bytes = Bytes::from_request(request, state) => bytes.map_err(|rejection| too_large(&rejection))?,
            () = state.app.ambient().sleep(DEADLINE) => return Err(too_slow().into()),
        };
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        if !is_json {
            return Err(Rejection::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UnsupportedMediaType",
                "unsupported_media_type",
                "the body must have the content type `application/json`",
            )
            .into());
        }
        read(&bytes).map(Self)
    }
}

/// A body of the largest size needs no more than this on any line that is worth having.
const DEADLINE: Duration = Duration::from_secs(30);

fn too_slow() -> Rejection {
    let message = "the body did not come within 30 seconds";
    Rejection::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", "body_too_slow", message)
}

/// No content type counts as JSON; clients leave it out.
fn is_json(request: &Request) -> bool {
    let given = request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    given.is_none_or(|text| {
        text.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    })
}

fn too_large(rejection: &BytesRejection) -> Failure {
    let status = rejection.status();
    let message = if status == StatusCode::PAYLOAD_TOO_LARGE {
        "the body must be at most 256 KiB"
    } else {
        "the body could not be read to its end"
    };
    Rejection::new(status, "BadRequest", "body_unreadable", message).into()
}

fn read(bytes: &[u8]) -> Result<Map<String, Value>, Failure> {
    let malformed = |message: String| Rejection::new(StatusCode::BAD_REQUEST, "BadRequest", "malformed_json", message);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match value {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(malformed("the body must be a JSON object".to_owned()).into()),
        // The library's text may repeat a key, never a value; its position is enough.
        Err(error) if error.to_string().starts_with(DUPLICATE) => Err(malformed(error.to_string()).into()),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(malformed(format!("the body is not valid JSON (line {line}, column {column})")).into())
        }
    }
}

const DUPLICATE: &str = "the body has a key twice";

/// Reads any JSON, and refuses an object that has a key twice: two readers could each see another value.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = entries.next_element_seed(Self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(Self)?;
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format!("{DUPLICATE}: `{key}`")));
            }
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_is_refused_at_any_depth() {
        assert!(read(br#"{"a": 1, "b": {"c": [1, 2.5, null, true, "x"]}}"#).is_ok());
        assert!(read(br#"{"a": 1, "a": 2}"#).is_err());
        assert!(read(br#"{"a": [{"b": 1, "b": 1}]}"#).is_err());
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for body in ["[]", "1", "\"x\"", "null", "{", "{} {}", "<xml/>"] {
            assert!(read(body.as_bytes()).is_err(), "{body} was accepted");
        }
        let deep = "[".repeat(100_000);
        assert!(read(format!("{{\"a\":{deep}").as_bytes()).is_err());
    }
}
