//! Conditions of a rule: where it speaks at all.
//!
//! The form is the one existing clients send: `{"environment": {"$in": ["dev"]}, "secretPath": {"$glob": "/k8s/**"},
//! "metadata": {"$elemMatch": {"key": {"$eq": "tier"}, "value": {"$eq": "1"}}}}`. All of it must hold.

use serde::{Deserialize, Serialize};

use super::glob::Glob;
use crate::identity::MetadataEntry;

/// Where something lies that is acted upon.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The environment's slug.
    pub environment: &'a str,
    /// The folder's path.
    pub path: &'a str,
    /// The dynamic secret's labels; `None` where they are not known, as of a lease whose secret is gone.
    pub metadata: Option<&'a [MetadataEntry]>,
}

/// All conditions of a rule; one without any speaks everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Conditions {
    /// On the environment's slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<TextCondition>,
    /// On the folder's path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_path: Option<TextCondition>,
    /// On the dynamic secret's labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataCondition>,
}

/// What a text must be; everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextCondition {
    /// This.
    #[serde(default, rename = "$eq", skip_serializing_if = "Option::is_none")]
    pub equals: Option<String>,
    /// Not this.
    #[serde(default, rename = "$ne", skip_serializing_if = "Option::is_none")]
    pub differs: Option<String>,
    /// One of these.
    #[serde(default, rename = "$in", skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<String>>,
    /// Matched by this.
    #[serde(default, rename = "$glob", skip_serializing_if = "Option::is_none")]
    pub glob: Option<Glob>,
}

/// A label that must be there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetadataCondition {
    /// One and the same label fulfils both.
    #[serde(rename = "$elemMatch")]
    pub any: LabelCondition,
}

/// What a label must be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelCondition {
    /// Its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<TextCondition>,
    /// Its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<TextCondition>,
}

impl Conditions {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the rule speaks of what lies at `place`; [`None`] where that cannot be told.
    pub fn hold_at(&self, place: &Place<'_>) -> Option<bool> {
        let environment = self.environment.as_ref().is_none_or(|condition| condition.holds(place.environment));
        let path = self.secret_path.as_ref().is_none_or(|condition| condition.holds(place.path));
        match (&self.metadata, place.metadata) {
            _ if !(environment && path) => Some(false),
            (None, _) => Some(true),
            (Some(condition), Some(metadata)) => Some(condition.holds(metadata)),
            (Some(_), None) => None,
        }
    }

    /// Whether these surely hold wherever `inner` do. `false` means that it cannot be shown.
    pub fn contain(&self, inner: &Self) -> bool {
        contains(self.environment.as_ref(), inner.environment.as_ref())
            && contains(self.secret_path.as_ref(), inner.secret_path.as_ref())
            && (self.metadata.is_none() || self.metadata == inner.metadata)
    }

    /// Whether these and `other` surely never hold at the same place. `false` means that it cannot be shown.
    pub fn exclude(&self, other: &Self) -> bool {
        let excludes = |one: &Option<TextCondition>, two: &Option<TextCondition>| {
            one.as_ref().zip(two.as_ref()).is_some_and(|(one, two)| one.excludes(two))
        };
        excludes(&self.environment, &other.environment) || excludes(&self.secret_path, &other.secret_path)
    }
}

fn contains(outer: Option<&TextCondition>, inner: Option<&TextCondition>) -> bool {
    match (outer, inner) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(outer), Some(inner)) => outer.contains(inner),
    }
}

impl TextCondition {
    /// Whether it asks for nothing, which no rule may.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// This text and no other.
    pub fn equal_to(text: impl Into<String>) -> Self {
        Self { equals: Some(text.into()), ..Self::default() }
    }

    /// Whether `text` is what it must be.
    pub fn holds(&self, text: &str) -> bool {
        self.equals.as_ref().is_none_or(|wanted| wanted == text)
            && self.differs.as_ref().is_none_or(|other| other != text)
            && self.one_of.as_ref().is_none_or(|all| all.iter().any(|wanted| wanted == text))
            && self.glob.as_ref().is_none_or(|glob| glob.matches(text))
    }

    /// The only texts it can hold for, where that is a list.
    fn texts(&self) -> Option<Vec<&str>> {
        let listed = match (&self.equals, &self.one_of, &self.glob) {
            (Some(text), _, _) => vec![text.as_str()],
            (None, Some(all), _) => all.iter().map(String::as_str).collect(),
            (None, None, Some(glob)) if glob.is_literal() => vec![glob.as_str()],
            (None, None, _) => return None,
        };
        Some(listed.into_iter().filter(|text| self.holds(text)).collect())
    }

