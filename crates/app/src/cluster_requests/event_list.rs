//! Reading a list of events of `audit.k8s.io/v1` without ever holding more of it than is kept.
//!
//! It comes from a cluster, which may be anybody's: what nobody asks for is passed over while it is read, and there is an end
//! to how many events count.

use std::fmt;

use mayfly_store::cluster_requests::MadeRequest;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::parse;
use crate::AppError;

/// A list of events, as far as it says anything of leases.
#[derive(Clone, Debug, Default)]
pub struct EventList {
    /// The names of its fields.
    pub fields: Vec<String>,
    /// Events in it.
    pub(super) events: u64,
    /// Those that tell of a request with a token that has an id.
    pub(super) made: Vec<MadeRequest>,
    has_items: bool,
}

impl EventList {
    /// Events in one list. An API server sends 400 of them at most, unless it is told otherwise.
    pub const MOST: u64 = 5_000;

    /// Reads a list.
    pub fn read(json: &[u8]) -> Result<Self, AppError> {
        let mut list = Self::default();
        let mut reader = serde_json::Deserializer::from_slice(json);
        let read = List(&mut list).deserialize(&mut reader).and_then(|()| reader.end());
        let fault = |message: String| AppError::field(&["items"], "invalid_value", message);
        match read {
            Err(error) if error.to_string().starts_with(TOO_MANY) => {
                Err(fault(format!("must have at most {} events; send them in several calls", Self::MOST)))
            }
            Ok(()) if list.has_items => Ok(list),
            Ok(()) | Err(_) => {
                Err(fault("must be a list of events of `audit.k8s.io/v1`, of 16 MiB at most".to_owned()))
            }
        }
    }
}

const TOO_MANY: &str = "too many events";

/// Fields of a list and of its events that are looked at.
const KEPT: [&str; 19] = [
    "auditID",
    "stage",
    "verb",
    "requestURI",
    "objectRef",
    "sourceIPs",
    "userAgent",
    "requestReceivedTimestamp",
    "stageTimestamp",
    "user",
    "extra",
    "authentication.kubernetes.io/credential-id",
    "responseStatus",
    "code",
    "apiGroup",
    "resource",
    "subresource",
    "namespace",
    "name",
];
/// Nothing that is kept lies deeper in an event.
const DEEPEST: u8 = 4;
/// Addresses and ids of one event that are looked at.
const MOST_ENTRIES: usize = 8;

struct List<'a>(&'a mut EventList);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of events")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(name) = entries.next_key::<String>()? {
            if name == "items" {
                self.0.has_items = true;
                entries.next_value_seed(Items(self.0))?;
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
            if self.0.fields.len() < KEPT.len() {
                self.0.fields.push(name);
            }
        }
        Ok(())
    }
}

struct Items<'a>(&'a mut EventList);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(event) = entries.next_element_seed(Slim(0))? {
            self.0.events += 1;
            if self.0.events > EventList::MOST {
                return Err(A::Error::custom(TOO_MANY));
            }
            self.0.made.extend(parse::request(&event));
        }
        Ok(())
    }
}

/// A value without what is not looked at; how deep it lies.
struct Slim(u8);

impl<'de> DeserializeSeed<'de> for Slim {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.0 > DEEPEST {
            return deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Slim {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
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

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while values.len() < MOST_ENTRIES {
            match entries.next_element_seed(Self(self.0 + 1))? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if KEPT.contains(&name.as_str()) {
                fields.insert(name, entries.next_value_seed(Self(self.0 + 1))?);
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::AppError;

    fn read(list: &Value) -> Result<EventList, AppError> {
        EventList::read(&serde_json::to_vec(list).unwrap())
    }

    #[test]
    fn only_what_is_looked_at_is_held() {
        let mut reader = serde_json::Deserializer::from_str(
            r#"{"auditID":"a","requestObject":{"data":"x"},"sourceIPs":["1","2","3","4","5","6","7","8","9"],
                "user":{"username":"x","extra":{"user":{"user":{"user":{"user":1}}}}}}"#,
        );
        let slim = Slim(0).deserialize(&mut reader).unwrap();
        let expected = json!({"auditID": "a", "sourceIPs": ["1","2","3","4","5","6","7","8"],
            "user": {"extra": {"user": {"user": {"user": null}}}}});
        assert_eq!(slim, expected);
    }

    #[test]
    fn there_is_an_end_to_how_many_events_count() {
        let many = |count: u64| json!({"kind": "EventList", "items": vec![json!({}); usize::try_from(count).unwrap()]});
        let most = read(&many(EventList::MOST)).unwrap();
        assert_eq!((most.events, most.made.len()), (EventList::MOST, 0));
        let told = format!("{:?}", read(&many(EventList::MOST + 1)).unwrap_err());
        assert!(told.contains("at most 5000 events"), "{told}");
    }

    #[test]
    fn what_is_no_list_of_events_is_refused() {
        for nonsense in [json!([]), json!({}), json!({"items": {}}), json!({"items": null}), json!(1)] {
            assert!(read(&nonsense).is_err(), "{nonsense}");
        }
        assert!(EventList::read(b"{\"items\": []} x").is_err());
        assert_eq!(read(&json!({"items": [1, null, []], "more": 1})).unwrap().fields, ["items", "more"]);
    }
}
