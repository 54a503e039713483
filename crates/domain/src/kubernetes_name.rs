//! Names as Kubernetes defines them, checked before they come near a URL path.
//!
//! Rules: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/> (DNS labels of RFC 1123 for
//! namespaces, DNS subdomains for service accounts).

use crate::text_type::text_types;

/// Why a text is not a name. Reads after the field's name: "`namespace` must be …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing was given.
    #[error("must not be empty")]
    Empty,
    /// Longer than Kubernetes allows.
    #[error("must be at most {longest} characters long, got {length}")]
    TooLong {
        /// Characters allowed.
        longest: usize,
        /// Characters given.
        length: usize,
    },
    /// A character outside the alphabet.
    #[error("must not contain {found:?}: {accepted}")]
    Character {
        /// The first offending character.
        found: char,
        /// The accepted alphabet, in words.
        accepted: &'static str,
    },
    /// Starts or ends with a separator.
    #[error("must start and end with a lower-case letter or a digit")]
    Edge,
    /// A full `system:serviceaccount:…` user name where a bare account name belongs.
    #[error("must be the bare account name, without `system:serviceaccount:<namespace>:`")]
    FullUserName,
}

text_types! {
    error InvalidName;

    /// A namespace: a DNS label of at most 63 characters.
    Namespace(label);
    /// A service account: a DNS subdomain of at most 253 characters.
    ServiceAccountName(account);
    /// A Role or ClusterRole that exists already: a path segment, which may hold more than other names, such as
    /// `system:node`.
    RoleName(path_segment);
    /// An object that we make: a DNS label, so that its name fits wherever Kubernetes puts names.
    ObjectName(label);
}

impl From<&ObjectName> for ServiceAccountName {
    /// Every DNS label is a DNS subdomain.
    fn from(name: &ObjectName) -> Self {
        Self(name.as_str().to_owned())
    }
}

const LONGEST_LABEL: usize = 63;
const LONGEST_SUBDOMAIN: usize = 253;

fn label(text: &str) -> Result<(), InvalidName> {
    check(text, LONGEST_LABEL, "only lower-case letters, digits and `-` are allowed", |c| c == '-')
}

fn account(text: &str) -> Result<(), InvalidName> {
    if text.starts_with("system:serviceaccount:") {
        return Err(InvalidName::FullUserName);
    }
    let accepted = "only lower-case letters, digits, `-` and `.` are allowed";
    check(text, LONGEST_SUBDOMAIN, accepted, |c| c == '-' || c == '.')?;
    // Each dot-separated part of a subdomain is a label of its own.
    text.split('.').try_for_each(|part| check(part, LONGEST_SUBDOMAIN, accepted, |c| c == '-'))
}

/// Names of RBAC objects: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names>.
fn path_segment(text: &str) -> Result<(), InvalidName> {
    if text.is_empty() {
        return Err(InvalidName::Empty);
    }
    if let Some(found) = text.chars().find(|c| matches!(c, '/' | '%') || c.is_control() || c.is_whitespace()) {
        return Err(InvalidName::Character { found, accepted: "no `/`, no `%` and no blanks are allowed" });
    }
    if text == "." || text == ".." {
        return Err(InvalidName::Character { found: '.', accepted: "`.` and `..` are no names" });
    }
    if text.len() > LONGEST_SUBDOMAIN {
        return Err(InvalidName::TooLong { longest: LONGEST_SUBDOMAIN, length: text.len() });
    }
    Ok(())
}

fn check(
    text: &str,
    longest: usize,
    accepted: &'static str,
    is_separator: impl Fn(char) -> bool,
) -> Result<(), InvalidName> {
    if text.is_empty() {
        return Err(InvalidName::Empty);
    }
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if let Some(found) = text.chars().find(|c| !is_word(*c) && !is_separator(*c)) {
        return Err(InvalidName::Character { found, accepted });
    }
    if text.len() > longest {
        return Err(InvalidName::TooLong { longest, length: text.len() });
    }
    if !text.starts_with(is_word) || !text.ends_with(is_word) {
        return Err(InvalidName::Edge);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_a_dns_label() {
        for good in ["a", "default", "team-a", "1", &"x".repeat(63)] {
            assert!(good.parse::<Namespace>().is_ok(), "{good} was refused");
        }
        for bad in ["", "Default", "a_b", "a.b", "-a", "a-", "a b", " a", "ä", "a/b", "a%2f", &"x".repeat(64)] {
            assert!(bad.parse::<Namespace>().is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn a_role_is_a_path_segment() {
        for good in ["view", "system:node", "My_Role", "a.b"] {
            assert!(good.parse::<RoleName>().is_ok(), "{good} was refused");
        }
        for bad in ["", ".", "..", "a/b", "a%2fb", "a b", "a\n", &"x".repeat(254)] {
            assert!(bad.parse::<RoleName>().is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn an_account_is_a_dns_subdomain() {
        for good in ["deployer", "a.b-c.d", &"x".repeat(253)] {
            assert!(good.parse::<ServiceAccountName>().is_ok(), "{good} was refused");
        }
        for bad in ["", "a..b", ".a", "a/../b", "a.-b", "A", "a\n", &"x".repeat(254)] {
            assert!(bad.parse::<ServiceAccountName>().is_err(), "{bad:?} was accepted");
        }
        let full = "system:serviceaccount:a:b".parse::<ServiceAccountName>();
        assert_eq!(full, Err(InvalidName::FullUserName));
    }
}
