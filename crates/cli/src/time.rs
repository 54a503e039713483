//! Times as people read them.

use std::time::Duration;

use jiff::{Span, Timestamp, Unit};

/// The machine's time, which is also the reader's.
#[expect(clippy::disallowed_methods, reason = "a person compares it with their own clock, which no test moves")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Waits for so long before asking the server once more.
#[expect(clippy::disallowed_methods, reason = "a command that waits, waits by the clock of whoever typed it")]
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// `2026-11-23 12:00:00 UTC (in 1h 5m)`. A text that is no time is shown as it is.
pub(crate) fn moment(text: &str, now: Timestamp) -> String {
    let Ok(time) = text.parse::<Timestamp>() else { return text.to_owned() };
    format!("{} ({})", time.strftime("%Y-%m-%d %H:%M:%S UTC"), distance(time, now))
}

fn distance(time: Timestamp, now: Timestamp) -> String {
    let seconds = time.duration_since(now).as_secs();
    let amount = rough(seconds.abs());
    if seconds < 0 { format!("{amount} ago") } else { format!("in {amount}") }
}

/// The two largest units: nobody reads more.
fn rough(seconds: i64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (length, letter) in units {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            parts.push(format!("{count}{letter}"));
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}

/// The time that many seconds from now.
pub(crate) fn after(seconds: i64, now: Timestamp) -> Option<Timestamp> {
    let span = Span::new().try_seconds(seconds).ok()?;
    now.checked_add(span).ok()?.round(Unit::Second).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_moment_says_how_far_it_is() {
        assert_eq!(moment("2026-11-23T13:05:10.900Z", noon()), "2026-11-23 13:05:10 UTC (in 1h 5m)");
        assert_eq!(moment("2026-11-20T11:59:00Z", noon()), "2026-11-20 11:59:00 UTC (3d 1m ago)");
        assert_eq!(moment("2026-11-23T12:00:00Z", noon()), "2026-11-23 12:00:00 UTC (in 0s)");
        assert_eq!(moment("soon", noon()), "soon");
    }

    #[test]
    fn a_lifetime_that_no_calendar_holds_has_no_end() {
        assert_eq!(after(60, noon()).unwrap().to_string(), "2026-11-23T12:01:00Z");
        assert_eq!(after(i64::MAX, noon()), None);
    }
}
