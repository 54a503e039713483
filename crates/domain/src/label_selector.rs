//! Label selectors, as Kubernetes writes and reads them.
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Which objects are meant, by their labels. All of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LabelSelector {
    /// Labels with exactly these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
    /// Further conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<Condition>,
}

/// A condition on one label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Condition {
    /// The label.
    pub key: String,
    /// What must hold.
    pub operator: Operator,
    /// Of these values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// It is there, with one of the values.
    In,
    /// It is not there, or with another value.
    NotIn,
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
}

/// Why a selector is none. Reads after the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSelector {
    /// It would select everything.
    #[error("must have `matchLabels` or `matchExpressions`: an empty selector would allow every namespace")]
    Empty,
    /// Values where none belong, or the other way round.
    #[error("must have `values` with `In` and `NotIn`, and none with `Exists` and `DoesNotExist` (label `{0}`)")]
    Values(String),
}

impl LabelSelector {
    /// Refuses what selects everything or says nothing.
    pub fn check(&self) -> Result<(), InvalidSelector> {
        if self.match_labels.is_empty() && self.match_expressions.is_empty() {
            return Err(InvalidSelector::Empty);
        }
        let is_fine = |condition: &&Condition| match condition.operator {
            Operator::In | Operator::NotIn => !condition.values.is_empty(),
            Operator::Exists | Operator::DoesNotExist => condition.values.is_empty(),
        };
        let faulty = self.match_expressions.iter().find(|condition| !is_fine(condition));
        faulty.map_or(Ok(()), |condition| Err(InvalidSelector::Values(condition.key.clone())))
    }

    /// Whether an object with these labels is meant.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let has = |(key, value): (&String, &String)| labels.get(key) == Some(value);
        self.match_labels.iter().all(has) && self.match_expressions.iter().all(|condition| condition.holds(labels))
    }
}

impl Condition {
    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        let found = labels.get(&self.key);
        match self.operator {
            Operator::In => found.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn => found.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => found.is_some(),
            Operator::DoesNotExist => found.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(json: serde_json::Value) -> LabelSelector {
        serde_json::from_value(json).unwrap()
    }

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn all_conditions_must_hold() {
        let one = selector(serde_json::json!({"matchLabels": {"team": "a"},
            "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["prod"]}]}));
        assert!(one.matches(&labels(&[("team", "a")])));
        assert!(one.matches(&labels(&[("team", "a"), ("tier", "dev")])));
        assert!(!one.matches(&labels(&[("team", "a"), ("tier", "prod")])));
        assert!(!one.matches(&labels(&[("tier", "dev")])));
        let other = selector(serde_json::json!({"matchExpressions": [{"key": "a", "operator": "Exists"},
            {"key": "b", "operator": "DoesNotExist"}, {"key": "c", "operator": "In", "values": ["1", "2"]}]}));
        assert!(other.matches(&labels(&[("a", ""), ("c", "2")])));
        assert!(!other.matches(&labels(&[("a", ""), ("b", ""), ("c", "2")])));
    }

    #[test]
    fn what_selects_everything_or_says_nothing_is_refused() {
        assert_eq!(LabelSelector::default().check(), Err(InvalidSelector::Empty));
        let bare = selector(serde_json::json!({"matchExpressions": [{"key": "a", "operator": "In"}]}));
        assert_eq!(bare.check(), Err(InvalidSelector::Values("a".to_owned())));
    }
}
