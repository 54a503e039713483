//! The lines of a gateway: a tunnel to each of two servers, where there are so many, so that none is missed when one goes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mayfly_domain::ids::ReplicaId;
use mayfly_tunnel::record::Hello;
use tokio::sync::watch;

use super::State;

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Always kept.
    First,
    /// Kept where there are several servers.
    Second,
}

/// How far they are.
pub(super) struct Lines {
    standing: Mutex<Both>,
    /// How many servers there are, as it was said last.
    servers: watch::Sender<u32>,
    /// Told of how far the gateway is: as far as the better one.
    state: watch::Sender<State>,
}

#[derive(Default)]
struct Both {
    first: Standing,
    second: Standing,
}

#[derive(Default)]
struct Standing {
    state: Option<State>,
    to: Option<ReplicaId>,
}

impl Both {
    const fn of(&mut self, line: Line) -> &mut Standing {
        match line {
            Line::First => &mut self.first,
            Line::Second => &mut self.second,
        }
    }

    /// How far the better one is. The first one, where they are equally far.
    fn better(&self) -> Option<State> {
        let states = [&self.first, &self.second].into_iter().filter_map(|standing| standing.state.as_ref());
        states.min_by_key(|state| rank(state)).cloned()
    }
}

impl Standing {
    const fn is_open(&self) -> bool {
        matches!(self.state, Some(State::Ready { .. }))
    }
}

impl Line {
    const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

impl Lines {
    /// Neither has begun.
    pub(super) fn new(state: watch::Sender<State>) -> Self {
        let (servers, _) = watch::channel(1);
        Self { standing: Mutex::default(), servers, state }
    }

    /// Takes note of how far one is. One that is not open leads nowhere.
    pub(super) fn set(&self, line: Line, state: State) {
        let mut both = self.both();
        let own = both.of(line);
        own.state = Some(state);
        if !own.is_open() {
            own.to = None;
        }
        if let Some(state) = both.better() {
            self.state.send_replace(state);
        }
    }

    /// Whether `line` is to lead to the server that says `hello`: the other one must not lead there already. If so, it does from now
    /// on.
    pub(super) fn claim(&self, line: Line, hello: &Hello) -> bool {
        self.servers_are(hello.replicas);
        let mut both = self.both();
        let is_elsewhere = both.of(line.other()).to != Some(hello.replica);
        if is_elsewhere {
            both.of(line).to = Some(hello.replica);
        }
        is_elsewhere
    }

    /// Takes note of how many servers there are.
    pub(super) fn servers_are(&self, number: u32) {
        self.servers.send_if_modified(|known| std::mem::replace(known, number) != number);
    }

    /// Waits until there are more servers, or fewer, than now.
    pub(super) async fn number_changes(&self) {
        // The sender lives as long as this does.
        let _ = self.servers.subscribe().changed().await;
    }

    /// Whether `line` is the one that looks after the certificate: the first, unless only the second is open.
    pub(super) fn looks_after_certificate(&self, line: Line) -> bool {
        line == Line::First || !self.both().first.is_open()
    }

    /// Waits until there is a server for `line`.
    pub(super) async fn are_wanted(&self, line: Line) {
        if line == Line::Second {
            // The sender lives as long as this does.
            let _ = self.servers.subscribe().wait_for(|servers| *servers > 1).await;
        }
    }

    fn both(&self) -> MutexGuard<'_, Both> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lower, the better.
const fn rank(state: &State) -> u8 {
    match state {
        State::Ready { .. } => 0,
        State::Refused { .. } => 1,
        State::Dialing { .. } | State::Enrolling => 2,
        State::Stopped => 3,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use mayfly_domain::ids::InstallationId;
    use mayfly_testkit::clock::TestClock;

    use super::*;

    #[test]
    fn two_lines_lead_to_two_servers_and_the_better_one_counts() {
        let ambient = TestClock::default().ambient(1);
        let hello = |replicas| Hello {
            installation: InstallationId::generate(&ambient),
            replica: ReplicaId::generate(&ambient),
            replicas,
            version: "1".to_owned(),
            features: Vec::new(),
            clock: ambient.now(),
            seal_keys: Vec::new(),
        };
        let (state, seen) = watch::channel(State::Enrolling);
        let lines = Lines::new(state);
        let (one, two) = (hello(2), hello(2));
        let ready = State::Ready { since: Timestamp::UNIX_EPOCH };
        let dialing = State::Dialing { last: Some("Tcp: refused".to_owned()) };
        assert!(lines.claim(Line::First, &one));
        lines.set(Line::First, ready.clone());
        assert!(!lines.claim(Line::Second, &one), "the first one leads there");
        lines.set(Line::Second, dialing.clone());
        assert_eq!(*seen.borrow(), ready);
        assert!(lines.claim(Line::Second, &two) && lines.looks_after_certificate(Line::First));
        lines.set(Line::Second, ready.clone());
        assert!(!lines.looks_after_certificate(Line::Second));
        lines.set(Line::First, dialing.clone());
        assert_eq!(*seen.borrow(), ready, "the second one is open");
        assert!(lines.looks_after_certificate(Line::Second));
        assert!(!lines.claim(Line::First, &two) && lines.claim(Line::First, &one));
        lines.set(Line::Second, dialing.clone());
        lines.set(Line::First, dialing.clone());
        assert_eq!(*seen.borrow(), dialing);
    }
}
