//! Parameters in an address or a form body.

use std::fmt::Write as _;

/// `url` with `parameters` behind what it has already.
pub fn with_parameters(url: &str, parameters: &[(&str, &str)]) -> String {
    let joint = if !url.contains('?') {
        "?"
    } else if url.ends_with(['?', '&']) {
        ""
    } else {
        "&"
    };
    format!("{url}{joint}{}", form(parameters))
}

/// `parameters` as a form body (WHATWG URL section 5.2).
pub(crate) fn form(parameters: &[(&str, &str)]) -> String {
    let pairs = parameters.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Every byte that could mean something, as `%` and two digits (RFC 3986 section 2.1).
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stays_one_whatever_is_in_it() {
        assert_eq!(form(&[("a b", "&=+%"), ("c", "ä/~")]), "a%20b=%26%3D%2B%25&c=%C3%A4%2F~");
        assert_eq!(with_parameters("https://x/a", &[("b", "c")]), "https://x/a?b=c");
        assert_eq!(with_parameters("https://x/a?d=e", &[("b", "c")]), "https://x/a?d=e&b=c");
        assert_eq!(with_parameters("https://x/a?", &[("b", "c")]), "https://x/a?b=c");
    }
}
