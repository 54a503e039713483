//! Label selectors of the simple forms: `key=value`, `key!=value`, `key` and `!key`, joined by commas.

use super::super::{object::Object, status::Status};

/// What a list is narrowed to.
pub(super) struct Selector<'a>(Vec<Requirement<'a>>);

struct Requirement<'a> {
    key: &'a str,
    /// `None` asks only whether the label is there.
    value: Option<&'a str>,
    is_wanted: bool,
}

impl<'a> Selector<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Status> {
        if text.contains('(') {
            return Err(Status::bad_request("the fake cluster knows no sets in label selectors".to_owned()));
        }
        Ok(Self(text.split(',').filter(|part| !part.is_empty()).map(Requirement::read).collect()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn selects(&self, object: &Object) -> bool {
        self.0.iter().all(|requirement| requirement.is_met_by(object))
    }
}

impl<'a> Requirement<'a> {
    fn read(part: &'a str) -> Self {
        let (key, value, is_wanted) = match (part.split_once("!="), part.split_once('=')) {
            (Some((key, value)), _) => (key, Some(value), false),
            (None, Some((key, value))) => (key, Some(value.trim_start_matches('=')), true),
            (None, None) => (part.trim_start_matches('!'), None, !part.starts_with('!')),
        };
        Self { key, value, is_wanted }
    }

    fn is_met_by(&self, object: &Object) -> bool {
        let found = object.label(self.key);
        let is_met = self.value.map_or(found.is_some(), |value| found == Some(value));
        is_met == self.is_wanted
    }
}
