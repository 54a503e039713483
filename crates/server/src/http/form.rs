//! Reading the fields of a request, and collecting everything that is wrong with them.
//!
//! Each reader gives `Some` value, or notes a fault and gives `None`; [`Form::finish`] then answers with all faults
//! together, or joins the values. Existing clients send `null` for what they do not set, and fields we do not know:
//! both are as if they were not there.

use std::{
    fmt::Display,
    ops::RangeInclusive,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use mayfly_app::AppError;
use mayfly_domain::{error::FieldError, sensitive::Sensitive};
use serde_json::{Map, Value};

/// Faults listed in one answer; more than a person reads at once.
const MOST_FAULTS: usize = 20;

/// What was read, or nothing if its fault was noted.
pub(super) type Field<T> = Option<T>;

/// The fields of a body, of an object inside it, or of a query.
pub(super) struct Form<'fields> {
    fields: Option<&'fields Map<String, Value>>,
    path: Vec<String>,
    faults: Arc<Mutex<Vec<FieldError>>>,
}

impl<'fields> Form<'fields> {
    /// The fields of a body.
    pub(super) fn body(fields: &'fields Map<String, Value>) -> Self {
        Self { fields: Some(fields), path: vec!["body".to_owned()], faults: Arc::default() }
    }

    /// The parameters of a query, each a text.
    pub(super) fn query(fields: &'fields Map<String, Value>) -> Self {
        Self { fields: Some(fields), path: vec!["query".to_owned()], faults: Arc::default() }
    }

    /// The object in field `name`; required.
    pub(super) fn object(&self, name: &str) -> Form<'fields> {
        let found = match self.get(name) {
            Some(Value::Object(fields)) => Some(fields),
            Some(_) => self.wrong_type(name, "an object"),
            // As with `required_with`: what is inside a missing object is not missed on top.
            None if self.fields.is_none() => None,
            None => self.missing(name),
        };
        self.inner(name, found)
    }

    /// The object in field `name`, where there is one.
    pub(super) fn optional_object(&self, name: &str) -> Field<Option<Form<'fields>>> {
        match self.get(name) {
            None => Some(None),
            Some(Value::Object(fields)) => Some(Some(self.inner(name, Some(fields)))),
            Some(_) => self.wrong_type(name, "an object"),
        }
    }

    /// Whether the field is there at all, be it `null`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.is_some_and(|fields| fields.contains_key(name))
    }

    /// Refuses every field that is not one of `names`. For our own routes; those of existing clients ignore them.
    pub(super) fn only(&self, names: &[&str]) {
        let unknown = self.fields.into_iter().flat_map(Map::keys).filter(|name| !names.contains(&name.as_str()));
        for name in unknown {
            self.note(&[name], "unknown_field", "is not a field of this request".to_owned());
        }
    }

    /// Refuses every field: for our own routes that have none.
    pub(super) fn nothing(&self) -> Result<(), AppError> {
        self.nothing_but(&[])
    }

    /// Refuses every field that is not one of `names`, at once: for requests whose fields are read elsewhere.
    pub(super) fn nothing_but(&self, names: &[&str]) -> Result<(), AppError> {
        self.only(names);
        self.finish(|| Some(()))
    }

    /// The value of a field as it is; `null` and absent are nothing.
    pub(super) fn get(&self, name: &str) -> Option<&'fields Value> {
        self.fields?.get(name).filter(|value| !value.is_null())
    }

    /// A text that must be there.
    pub(super) fn required<T>(&self, name: &str) -> Field<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.required_with(name, parse)
    }

    /// A text that must be there, read by `parse`.
    pub(super) fn required_with<T>(&self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Field<T> {
        // An object that is missing has told so already: its fields need not complain too.
        self.fields?;
        match self.get(name) {
            None => self.missing(name),
            Some(Value::String(text)) => self.parsed(name, storable(text).and_then(parse)),
            Some(_) => self.wrong_type(name, "text"),
        }
    }

    /// A secret that must be there. It is never part of a fault's text.
    pub(super) fn secret(&self, name: &str) -> Field<Sensitive<String>> {
        self.required_with(name, |text| Ok(Sensitive::from(text)))
    }

    /// A text, where there is one.
    pub(super) fn optional<T>(&self, name: &str) -> Field<Option<T>>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.optional_with(name, parse)
    }

    /// A text, where there is one, read by `parse`.
    pub(super) fn optional_with<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Field<Option<T>> {
        match self.get(name) {
            None => Some(None),
            Some(Value::String(text)) => self.parsed(name, storable(text).and_then(parse)).map(Some),
            Some(_) => self.wrong_type(name, "text"),
        }
    }

    /// A text of at most `longest` characters, where there is one.
    pub(super) fn text(&self, name: &str, longest: usize) -> Field<Option<String>> {
        self.optional_with(name, |text| at_most(text, longest))
    }

    /// True or false, where it is given. In a query, `true` and `false` in any case.
    pub(super) fn boolean(&self, name: &str) -> Field<Option<bool>> {
        match self.get(name) {
            None => Some(None),
            Some(Value::Bool(answer)) => Some(Some(*answer)),
            Some(Value::String(text)) if self.is_query() && text.eq_ignore_ascii_case("true") => Some(Some(true)),
            Some(Value::String(text)) if self.is_query() && text.eq_ignore_ascii_case("false") => Some(Some(false)),
            Some(_) => self.wrong_type(name, "true or false"),
        }
    }

    /// A whole number in `range`, where it is given.
    pub(super) fn integer(&self, name: &str, range: RangeInclusive<i64>) -> Field<Option<i64>> {
        let number = match self.get(name) {
            None => return Some(None),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) if self.is_query() => text.parse().ok(),
            Some(_) => None,
        };
        if let Some(number) = number.filter(|number| range.contains(number)) {
            return Some(Some(number));
        }
        let (least, most) = range.into_inner();
        self.fault(name, "invalid_number", format!("must be a whole number from {least} to {most}"))
    }

    /// A list of texts, where it is given, each read by `parse`.
    pub(super) fn texts<T>(&self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Field<Option<Vec<T>>> {
        self.list(name, |entry| match entry {
            Value::String(text) => storable(text).and_then(&parse),
            _ => Err("must be text".to_owned()),
        })
    }

    /// A list, where it is given, each entry read by `read`. A fault names the entry, counted from 0 as JSON paths do.
    pub(super) fn list<T>(&self, name: &str, read: impl Fn(&Value) -> Result<T, String>) -> Field<Option<Vec<T>>> {
        let entries = match self.get(name) {
            None => return Some(None),
            Some(Value::Array(entries)) => entries,
            Some(_) => return self.wrong_type(name, "a list"),
        };
        let mut values = Vec::with_capacity(entries.len());
        for (position, entry) in entries.iter().enumerate() {
            match read(entry) {
                Ok(value) => values.push(value),
                Err(message) => self.note(&[name, &position.to_string()], "invalid_entry", message),
            }
        }
        (values.len() == entries.len()).then_some(Some(values))
    }

    /// Notes a fault of field `name`.
    pub(super) fn fault<T>(&self, name: &str, code: &str, message: impl Into<String>) -> Field<T> {
        self.note(&[name], code, message.into());
        None
    }

    /// Notes faults that were found elsewhere, with their whole paths.
    pub(super) fn note_all(&self, faults: impl IntoIterator<Item = FieldError>) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).extend(faults);
    }

    /// All faults, or what `join` makes of the values.
    pub(super) fn finish<T>(&self, join: impl FnOnce() -> Option<T>) -> Result<T, AppError> {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if !faults.is_empty() {
            return Err(AppError::Fields(faults.iter().take(MOST_FAULTS).cloned().collect()));
        }
        join().ok_or(AppError::Bug("a field was neither read nor refused"))
    }

    fn inner(&self, name: &str, fields: Option<&'fields Map<String, Value>>) -> Form<'fields> {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        Form { fields, path, faults: Arc::clone(&self.faults) }
    }

    fn is_query(&self) -> bool {
        self.path.first().is_some_and(|first| first == "query")
    }

    fn parsed<T>(&self, name: &str, parsed: Result<T, String>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(message) => self.fault(name, "invalid_value", message),
        }
    }

    fn missing<T>(&self, name: &str) -> Option<T> {
        self.fault(name, "required", "is required")
    }

    fn wrong_type<T>(&self, name: &str, expected: &str) -> Option<T> {
        self.fault(name, "invalid_type", format!("must be {expected}"))
    }

    fn note(&self, names: &[&str], code: &str, message: String) {
        let mut path = self.path.clone();
        path.extend(names.iter().map(|name| (*name).to_owned()));
        let fault = FieldError { path, code: code.to_owned(), message };
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }
}

