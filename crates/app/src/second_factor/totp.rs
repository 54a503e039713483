//! Time-based one-time passwords (RFC 6238), in the one form that every authenticator knows: HMAC-SHA-1, six digits,
//! thirty seconds.

use aws_lc_rs::hmac;
use jiff::Timestamp;

/// Seconds of a step.
pub(super) const STEP: i64 = 30;
/// Digits of a code.
pub(super) const DIGITS: usize = 6;
const MODULUS: u32 = 1_000_000;

/// The step of time that `now` is in.
pub(super) fn step_of(now: Timestamp) -> i64 {
    now.as_second().div_euclid(STEP)
}

/// The code of a step.
pub(super) fn code_at(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    // RFC 4226 section 5.3: the last four bits tell where the code's four bytes begin, of twenty.
    let start = usize::from(bytes.last().copied().unwrap_or_default() & 0x0f);
    let word = bytes.get(start..start + 4).and_then(|word| word.try_into().ok()).unwrap_or_default();
    (u32::from_be_bytes(word) & 0x7fff_ffff) % MODULUS
}

/// The step, of the one that `now` is in and its two neighbours, whose code this is. The newest, if two have one code.
pub(super) fn step_with(secret: &[u8], code: u32, now: Timestamp) -> Option<i64> {
    let step = step_of(now);
    [step + 1, step, step - 1].into_iter().find(|step| code_at(secret, *step) == code)
}

/// A code as somebody typed it: six digits, with blanks anywhere.
pub(super) fn parse(text: &str) -> Option<u32> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let is_code = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the rows of SHA-1, less the first two of their eight digits.
    #[test]
    fn the_standard_s_own_codes_come_out() {
        let secret = b"12345678901234567890";
        let rows = [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ];
        for (second, code) in rows {
            let now = Timestamp::from_second(second).unwrap();
            assert_eq!(code_at(secret, step_of(now)), code, "{second}");
            assert_eq!(step_with(secret, code, now), Some(step_of(now)));
        }
    }

    #[test]
    fn a_code_counts_for_its_step_and_both_neighbours() {
        let (secret, at) = (b"12345678901234567890", |second: i64| Timestamp::from_second(second).unwrap());
        let code = code_at(secret, 1_000);
        for (second, is_right) in [(29_969, false), (29_970, true), (30_015, true), (30_059, true), (30_060, false)] {
            assert_eq!(step_with(secret, code, at(second)), is_right.then_some(1_000), "{second}");
        }
    }

    #[test]
    fn blanks_are_no_part_of_a_code() {
        assert_eq!((parse("012 345"), parse(" 012345\n")), (Some(12_345), Some(12_345)));
        for bad in ["", "12345", "1234567", "12345x", "+12345", "١٢٣٤٥٦"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
