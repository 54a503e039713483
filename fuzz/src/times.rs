//! Lifetimes.

use mayfly_domain::ttl::{InvalidTtl, Ttl};

/// A lifetime is within its bounds, stays as it was written, and advice to write it otherwise is good advice.
pub fn durations(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match text.parse::<Ttl>() {
        Ok(ttl) => {
            assert_eq!(ttl.as_str(), text);
            assert!((Ttl::SHORTEST_SECONDS..=Ttl::LONGEST_SECONDS).contains(&ttl.seconds()), "{text:?}");
            let bare: Ttl = text.trim().to_uppercase().parse().expect("neither blanks nor case mean anything");
            assert_eq!(bare.seconds(), ttl.seconds());
            crate::reads_back(&ttl);
        }
        Err(InvalidTtl::BareNumber(number)) => {
            for unit in ["s", "m", "h"] {
                is_good_advice(&format!("{number}{unit}"));
            }
        }
        Err(InvalidTtl::Compound(advice)) => is_good_advice(&advice),
        Err(other) => assert!(other.to_string().len() < 100, "a refusal repeats what was sent"),
    }
}

/// What we say to write is understood, though it may be too short or too long.
fn is_good_advice(text: &str) {
    let read = text.parse::<Ttl>();
    let is_understood = matches!(read, Ok(_) | Err(InvalidTtl::Zero | InvalidTtl::TooShort | InvalidTtl::TooLong));
    assert!(is_understood, "`{text}` was advised, and is refused: {read:?}");
}
