//! The signals that would end this program and leave its lease: the command gets them, or the work around it is called off.

#[cfg(unix)]
use std::task::Poll;
use std::{fmt::Display, io, pin::pin};

#[cfg(unix)]
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use crate::console;

#[cfg(unix)]
pub(super) use rustix::process::Signal;

/// Other systems tell of none.
#[cfg(not(unix))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {}

/// All of them, from now on: none ends this program by itself any more.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    streams: Vec<(Signal, Stream)>,
}

/// Work that was done, or not, and the first signal that came meanwhile.
#[derive(Debug)]
pub(super) struct Outcome<T> {
    /// Nothing where a second signal called it off.
    pub(super) done: Option<T>,
    pub(super) told: Option<Signal>,
}

impl Signals {
    /// Listens.
    #[cfg(unix)]
    pub(super) fn listen() -> io::Result<Self> {
        let kinds = [Signal::INT, Signal::QUIT, Signal::TERM, Signal::HUP, Signal::USR1, Signal::USR2];
        let stream = |kind: Signal| Ok((kind, signal(SignalKind::from_raw(kind.as_raw()))?));
        Ok(Self { streams: kinds.into_iter().map(stream).collect::<io::Result<_>>()? })
    }

    /// Listens.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "other systems may refuse")]
    pub(super) const fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Signal {
        std::future::poll_fn(|context| {
            let ready = self
                .streams
                .iter_mut()
                .find_map(|(signal, stream)| stream.poll_recv(context).is_ready().then_some(*signal));
            ready.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) -> Signal {
        std::future::pending().await
    }

    /// Does `work`. The first signal that would end this program has `notice` said, the second calls the work off.
    pub(super) async fn until_told_twice<T>(
        &mut self,
        work: impl Future<Output = T>,
        notice: impl Display,
    ) -> Outcome<T> {
        let mut work = pin!(work);
        let mut first = None;
        loop {
            let signal = tokio::select! {
                ended = &mut work => return Outcome { done: Some(ended), told: first },
                signal = self.next() => signal,
            };
            if !ends(signal) {
                continue;
            }
            if first.is_some() {
                return Outcome { done: None, told: first };
            }
            first = Some(signal);
            console::complain(&format!("mayfly: {notice}"));
        }
    }
}

#[cfg(unix)]
fn ends(signal: Signal) -> bool {
    ![Signal::USR1, Signal::USR2].contains(&signal)
}

#[cfg(not(unix))]
const fn ends(signal: Signal) -> bool {
    match signal {}
}

/// The exit code of what a signal ended.
#[cfg(unix)]
pub(super) fn code(signal: Signal) -> u8 {
    u8::try_from(128 + signal.as_raw()).unwrap_or(u8::MAX)
}

/// The exit code of what a signal ended.
#[cfg(not(unix))]
pub(super) const fn code(signal: Signal) -> u8 {
    match signal {}
}

/// Whether the terminal tells the command too: it does so for every process in front of it, whatever its input and output
/// are.
#[cfg(unix)]
pub(super) fn is_told_by_terminal(signal: Signal) -> bool {
    use rustix::{process::getpgrp, termios::tcgetpgrp};

    let is_in_front = || {
        std::fs::File::open("/dev/tty").is_ok_and(|terminal| tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp()))
    };
    [Signal::INT, Signal::QUIT].contains(&signal) && is_in_front()
}
