//! Names of temporary accounts: the template words that existing clients know, checked against Kubernetes' own rules.
//!
//! `{{randomUsername}}`, `{{unixTimestamp}}` and `{{identity.name}}` are values; `{{random 5}}`, `{{replace identity.name
//! '_' '-'}}`, `{{truncate identity.name 10}}`, `{{uppercase …}}` and `{{lowercase …}}` make one of another. What a value
//! holds that no name may is replaced by hyphens; what the template itself holds is refused when it is saved. A template
//! without anything random gets a random end, so that two leases never want one name.

mod pattern;

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ids::LeaseId,
    kubernetes_name::{InvalidName, ObjectName},
};

pub use pattern::default_pattern;

/// A template as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NameTemplate {
    text: String,
    parts: Vec<Part>,
}

/// Why a text is no template. Reads after the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTemplate {
    /// Longer than [`NameTemplate::LONGEST`].
    #[error("must be at most {longest} characters long, got {0}", longest = NameTemplate::LONGEST)]
    TooLong(usize),
    /// `{{` without `}}`.
    #[error("has a `{{{{` that is not closed")]
    Open,
    /// A word that is none of ours.
    #[error("has the unknown word `{0}`; known are {KNOWN}")]
    Unknown(String),
    /// A helper with the wrong arguments.
    #[error("must use `{0}` as in `{1}`")]
    Usage(&'static str, &'static str),
    /// The result is no name.
    #[error("would give `{name}`, which is no name: it {why}")]
    NoName {
        /// What it would give.
        name: String,
        /// Why that is none.
        why: InvalidName,
    },
}

const KNOWN: &str = "`randomUsername`, `unixTimestamp`, `identity.name`, `random`, `replace`, `truncate`, `uppercase`, \
                     `lowercase`";

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Value(Expression),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    RandomUsername,
    UnixTimestamp,
    IdentityName,
    Random(usize),
    Replace(Box<Expression>, String, String),
    Truncate(Box<Expression>, usize),
    Uppercase(Box<Expression>),
    Lowercase(Box<Expression>),
}

/// What a name is made from.
#[derive(Clone, Copy, Debug)]
pub struct NameFacts<'a> {
    /// All chance in a name comes from here, so that it can be made again.
    pub lease: LeaseId,
    /// Now.
    pub now: Timestamp,
    /// The holder's name.
    pub holder: &'a str,
}

/// In front of the random letters of `{{randomUsername}}`, as existing clients know it.
const USERNAME_PREFIX: &str = "dynamic-secret-sa-";
/// Random letters of a name: 50 bits of the lease's own 74.
const RANDOM_LETTERS: usize = 10;
/// A DNS label's length; names of accounts may be longer, but nobody could read them in a table.
const LONGEST_NAME: usize = 63;
const LONGEST_RANDOM: usize = 32;

impl NameTemplate {
    /// The bound that existing clients know, in characters.
    pub const LONGEST: usize = 255;

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name for one lease.
    pub fn name(&self, facts: NameFacts<'_>) -> ObjectName {
        let name = if self.is_random() { self.fill(facts, LONGEST_NAME) } else { self.with_random_end(facts) };
        // Checked when the template was read, for the longest and oddest of holders; what a value adds is made harmless.
        name.parse().unwrap_or_else(|_| default_name(facts.lease))
    }

    fn with_random_end(&self, facts: NameFacts<'_>) -> String {
        let room = LONGEST_NAME - RANDOM_LETTERS - 1;
        let name = self.fill(facts, room);
        let end = letters(facts.lease, RANDOM_LETTERS);
        if name.is_empty() { end } else { format!("{name}-{end}") }
    }

