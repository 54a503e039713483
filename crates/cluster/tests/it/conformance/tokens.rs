//! Tokens that are not the ones asked for. A lying API server is made by changing what a good one says.

use mayfly_cluster::{Certainty, Kind, WrongToken};
use mayfly_testkit::fake_cluster::{Calls, Fault, When};
use serde_json::{Value, json};

use super::{on_both_sides, plans::Shape, sides::Side};

const DAY: i64 = 86_400;

fn claim(name: &str) -> WrongToken {
    WrongToken::Claim { claim: name.to_owned() }
}

fn set(path: &'static str, value: Value) -> Fault {
    Fault::rewrite_claims(move |claims| *claims.pointer_mut(path).unwrap() = value.clone())
}

fn without(name: &'static str) -> Fault {
    Fault::rewrite_claims(move |claims| {
        claims.as_object_mut().unwrap().remove(name);
    })
}

/// Moves `exp`, and `expirationTimestamp` with it, so that only the length of the life is odd.
fn longer_by(seconds: i64) -> Fault {
    Fault::Rewrite(std::sync::Arc::new(move |response| {
        let Fault::Rewrite(claims) = Fault::rewrite_claims(move |claims| {
            claims["exp"] = json!(claims["exp"].as_i64().unwrap() + seconds);
        }) else {
            unreachable!()
        };
        let Fault::Rewrite(answer) = Fault::rewrite_json(move |answer| {
            let end = &mut answer["status"]["expirationTimestamp"];
            let moved =
                end.as_str().unwrap().parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_secs(seconds);
            *end = json!(moved.to_string());
        }) else {
            unreachable!()
        };
        answer(claims(response))
    }))
}

/// Tokens that hang on something else than what was made for them: with it they would end, and not when we say.
fn foreign() -> Vec<(Shape, &'static str, Fault, &'static str)> {
    const UID: &str = "018f0000-0000-7000-8000-000000000000";
    let (name, uid) = ("kubernetes.io/secret/name", "kubernetes.io/secret/uid");
    let stranger = || json!({"name": "mayfly-of-another-lease", "uid": UID});
    let put = |key: &'static str, value: Value| {
        Fault::rewrite_claims(move |claims| claims["kubernetes.io"][key] = value.clone())
    };
    vec![
        (Shape::Anchor, "another secret", put("secret", stranger()), name),
        (Shape::Anchor, "no secret", put("secret", Value::Null), name),
        (Shape::Anchor, "a list of secrets", put("secret", json!([stranger()])), name),
        (Shape::Anchor, "a secret without a uid", set("/kubernetes.io/secret/uid", json!("")), uid),
        (Shape::Anchor, "a secret made anew under its name", set("/kubernetes.io/secret/uid", json!(UID)), uid),
        (Shape::Anchor, "a uid that is a number", set("/kubernetes.io/secret/uid", json!(7)), uid),
        (Shape::Anchor, "a pod besides", put("pod", stranger()), "kubernetes.io/pod"),
        (Shape::Role, "a secret instead of nothing", put("secret", stranger()), "kubernetes.io/secret"),
        (Shape::Role, "a pod instead of nothing", put("pod", stranger()), "kubernetes.io/pod"),
        (
            Shape::Role,
            "an account made anew under its name",
            set("/kubernetes.io/serviceaccount/uid", json!(UID)),
            "kubernetes.io/serviceaccount/uid",
        ),
    ]
}

