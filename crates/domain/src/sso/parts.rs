//! Domains of addresses, and where somebody goes on after a sign-in.

use crate::text_type::text_types;

/// Why a text is no domain. Reads after the field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a domain in lower case, such as `example.com`, without `@` and without `*`")]
pub struct InvalidEmailDomain;

/// Why a text is no place to go on. Reads after the field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a path on this server, such as `/projects`: it begins with one `/`, and is at most 1024 characters long"
)]
pub struct InvalidReturnPath;

text_types! {
    error InvalidEmailDomain;

    /// What stands behind the `@` of addresses: exactly, subdomains are others.
    EmailDomain(email_domain);
}

text_types! {
    error InvalidReturnPath;

    /// A path on this very server: whatever a browser makes of it, it stays here.
    ReturnPath(return_path);
}

fn email_domain(text: &str) -> Result<(), InvalidEmailDomain> {
    const LONGEST: usize = 253;
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let is_one = text.len() <= LONGEST && text.contains('.') && text.split('.').all(is_label);
    if is_one { Ok(()) } else { Err(InvalidEmailDomain) }
}

/// Browsers read `\` as `/`, drop tabs and line breaks, and take `//host` for another host (WHATWG URL, section 4.4).
fn return_path(text: &str) -> Result<(), InvalidReturnPath> {
    const LONGEST: usize = 1024;
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | '"' | '<' | '>' | '\'' | '`');
    let is_here = text.starts_with('/') && !text.starts_with("//");
    if text.len() <= LONGEST && is_here && text.chars().all(is_plain) { Ok(()) } else { Err(InvalidReturnPath) }
}
