//! Addresses of people, in the one form that is stored and compared.

/// The text is no address that mail could be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address, such as `ana@example.com`")]
pub struct InvalidEmail;

/// The address in lower case. Good enough to send mail to: something, an `@`, a host; at most 254 bytes (RFC 5321
/// section 4.5.3.1.3, less its brackets).
pub fn normalized(text: &str) -> Result<String, InvalidEmail> {
    const LONGEST: usize = 254;
    let (local, host) = text.rsplit_once('@').ok_or(InvalidEmail)?;
    let is_plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    if text.len() > LONGEST || !is_plain(local) || !is_plain(host) || text.contains(['<', '>', ',']) {
        return Err(InvalidEmail);
    }
    Ok(text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling() {
        assert_eq!(normalized("Ana@Example.COM").as_deref(), Ok("ana@example.com"));
        let long = format!("{}@example.com", "a".repeat(250));
        for bad in ["", "ana", "@example.com", "ana@", "a b@example.com", "a\n@x", "<a@x>", "a@x,b@x", &long] {
            assert_eq!(normalized(bad), Err(InvalidEmail), "{bad:?}");
        }
    }
}
