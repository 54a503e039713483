//! Lifetimes: the duration grammar, and the named checks between a wish and a lease.
//!
//! *Why was my lifetime refused or shortened?* is answered here: [`LeaseTtl::decide`] is the list of checks, in order.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::plan::LeasePlan;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;
/// 365.25 days, as existing clients count a year.
const YEAR: u64 = 365 * DAY + DAY / 4;

/// A duration as a person wrote it, such as `1h`. What was sent is what is returned: `24h` never becomes `1d`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ttl {
    text: String,
    seconds: u64,
}

/// Why a text is not a lifetime. Reads after the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTtl {
    /// Nothing was given.
    #[error("is required: a duration such as `1h` or `30m`")]
    Empty,
    /// No time at all.
    #[error("must be above zero: at least `1m`")]
    Zero,
    /// Digits alone: seconds, milliseconds and minutes have all been meant by it.
    #[error("needs a unit: write `{0}s` for seconds, `{0}m` for minutes or `{0}h` for hours")]
    BareNumber(String),
    /// Several parts, such as `1h30m`.
    #[error("must be one number and one unit: write `{0}`")]
    Compound(String),
    /// A minus sign.
    #[error("must not be negative")]
    Negative,
    /// Not of the grammar at all.
    #[error("must be one number and one of the units s, m, h, d, w, y, such as `1h`")]
    Malformed,
    /// Less than [`Ttl::SHORTEST_SECONDS`].
    #[error("must be at least `1m`")]
    TooShort,
    /// More than [`Ttl::LONGEST_SECONDS`].
    #[error("must be at most `10y`")]
    TooLong,
}

impl Ttl {
    /// One minute: below it a lease would end before its token could be used.
    pub const SHORTEST_SECONDS: u64 = MINUTE;
    /// Ten years, the bound existing clients know.
    pub const LONGEST_SECONDS: u64 = 10 * YEAR;

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The duration in seconds, between [`Self::SHORTEST_SECONDS`] and [`Self::LONGEST_SECONDS`].
    pub const fn seconds(&self) -> u64 {
        self.seconds
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl TryFrom<String> for Ttl {
    type Error = InvalidTtl;

    fn try_from(text: String) -> Result<Self, InvalidTtl> {
        text.parse()
    }
}

impl From<Ttl> for String {
    fn from(ttl: Ttl) -> Self {
        ttl.text
    }
}

impl FromStr for Ttl {
    type Err = InvalidTtl;

    fn from_str(text: &str) -> Result<Self, InvalidTtl> {
        let seconds = parse_seconds(text.trim())?;
        if seconds == 0 {
            return Err(InvalidTtl::Zero);
        }
        if seconds < Self::SHORTEST_SECONDS {
            return Err(InvalidTtl::TooShort);
        }
        if seconds > Self::LONGEST_SECONDS {
            return Err(InvalidTtl::TooLong);
        }
        Ok(Self { text: text.to_owned(), seconds })
    }
}

fn parse_seconds(text: &str) -> Result<u64, InvalidTtl> {
    if text.is_empty() {
        return Err(InvalidTtl::Empty);
    }
    if text.starts_with('-') {
        return Err(InvalidTtl::Negative);
    }
    let (number, rest) = split_number(text);
    let unit = rest.trim_start();
    match unit_seconds(unit) {
        Some(scale) => scaled(number, scale),
        None if unit.is_empty() && is_zero(number) => Err(InvalidTtl::Zero),
        // Only a number with a unit behind it is worth being advised: `1.2.3s` is none.
        None if unit.is_empty() && scaled(number, MINUTE).is_ok() => Err(InvalidTtl::BareNumber(number.to_owned())),
        None => Err(compound_fix(text).map_or(InvalidTtl::Malformed, InvalidTtl::Compound)),
    }
}

fn split_number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.split_at(end)
}

fn is_zero(number: &str) -> bool {
    !number.is_empty() && number.chars().all(|digit| digit == '0')
}

fn unit_seconds(unit: &str) -> Option<u64> {
    match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(MINUTE),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(HOUR),
        "d" | "day" | "days" => Some(DAY),
        "w" | "week" | "weeks" => Some(WEEK),
        "y" | "yr" | "yrs" | "year" | "years" => Some(YEAR),
        _ => None,
    }
}

