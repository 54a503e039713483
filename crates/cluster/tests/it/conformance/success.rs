//! Calls that go well, and answers that say no.

use mayfly_cluster::{
    AccountState, Certainty, Kind, Listing, OwnedObjects, Place, Problem, Revoke, Revoked, Right, Verify, WrongToken,
};
use mayfly_domain::connection::ClusterIdentity;
use mayfly_testkit::fake_cluster::Calls;

use super::{
    on_both_sides,
    sides::{Side, rights::RBAC},
};
use crate::ground::{DEPLOYER, ISSUER, account, plan};

on_both_sides! {
    async fn a_token_is_issued_and_accepted(side: Side) {
        let mut issue = side.issue(side.plan());
        issue.verify = Verify::Ask;
        let issued = side.carry_out(issue).await.unwrap();
        let user = format!("system:serviceaccount:{}:{DEPLOYER}", side.namespace);
        assert_eq!(issued.verified, Some(user));
        let life = issued.grant.token_expires_at.duration_since(side.ambient.now()).as_secs();
        assert!((3590..=3660).contains(&life), "it lives {life} s");
        assert_eq!(side.tokens_made(), [issued.grant.jti.unwrap()]);
        assert!(issued.grant.objects.is_empty());
        let ClusterIdentity::Issuer { issuer, ca_sha256 } = issued.grant.cluster else { panic!("it may not read") };
        assert_eq!(issuer, "https://kubernetes.default.svc.cluster.local");
        assert_eq!(ca_sha256.len(), 64);
    }

    async fn the_steady_path_is_one_call_over_one_connection(side: Side) {
        for _ in 0..5 {
            side.carry_out(side.issue(side.plan())).await.unwrap();
        }
        assert_eq!(side.requests().count(Calls::Token), 5);
        assert_eq!(side.requests().count(Calls::All), 6, "one look at kube-system, on first use");
        assert!(side.requests().connections() <= 2, "two for the first use's two calls, and no more");
    }

    async fn asked_audiences_come_back_and_no_other(side: Side) {
        let mut plan = side.plan();
        plan.audiences = vec!["vault".to_owned(), "https://example.com".to_owned()];
        let issued = side.carry_out(side.issue(plan)).await.unwrap();
        assert_eq!(side.tokens_made(), [issued.grant.jti.unwrap()]);
    }

    async fn a_token_for_somebody_else_is_not_accepted_by_the_cluster(side: Side) {
        let mut issue = side.issue(side.plan());
        issue.plan.audiences = vec!["vault".to_owned()];
        issue.verify = Verify::Ask;
        let error = side.carry_out(issue).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (Kind::WrongToken(WrongToken::NotAccepted), Certainty::Unknown));
    }

    async fn where_it_may_be_read_kube_system_identifies_the_cluster(side: Side) {
        side.let_read_everything().await;
        let issued = side.carry_out(side.issue(side.plan())).await.unwrap();
        let ClusterIdentity::KubeSystem(uid) = &issued.grant.cluster else { panic!("it may read") };
        assert_eq!(uid.len(), 36);
        let report = side.executor.probe(side.probe(), side.deadline()).await.unwrap();
        assert_eq!(report.cluster, issued.grant.cluster);
    }

    async fn a_lifetime_under_ten_minutes_is_refused_by_the_cluster(side: Side) {
        let mut plan = side.plan();
        plan.token_seconds = 599;
        let error = side.carry_out(side.issue(plan)).await.unwrap_err();
        let Kind::Rejected { status: 422, reason, message } = &error.kind else { panic!("{error}") };
        assert_eq!(reason, "Invalid");
        assert!(message.contains("may not specify a duration less than 10 minutes"), "{message}");
        assert_eq!((error.certainty, side.tokens_made()), (Certainty::Refused, Vec::new()));
    }

    async fn a_missing_right_is_named(side: Side) {
        let mut plan = side.plan();
        plan.account = account(&side.namespace, "other");
        let error = side.carry_out(side.issue(plan)).await.unwrap_err();
        let Kind::Forbidden { missing, message } = &error.kind else { panic!("{error}") };
        assert_eq!(**missing, Right::core("create", "serviceaccounts/token").within(&side.namespace).on("other"));
        assert!(message.contains("cannot create resource \"serviceaccounts/token\""), "{message}");
        assert_eq!((error.certainty, side.tokens_made()), (Certainty::Refused, Vec::new()));
    }

    async fn a_token_that_the_cluster_does_not_know_is_refused(side: Side) {
        let mut issue = side.issue(side.plan());
        issue.target.credential = "eyJhbGciOiJub25lIn0.e30.".into();
        let error = side.carry_out(issue).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (Kind::CredentialRefused, Certainty::Refused));
        assert_eq!(side.tokens_made(), Vec::<String>::new());
    }

    async fn a_least_privilege_issuer_is_probed_with_what_it_may_see(side: Side) {
        let report = side.executor.probe(side.probe(), side.deadline()).await.unwrap();
        assert_eq!(report.version.as_deref(), Some("v1.36.3"));
        assert_eq!(report.who, format!("system:serviceaccount:{}:{ISSUER}", side.namespace));
        assert_eq!(report.account, AccountState::Unknown);
        let held: Vec<bool> = report.rights.iter().map(|checked| checked.is_held).collect();
        assert_eq!(held, [true, false]);
        assert!(matches!(report.cluster, ClusterIdentity::Issuer { .. }), "{:?}", report.cluster);
        let life = report.credential_expires_at.unwrap().duration_since(side.ambient.now()).as_secs();
        assert!((86_300..=86_460).contains(&life), "{life}");
        assert_eq!(report.first_problem(Some(&side.account), side.ambient.now()), None);
        assert_eq!(side.tokens_made(), Vec::<String>::new(), "a probe makes no token");
    }

    async fn a_probe_names_the_missing_right(side: Side) {
        let mut probe = side.probe();
        let other = account(&side.namespace, "other");
        probe.samples = vec![plan(&side.ambient, &other)];
        let report = side.executor.probe(probe, side.deadline()).await.unwrap();
        let problem = report.first_problem(Some(&other), side.ambient.now()).unwrap();
        let Problem::RightMissing { right, .. } = &problem else { panic!("{problem}") };
        assert_eq!(*right, Right::core("create", "serviceaccounts/token").within(&side.namespace).on("other"));
    }

    async fn a_probe_tells_a_missing_account_from_a_missing_namespace(side: Side) {
        side.let_read_everything().await;
        let looks = [
            (side.account.clone(), None),
            (account(&side.namespace, "nobody"), Some(AccountState::Missing)),
            (account("no-such-namespace", "nobody"), Some(AccountState::NamespaceMissing)),
        ];
        for (asked, expected) in looks {
            let mut probe = side.probe();
            probe.samples = vec![plan(&side.ambient, &asked)];
            let report = side.executor.probe(probe, side.deadline()).await.unwrap();
            match expected {
                Some(state) => assert_eq!(report.account, state, "{asked:?}"),
                None => assert!(matches!(report.account, AccountState::Present { .. }), "{asked:?}"),
            }
        }
    }

    async fn a_missing_account_fails_the_token_call_with_its_name(side: Side) {
        side.let_read_everything().await;
        side.let_issue_everywhere().await;
        let mut plan = side.plan();
        plan.account = account(&side.namespace, "nobody");
        let error = side.carry_out(side.issue(plan)).await.unwrap_err();
        let Kind::Missing { object, .. } = &error.kind else { panic!("{error}") };
        assert_eq!(*object, format!("service account `nobody` in namespace `{}`", side.namespace));
        assert_eq!(error.certainty, Certainty::Refused);
    }

    async fn what_may_not_be_listed_is_said_and_does_not_fail_the_rest(side: Side) {
        let found = side.executor.discover(side.discover(), side.deadline()).await.unwrap();
        let Listing::NotAllowed { missing } = found.namespaces else { panic!("it may not list") };
        assert_eq!(missing, Right::core("list", "namespaces"));
        let Some(Listing::NotAllowed { missing }) = found.accounts else { panic!("it may not list") };
        assert_eq!(missing, Right::core("list", "serviceaccounts").within(&side.namespace));
        let owned = side.executor.list_owned(side.list_owned(), side.deadline()).await.unwrap();
        let list = |resource: &str| Right { group: RBAC.to_owned(), ..Right::core("list", resource) };
        let accounts = Right::core("list", "serviceaccounts");
        let inside = [list("rolebindings"), accounts, list("roles")];
        let outside = [list("clusterrolebindings"), list("clusterroles")];
        assert_eq!(owned.unseen, [inside.as_slice(), &outside].concat(), "secrets are never listed");
    }

    async fn what_may_be_listed_is_listed(side: Side) {
        side.let_read_everything().await;
        let found = side.executor.discover(side.discover(), side.deadline()).await.unwrap();
        let Listing::Complete { items } = found.namespaces else { panic!("it may list") };
        let has = |name: &str| items.iter().any(|item| item.as_str() == name);
        assert!(has(&side.namespace) && has("kube-system"), "{items:?}");
        let Some(Listing::Complete { items }) = found.accounts else { panic!("it may list") };
        let has = |name: &str| items.iter().any(|item| item.as_str() == name);
        assert!(has(ISSUER) && has(DEPLOYER), "{items:?}");
        let owned = side.executor.list_owned(side.list_owned(), side.deadline()).await.unwrap();
        assert_eq!(owned, OwnedObjects::default(), "nothing carries the label of an installation that never was");
    }

    async fn a_pinned_plan_is_refused_by_another_cluster_before_a_token_is_made(side: Side) {
        side.let_read_everything().await;
        let mut plan = side.plan();
        plan.cluster = Some(ClusterIdentity::KubeSystem("00000000-0000-0000-0000-000000000000".to_owned()));
        let error = side.carry_out(side.issue(plan)).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (Kind::OtherCluster, Certainty::NeverSent));
        assert_eq!((side.requests().count(Calls::Token), side.tokens_made()), (0, Vec::new()));
    }

    async fn a_pinned_plan_is_carried_out_by_its_own_cluster(side: Side) {
        side.let_read_everything().await;
        let first = side.carry_out(side.issue(side.plan())).await.unwrap();
        let mut plan = side.plan();
        plan.cluster = Some(first.grant.cluster.clone());
        let second = side.carry_out(side.issue(plan)).await.unwrap();
        assert_eq!(second.grant.cluster, first.grant.cluster);
    }

    async fn where_kube_system_may_not_be_read_the_issuer_and_the_ca_identify_the_cluster(side: Side) {
        let first = side.carry_out(side.issue(side.plan())).await.unwrap();
        let mut plan = side.plan();
        plan.cluster = Some(first.grant.cluster.clone());
        let second = side.carry_out(side.issue(plan.clone())).await.unwrap();
        assert_eq!(second.grant.cluster, first.grant.cluster);
        let Some(ClusterIdentity::Issuer { ca_sha256, .. }) = &mut plan.cluster else { panic!("it may not read") };
        *ca_sha256 = "0".repeat(64);
        let error = side.carry_out(side.issue(plan)).await.unwrap_err();
        assert_eq!(error.kind, Kind::OtherCluster);
        assert_eq!((error.certainty, side.tokens_made().len()), (Certainty::Unknown, 3), "only its token told");
    }

    async fn revoking_says_honestly_that_nothing_can_be_revoked(side: Side) {
        let issued = side.carry_out(side.issue(side.plan())).await.unwrap();
        let calls = side.requests().count(Calls::All);
        let revoke = Revoke::of(side.target.clone(), &side.plan(), &issued.grant.objects);
        let revoked = side.executor.revoke(revoke, side.deadline()).await.unwrap();
        assert_eq!(revoked, Revoked::default());
        assert_eq!(side.requests().count(Calls::All), calls, "no call");
    }
}
