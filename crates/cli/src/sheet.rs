//! One thing with all that is known of it: a line for each field, under the names of the API.

use serde::Serialize;
use serde_json::Value;

use crate::{console::Console, error::CliError};

impl Console {
    /// Prints the fields of `thing` that are there.
    pub(crate) fn sheet(&self, thing: &impl Serialize) -> Result<(), CliError> {
        let mut lines = Vec::new();
        collect("", &serde_json::to_value(thing).map_err(CliError::Shape)?, &mut lines);
        let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        lines.iter().try_for_each(|(name, text)| {
            // The lines of a certificate stay below each other.
            let text = text.trim_end().replace('\n', &format!("\n{:width$}  ", ""));
            self.data(format!("{name:width$}  {text}").trim_end())
        })
    }
}

/// What is null or empty is left out. Objects are told field by field, lists of texts on one line, other lists as JSON.
fn collect(name: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (field, value) in fields {
                let inner = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
                collect(&inner, value, lines);
            }
        }
        Value::String(text) => lines.push((name.to_owned(), text.clone())),
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            lines.push((name.to_owned(), texts.map_or_else(|| value.to_string(), |texts| texts.join(", "))));
        }
        Value::Bool(_) | Value::Number(_) => lines.push((name.to_owned(), value.to_string())),
    }
}
