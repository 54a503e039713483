//! Signing in with a passkey alone: who gets in, and what each step of section 7.2 refuses.

use mayfly_testkit::{
    authenticator::{Authenticator, KeyKind, Using},
    both_databases,
};
use serde_json::{Value, json};

use super::{
    PASSKEYS, SIGN_IN, SIGN_IN_OPTIONS, anonymous_reasons, registered, sign_in, sign_in_request, with_passkey,
};
use crate::{
    people::{ME, text},
    support::{PUBLIC_URL, TestServer},
};

both_databases! {
    async fn a_passkey_alone_signs_in_with_each_algorithm(server: TestServer) {
        let ben = server.person("ben@example.com", "member").await;
        for kind in KeyKind::ALL {
            let mut authenticator = Authenticator::new(kind);
            registered(&ben.caller, &mut authenticator).await;
            server.advance(1);
            let granted = sign_in(&server, &mut authenticator).await.ok();
            assert_eq!(granted["user"]["email"], "ben@example.com", "{kind:?}");
            let now = server.as_nobody().with_token(&text(&granted["token"]));
            assert_eq!(now.get(ME).await.ok()["user"]["id"], ben.id.as_str());
        }
        let listed = ben.caller.get(PASSKEYS).await.ok();
        assert!(listed["passkeys"].as_array().unwrap().iter().all(|passkey| passkey["lastUsedAt"].is_string()));
        let events = server.events().await;
        let of_passkeys = events.iter().map(|event| &event["event"]).filter(|event| event["type"] == "user-login"
            && event["metadata"]["secondFactor"] == "passkey-alone");
        let used: Vec<&Value> = of_passkeys.map(|event| &event["metadata"]["passkeyId"]).collect();
        let known: Vec<&Value> = listed["passkeys"].as_array().unwrap().iter().map(|passkey| &passkey["id"]).collect();
        assert_eq!(used, known, "the log says which");
    }

    async fn it_stands_for_both_factors_and_gives_a_session_like_any_other(server: TestServer) {
        let (ben, mut authenticator, _) = with_passkey(&server, KeyKind::Es256).await;
        let secret = ben.caller.post("/api/v1/users/me/second-factor", &json!({"password": crate::support::PASSWORD})).await.ok();
        let code = crate::people::second_factor::code(&server, &text(&secret["secret"]), 0);
        ben.caller.post("/api/v1/users/me/second-factor/confirm", &json!({ "code": code })).await.ok();
        let granted = sign_in(&server, &mut authenticator).await.ok();
        let now = server.as_nobody().with_token(&text(&granted["token"]));
        let sessions = now.get("/api/v1/auth/sessions").await.ok();
        assert!(sessions["sessions"].as_array().unwrap().iter().any(|session| session["isCurrent"] == true));
        // In a browser it comes as a cookie.
        let mut body = sign_in_request(&server, &mut authenticator, |_| ()).await;
        body.as_object_mut().unwrap().remove("kind");
        let answer = server.as_nobody().post(SIGN_IN, &body).await;
        assert!(answer.header("set-cookie").contains("HttpOnly"), "{:?}", answer.headers);
        assert!(answer.ok().get("token").is_none());
    }

    async fn an_answer_is_good_once_and_for_five_minutes(server: TestServer) {
        let (_ben, mut authenticator, _) = with_passkey(&server, KeyKind::EdDsa).await;
        let body = sign_in_request(&server, &mut authenticator, |_| ()).await;
        server.as_nobody().post(SIGN_IN, &body).await.ok();
        server.as_nobody().post(SIGN_IN, &body).await.refused(401, "credentials_refused");
        let late = sign_in_request(&server, &mut authenticator, |_| ()).await;
        server.advance(300);
        server.as_nobody().post(SIGN_IN, &late).await.refused(401, "credentials_refused");
        let in_time = sign_in_request(&server, &mut authenticator, |_| ()).await;
        server.advance(299);
        server.as_nobody().post(SIGN_IN, &in_time).await.ok();
    }

    async fn a_count_that_goes_back_is_refused_and_the_passkey_counts_no_more(server: TestServer) {
        let ben = server.person("ben@example.com", "member").await;
        let mut authenticator = Authenticator::new(KeyKind::Es256);
        authenticator.sign_count = 40;
        let told = registered(&ben.caller, &mut authenticator).await;
        sign_in(&server, &mut authenticator).await.ok();
        sign_in(&server, &mut authenticator).await.ok();
        // A copy, which has not counted since.
        let copied = sign_in_request(&server, &mut authenticator, |using| using.sign_count = 41).await;
        server.as_nobody().post(SIGN_IN, &copied).await.refused(401, "credentials_refused");
        let listed = ben.caller.get(PASSKEYS).await.ok();
        assert!(listed["passkeys"][0]["suspectedAt"].is_string(), "{listed}");
        sign_in(&server, &mut authenticator).await.refused(401, "credentials_refused");
        let events = server.events().await;
        let suspected: Vec<&Value> =
            events.iter().filter(|event| event["event"]["type"] == "suspect-passkey").map(|event| &event["event"]["metadata"]).collect();
        assert_eq!(suspected.len(), 1);
        assert_eq!((&suspected[0]["counted"], &suspected[0]["shown"]), (&json!(42), &json!(41)));
        assert_eq!(suspected[0]["passkeyId"], told["id"]);
        // Removed and registered anew it counts again.
        let path = format!("{PASSKEYS}/{}", text(&told["id"]));
        ben.caller.delete(&path, &json!({})).await.ok();
        registered(&ben.caller, &mut authenticator).await;
        sign_in(&server, &mut authenticator).await.ok();
    }

    async fn it_ends_with_the_passkey_and_with_its_person(server: TestServer) {
        let (ben, mut authenticator, told) = with_passkey(&server, KeyKind::Es256).await;
        let user = format!("/api/v1/users/{}", ben.id);
        server.as_admin().patch(&user, &json!({"isDisabled": true})).await.ok();
        sign_in(&server, &mut authenticator).await.refused(401, "credentials_refused");
        server.as_admin().patch(&user, &json!({"isDisabled": false})).await.ok();
        let granted = sign_in(&server, &mut authenticator).await.ok();
        let now = server.as_nobody().with_token(&text(&granted["token"]));
        now.delete(&format!("{PASSKEYS}/{}", text(&told["id"])), &json!({})).await.ok();
        assert!(now.get(ME).await.status == 200, "sessions go on");
        sign_in(&server, &mut authenticator).await.refused(401, "credentials_refused");
        registered(&now, &mut authenticator).await;
        server.as_admin().delete(&user, &json!({})).await.ok();
        sign_in(&server, &mut authenticator).await.refused(401, "credentials_refused");
    }
}

