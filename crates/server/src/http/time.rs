//! Times on the wire: RFC 3339 in UTC with milliseconds, as existing clients parse them.

use jiff::Timestamp;

/// `2026-11-23T10:00:00.000Z`.
pub(super) fn text(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_has_milliseconds_and_a_zone() {
        let time = jiff::Timestamp::from_millisecond(1_795_431_600_000).unwrap();
        assert_eq!(super::text(time), "2026-11-23T11:00:00.000Z");
    }
}
