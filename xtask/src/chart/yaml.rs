//! YAML in which a template can fill in words: whatever is filled in needs no escapes where a text stands in a block of its own.

use serde_json::Value;

/// One object, with its line's end.
pub(super) fn document(object: &Value) -> String {
    let mut text = String::new();
    write(object, 0, &mut text);
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let Value::Object(fields) = value else { return };
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| *name);
    for (name, value) in fields {
        line(text, depth, &format!("{name}:"));
        below(value, depth, text);
    }
}

/// A field's value, after its name.
fn below(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            write(value, depth + 1, text);
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            text.push('\n');
            for item in items {
                line(text, depth + 1, "-\n");
                write(item, depth + 2, text);
            }
        }
        Value::String(said) if !is_plain(said) => {
            text.push_str(" |-\n");
            for part in said.lines() {
                line(text, depth + 1, part);
                text.push('\n');
            }
        }
        Value::String(said) => text.extend([" ", said, "\n"]),
        // JSON is YAML.
        other => text.extend([" ", &other.to_string(), "\n"]),
    }
}

fn line(text: &mut String, depth: usize, part: &str) {
    text.push_str(&"  ".repeat(depth));
    text.push_str(part);
}

fn is_plain(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "./-".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(is_word)
        && text != "false"
        && text != "true"
}
