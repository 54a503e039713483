//! Each call we use, times each fault that applies: what we make of it, and what the cluster did.

use bytes::Bytes;
use http::header;
use mayfly_cluster::{Call, Certainty, ClusterError, Issued, Kind, Place, Step, Unreachable, Untrusted};
use mayfly_domain::connection::ClusterIdentity;
use mayfly_testkit::fake_cluster::{Calls, Fault, Gate, ShownCertificate, When};

use super::{on_both_sides, sides::Side};

/// What a fault should be reported as.
#[derive(Clone, Copy, Debug)]
enum Expected {
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
enum Acts {
    Yes,
    No,
}

struct Case {
    fault: Fault,
    expected: Expected,
    acts: Acts,
}

fn cases() -> Vec<Case> {
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
    fn matches(self, kind: &Kind) -> bool {
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
    fn certainty(self) -> Certainty {
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

/// Runs `operation` under each fault in `calls` and checks the error it ends with.
async fn under_each_fault<T: std::fmt::Debug>(
    side: &Side,
    calls: Calls,
    call: Call,
    operation: impl AsyncFn() -> Result<T, ClusterError>,
) {
    for Case { fault, expected, .. } in cases() {
        let name = format!("{calls:?} under {fault:?}");
        side.faults().clear();
        side.faults().inject(calls, When::Always, fault);
        let before = side.requests().count(calls);
        let result = if matches!(expected, Expected::TimedOut) {
            side.let_time_out(calls, before + 1, operation()).await
        } else {
            operation().await
        };
        let error = result.expect_err(&name);
        // The answer about the version has no `kind`: what misses its one field is not Kubernetes.
        let is_foreign = calls == Calls::Version && matches!(error.kind, Kind::NotKubernetes { .. });
        assert!(expected.matches(&error.kind) || is_foreign, "{name}: {error:?}");
        // A call beside this one may be on its way too when the deadline passes.
        assert!(error.call == call || matches!(expected, Expected::TimedOut), "{name}: {error:?}");
        assert!(error.step >= Step::Send, "{name}: {error:?}");
    }
    side.faults().clear();
    operation().await.expect("all is well again");
}

/// Runs `operation` with only the first of `calls` broken, which is then repeated.
async fn with_a_first_break<T: std::fmt::Debug>(
    side: &Side,
    calls: Calls,
    operation: impl AsyncFn() -> Result<T, ClusterError>,
) {
    for fault in [Fault::Close, Fault::Reset, Fault::LoseAnswer, Fault::CutBody] {
        let name = format!("{calls:?} with a first {fault:?}");
        side.faults().clear();
        side.faults().inject(calls, When::Nth(1), fault);
        operation().await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

on_both_sides! {
    async fn each_fault_in_each_call_of_a_probe_is_told_as_it_is(side: Side) {
        side.let_read_everything().await;
        let probe = async || side.executor.probe(side.probe(), side.deadline()).await;
        for (calls, call) in [
            (Calls::Version, Call::ReadVersion),
            (Calls::SelfReview, Call::ReviewSelf),
            (Calls::AccessReview, Call::ReviewAccess),
            (Calls::Account, Call::ReadAccount),
            (Calls::Namespace, Call::ReadNamespace),
        ] {
            under_each_fault(&side, calls, call, probe).await;
            with_a_first_break(&side, calls, probe).await;
        }
        assert_eq!(side.tokens_made(), Vec::<String>::new());
    }

    async fn each_fault_in_each_list_is_told_as_it_is(side: Side) {
        side.let_read_everything().await;
        let discover = async || side.executor.discover(side.discover(), side.deadline()).await;
        let list_owned = async || side.executor.list_owned(side.list_owned(), side.deadline()).await;
        under_each_fault(&side, Calls::NamespaceList, Call::ListNamespaces, discover).await;
        under_each_fault(&side, Calls::AccountList, Call::ListAccounts, discover).await;
        with_a_first_break(&side, Calls::NamespaceList, discover).await;
        for calls in [Calls::AccountList, Calls::ListBindings, Calls::ListRoles] {
            under_each_fault(&side, calls, Call::ListObjects, list_owned).await;
            with_a_first_break(&side, calls, list_owned).await;
        }
        assert_eq!(side.requests().count(Calls::ListSecrets), 0, "that would read them");
    }

    async fn a_token_call_is_made_once_and_its_certainty_told_whatever_happens(side: Side) {
        // The identity of the cluster is known from here on, so that only the token call is made.
        side.carry_out(side.issue(side.plan())).await.unwrap();
        for Case { fault, expected, acts } in cases() {
            let name = format!("{fault:?}");
            side.faults().clear();
            side.faults().inject(Calls::Token, When::Always, fault);
            let (asked, made) = (side.requests().count(Calls::Token), side.tokens_made().len());
            let issue = side.carry_out(side.issue(side.plan()));
            let result = if matches!(expected, Expected::TimedOut) {
                side.let_time_out(Calls::Token, asked + 1, issue).await
            } else {
                issue.await
            };
            let error = result.expect_err(&name);
            assert!(expected.matches(&error.kind), "{name}: {error:?}");
            assert_eq!(error.certainty, expected.certainty(), "{name}: {error:?}");
            assert_eq!(side.requests().count(Calls::Token), asked + 1, "{name}: it was repeated");
            if acts == Acts::Yes {
                side.wait_for_tokens_made(made + 1).await;
            }
            assert_eq!(side.tokens_made().len() - made, usize::from(acts == Acts::Yes), "{name}");
            let has_acted = acts == Acts::Yes;
            assert!(!has_acted || error.certainty == Certainty::Unknown, "{name}: a token is out there");
        }
    }

    async fn an_unreadable_identity_never_costs_a_token(side: Side) {
        side.let_read_everything().await;
        for fault in [Fault::Close, Fault::Reset, Fault::FailAfterAct, Fault::answer(200, "text/html", "<html>")] {
            side.faults().clear();
            side.faults().inject(Calls::Namespace, When::Always, fault);
            let issued: Issued = side.carry_out(side.issue(side.plan())).await.unwrap();
            assert!(matches!(issued.grant.cluster, ClusterIdentity::Issuer { .. }));
        }
        side.faults().clear();
        let issued = side.carry_out(side.issue(side.plan())).await.unwrap();
        let is_known = matches!(issued.grant.cluster, ClusterIdentity::KubeSystem(_));
        assert!(is_known, "a failure that passed is not remembered");
    }

    async fn a_pinned_plan_waits_for_the_identity_and_sends_nothing_without_it(side: Side) {
        side.let_read_everything().await;
        let mut plan = side.plan();
        let pinned = ClusterIdentity::KubeSystem("some-uid".to_owned());
        plan.cluster = Some(pinned);
        for fault in [Fault::Close, Fault::Hang, Fault::FailAfterAct] {
            side.faults().clear();
            side.faults().inject(Calls::Namespace, When::Always, fault.clone());
            let before = side.requests().count(Calls::Namespace);
            let issue = side.carry_out(side.issue(plan.clone()));
            let result = if matches!(fault, Fault::Hang) {
                side.let_time_out(Calls::Namespace, before + 1, issue).await
            } else {
                issue.await
            };
            let error = result.unwrap_err();
            assert_eq!((error.call, error.certainty), (Call::ReadNamespace, Certainty::NeverSent), "{error:?}");
        }
        assert_eq!((side.requests().count(Calls::Token), side.tokens_made()), (0, Vec::new()));
    }

    async fn a_bad_certificate_is_named_and_nothing_is_sent(side: Side) {
        let cases = [
            (ShownCertificate::OtherAuthority, Untrusted::UnknownIssuer),
            (ShownCertificate::Expired, Untrusted::Expired),
            (ShownCertificate::WrongName, Untrusted::WrongName),
        ];
        for (shown, reason) in cases {
            side.show(shown);
            let error = side.carry_out(side.issue(side.plan())).await.unwrap_err();
            assert_eq!(error.kind, Kind::Untrusted(reason), "{shown:?}");
            assert_eq!((error.step, error.certainty), (Step::Handshake, Certainty::NeverSent), "{shown:?}");
        }
        assert_eq!(side.requests().count(Calls::All), 0);
        assert!(side.requests().connections() >= 3, "they were tried");
        side.show(ShownCertificate::Good);
        side.carry_out(side.issue(side.plan())).await.unwrap();
    }
}