fn answer_with(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Fault {
    Fault::rewrite_json(change)
}

fn token(text: &str) -> Fault {
    let text = text.to_owned();
    answer_with(move |answer| answer["status"]["token"] = json!(text))
}

/// Lies with a fixed reason.
fn lies() -> Vec<(&'static str, Fault, WrongToken)> {
    let uid = "kubernetes.io/serviceaccount/uid";
    let shape = || WrongToken::Shape { longest: 16 * 1024 };
    vec![
        ("somebody else", set("/sub", json!("system:serviceaccount:kube-system:admin")), claim("sub")),
        ("no subject", without("sub"), claim("sub")),
        ("a subject that is a list", set("/sub", json!(["a"])), claim("sub")),
        ("other namespace", set("/kubernetes.io/namespace", json!("kube-system")), claim("kubernetes.io/namespace")),
        (
            "other account",
            set("/kubernetes.io/serviceaccount/name", json!("admin")),
            claim("kubernetes.io/serviceaccount/name"),
        ),
        ("empty uid", set("/kubernetes.io/serviceaccount/uid", json!("")), claim(uid)),
        ("uid is a number", set("/kubernetes.io/serviceaccount/uid", json!(7)), claim(uid)),
        ("other uid in the answer", answer_with(|answer| answer["metadata"]["uid"] = json!("other")), claim(uid)),
        ("no private claims", without("kubernetes.io"), claim("kubernetes.io/namespace")),
        ("no audience", without("aud"), claim("aud")),
        ("empty audience", set("/aud", json!([])), claim("aud")),
        ("no issuer", without("iss"), claim("iss")),
        ("exp is a text", set("/exp", json!("2035-01-01T00:00:00Z")), WrongToken::Expiry),
        ("exp is a number in a text", set("/exp", json!("2051222400")), WrongToken::Expiry),
        ("exp is in milliseconds", set("/exp", json!(2_051_222_400_000_000_i64)), WrongToken::Expiry),
        ("exp is no integer", set("/exp", json!(2_051_222_400.5)), WrongToken::Expiry),
        ("no exp", without("exp"), WrongToken::Expiry),
        ("exp is null", set("/exp", Value::Null), WrongToken::Expiry),
        ("no token", answer_with(|answer| answer["status"]["token"] = Value::Null), WrongToken::Absent),
        ("empty token", token(""), WrongToken::Absent),
        ("no status", answer_with(|answer| answer["status"] = Value::Null), WrongToken::Absent),
        ("token with blanks", token("a b c"), shape()),
        ("token with a line break", token("a.b\n.c"), shape()),
        ("token beyond ASCII", token("ä.ö.ü"), shape()),
        ("endless token", token(&"x".repeat(17 * 1024)), shape()),
        ("opaque token", token("an-opaque-token"), WrongToken::NotJwt),
        ("two parts", token("e30.e30"), WrongToken::NotJwt),
        ("four parts", token("e30.e30.e30.e30"), WrongToken::NotJwt),
        ("claims that are not base64", token("e30.!!!.c2ln"), WrongToken::NotJwt),
        ("claims that are not an object", token("e30.W10.c2ln"), WrongToken::NotJwt),
        (
            "two ends",
            answer_with(|answer| answer["status"]["expirationTimestamp"] = json!("2035-01-01T00:00:00Z")),
            WrongToken::ExpiryDisagrees,
        ),
        (
            "no second end",
            answer_with(|answer| answer["status"]["expirationTimestamp"] = Value::Null),
            WrongToken::ExpiryDisagrees,
        ),
    ]
}

on_both_sides! {
    async fn each_lie_about_a_token_is_caught_and_named(side: Side) {
        for (name, fault, expected) in lies() {
            side.faults().clear();
            side.faults().inject(Calls::Token, When::Always, fault);
            let error = side.carry_out(side.issue(side.plan())).await.expect_err(name);
            assert_eq!(error.kind, Kind::WrongToken(expected), "{name}");
            assert_eq!(error.certainty, Certainty::Unknown, "{name}: a token may be out there");
        }
        assert_eq!(side.requests().count(Calls::Token), lies().len(), "none of them was asked for twice");
    }

    async fn a_token_that_hangs_on_somebody_elses_object_is_refused(side: Side) {
        side.let_issue_every_shape().await;
        for (shape, name, fault, expected) in foreign() {
            side.faults().clear();
            side.faults().inject(Calls::Token, When::Always, fault);
            let plan = side.plan_of(shape);
            let failed = side.carry_out_plan(&plan).await.expect_err(name);
            assert_eq!(failed.error.kind, Kind::WrongToken(claim(expected)), "{name}");
            assert_eq!(failed.error.certainty, Certainty::Unknown, "{name}: a token may be out there");
            side.faults().clear();
            let made = side.made_for(&plan).await;
            assert_eq!(side.revoke(&plan, &failed.touched).await.removed.len(), made.len(), "{name}");
            assert_eq!(side.made_for(&plan).await, [], "{name}: what it may hang on is gone");
            side.carry_out_plan(&side.plan_of(shape)).await.expect("an honest answer");
        }
    }

    async fn a_token_that_lives_too_long_is_refused_with_its_end(side: Side) {
        for excess in [61 + 5, 3600, DAY, 3650 * DAY] {
            side.faults().clear();
            side.faults().inject(Calls::Token, When::Always, longer_by(excess));
            let error = side.carry_out(side.issue(side.plan())).await.unwrap_err();
            let Kind::WrongToken(WrongToken::LivesTooLong { expires_at, asked_seconds: 3600 }) = error.kind else {
                panic!("{excess}: {error:?}")
            };
            assert_eq!(error.token_expires_at(), Some(expires_at), "the caller can tell until when it lives");
            let life = expires_at.duration_since(side.ambient.now()).as_secs();
            assert!((life - 3600 - excess).abs() < 30, "{excess}: {life}");
        }
    }

    async fn a_token_that_has_ended_is_refused(side: Side) {
        for shift in [-3600 - 60, -DAY] {
            side.faults().clear();
            side.faults().inject(Calls::Token, When::Always, longer_by(shift));
            let error = side.carry_out(side.issue(side.plan())).await.unwrap_err();
            assert!(matches!(error.kind, Kind::WrongToken(WrongToken::Expired { .. })), "{shift}: {error:?}");
        }
    }

    async fn a_shortened_or_slightly_longer_life_is_granted_as_it_is(side: Side) {
        for shift in [-3000, -60, 1, 50] {
            side.faults().clear();
            side.faults().inject(Calls::Token, When::Always, longer_by(shift));
            let issued = side.carry_out(side.issue(side.plan())).await.unwrap();
            let life = issued.grant.token_expires_at.duration_since(side.ambient.now()).as_secs();
            assert!((life - 3600 - shift).abs() < 8, "{shift}: {life}");
        }
    }

    async fn a_cluster_that_gives_a_day_at_most_says_how_much_it_gave(side: Side) {
        for (asked, granted) in [(2 * DAY, DAY), (DAY, DAY), (3600, 3600)] {
            let mut plan = side.plan();
            plan.token_seconds = asked.try_into().unwrap();
            let issued = side.carry_out(side.issue(plan)).await.unwrap();
            assert_eq!(i64::try_from(issued.granted_seconds).unwrap(), granted, "{asked} s were asked for");
            let life = issued.grant.token_expires_at.duration_since(side.ambient.now()).as_secs();
            assert!((life - granted).abs() < 30, "{asked}: {life}");
        }
    }

    async fn a_life_below_the_shortest_of_kubernetes_is_refused_with_its_end(side: Side) {
        side.faults().inject(Calls::Token, When::Always, longer_by(100 - 3600));
        let error = side.carry_out(side.issue(side.plan())).await.unwrap_err();
        let Kind::WrongToken(WrongToken::LivesTooShort { expires_at, granted_seconds: 100, asked_seconds: 3600 }) =
            error.kind
        else {
            panic!("{error:?}")
        };
        assert_eq!((error.certainty, error.token_expires_at()), (Certainty::Unknown, Some(expires_at)));
    }

    async fn other_audiences_than_those_asked_for_are_refused(side: Side) {
        let mut plan = side.plan();
        plan.audiences = vec!["a".to_owned(), "b".to_owned()];
        for found in [json!(["a"]), json!(["a", "b", "c"]), json!("a"), json!(["b", "c"]), json!([1, 2])] {
            side.faults().clear();
            side.faults().inject(Calls::Token, When::Always, set("/aud", found.clone()));
            let error = side.carry_out(side.issue(plan.clone())).await.unwrap_err();
            assert_eq!(error.kind, Kind::WrongToken(claim("aud")), "{found}");
        }
        for found in [json!(["b", "a"]), json!(["a", "b", "a"])] {
            side.faults().clear();
            side.faults().inject(Calls::Token, When::Always, set("/aud", found.clone()));
            side.carry_out(side.issue(plan.clone())).await.expect("the same set of audiences");
        }
    }

    async fn a_token_without_jti_is_accepted(side: Side) {
        side.faults().inject(Calls::Token, When::Always, without("jti"));
        let issued = side.carry_out(side.issue(side.plan())).await.unwrap();
        assert_eq!(issued.grant.jti, None, "API servers before 1.30 give none");
    }
}
