use super::*;

fn now() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

fn account() -> Account {
    Account::Existing { namespace: "team-a".parse().unwrap(), name: "deployer".parse().unwrap() }
}

fn checked(need: Need, is_held: bool) -> CheckedRight {
    CheckedRight { right: Right::core("create", "serviceaccounts/token").within("team-a"), need, is_held }
}

fn report(change: impl FnOnce(&mut ProbeReport)) -> Option<String> {
    let mut report = ProbeReport {
        version: Some("v1.36.3".to_owned()),
        who: "issuer".to_owned(),
        cluster: ClusterIdentity::KubeSystem("uid".to_owned()),
        rights: vec![checked(Need::Required, true), checked(Need::Optional, false)],
        trials: Vec::new(),
        account: AccountState::Unknown,
        roles: Vec::new(),
        credential_expires_at: None,
        times: ProbeTimes::default(),
    };
    change(&mut report);
    report.first_problem(Some(&account()), now()).map(|problem| problem.to_string())
}

#[test]
fn nothing_required_is_missing() {
    assert_eq!(report(|_| {}), None);
    assert_eq!(report(|report| report.account = AccountState::Present { uid: "u".to_owned() }), None);
    assert_eq!(report(|report| report.credential_expires_at = Some(Timestamp::MAX)), None);
}

#[test]
fn the_worst_problem_comes_first_and_says_what_to_do() {
    let lacking = |report: &mut ProbeReport| report.rights = vec![checked(Need::Required, false)];
    let right = "`create` on `serviceaccounts/token` in namespace `team-a`";
    let missing_right = format!("`issuer` lacks the right {right}; grant it in the cluster and test again");
    assert_eq!(report(lacking), Some(missing_right));
    let no_account = "service account `deployer` does not exist in namespace `team-a`".to_owned();
    let without = |state: AccountState| {
        report(|report| {
            lacking(report);
            report.account = state;
        })
    };
    assert_eq!(without(AccountState::Missing), Some(no_account));
    let no_namespace = "namespace `team-a` does not exist in this cluster".to_owned();
    assert_eq!(without(AccountState::NamespaceMissing), Some(no_namespace));
    let expired = report(|report| {
        report.account = AccountState::Missing;
        report.credential_expires_at = Some(now());
    });
    assert_eq!(expired, Some("the stored token expired at 2030-01-01T00:00:00Z; give a new `clusterToken`".to_owned()));
}

#[test]
fn clusters_that_make_lasting_tokens_get_no_temporary_accounts() {
    let problem_of = |version: Option<&str>| {
        let mut told = None;
        report(|report| {
            report.version = version.map(str::to_owned);
            told = report.too_old_for_accounts();
        });
        told
    };
    for old in ["v1.23.17", "v1.20.15-eks-abc", "1.9", "v1.23+", "v0.30.0"] {
        assert_eq!(problem_of(Some(old)), Some(Problem::ClusterTooOld { version: old.to_owned() }));
    }
    for new in ["v1.24.0", "v1.24.0-alpha.1", "v1.36.3", "v2.0.0", "1.100", "v", "odd"] {
        assert_eq!(problem_of(Some(new)), None, "{new}");
    }
    assert_eq!(problem_of(None), None, "it does not tell");
}