    /// Fills the template; values are cut so that no more than `longest` comes out of it.
    fn fill(&self, facts: NameFacts<'_>, longest: usize) -> String {
        let fixed: usize = self.parts.iter().map(Part::fixed_length).sum();
        let mut room = longest.saturating_sub(fixed);
        let mut name = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => name.push_str(text),
                Part::Value(expression) if expression.names_holder() => {
                    let value: String = harmless(&expression.value(facts)).chars().take(room).collect();
                    room -= value.len();
                    name.push_str(&value);
                }
                Part::Value(expression) => name.push_str(&harmless(&expression.value(facts))),
            }
        }
        name.trim_matches('-').to_owned()
    }

    fn is_random(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Value(expression) if expression.is_random()))
    }

    /// The template's own letters, and the longest values, must make a name.
    fn check(&self) -> Result<(), InvalidTemplate> {
        for literal in self.parts.iter().filter_map(Part::literal) {
            if let Some(found) = literal.chars().find(|c| !is_plain(*c)) {
                let accepted = "only lower-case letters, digits and `-` are allowed";
                let why = InvalidName::Character { found, accepted };
                return Err(InvalidTemplate::NoName { name: self.sample(""), why });
            }
        }
        let room = if self.is_random() { LONGEST_NAME } else { LONGEST_NAME - RANDOM_LETTERS - 1 };
        let fixed: usize = self.parts.iter().map(Part::fixed_length).sum();
        if fixed > room {
            let why = InvalidName::TooLong { longest: room, length: fixed };
            return Err(InvalidTemplate::NoName { name: self.sample("name"), why });
        }
        Ok(())
    }

    fn sample(&self, holder: &str) -> String {
        let facts = NameFacts {
            lease: LeaseId::from_uuid(uuid::Uuid::from_u128(0x0189_3b9e_7c1a_7def_8abc_0123_4567_89ab)),
            now: Timestamp::UNIX_EPOCH,
            holder,
        };
        let value = |part: &Part| match part {
            Part::Literal(text) => text.clone(),
            Part::Value(expression) => expression.value(facts),
        };
        self.parts.iter().map(value).collect()
    }
}

/// The name where there is no template, as existing clients know it.
///
/// # Panics
///
/// Never: the prefix and the letters are those of a label.
pub fn default_name(lease: LeaseId) -> ObjectName {
    let name = format!("{USERNAME_PREFIX}{}", letters(lease, RANDOM_LETTERS));
    name.parse().expect("the prefix and the letters are those of a label")
}

