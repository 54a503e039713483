//! Each call we use, times each fault that applies: what we make of it, and what the cluster did.

use mayfly_cluster::{Call, Certainty, ClusterError, Issued, Kind, Place, Step, Untrusted};
use mayfly_domain::connection::ClusterIdentity;
use mayfly_testkit::fake_cluster::{Calls, Fault, ShownCertificate, When};

use super::{
    cases::{Acts, Case, Expected, cases},
    on_both_sides,
    sides::Side,
};

/// Runs `operation` under each fault in `calls` and checks the error it ends with.
pub(super) async fn under_each_fault<T: std::fmt::Debug>(
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
