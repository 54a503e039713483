use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use mayfly_domain::{ids::LeaseId, plan::Account};
use mayfly_testkit::{clock::TestClock, fake_cluster::with_changed_claims};
use serde_json::{Value, json};

use super::*;

// The lies that a whole API server can tell are in the conformance suite; here are the edges.

const ASKED: u64 = 600;

fn now() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

fn plan() -> LeasePlan {
    let account = Account::Existing { namespace: "a".parse().unwrap(), name: "b".parse().unwrap() };
    LeasePlan::new(LeaseId::generate(&TestClock::default().ambient(1)), account, ASKED)
}

/// An answer whose token and second end are so many seconds from now.
fn answer(token_life: i64, answered_life: i64) -> TokenRequest {
    let token = with_changed_claims("e30.e30.c2ln", |claims: &mut Value| {
        *claims = json!({
            "sub": "system:serviceaccount:a:b", "aud": "api", "iss": "issuer", "exp": now().as_second() + token_life,
            "kubernetes.io": { "namespace": "a", "serviceaccount": { "name": "b", "uid": "u" } },
        });
    });
    let expiration_timestamp = Some(Time(now() + SignedDuration::from_secs(answered_life)));
    let status = TokenRequestStatus { token: Some(token), expiration_timestamp };
    TokenRequest { status: Some(status), ..TokenRequest::default() }
}

fn verdict(token_life: i64, answered_life: i64) -> Result<i64, WrongToken> {
    let checked = check(answer(token_life, answered_life), &plan(), &Bound::default(), now())?;
    Ok(checked.expires_at.as_second() - now().as_second())
}

#[test]
fn a_minute_more_than_asked_is_the_most() {
    assert_eq!(verdict(660, 660), Ok(660));
    assert!(matches!(verdict(661, 661), Err(WrongToken::LivesTooLong { asked_seconds: ASKED, .. })));
}

#[test]
fn a_token_has_to_have_some_life_left() {
    assert!(matches!(verdict(1, 1), Err(WrongToken::LivesTooShort { .. })));
    assert!(matches!(verdict(0, 0), Err(WrongToken::Expired { .. })));
}

#[test]
fn a_minute_less_than_the_shortest_lifetime_is_the_least() {
    assert_eq!(verdict(540, 540), Ok(540));
    let expires_at = now() + SignedDuration::from_secs(539);
    let expected = WrongToken::LivesTooShort { expires_at, granted_seconds: 539, asked_seconds: ASKED };
    assert_eq!(verdict(539, 539), Err(expected));
}

#[test]
fn the_lifetime_is_the_clusters_own_and_not_what_is_left_by_our_clock() {
    // (life left here, `iat` from here, lifetime): our clock is five minutes ahead, right, and wrong beyond use.
    for (left, issued_at, granted) in [(300, json!(-300), 600), (600, json!(0), 600), (550, json!(700), 550)] {
        let granted_by = |change: &dyn Fn(&mut Value)| {
            let mut answer = answer(left, left);
            let status = answer.status.as_mut().unwrap();
            status.token = Some(with_changed_claims(status.token.as_deref().unwrap(), change));
            check(answer, &plan(), &Bound::default(), now()).unwrap().granted_seconds
        };
        let moved = now().as_second() + issued_at.as_i64().unwrap();
        assert_eq!(granted_by(&|claims| claims["iat"] = json!(moved)), granted, "{left}");
    }
}

#[test]
fn both_ends_agree_within_five_seconds() {
    assert_eq!(verdict(600, 605), Ok(600));
    assert_eq!(verdict(600, 595), Ok(600));
    assert_eq!(verdict(600, 606), Err(WrongToken::ExpiryDisagrees));
    assert_eq!(verdict(600, 594), Err(WrongToken::ExpiryDisagrees));
}

#[test]
fn an_answer_that_names_the_accounts_uid_is_checked_against_it() {
    let mut answer = answer(600, 600);
    answer.metadata.uid = Some("u".to_owned());
    assert!(check(answer, &plan(), &Bound::default(), now()).is_ok());
}