fn is_plain(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

/// Lower-case letters and digits stay; everything else becomes a hyphen, several of them one.
fn harmless(value: &str) -> String {
    let mut name = String::new();
    for c in value.to_lowercase().chars() {
        match c {
            c if is_plain(c) && c != '-' => name.push(c),
            _ if name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    name
}

/// `count` letters that only the lease's id decides: 32 signs, none of which looks like another. The id's random bits are
/// spread by the finaliser of `SplitMix64` (Steele, Lea and Flood, 2014), which keeps different ids different.
fn letters(lease: LeaseId, count: usize) -> String {
    const SIGNS: [char; 32] = [
        '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q',
        'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0',
    ];
    const BITS: u32 = 5;
    const PER_WORD: usize = 12;
    let (high, low) = lease.as_uuid().as_u64_pair();
    let word = |number: u64| {
        let mut mixed = low.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) ^ high.rotate_left(32);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let sign = |position: usize| {
        let number = u64::try_from(position / PER_WORD).unwrap_or(0);
        let shift = BITS * u32::try_from(position % PER_WORD).unwrap_or(0);
        let index = usize::try_from((word(number) >> shift) & 31).unwrap_or(0);
        SIGNS.get(index).copied().unwrap_or('0')
    };
    (0..count).map(sign).collect()
}

impl Part {
    fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Value(_) => None,
        }
    }

    /// How long it is at most, where the holder's name does not decide that.
    fn fixed_length(&self) -> usize {
        match self {
            Self::Literal(text) => text.len(),
            Self::Value(expression) if expression.names_holder() => 0,
            Self::Value(expression) => expression.longest(),
        }
    }
}

impl Expression {
    fn value(&self, facts: NameFacts<'_>) -> String {
        match self {
            Self::RandomUsername => default_name(facts.lease).to_string(),
            Self::UnixTimestamp => facts.now.as_second().to_string(),
            Self::IdentityName => facts.holder.to_owned(),
            Self::Random(count) => letters(facts.lease, *count),
            Self::Replace(of, from, to) => of.value(facts).replace(from.as_str(), to),
            Self::Truncate(of, longest) => of.value(facts).chars().take(*longest).collect(),
            Self::Uppercase(of) => of.value(facts).to_uppercase(),
            Self::Lowercase(of) => of.value(facts).to_lowercase(),
        }
    }

    fn is_random(&self) -> bool {
        match self {
            Self::RandomUsername => true,
            // Fewer letters would be wanted twice before long.
            Self::Random(count) => *count >= RANDOM_LETTERS,
            Self::UnixTimestamp | Self::IdentityName | Self::Truncate(..) | Self::Replace(..) => false,
            Self::Uppercase(of) | Self::Lowercase(of) => of.is_random(),
        }
    }

    fn names_holder(&self) -> bool {
        match self {
            Self::IdentityName => true,
            Self::RandomUsername | Self::UnixTimestamp | Self::Random(_) => false,
            Self::Replace(of, ..) | Self::Truncate(of, _) | Self::Uppercase(of) | Self::Lowercase(of) => {
                of.names_holder()
            }
        }
    }

    fn longest(&self) -> usize {
        const TIMESTAMP: usize = 11;
        match self {
            Self::RandomUsername => USERNAME_PREFIX.len() + RANDOM_LETTERS,
            Self::UnixTimestamp => TIMESTAMP,
            Self::IdentityName => 0,
            Self::Random(count) => *count,
            Self::Replace(of, _, to) => of.longest().saturating_mul(to.len().max(1)),
            Self::Truncate(of, longest) => of.longest().min(*longest),
            Self::Uppercase(of) | Self::Lowercase(of) => of.longest(),
        }
    }

    /// Reads what stands between `{{` and `}}`.
    fn read(text: &str) -> Result<Self, InvalidTemplate> {
        let words = words(text).ok_or(InvalidTemplate::Unknown(text.trim().to_owned()))?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [value] => Self::value_named(value),
            ["random", count] => count
                .parse()
                .ok()
                .filter(|count| (1..=LONGEST_RANDOM).contains(count))
                .map(Self::Random)
                .ok_or(InvalidTemplate::Usage("random", "{{random 10}}")),
            ["truncate", of, longest] => {
                let longest = longest.parse().ok().filter(|longest| *longest > 0);
                let longest = longest.ok_or(InvalidTemplate::Usage("truncate", "{{truncate identity.name 10}}"))?;
                Ok(Self::Truncate(Box::new(Self::value_named(of)?), longest))
            }
            ["replace", of, from, to] if !from.is_empty() => {
                Ok(Self::Replace(Box::new(Self::value_named(of)?), (*from).to_owned(), (*to).to_owned()))
            }
            ["uppercase", of] => Ok(Self::Uppercase(Box::new(Self::value_named(of)?))),
            ["lowercase", of] => Ok(Self::Lowercase(Box::new(Self::value_named(of)?))),
            ["random", ..] => Err(InvalidTemplate::Usage("random", "{{random 10}}")),
            ["truncate", ..] => Err(InvalidTemplate::Usage("truncate", "{{truncate identity.name 10}}")),
            ["replace", ..] => Err(InvalidTemplate::Usage("replace", "{{replace identity.name '_' '-'}}")),
            ["uppercase", ..] => Err(InvalidTemplate::Usage("uppercase", "{{uppercase identity.name}}")),
            ["lowercase", ..] => Err(InvalidTemplate::Usage("lowercase", "{{lowercase identity.name}}")),
            [] | [_, ..] => Err(InvalidTemplate::Unknown(text.trim().to_owned())),
        }
    }

    fn value_named(word: &str) -> Result<Self, InvalidTemplate> {
        match word {
            "randomUsername" => Ok(Self::RandomUsername),
            "unixTimestamp" => Ok(Self::UnixTimestamp),
            "identity.name" => Ok(Self::IdentityName),
            _ => Err(InvalidTemplate::Unknown(word.to_owned())),
        }
    }
}

/// Words between blanks; one in single quotes may hold any sign but a quote. `None` for a quote that is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'')?,
            None => rest.split_at_checked(rest.find(char::is_whitespace).unwrap_or(rest.len()))?,
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Some(words)
}

impl FromStr for NameTemplate {
    type Err = InvalidTemplate;