/// `number` times `scale`, exactly: `1.5h` is 5400 s, rounded up to a whole second.
fn scaled(number: &str, scale: u64) -> Result<u64, InvalidTtl> {
    const MOST_DECIMALS: usize = 6;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) || decimals.len() > MOST_DECIMALS {
        return Err(InvalidTtl::Malformed);
    }
    let whole: u64 = whole.parse().map_err(|_| InvalidTtl::TooLong)?;
    let numerator: u64 = decimals.parse().map_err(|_| InvalidTtl::Malformed)?;
    let denominator = 10_u64.pow(u32::try_from(decimals.len()).map_err(|_| InvalidTtl::Malformed)?);
    let seconds = whole.checked_mul(scale).ok_or(InvalidTtl::TooLong)?;
    seconds.checked_add((numerator * scale).div_ceil(denominator)).ok_or(InvalidTtl::TooLong)
}

/// `1h30m` → `90m`: the same length in the smallest unit that was used.
fn compound_fix(text: &str) -> Option<String> {
    let mut rest = text;
    let (mut total, mut smallest) = (0_u64, (u64::MAX, ""));
    while !rest.is_empty() {
        let (number, after) = split_number(rest);
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let scale = unit_seconds(unit.trim())?;
        total = total.checked_add(scaled(number, scale).ok()?)?;
        if scale < smallest.0 {
            smallest = (scale, unit.trim());
        }
        rest = next;
    }
    Some(format!("{}{}", total.div_ceil(smallest.0), smallest.1))
}

/// Whether the end of a lease can be brought about by deleting something in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndsWhen {
    /// Deleting what was made for it makes the API server refuse the token.
    Deleted,
    /// Nothing was made for it: the token lives until its own expiry.
    Expired,
}

/// Why a wished lifetime is not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedTtl {
    /// Above the dynamic secret's own maximum.
    #[error("`{ttl}` is above this dynamic secret's Max TTL `{max}`")]
    AboveMaximum {
        /// What was asked.
        ttl: Ttl,
        /// What is allowed.
        max: Ttl,
    },
    /// Above the server's cap.
    #[error("`{ttl}` is above this server's limit of {cap_seconds} s for a lease")]
    AboveCap {
        /// What was asked.
        ttl: Ttl,
        /// The server's setting, in seconds.
        cap_seconds: u64,
    },
    /// Shorter than a token can be, with nothing to delete at its end.
    #[error(
        "`{0}` is too short: Kubernetes issues tokens for at least 10 minutes, and the token of an existing service \
         account cannot be ended earlier; ask for `10m` or more"
    )]
    CannotEndEarly(Ttl),
}

/// The bounds a dynamic secret and the server set together.
#[derive(Clone, Debug)]
pub struct LeaseTtl<'a> {
    /// Used when the caller names no lifetime.
    pub default: &'a Ttl,
    /// The dynamic secret's own maximum, where it has one.
    pub max: Option<&'a Ttl>,
    /// The server's cap, in seconds.
    pub cap_seconds: u64,
    /// What the end of the lease will do.
    pub ends_when: EndsWhen,
}

