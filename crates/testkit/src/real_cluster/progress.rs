//! Progress of a long build where nobody watches a terminal: a line now and then.

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Often enough to show life, seldom enough for a log.
const INTERVAL: Duration = Duration::from_secs(10);

/// Prints every tenth second what it was told last, with the time since it was made, to standard error. It writes there
/// directly, so that the test harness does not keep the lines to itself while somebody wonders why nothing happens.
#[derive(Debug)]
pub struct PlainProgress {
    title: String,
    started: Instant,
    shown: Option<Instant>,
}

impl PlainProgress {
    /// Starts the clock. The title precedes every line.
    #[expect(clippy::disallowed_methods, reason = "a person waits by the machine's time")]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), started: Instant::now(), shown: None }
    }

    /// Shows the text, unless a line was printed within the last ten seconds.
    #[expect(clippy::disallowed_methods, reason = "a person waits by the machine's time")]
    pub fn show(&mut self, text: &str) {
        let now = Instant::now();
        if self.shown.is_some_and(|shown| now.duration_since(shown) < INTERVAL) {
            return;
        }
        self.shown = Some(now);
        let seconds = now.duration_since(self.started).as_secs();
        // A closed standard error is no reason to end the work it would have told about.
        let _ = writeln!(io::stderr(), "{} ({seconds} s): {text}", self.title);
    }
}