    fn from_str(text: &str) -> Result<Self, InvalidTemplate> {
        let length = text.chars().count();
        if length > Self::LONGEST {
            return Err(InvalidTemplate::TooLong(length));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, after) = after.split_once("}}").ok_or(InvalidTemplate::Open)?;
            if !before.is_empty() {
                parts.push(Part::Literal(before.to_owned()));
            }
            parts.push(Part::Value(Expression::read(inside)?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        let template = Self { text: text.to_owned(), parts };
        template.check()?;
        Ok(template)
    }
}

impl fmt::Display for NameTemplate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl TryFrom<String> for NameTemplate {
    type Error = InvalidTemplate;

    fn try_from(text: String) -> Result<Self, InvalidTemplate> {
        text.parse()
    }
}

impl From<NameTemplate> for String {
    fn from(template: NameTemplate) -> Self {
        template.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: u128 = 0x0189_3b9e_7c1a_7def_8abc_0123_4567_89ab;

    fn facts(holder: &str) -> NameFacts<'_> {
        let now = Timestamp::from_second(1_900_000_000).unwrap();
        NameFacts { lease: LeaseId::from_uuid(uuid::Uuid::from_u128(LEASE)), now, holder }
    }

    fn named(template: &str, holder: &str) -> String {
        template.parse::<NameTemplate>().expect(template).name(facts(holder)).to_string()
    }

    fn refused(template: &str) -> String {
        template.parse::<NameTemplate>().expect_err(template).to_string()
    }

    #[test]
    fn every_word_has_its_value() {
        let random = letters(facts("").lease, 10);
        assert_eq!(named("{{randomUsername}}", "x"), format!("dynamic-secret-sa-{random}"));
        assert_eq!(named("a-{{random 10}}", "x"), format!("a-{random}"));
        assert_eq!(named("{{unixTimestamp}}", "x"), format!("1900000000-{random}"));
        assert_eq!(named("{{identity.name}}", "My_Robot 7!"), format!("my-robot-7-{random}"));
        assert_eq!(named("{{truncate identity.name 2}}", "robot"), format!("ro-{random}"));
        assert_eq!(named("{{replace identity.name 'bot' 'man'}}", "robot"), format!("roman-{random}"));
        assert_eq!(named("{{ uppercase identity.name }}", "robot"), format!("robot-{random}"));
    }

    #[test]
    fn two_leases_never_want_one_name() {
        let other = LeaseId::from_uuid(uuid::Uuid::from_u128(LEASE + 1));
        for template in ["{{identity.name}}", "fixed", "{{unixTimestamp}}", "{{random 3}}", "{{randomUsername}}"] {
            let template: NameTemplate = template.parse().unwrap();
            assert_ne!(
                template.name(facts("x")),
                template.name(NameFacts { lease: other, ..facts("x") }),
                "{template}"
            );
        }
    }

    #[test]
    fn no_holder_makes_a_name_that_is_none() {
        let long = "x".repeat(300);
        for holder in ["", "---", "ÄÖÜ", "a/b", long.as_str(), "системa", ".."] {
            for template in ["{{identity.name}}", "ci-{{identity.name}}-{{randomUsername}}", "{{identity.name}}-x"] {
                let name = named(template, holder);
                assert!(
                    name.parse::<ObjectName>().is_ok() && name.len() <= LONGEST_NAME,
                    "{template} {holder}: {name}"
                );
            }
        }
    }

    #[test]
    fn each_fault_is_told() {
        assert!(refused("{{foo}}").contains("unknown word `foo`; known are `randomUsername`"));
        assert!(refused("{{randomUsername").contains("not closed"));
        assert!(refused("{{random}}").contains("unknown word `random`"));
        assert!(refused("{{random 0}}").contains("{{random 10}}"));
        assert!(refused("{{truncate identity.name}}").contains("{{truncate identity.name 10}}"));
        assert!(refused("{{replace identity.name 'a}}").contains("unknown word"));
        assert!(refused("My_App-{{randomUsername}}").contains("would give `My_App-dynamic-secret-sa-"));
        assert!(refused(&"a".repeat(60)).contains("at most 52 characters long, got 60"));
        assert!(refused(&"a".repeat(300)).contains("at most 255 characters long, got 300"));
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_a_template_makes_names(text in ".{0,40}", holder in ".{0,40}") {
            if let Ok(template) = text.parse::<NameTemplate>() {
                let name = template.name(facts(&holder)).to_string();
                proptest::prop_assert!(name.parse::<ObjectName>().is_ok());
            }
        }
    }
}
