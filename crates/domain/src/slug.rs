//! Short names that people type and that appear in URLs.

use crate::{access::role::ProjectRole, text_type::text_types};

/// Why a text is not a name of this kind. Reads after the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSlug {
    /// Nothing was given.
    #[error("must not be empty")]
    Empty,
    /// Outside the allowed length.
    #[error("must be {shortest} to {longest} characters long, got {length}")]
    Length {
        /// Least characters.
        shortest: usize,
        /// Most characters.
        longest: usize,
        /// Characters given.
        length: usize,
    },
    /// A control character, which no name may hold.
    #[error("must not contain control characters (one at position {0})")]
    Control(usize),
    /// Outside the alphabet.
    #[error("{0}")]
    Alphabet(&'static str),
    /// A word that has a meaning of its own in the same place.
    #[error("must not be `{0}`, which is reserved")]
    Reserved(&'static str),
}

text_types! {
    error InvalidSlug;

    /// The name of a dynamic secret: 1 to 64 lower-case letters, digits and single inner hyphens.
    DynamicSecretName(dynamic_secret_name);
    /// The short name of an environment, such as `prod`.
    EnvironmentSlug(environment_slug);
    /// The short name of a project: 5 to 64 characters.
    ProjectSlug(project_slug);
    /// The short name of a role that a project made; none of the built-in ones.
    RoleSlug(role_slug);
    /// The short name of a group.
    GroupSlug(environment_slug);
    /// The short name of an identity provider by which people sign in.
    SsoSlug(sso_slug);
    /// The name of a folder: 1 to 255 letters, digits, `-` and `_`.
    FolderName(folder_name);
    /// The name of a file with a token, as a server's settings give it: letters, digits and single inner hyphens.
    TokenFileName(environment_slug);
    /// A name for people's eyes: 1 to 64 characters, no control characters.
    DisplayName(display_name);
}

/// Words that stand where a dynamic secret's name stands in the API's paths.
const RESERVED: [&str; 2] = ["leases", "entra-id"];

const SLUG_ALPHABET: &str = "must contain only lower-case letters, digits and single hyphens between them";
const PROJECT_ALPHABET: &str = "must contain only lower-case letters, digits and single `-` or `_` between them";
const FOLDER_ALPHABET: &str = "must contain only letters, digits, `-` and `_`";

fn dynamic_secret_name(text: &str) -> Result<(), InvalidSlug> {
    slug(text, 1)?;
    RESERVED.iter().find(|word| **word == text).map_or(Ok(()), |word| Err(InvalidSlug::Reserved(word)))
}

fn environment_slug(text: &str) -> Result<(), InvalidSlug> {
    slug(text, 1)
}

fn sso_slug(text: &str) -> Result<(), InvalidSlug> {
    slug(text, 1)?;
    // They stand where a provider's name stands in the API's paths.
    let reserved = ["callback", "requests"];
    reserved.into_iter().find(|word| *word == text).map_or(Ok(()), |word| Err(InvalidSlug::Reserved(word)))
}

fn role_slug(text: &str) -> Result<(), InvalidSlug> {
    const CUSTOM: &str = "custom";
    slug(text, 1)?;
    let built_in = ProjectRole::ALL.iter().map(|role| role.slug());
    // Existing clients read `custom` as the role of all that a project made.
    let mut reserved = built_in.chain([CUSTOM]);
    reserved.find(|word| *word == text).map_or(Ok(()), |word| Err(InvalidSlug::Reserved(word)))
}

fn slug(text: &str, shortest: usize) -> Result<(), InvalidSlug> {
    check(text, shortest, 64)?;
    words_joined_by(text, &['-'], SLUG_ALPHABET)
}

fn project_slug(text: &str) -> Result<(), InvalidSlug> {
    check(text, 5, 64)?;
    words_joined_by(text, &['-', '_'], PROJECT_ALPHABET)
}

fn folder_name(text: &str) -> Result<(), InvalidSlug> {
    check(text, 1, 255)?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.chars().all(is_allowed) { Ok(()) } else { Err(InvalidSlug::Alphabet(FOLDER_ALPHABET)) }
}

fn display_name(text: &str) -> Result<(), InvalidSlug> {
    if text.trim().is_empty() {
        return Err(InvalidSlug::Empty);
    }
    check(text, 1, 64)
}

fn check(text: &str, shortest: usize, longest: usize) -> Result<(), InvalidSlug> {
    if text.is_empty() {
        return Err(InvalidSlug::Empty);
    }
    if let Some(position) = text.chars().position(char::is_control) {
        return Err(InvalidSlug::Control(position));
    }
    let length = text.chars().count();
    if length < shortest || length > longest {
        return Err(InvalidSlug::Length { shortest, longest, length });
    }
    Ok(())
}

fn words_joined_by(text: &str, separators: &[char], alphabet: &'static str) -> Result<(), InvalidSlug> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if text.split(separators).all(is_word) { Ok(()) } else { Err(InvalidSlug::Alphabet(alphabet)) }
}

impl ProjectSlug {
    /// A slug for a project called `name`, made unlike others by `suffix` (lower-case letters and digits).
    pub fn from_name(name: &str, suffix: &str) -> Result<Self, InvalidSlug> {
        const LONGEST_WORDS: usize = 48;
        let words: String =
            name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let joined = words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
        let cut: String = joined.chars().take(LONGEST_WORDS).collect();
        let stem = cut.trim_matches('-');
        if stem.is_empty() { format!("project-{suffix}").parse() } else { format!("{stem}-{suffix}").parse() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dynamic_secret_has_a_plain_lower_case_name() {
        for good in ["a", "ci-deployer", "1", &"x".repeat(64)] {
            assert!(good.parse::<DynamicSecretName>().is_ok(), "{good} was refused");
        }
        for bad in ["", "My Secret", "../x", "näme", "a--b", "-a", "a-", "a_b", "A", "a\0", &"x".repeat(65), "leases"]
        {
            assert!(bad.parse::<DynamicSecretName>().is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn a_refusal_gives_the_figure_or_the_position() {
        let refusal = |text: &str| text.parse::<DynamicSecretName>().unwrap_err().to_string();
        assert_eq!(refusal(&"x".repeat(65)), "must be 1 to 64 characters long, got 65");
        assert_eq!(refusal("ab\0"), "must not contain control characters (one at position 2)");
    }

    #[test]
    fn a_slug_is_made_from_any_name() {
        for (name, expected) in [("Shop!", "shop-ab12"), ("日本", "project-ab12"), ("  A  b ", "a-b-ab12")] {
            assert_eq!(ProjectSlug::from_name(name, "ab12").unwrap().as_str(), expected);
        }
        assert!(ProjectSlug::from_name(&"long name ".repeat(40), "ab12").is_ok());
    }
}
