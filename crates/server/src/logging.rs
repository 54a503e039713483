//! Logs go to standard error: as lines for people, or as JSON for programs.
//!
//! What others wrote may be in them. A control character could end a line and begin another that nobody wrote, or colour or
//! turn what a terminal shows: they are written as their numbers.

use std::io::{self, Stderr, Write};

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{LogConfig, LogFormat};

/// Starts logging. A second call in one process does nothing.
pub(crate) fn start(config: &LogConfig) {
    // It was read as one when the settings were.
    let filter = EnvFilter::new(&config.filter);
    let builder = fmt().with_env_filter(filter).with_writer(|| Harmless(io::stderr()));
    let _ = match config.format {
        LogFormat::Text => builder.with_target(false).with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// Writes events, each of which comes as a whole.
struct Harmless<W = Stderr>(W);

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(harmless(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// `event` with the numbers of its control characters, and one line break at its end.
fn harmless(event: &str) -> String {
    let mut written = String::with_capacity(event.len());
    for character in event.strip_suffix('\n').unwrap_or(event).chars() {
        if character.is_control() || is_turning(character) {
            written.extend(character.escape_unicode());
        } else {
            written.push(character);
        }
    }
    written.push('\n');
    written
}

/// Characters that have no shape and change how those around them are shown (Unicode TR9, TR36).
fn is_turning(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_that_colours_and_turns_nothing() {
        let event = "a\r\nINFO forged\u{1b}[31m\u{202e}\u{9b}m\u{2028}b\0\n";
        let expected = "a\\u{d}\\u{a}INFO forged\\u{1b}[31m\\u{202e}\\u{9b}m\\u{2028}b\\u{0}\n";
        assert_eq!(harmless(event), expected);
        let mut written = Vec::new();
        Harmless(&mut written).write_all(event.as_bytes()).unwrap();
        assert_eq!(written, expected.as_bytes());
        assert_eq!(harmless("Grüße, 世界"), "Grüße, 世界\n");
    }
}