impl LeaseTtl<'_> {
    /// The lifetime of a lease for which `wish` was asked, in seconds, or the first check that refuses it.
    pub fn decide(&self, wish: Option<&Ttl>) -> Result<u64, RefusedTtl> {
        let ttl = wish.unwrap_or(self.default);
        self.not_above_maximum(ttl)?;
        self.not_above_cap(ttl)?;
        self.can_end_in_time(ttl)?;
        Ok(ttl.seconds())
    }

    fn not_above_maximum(&self, ttl: &Ttl) -> Result<(), RefusedTtl> {
        match self.max {
            Some(max) if ttl.seconds() > max.seconds() => {
                Err(RefusedTtl::AboveMaximum { ttl: ttl.clone(), max: max.clone() })
            }
            _ => Ok(()),
        }
    }

    fn not_above_cap(&self, ttl: &Ttl) -> Result<(), RefusedTtl> {
        if ttl.seconds() > self.cap_seconds {
            return Err(RefusedTtl::AboveCap { ttl: ttl.clone(), cap_seconds: self.cap_seconds });
        }
        Ok(())
    }

    fn can_end_in_time(&self, ttl: &Ttl) -> Result<(), RefusedTtl> {
        let is_short = ttl.seconds() < LeasePlan::SHORTEST_TOKEN_SECONDS;
        if is_short && self.ends_when == EndsWhen::Expired {
            return Err(RefusedTtl::CannotEndEarly(ttl.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Result<u64, InvalidTtl> {
        text.parse::<Ttl>().map(|ttl| ttl.seconds())
    }

    #[test]
    fn one_number_and_one_unit_is_a_lifetime() {
        for (text, expected) in [
            ("60s", 60),
            ("1m", 60),
            ("1 min", 60),
            ("1.5h", 5400),
            ("24h", 86_400),
            ("1D", 86_400),
            ("2 weeks", 1_209_600),
            ("10y", Ttl::LONGEST_SECONDS),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_was_sent_is_what_is_returned() {
        assert_eq!("24h".parse::<Ttl>().unwrap().to_string(), "24h");
    }

    #[test]
    fn each_bad_lifetime_says_how_to_write_it() {
        assert_eq!(seconds(""), Err(InvalidTtl::Empty));
        assert_eq!(seconds("3600"), Err(InvalidTtl::BareNumber("3600".into())));
        for unreadable in [".", "1.2.3", "1.", "99999999999999999999"] {
            assert_eq!(seconds(unreadable), Err(InvalidTtl::Malformed), "{unreadable}: `{unreadable}s` is no advice");
        }
        for zero in ["0", "00", "0s", "0h"] {
            assert_eq!(seconds(zero), Err(InvalidTtl::Zero), "{zero}");
        }
        assert_eq!(seconds("1h30m"), Err(InvalidTtl::Compound("90m".into())));
        assert_eq!(seconds("1d 2h"), Err(InvalidTtl::Compound("26h".into())));
        assert_eq!(seconds("-1h"), Err(InvalidTtl::Negative));
        for malformed in ["one hour", "1e3s", "0x10m", "1..5h", "h", ".5h", "5.h", "1 fortnight", "1h-"] {
            assert_eq!(seconds(malformed), Err(InvalidTtl::Malformed), "{malformed}");
        }
        assert_eq!(seconds("59s"), Err(InvalidTtl::TooShort));
        assert_eq!(seconds("11y"), Err(InvalidTtl::TooLong));
        assert_eq!(seconds("99999999999999999999h"), Err(InvalidTtl::TooLong));
    }

    #[test]
    fn the_checks_of_a_lease_run_in_order() {
        let ttl = |text: &str| text.parse::<Ttl>().unwrap();
        let (default, max) = (ttl("1h"), ttl("4h"));
        let bounds =
            LeaseTtl { default: &default, max: Some(&max), cap_seconds: 2 * HOUR, ends_when: EndsWhen::Expired };
        assert_eq!(bounds.decide(None), Ok(HOUR));
        assert!(matches!(bounds.decide(Some(&ttl("5h"))), Err(RefusedTtl::AboveMaximum { .. })));
        assert!(matches!(bounds.decide(Some(&ttl("3h"))), Err(RefusedTtl::AboveCap { .. })));
        assert!(matches!(bounds.decide(Some(&ttl("9m"))), Err(RefusedTtl::CannotEndEarly(_))));
        assert_eq!(bounds.decide(Some(&ttl("10m"))), Ok(600));
        let by_deletion = LeaseTtl { ends_when: EndsWhen::Deleted, ..bounds };
        assert_eq!(by_deletion.decide(Some(&ttl("1m"))), Ok(60));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = text.parse::<Ttl>();
        }
    }
}
