//! The fields of a request that come from flags and files. What they mean is checked by the server, all at once; so
//! they go there as they were given.

use std::{fs, path::Path};

use serde_json::{Map, Value, json};

use crate::error::CliError;

/// Sets the texts that are there.
pub(crate) fn set<const N: usize>(fields: &mut Map<String, Value>, texts: [(&str, Option<String>); N]) {
    for (name, text) in texts {
        if let Some(text) = text {
            fields.insert(name.to_owned(), Value::String(text));
        }
    }
}

/// What a file says.
pub(crate) fn read_text(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|source| CliError::Read { path: path.to_owned(), source })
}

/// The fields in a YAML or JSON file.
pub(crate) fn read_fields(path: &Path) -> Result<Map<String, Value>, CliError> {
    let content = |what: &str| CliError::Content { path: path.to_owned(), what: what.to_owned() };
    // Not the parser's words: they may repeat a line, and lines may hold secrets.
    match serde_saphyr::from_str(&read_text(path)?).map_err(|_| content("it is neither YAML nor JSON"))? {
        Value::Object(fields) => Ok(fields),
        _ => Err(content("it holds no fields")),
    }
}

/// The object in a field, made where there is none.
pub(crate) fn object<'a>(
    fields: &'a mut Map<String, Value>,
    name: &str,
) -> Result<&'a mut Map<String, Value>, CliError> {
    let field = fields.entry(name).or_insert_with(|| json!({}));
    field.as_object_mut().ok_or_else(|| CliError::Usage(format!("`{name}` in the file must hold fields")))
}
