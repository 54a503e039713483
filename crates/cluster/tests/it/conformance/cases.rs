//! What can go wrong with any call, and what it has to be taken for.

use bytes::Bytes;
use http::header;
use mayfly_cluster::{Certainty, Kind, Unreachable};
use mayfly_testkit::fake_cluster::{Fault, Gate};

/// What a fault should be reported as.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    Lost,
    TimedOut,
    ServerFailed,
    TooLarge,
    NotKubernetes,
    NoSuchPath,
    Unreadable,
    Redirected(u16),
    CredentialRefused,
    Busy,
    Rejected(u16),
}

/// Whether the API server acts under a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acts {
    Yes,
    No,
}

pub(super) struct Case {
    pub(super) fault: Fault,
    pub(super) expected: Expected,
    pub(super) acts: Acts,
}

pub(super) fn cases() -> Vec<Case> {
    const HUGE: usize = 100 * 1024 * 1024;
    let case = |fault, expected, acts| Case { fault, expected, acts };
    let slow = Gate::default();
    slow.let_through(3);
    let answer = |status, content_type, body: &'static str| Fault::answer(status, content_type, body);
    let mut cases = vec![
        case(Fault::Close, Expected::Lost, Acts::No),
        case(Fault::Reset, Expected::Lost, Acts::No),
        case(Fault::Hang, Expected::TimedOut, Acts::No),
        case(Fault::HangAfterAct, Expected::TimedOut, Acts::Yes),
        case(Fault::LoseAnswer, Expected::Lost, Acts::Yes),
        case(Fault::CutBody, Expected::Lost, Acts::Yes),
        case(Fault::FailAfterAct, Expected::ServerFailed, Acts::Yes),
        case(Fault::Delay(Gate::default()), Expected::TimedOut, Acts::Yes),
        case(Fault::SlowBody(slow), Expected::TimedOut, Acts::Yes),
        case(Fault::HugeBody(HUGE), Expected::TooLarge, Acts::Yes),
        case(Fault::HugeAnnouncement(HUGE), Expected::TooLarge, Acts::Yes),
        case(answer(200, "text/html", "<html>hello</html>"), Expected::NotKubernetes, Acts::No),
        case(answer(200, "", ""), Expected::NotKubernetes, Acts::No),
        case(answer(404, "text/plain", "404 page not found"), Expected::NoSuchPath, Acts::No),
        case(answer(200, "application/json", ""), Expected::Unreadable, Acts::No),
        case(answer(200, "application/json", "not json"), Expected::Unreadable, Acts::No),
        case(answer(200, "application/json", "[1, 2]"), Expected::Unreadable, Acts::No),
        case(answer(200, "application/json", "{\"kind\":\"Pod\",\"gitVersion\":7}"), Expected::Unreadable, Acts::No),
        case(answer(401, "text/html", "<html>sign in</html>"), Expected::CredentialRefused, Acts::No),
        case(answer(418, "application/json", "{\"kind\":\"Status\"}"), Expected::Rejected(418), Acts::No),
        case(answer(429, "application/json", "{\"kind\":\"Status\"}"), Expected::Busy, Acts::No),
        case(answer(503, "text/plain", "no healthy upstream"), Expected::ServerFailed, Acts::No),
    ];
    let json = |body: Vec<u8>| Fault::answer(200, "application/json; charset=utf-8", body);
    let compressed = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, "gzip")];
    for odd in [
        json(b"\xff\xfe\"kind\"".to_vec()),
        json(b"[".repeat(100_000)),
        json(br#"{"kind":"#.repeat(100_000)),
        json(br#"{"kind":"Status","status":"Failure","code":403}"#.to_vec()),
        json(br#"{"kind":7}"#.to_vec()),
        json(b"null".to_vec()),
        Fault::answer_with(200, &compressed, Bytes::from_static(b"\x1f\x8b\x08")),
    ] {
        cases.push(case(odd, Expected::Unreadable, Acts::No));
    }
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Fault::redirect(status, "https://127.0.0.1:1/elsewhere");
        cases.push(case(elsewhere, Expected::Redirected(status), Acts::No));
    }
    cases
}

impl Expected {
    pub(super) fn matches(self, kind: &Kind) -> bool {
        match self {
            Self::Lost => *kind == Kind::Unreachable(Unreachable::ConnectionLost),
            Self::TimedOut => *kind == Kind::Unreachable(Unreachable::TimedOut),
            Self::ServerFailed => matches!(kind, Kind::ServerFailed { status: 500 | 503, .. }),
            Self::TooLarge => matches!(kind, Kind::TooLarge { .. }),
            Self::NotKubernetes | Self::NoSuchPath => matches!(kind, Kind::NotKubernetes { .. }),
            Self::Unreadable => matches!(kind, Kind::Unreadable { .. }),
            Self::Redirected(wanted) => matches!(kind, Kind::Redirected { status } if *status == wanted),
            Self::CredentialRefused => *kind == Kind::CredentialRefused,
            Self::Busy => matches!(kind, Kind::Busy { .. }),
            Self::Rejected(wanted) => matches!(kind, Kind::Rejected { status, .. } if *status == wanted),
        }
    }

    /// A definite "no" by the protocol. Everything else may hide a success.
    pub(super) fn certainty(self) -> Certainty {
        match self {
            Self::NoSuchPath | Self::Redirected(_) | Self::CredentialRefused | Self::Busy | Self::Rejected(_) => {
                Certainty::Refused
            }
            Self::Lost
            | Self::TimedOut
            | Self::ServerFailed
            | Self::TooLarge
            | Self::NotKubernetes
            | Self::Unreadable => Certainty::Unknown,
        }
    }
}
