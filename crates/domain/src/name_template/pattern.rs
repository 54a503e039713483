//! What names a template gives, as a regular expression: for those who see only the name.

use super::{Expression, NameTemplate, Part, RANDOM_LETTERS, USERNAME_PREFIX};

/// The letters of chance: `letters` has the same.
const LETTER: &str = "[02-9a-hj-km-np-z]";
/// What is left of any value.
const ANYTHING: &str = "[a-z0-9-]*";

impl NameTemplate {
    /// With fewer, names of others could look like ours.
    pub const LEAST_OWN_LETTERS: usize = 4;

    /// Every name that the template gives matches this, from its beginning to its end.
    pub fn pattern(&self) -> String {
        let parts: String = self.parts.iter().map(Part::pattern).collect();
        if self.is_random() { parts } else { format!("{parts}-?{}", chance(RANDOM_LETTERS)) }
    }

    /// Whether its names begin with something that is not just anybody's.
    pub fn is_telling(&self) -> bool {
        match self.parts.first() {
            Some(Part::Literal(text)) => {
                text.chars().filter(char::is_ascii_alphanumeric).count() >= Self::LEAST_OWN_LETTERS
            }
            Some(Part::Value(expression)) => matches!(expression, Expression::RandomUsername),
            None => false,
        }
    }
}

/// The same for names without a template.
pub fn default_pattern() -> String {
    format!("{USERNAME_PREFIX}{}", chance(RANDOM_LETTERS))
}

fn chance(count: usize) -> String {
    format!("{LETTER}{{{count}}}")
}

impl Part {
    /// Hyphens at the ends of a name are cut off, which may be next to a value that is empty.
    fn pattern(&self) -> String {
        match self {
            Self::Literal(text) => text.replace('-', "-?"),
            Self::Value(expression) => expression.pattern(),
        }
    }
}

impl Expression {
    fn pattern(&self) -> String {
        match self {
            Self::RandomUsername => default_pattern(),
            Self::UnixTimestamp => "[0-9]+".to_owned(),
            Self::Random(count) => chance(*count),
            Self::IdentityName | Self::Replace(..) | Self::Truncate(..) => ANYTHING.to_owned(),
            Self::Uppercase(of) | Self::Lowercase(of) => of.pattern(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(template: &str) -> String {
        template.parse::<NameTemplate>().unwrap().pattern()
    }

    #[test]
    fn each_word_has_its_pattern() {
        assert_eq!(default_pattern(), "dynamic-secret-sa-[02-9a-hj-km-np-z]{10}");
        assert_eq!(pattern("{{randomUsername}}"), default_pattern());
        assert_eq!(pattern("ci-{{random 12}}"), "ci-?[02-9a-hj-km-np-z]{12}");
        assert_eq!(pattern("ci-{{unixTimestamp}}"), "ci-?[0-9]+-?[02-9a-hj-km-np-z]{10}");
        assert_eq!(pattern("team-{{identity.name}}-{{random 10}}"), "team-?[a-z0-9-]*-?[02-9a-hj-km-np-z]{10}");
        assert_eq!(pattern("{{uppercase randomUsername}}"), default_pattern());
    }

    #[test]
    fn letters_of_chance_are_all_in_the_pattern() {
        use crate::ids::LeaseId;
        let allowed = |c: char| matches!(c, '0' | '2'..='9' | 'a'..='h' | 'j'..='k' | 'm'..='n' | 'p'..='z');
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..200 {
            let lease = LeaseId::from_uuid(uuid::Uuid::from_u128(number));
            seen.extend(super::super::letters(lease, 20).chars());
        }
        assert_eq!(seen.len(), 32);
        assert!(seen.into_iter().all(allowed));
    }

    #[test]
    fn template_that_begins_with_a_value_tells_nothing() {
        let is_telling = |template: &str| template.parse::<NameTemplate>().unwrap().is_telling();
        assert!(is_telling("team-a-{{identity.name}}") && is_telling("{{randomUsername}}"));
        assert!(!is_telling("{{identity.name}}") && !is_telling("ci-{{random 10}}") && !is_telling("{{random 10}}"));
    }
}