fn parse<T>(text: &str) -> Result<T, String>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// No database keeps a NUL, and nobody means one.
fn storable(text: &str) -> Result<&str, String> {
    match text.chars().position(|c| c == '\0') {
        None => Ok(text),
        Some(position) => Err(format!("must not contain control characters (one at position {})", position + 1)),
    }
}

/// A text of at most `longest` characters, without control characters but line breaks and tabs.
pub(super) fn at_most(text: &str, longest: usize) -> Result<String, String> {
    let length = text.chars().count();
    if length > longest {
        return Err(format!("must be at most {longest} characters long, got {length}"));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err("must not contain control characters".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(error: AppError) -> Vec<(String, String)> {
        let AppError::Fields(faults) = error else { panic!("{error:?}") };
        faults.into_iter().map(|fault| (fault.path.join("."), fault.code)).collect()
    }

    #[test]
    fn all_faults_come_together() {
        let body = json!({"name": 3, "size": 11, "flag": "yes", "list": ["a", 1], "inner": {"deep": []}});
        let fields = body.as_object().unwrap();
        let form = Form::body(fields);
        let _ = (form.required::<String>("name"), form.required::<String>("gone"), form.integer("size", 0..=10));
        let _ = (form.boolean("flag"), form.texts("list", |text| Ok(text.to_owned())));
        let inner = form.object("inner");
        let _ = (inner.required::<String>("deep"), form.object("absent").required::<String>("anything"));
        let found = faults(form.finish(|| Some(())).unwrap_err());
        let expected = [
            ("body.name", "invalid_type"),
            ("body.gone", "required"),
            ("body.size", "invalid_number"),
            ("body.flag", "invalid_type"),
            ("body.list.1", "invalid_entry"),
            ("body.inner.deep", "invalid_type"),
            ("body.absent", "required"),
        ];
        assert_eq!(found, expected.map(|(path, code)| (path.to_owned(), code.to_owned())));
    }

    #[test]
    fn null_is_as_good_as_absent() {
        let body = json!({"name": null});
        let form = Form::body(body.as_object().unwrap());
        assert_eq!(form.optional::<String>("name"), Some(None));
        assert!(form.finish(|| Some(())).is_ok());
    }
}