    fn contains(&self, inner: &Self) -> bool {
        if let Some(texts) = inner.texts() {
            return texts.iter().all(|text| self.holds(text));
        }
        let differs = self.differs.as_ref().is_none_or(|other| !inner.holds(other));
        let glob = self.glob.as_ref().is_none_or(|glob| inner.glob.as_ref().is_some_and(|inner| glob.contains(inner)));
        self.equals.is_none() && self.one_of.is_none() && differs && glob
    }

    fn excludes(&self, other: &Self) -> bool {
        if let Some(texts) = self.texts() {
            return !texts.iter().any(|text| other.holds(text));
        }
        if let Some(texts) = other.texts() {
            return !texts.iter().any(|text| self.holds(text));
        }
        self.glob.as_ref().zip(other.glob.as_ref()).is_some_and(|(one, two)| one.excludes(two))
    }
}

impl MetadataCondition {
    fn holds(&self, metadata: &[MetadataEntry]) -> bool {
        let fits = |condition: &Option<TextCondition>, text: &str| condition.as_ref().is_none_or(|it| it.holds(text));
        metadata.iter().any(|entry| fits(&self.any.key, &entry.key) && fits(&self.any.value, &entry.value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Conditions {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_form_of_existing_clients_reads_and_writes_back() {
        let text = concat!(
            r#"{"environment":{"$in":["prod"]},"secretPath":{"$glob":"/k8s/**"},"#,
            r#""metadata":{"$elemMatch":{"key":{"$eq":"tier"},"value":{"$eq":"1"}}}}"#
        );
        let conditions = read(text);
        assert_eq!(serde_json::to_string(&conditions).unwrap(), text);
        let labels = [MetadataEntry { key: "tier".into(), value: "1".into() }];
        let place = Place { environment: "prod", path: "/k8s/ci", metadata: Some(&labels) };
        assert_eq!(conditions.hold_at(&place), Some(true));
        assert_eq!(conditions.hold_at(&Place { metadata: Some(&[]), ..place }), Some(false));
        assert_eq!(conditions.hold_at(&Place { metadata: None, ..place }), None);
        assert_eq!(conditions.hold_at(&Place { environment: "dev", metadata: None, ..place }), Some(false));
    }

    #[test]
    fn a_label_fulfils_key_and_value_together() {
        let conditions = read(r#"{"metadata":{"$elemMatch":{"key":{"$eq":"a"},"value":{"$eq":"1"}}}}"#);
        let apart = [
            MetadataEntry { key: "a".into(), value: "2".into() },
            MetadataEntry { key: "b".into(), value: "1".into() },
        ];
        assert_eq!(conditions.hold_at(&Place { metadata: Some(&apart), ..Place::default() }), Some(false));
    }

    fn word() -> impl Strategy<Value = String> {
        prop_oneof![Just("/a".to_owned()), Just("/b".to_owned()), Just("/a/b".to_owned()), Just("/".to_owned())]
    }

    fn text_condition() -> impl Strategy<Value = TextCondition> {
        let glob = prop_oneof![Just("/**"), Just("/a/**"), Just("/*"), Just("/a"), Just("/b/**")];
        let glob = glob.prop_map(|text| text.parse::<Glob>().unwrap());
        let one_of = proptest::collection::vec(word(), 0..3);
        let parts = (
            proptest::option::weighted(0.3, word()),
            proptest::option::weighted(0.3, word()),
            proptest::option::weighted(0.3, one_of),
            proptest::option::weighted(0.5, glob),
        );
        parts.prop_map(|(equals, differs, one_of, glob)| TextCondition { equals, differs, one_of, glob })
    }

    fn conditions() -> impl Strategy<Value = Conditions> {
        let parts = (proptest::option::of(text_condition()), proptest::option::of(text_condition()));
        parts.prop_map(|(environment, secret_path)| Conditions { environment, secret_path, metadata: None })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases * 16, ..ProptestConfig::default() })]
        #[test]
        fn what_is_shown_about_two_conditions_is_true_everywhere(
            (one, two) in (conditions(), conditions()), (environment, path) in (word(), word())
        ) {
            let place = Place { environment: &environment, path: &path, metadata: Some(&[]) };
            let (in_one, in_two) = (one.hold_at(&place).unwrap(), two.hold_at(&place).unwrap());
            prop_assert!(!(one.contain(&two) && in_two) || in_one);
            prop_assert!(!(one.exclude(&two) && in_one && in_two));
        }
    }
}
