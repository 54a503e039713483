//! Patterns for environments and paths, in the small part of glob syntax whose meaning nobody argues about.
//!
//! `*` stands for any characters but `/`, `?` for one of them, and a whole part `**` for any number of parts, none
//! included: `/k8s/**` matches `/k8s` and all below it. Everything else stands for itself; what other dialects give a
//! meaning (`[`, `{`, `!`, `\`) is refused, so that no rule says less or more than its writer thought.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A pattern; see the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Glob(String);

/// Why a text is not a pattern. Reads after the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGlob {
    /// Longer than [`Glob::LONGEST`], or empty.
    #[error("must have 1 to {} characters", Glob::LONGEST)]
    Length,
    /// A character that other dialects give a meaning.
    #[error("must not contain `{0}`: patterns know `*`, `?` and `**` as a whole part")]
    Character(char),
    /// `**` beside other characters.
    #[error("must have `**` as a whole part, such as `/k8s/**`")]
    DoubleStar,
}

impl Glob {
    /// As long as the longest path.
    pub const LONGEST: usize = 1024;

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` fits. The time is bounded by the product of both lengths (security-reliability A54).
    pub fn matches(&self, text: &str) -> bool {
        fits_parts(&parts(&self.0), &parts(text))
    }

    /// The text that everything it matches begins with.
    pub fn literal_prefix(&self) -> &str {
        let end = self.0.find(['*', '?']).unwrap_or(self.0.len());
        self.0.get(..end).unwrap_or_default()
    }

    /// Whether it has no wildcards, and so matches itself only.
    pub fn is_literal(&self) -> bool {
        self.literal_prefix().len() == self.0.len()
    }

    /// Whether everything that `other` matches is surely matched by this one too. `false` means that it cannot be shown.
    pub fn contains(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        if other.is_literal() {
            return self.matches(&other.0);
        }
        // `/a/**` holds whatever stays below `/a`.
        let Some(root) = self.0.strip_suffix("/**").filter(|root| !root.contains(['*', '?'])) else { return false };
        other.0.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether surely nothing is matched by both. `false` means that it cannot be shown.
    pub fn excludes(&self, other: &Self) -> bool {
        let (one, two) = (self.literal_prefix(), other.literal_prefix());
        one.bytes().zip(two.bytes()).any(|(one, two)| one != two)
            || (self.is_literal() && !other.matches(&self.0))
            || (other.is_literal() && !self.matches(&other.0))
    }
}

/// The root has one part, the one before every first name.
fn parts(path: &str) -> Vec<&str> {
    if path == "/" { vec![""] } else { path.split('/').collect() }
}

/// Parts of a path against parts of a pattern: greedy, with one place to come back to, as for a single line.
fn fits_parts(pattern: &[&str], parts: &[&str]) -> bool {
    backtrack(
        pattern.len(),
        parts.len(),
        |p| pattern.get(p) == Some(&"**"),
        |p, t| pattern.get(p).zip(parts.get(t)).is_some_and(|(pattern, part)| fits_part(pattern, part)),
    )
}

fn fits_part(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    backtrack(
        pattern.len(),
        text.len(),
        |p| pattern.get(p) == Some(&'*'),
        |p, t| pattern.get(p).zip(text.get(t)).is_some_and(|(want, have)| *want == '?' || want == have),
    )
}

/// Whether a pattern of `wants` tokens fits a text of `haves`: `is_star` says which tokens stand for any number,
/// `fits` whether a token fits one of the text. Linear in the product, never exponential: only the last star is come back to.
fn backtrack(wants: usize, haves: usize, is_star: impl Fn(usize) -> bool, fits: impl Fn(usize, usize) -> bool) -> bool {
    let (mut want, mut have) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while have < haves {
        if want < wants && is_star(want) {
            last_star = Some((want, have));
            want += 1;
        } else if want < wants && fits(want, have) {
            want += 1;
            have += 1;
        } else if let Some((star, from)) = last_star {
            last_star = Some((star, from + 1));
            want = star + 1;
            have = from + 1;
        } else {
            return false;
        }
    }
    (want..wants).all(is_star)
}

impl FromStr for Glob {
    type Err = InvalidGlob;

    fn from_str(text: &str) -> Result<Self, InvalidGlob> {
        if text.is_empty() || text.chars().count() > Self::LONGEST {
            return Err(InvalidGlob::Length);
        }
        if let Some(character) =
            text.chars().find(|character| "[]{}()!+@\\".contains(*character) || character.is_control())
        {
            return Err(InvalidGlob::Character(character));
        }
        if text.split('/').any(|part| part.contains("**") && part != "**") {
            return Err(InvalidGlob::DoubleStar);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Glob {
    type Error = InvalidGlob;

    fn try_from(text: String) -> Result<Self, InvalidGlob> {
        text.parse()
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.0
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Patterns of stars and almost fitting texts, as long as they may be: whoever tries every way is not done in a lifetime.
    #[test]
    fn the_worst_patterns_are_judged_all_the_same() {
        let longest = |part: &str| part.repeat(Glob::LONGEST / part.len());
        let patterns = [
            longest("*"),
            longest("*a"),
            longest("a*"),
            longest("?*"),
            longest("**/"),
            longest("**/a/"),
            longest("*/"),
        ];
        let texts =
            [longest("a"), longest("a/"), longest("/"), format!("{}b", longest("a")), format!("/{}", longest("a/a"))];
        let mut judged = 0;
        for pattern in &patterns {
            // Almost everything, but not its end.
            for end in ["", "c", "/c"] {
                let cut: String = pattern.chars().take(Glob::LONGEST - end.len()).collect();
                let Ok(glob) = format!("{}{end}", cut.trim_end_matches('/')).parse::<Glob>() else { continue };
                for text in &texts {
                    assert!(end.is_empty() || !glob.matches(text), "{glob:?}");
                    judged += usize::from(glob.matches(text) || !end.is_empty());
                }
            }
        }
        assert!(judged > 30, "{judged}");
    }

    fn glob(text: &str) -> Glob {
        text.parse().unwrap()
    }

    #[test]
    fn a_pattern_matches_what_its_parts_say() {
        let table = [
            ("/k8s/**", "/k8s", true),
            ("/k8s/**", "/k8s/a/b", true),
            ("/k8s/**", "/k8sx", false),
            ("/k8s/**", "/", false),
            ("/**", "/", true),
            ("/**", "/a/b", true),
            ("/*", "/a", true),
            ("/*", "/", false),
            ("/*", "/a/b", false),
            ("/", "/", true),
            ("/", "/a", false),
            ("/**/ci", "/ci", true),
            ("/**/ci", "/a/b/ci", true),
            ("/**/ci", "/a/bci", false),
            ("/a/**/b/**/c", "/a/x/b/y/b/c", true),
            ("dev-*", "dev-1", true),
            ("dev-*", "dev", false),
            ("d?v", "dev", true),
            ("d?v", "dv", false),
            ("*a*b", "xxaxxb", true),
            ("*a*b", "xxaxx", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(glob(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn what_other_dialects_read_otherwise_is_refused() {
        for text in ["", "/[ab]", "/{a,b}", "!/a", "/a**", "/**a/b", "/a\\*", "/@(a)"] {
            assert!(text.parse::<Glob>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn containment_is_claimed_only_where_it_holds() {
        assert!(glob("/a/**").contains(&glob("/a/b/**")));
        assert!(glob("/a/**").contains(&glob("/a/*")));
        assert!(glob("/**").contains(&glob("/x/*/y")));
        assert!(!glob("/a/*").contains(&glob("/a/**")));
        assert!(!glob("/a/**").contains(&glob("/ab/**")));
        assert!(glob("/a/**").excludes(&glob("/b/**")));
        assert!(!glob("/a/**").excludes(&glob("/a/b")));
    }

    /// Texts and patterns over so few letters that they meet often.
    fn small_path() -> impl Strategy<Value = String> {
        proptest::collection::vec("[ab]{1,2}", 0..4).prop_map(|parts| format!("/{}", parts.join("/")))
    }

    fn small_glob() -> impl Strategy<Value = Glob> {
        let part = prop_oneof![
            "[ab]{1,2}",
            Just("*".to_owned()),
            Just("**".to_owned()),
            Just("a*".to_owned()),
            Just("?".to_owned())
        ];
        proptest::collection::vec(part, 0..4).prop_map(|parts| glob(&format!("/{}", parts.join("/"))))
    }

    proptest! {
        #[test]
        fn a_contained_pattern_matches_nothing_that_the_other_does_not(
            (outer, inner) in (small_glob(), small_glob()), text in small_path()
        ) {
            prop_assert!(!(outer.contains(&inner) && inner.matches(&text)) || outer.matches(&text));
            prop_assert!(!(outer.excludes(&inner) && outer.matches(&text) && inner.matches(&text)));
        }
    }
}
