//! Progress of long work: one moving line on a terminal, a plain line every ten seconds elsewhere.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use mayfly_testkit::real_cluster::PlainProgress;

/// How often the clock on the moving line is drawn anew.
const TICK: Duration = Duration::from_millis(250);

/// Shows nothing until it is told something: work that turns out to be done already makes no noise.
pub(crate) struct Progress {
    title: String,
    display: Option<Display>,
}

enum Display {
    Moving(ProgressBar),
    Plain(PlainProgress),
}

impl Progress {
    /// The title says what the work is.
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), display: None }
    }

    /// Says how far the work is.
    pub(crate) fn show(&mut self, text: &str) {
        match self.display.get_or_insert_with(|| Display::start(&self.title)) {
            Display::Moving(bar) => bar.set_message(text.to_owned()),
            Display::Plain(lines) => lines.show(text),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(Display::Moving(bar)) = &self.display {
            bar.finish_and_clear();
        }
    }
}

impl Display {
    fn start(title: &str) -> Self {
        if !io::stderr().is_terminal() {
            return Self::Plain(PlainProgress::new(title));
        }
        let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed_precise} {wide_msg}");
        let style = style.expect("the template is a constant that parses");
        let bar = ProgressBar::new_spinner().with_style(style).with_prefix(title.to_owned());
        bar.enable_steady_tick(TICK);
        Self::Moving(bar)
    }
}
