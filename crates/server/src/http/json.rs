//! Reading a body as JSON, strictly: no key twice, no other content type, no more of anything than an honest body has.

use std::{cell::Cell, time::Duration};

use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use http::{StatusCode, header};
use http_body_util::BodyExt as _;
use mayfly_domain::clock::Ambient;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{
    LARGEST_BODY, Shared,
    problem::{Failure, Rejection},
};

/// The fields of a JSON object in a body. No body at all is an empty object: clients send one or the other.
#[derive(Clone, Debug)]
pub(super) struct Body(pub(super) Map<String, Value>);

impl FromRequest<Shared> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, Failure> {
        let is_json = is_json(&request);
        let bytes = within_deadline(request.into_body(), state.app.ambient()).await?;
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

/// The same request, with all of its body here.
pub(super) async fn buffered(request: Request, ambient: &Ambient) -> Result<Request, Rejection> {
    let (head, body) = request.into_parts();
    let bytes = within_deadline(body, ambient).await?;
    Ok(Request::from_parts(head, axum::body::Body::from(bytes)))
}

async fn within_deadline(body: axum::body::Body, ambient: &Ambient) -> Result<Bytes, Rejection> {
    tokio::select! {
        bytes = collect(body, ambient) => bytes,
        () = ambient.sleep(DEADLINE) => Err(too_slow()),
    }
}

/// A body of the largest size needs no more than this on any line that is worth having.
const DEADLINE: Duration = Duration::from_secs(30);

/// Each span of so much time brings so many bytes, or the end.
const SPAN: Duration = Duration::from_secs(10);
const LEAST_IN_SPAN: usize = 4 * 1024;

/// All of a body that is neither too large nor too slow.
async fn collect(mut body: axum::body::Body, ambient: &Ambient) -> Result<Bytes, Rejection> {
    let (mut bytes, mut before) = (BytesMut::new(), 0);
    let mut span = ambient.sleep(SPAN);
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = &mut span => {
                if bytes.len() - before < LEAST_IN_SPAN {
                    return Err(too_slow());
                }
                (before, span) = (bytes.len(), ambient.sleep(SPAN));
                continue;
            }
        };
        match frame {
            None => return Ok(bytes.freeze()),
            Some(Ok(frame)) => bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Some(Err(_)) => return Err(unreadable(StatusCode::BAD_REQUEST, "the body could not be read to its end")),
        }
        if bytes.len() > LARGEST_BODY {
            return Err(unreadable(StatusCode::PAYLOAD_TOO_LARGE, "the body must be at most 256 KiB"));
        }
    }
}

fn unreadable(status: StatusCode, message: &str) -> Rejection {
    Rejection::new(status, "BadRequest", "body_unreadable", message)
}

fn too_slow() -> Rejection {
    let message = "the body came too slowly: it has 30 seconds, and 4 KiB must come in each ten of them";
    Rejection::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", "body_too_slow", message)
}

/// No content type counts as JSON; clients leave it out.
fn is_json(request: &Request) -> bool {
    let given = request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    given.is_none_or(|text| {
        text.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    })
}

fn read(bytes: &[u8]) -> Result<Map<String, Value>, Failure> {
    let malformed = |message: String| Rejection::new(StatusCode::BAD_REQUEST, "BadRequest", "malformed_json", message);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let left = Cell::new(MOST_VALUES);
    let value =
        Strict { depth: 0, left: &left }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match value {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(malformed("the body must be a JSON object".to_owned()).into()),
        // The library's text may repeat a key, never a value; its position is enough.
        Err(error) if [DUPLICATE, TOO_DEEP, TOO_MANY].iter().any(|told| error.to_string().starts_with(told)) => {
            Err(malformed(error.to_string()).into())
        }
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(malformed(format!("the body is not valid JSON (line {line}, column {column})")).into())
        }
    }
}

const DUPLICATE: &str = "the body has a key twice";

const TOO_DEEP: &str = "the body is nested more than 32 deep";
const TOO_MANY: &str = "the body has more than 10000 values";
/// Nothing that we take is nested more than eight deep.
const DEEPEST: usize = 32;
/// Rules of a role with every verb on everything are far below.
const MOST_VALUES: usize = 10_000;

/// Reads any JSON, and refuses an object that has a key twice: two readers could each see another value. Refuses what is
/// nested deeply or has very many values too: both cost more to read than to send.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    left: &'a Cell<usize>,
}

impl Strict<'_> {
    /// For what is inside.
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > DEEPEST { Err(E::custom(TOO_DEEP)) } else { Ok(Self { depth, ..self }) }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.left.get().checked_sub(1) {
            Some(left) => self.left.set(left),
            None => return Err(D::Error::custom(TOO_MANY)),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
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
        let (mut values, inner) = (Vec::new(), self.inner()?);
        while let Some(value) = entries.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let (mut fields, inner) = (Map::new(), self.inner()?);
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
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
    fn bombs_are_refused_before_they_are_built() {
        let nested = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(31).as_bytes()).is_ok());
        let objects = format!("{}1{}", "{\"a\":".repeat(33), "}".repeat(33));
        for deep in [nested(32), nested(40_000), objects] {
            let told = format!("{:?}", read(deep.as_bytes()).unwrap_err());
            assert!(told.contains("nested more than 32 deep"), "{told}");
        }
        let many = |count: usize| format!("{{\"a\":[{}1]}}", "1,".repeat(count - 1));
        assert!(read(many(9_998).as_bytes()).is_ok());
        let told = format!("{:?}", read(many(9_999).as_bytes()).unwrap_err());
        assert!(told.contains("more than 10000 values"), "{told}");
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