type Change = (&'static str, fn(&mut Using), &'static str);

#[tokio::test]
async fn each_step_refuses_what_fails_only_there_and_tells_nobody_why() {
    let server = TestServer::sqlite().await;
    let (_ben, mut authenticator, _) = with_passkey(&server, KeyKind::Es256).await;
    let cases: &[Change] = &[
        ("step 6, no handle", |using| using.user_handle = None, "does not say whose"),
        ("step 6, another's handle", |using| using.user_handle = Some(vec![7; 64]), "somebody else's"),
        ("step 7, an unknown id", |using| using.credential_id.push(1), "unknown passkey"),
        ("step 11", |using| using.client_data["type"] = "webauthn.create".into(), "another ceremony"),
        ("step 12", |using| using.client_data["challenge"] = "YWJj".into(), "the challenge was used"),
        ("step 13", |using| using.client_data["origin"] = "https://evil.example".into(), "the origin is another one"),
        ("step 14", |using| using.client_data["crossOrigin"] = true.into(), "inside a page"),
        ("step 15", |using| using.client_data["topOrigin"] = PUBLIC_URL.into(), "inside a page"),
        ("step 16", |using| using.party = "evil.example".to_owned(), "for another server"),
        ("step 17", |using| using.flags &= !1, "nobody was present"),
        ("step 18", |using| using.flags &= !4, "did not verify"),
        ("step 19", |using| using.flags |= 16, "contradicts itself"),
        ("step 20", |using| using.flags |= 8, "contradicts itself"),
        ("what is signed", |using| using.tail.push(0), "is malformed"),
    ];
    let mut answers = Vec::new();
    for (number, (what, change, reason)) in cases.iter().enumerate() {
        let body = sign_in_request(&server, &mut authenticator, change).await;
        let source = std::net::Ipv4Addr::new(127, 5, 0, u8::try_from(number + 1).unwrap());
        let answer = server.as_nobody().at(source.into()).post(SIGN_IN, &body).await;
        answer.refused(401, "credentials_refused");
        answers.push(answer.without_request_id());
        let reasons = anonymous_reasons(&server).await;
        assert!(reasons.iter().any(|known| known.contains(reason)), "{what}: {reasons:?}");
        server.advance(1);
    }
    // Step 23: the signature of another key, for the same id.
    let mut thief = Authenticator::new(KeyKind::Es256);
    thief.credential_id.clone_from(&authenticator.credential_id);
    thief.user_handle.clone_from(&authenticator.user_handle);
    let answer = sign_in(&server, &mut thief).await;
    answer.refused(401, "credentials_refused");
    answers.push(answer.without_request_id());
    assert!(anonymous_reasons(&server).await.iter().any(|reason| reason == "the signature is wrong"));
    answers.dedup();
    assert_eq!(answers.len(), 1, "all refusals are one: {answers:?}");
    sign_in(&server, &mut authenticator).await.ok();
}

