//! Documents of which every field is understood.
//!
//! A server that is newer may bound what it asks for by a field that this gateway does not know. To leave it out would be to do
//! more than was asked, so such a document is refused as a whole.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A document that is not understood. Reads after "the operation".
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotUnderstood {
    /// Not the shape that is known.
    #[error("cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A field that is not known.
    #[error("has the field `{0}`, which this gateway is too old for")]
    Unknown(String),
}

/// Reads `bytes`, all of it.
pub(crate) fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, NotUnderstood> {
    let sent: Value = serde_json::from_slice(bytes)?;
    let understood = T::deserialize(&sent)?;
    // What the types did not take is missing when they write themselves down again.
    match left_out(&sent, &serde_json::to_value(&understood)?, String::new()) {
        Some(path) => Err(NotUnderstood::Unknown(path)),
        None => Ok(understood),
    }
}

/// The first field of `sent` that is not in `kept`.
fn left_out(sent: &Value, kept: &Value, path: String) -> Option<String> {
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => sent.iter().find_map(|(name, value)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match kept.get(name) {
                Some(kept) => left_out(value, kept, path),
                // A field that says nothing may be left out by whoever has nothing to say.
                None => (!value.is_null()).then_some(path),
            }
        }),
        (Value::Array(sent), Value::Array(kept)) if sent.len() == kept.len() => sent
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(index, (sent, kept))| left_out(sent, kept, format!("{path}[{index}]"))),
        (Value::Array(_), Value::Array(_)) => Some(path),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use mayfly_cluster::Issue;
    use mayfly_domain::{ids::LeaseId, plan::LeasePlan};
    use serde_json::json;

    use super::*;

    fn issue() -> Value {
        let account = serde_json::from_value(json!({"kind": "existing", "namespace": "a", "name": "b"})).unwrap();
        let plan =
            LeasePlan::new(LeaseId::from_uuid("01893b9e-7c1a-7def-8abc-0123456789ab".parse().unwrap()), account, 600);
        json!({"target": null, "plan": plan, "verify": "skip"})
    }

    fn refused(document: &Value) -> Option<String> {
        read::<Issue<()>>(document.to_string().as_bytes()).err().map(|error| error.to_string())
    }

    #[test]
    fn a_document_is_understood_as_a_whole_or_not_at_all() {
        assert_eq!(refused(&issue()), None);
        for (path, name) in [("", "dryRun"), ("/plan", "onlyOn"), ("/plan/account", "until")] {
            let mut document = issue();
            document.pointer_mut(path).unwrap().as_object_mut().unwrap().insert(name.to_owned(), json!(true));
            assert!(refused(&document).unwrap().contains(name), "{document}");
        }
        let mut document = issue();
        document["plan"]["audiences"] = json!([]);
        document["plan"]["namespace_selector"] = Value::Null;
        assert_eq!(refused(&document), None);
        assert!(refused(&json!({"target": null})).is_some());
    }
}
