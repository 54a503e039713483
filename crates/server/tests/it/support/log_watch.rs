//! Looks for words in everything that this process logs, at the most talkative level.
//!
//! Nothing is formatted while nobody watches, and nothing is kept but what was found.

use std::{
    io,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use tracing_subscriber::{
    Layer as _, filter::dynamic_filter_fn, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

static WATCHES: Mutex<Vec<Watch>> = Mutex::new(Vec::new());
static INSTALL: Once = Once::new();

#[derive(Debug)]
struct Watch {
    id: usize,
    words: Vec<String>,
    found: Vec<String>,
    lines: usize,
}

/// Watches from when it is made until it is dropped.
#[derive(Debug)]
pub(crate) struct LogWatch(usize);

impl LogWatch {
    /// Starts without any word: what is a secret is often known only later.
    pub(crate) fn start() -> Self {
        INSTALL.call_once(|| {
            let is_watched = dynamic_filter_fn(|_, _| !watches().is_empty());
            let layer = fmt::layer().with_ansi(false).with_writer(|| Eye).with_filter(is_watched);
            tracing_subscriber::registry().with(layer).try_init().expect("nobody else sets up logging in these tests");
        });
        let mut watches = watches();
        let id = watches.iter().map(|watch| watch.id + 1).max().unwrap_or(0);
        watches.push(Watch { id, words: Vec::new(), found: Vec::new(), lines: 0 });
        Self(id)
    }

    /// Looks for `word` from now on.
    pub(crate) fn look_for(&self, word: &str) {
        assert!(word.len() >= 8, "`{word}` would be found by accident");
        self.with(|watch| watch.words.push(word.to_owned()));
    }

    /// The lines that held one of the words.
    pub(crate) fn found(&self) -> Vec<String> {
        self.with(|watch| watch.found.clone())
    }

    /// How many lines were looked at.
    pub(crate) fn lines(&self) -> usize {
        self.with(|watch| watch.lines)
    }

    fn with<T>(&self, look: impl FnOnce(&mut Watch) -> T) -> T {
        look(watches().iter_mut().find(|watch| watch.id == self.0).expect("it lives as long as this"))
    }
}

impl Drop for LogWatch {
    fn drop(&mut self) {
        watches().retain(|watch| watch.id != self.0);
    }
}

fn watches() -> MutexGuard<'static, Vec<Watch>> {
    WATCHES.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Eye;

impl io::Write for Eye {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        for watch in watches().iter_mut() {
            watch.lines += 1;
            if watch.words.iter().any(|word| line.contains(word.as_str())) {
                watch.found.push(line.to_string());
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