#[tokio::test]
async fn nothing_tells_whose_passkeys_there_are() {
    let server = TestServer::sqlite().await;
    let before = server.as_nobody().post(SIGN_IN_OPTIONS, &json!({})).await.ok();
    with_passkey(&server, KeyKind::Es256).await;
    let after = server.as_nobody().post(SIGN_IN_OPTIONS, &json!({})).await.ok();
    let without_challenge = |answer: &Value| {
        let mut answer = answer.clone();
        answer["publicKey"]["challenge"] = Value::Null;
        answer
    };
    assert_eq!(without_challenge(&before), without_challenge(&after));
    assert_ne!(before["publicKey"]["challenge"], after["publicKey"]["challenge"]);
    let wanted = json!({"challenge": null, "timeout": 300_000, "rpId": "mayfly.example.com", "allowCredentials": [],
        "userVerification": "required"});
    assert_eq!(without_challenge(&after)["publicKey"], wanted);
    let mut stranger = Authenticator::new(KeyKind::Es256);
    stranger.user_handle = Some(vec![1; 64]);
    sign_in(&server, &mut stranger).await.refused(401, "credentials_refused");
    server.as_nobody().post(SIGN_IN_OPTIONS, &json!({"email": "ben@example.com"})).await.faults();
}

#[tokio::test]
async fn of_many_who_show_one_count_at_once_one_gets_in() {
    let server = TestServer::postgres().await;
    let second = server.second().await;
    let ben = server.person("ben@example.com", "member").await;
    let mut authenticator = Authenticator::new(KeyKind::EdDsa);
    authenticator.sign_count = 4;
    registered(&ben.caller, &mut authenticator).await;
    let mut bodies = Vec::new();
    for _ in 0..4 {
        bodies.push(sign_in_request(&server, &mut authenticator, |using| using.sign_count = 9).await);
    }
    let (one, other) = (server.as_nobody(), second.as_nobody());
    let told = tokio::join!(
        one.post(SIGN_IN, &bodies[0]),
        other.post(SIGN_IN, &bodies[1]),
        one.post(SIGN_IN, &bodies[2]),
        other.post(SIGN_IN, &bodies[3])
    );
    let told = [told.0.status, told.1.status, told.2.status, told.3.status];
    assert_eq!(told.iter().filter(|status| **status == 200).count(), 1, "{told:?}");
}
