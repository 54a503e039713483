//! A passkey beside a password, where a code is asked for otherwise.

use mayfly_testkit::{
    authenticator::{Authenticator, KeyKind, Using},
    both_databases,
};
use serde_json::{Value, json};

use super::{SECOND_FACTOR_OPTIONS, anonymous_reasons, registered, with_passkey};
use crate::{
    people::{LOGIN, text},
    support::{Answer, PASSWORD, PUBLIC_URL, TestServer},
};

const FACTOR: &str = "/api/v1/users/me/second-factor";

/// Turns the second factor on; gives a session that goes on, and the recovery codes.
async fn guard(server: &TestServer, person: &crate::support::Person) -> (String, Value) {
    let secret = person.caller.post(FACTOR, &json!({ "password": PASSWORD })).await.ok();
    let code = crate::people::second_factor::code(server, &text(&secret["secret"]), 0);
    let confirmed = person.caller.post(&format!("{FACTOR}/confirm"), &json!({ "code": code })).await.ok();
    (text(&confirmed["token"]), confirmed["recoveryCodes"].clone())
}

fn with_password(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD})
}

/// A good answer of a passkey, but for what is changed, with the password.
async fn request(server: &TestServer, authenticator: &mut Authenticator, change: impl FnOnce(&mut Using)) -> Value {
    let options = server.as_nobody().post(SECOND_FACTOR_OPTIONS, &with_password("ben@example.com")).await.ok();
    let mut using = authenticator.begin(&options["publicKey"], PUBLIC_URL);
    change(&mut using);
    json!({"email": "ben@example.com", "password": PASSWORD, "passkey": authenticator.used(&using), "kind": "token"})
}

async fn login(server: &TestServer, body: &Value) -> Answer {
    server.as_nobody().post(LOGIN, body).await
}

both_databases! {
    async fn it_is_as_good_as_a_code_with_each_algorithm(server: TestServer) {
        let ben = server.person("ben@example.com", "member").await;
        let mut authenticators = KeyKind::ALL.map(Authenticator::new);
        for authenticator in &mut authenticators {
            registered(&ben.caller, authenticator).await;
        }
        let (_token, codes) = guard(&server, &ben).await;
        let told = login(&server, &with_password("ben@example.com")).await.refused(403, "mfa_required");
        assert!(told.contains("`passkey`"), "{told}");
        for authenticator in &mut authenticators {
            // Beside a password nobody has to be verified once more.
            let body = request(&server, authenticator, |using| using.flags &= !4).await;
            login(&server, &body).await.ok();
        }
        let uses: Vec<Value> = server.events().await.into_iter()
            .filter(|event| event["event"]["type"] == "user-login")
            .map(|event| event["event"]["metadata"]["secondFactor"].clone())
            .collect();
        assert_eq!(uses.iter().filter(|used| **used == "passkey").count(), 3, "{uses:?}");
        // Recovery codes are for the day when both are lost.
        let mut body = with_password("ben@example.com");
        body["code"] = codes[0].clone();
        login(&server, &body).await.ok();
    }

    async fn which_ones_are_told_for_the_right_password_alone(server: TestServer) {
        let (ben, mut authenticator, _) = with_passkey(&server, KeyKind::Es256).await;
        let options = server.as_nobody().post(SECOND_FACTOR_OPTIONS, &with_password("ben@example.com")).await.ok();
        assert_eq!(options["publicKey"]["userVerification"], "preferred");
        assert_eq!(options["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1);
        let wrong = json!({"email": "ben@example.com", "password": "a wrong password"});
        let refused = server.as_nobody().post(SECOND_FACTOR_OPTIONS, &wrong).await;
        refused.refused(401, "credentials_refused");
        let unknown = server.as_nobody().post(SECOND_FACTOR_OPTIONS, &with_password("nobody@example.com")).await;
        assert_eq!(refused.without_request_id(), unknown.without_request_id());
        let cleo = server.person("cleo@example.com", "member").await;
        server.as_nobody().post(SECOND_FACTOR_OPTIONS, &with_password("cleo@example.com")).await.refused(409, "no_passkeys");
        // Without a second factor the password is enough; a passkey that is shown all the same has to be right.
        login(&server, &with_password("ben@example.com")).await.ok();
        let body = request(&server, &mut authenticator, |_| ()).await;
        login(&server, &body).await.ok();
        login(&server, &body).await.refused(401, "credentials_refused");
        drop((ben, cleo));
    }
}

type Change = (&'static str, fn(&mut Using), &'static str);

#[tokio::test]
async fn each_step_refuses_what_fails_only_there() {
    let server = TestServer::sqlite().await;
    let (ben, mut authenticator, _) = with_passkey(&server, KeyKind::Es256).await;
    guard(&server, &ben).await;
    let cases: &[Change] = &[
        ("step 5, an unknown id", |using| using.credential_id.push(1), "unknown passkey"),
        ("step 6, another's handle", |using| using.user_handle = Some(vec![7; 64]), "somebody else's"),
        ("step 11", |using| using.client_data["type"] = "webauthn.create".into(), "another ceremony"),
        ("step 12", |using| using.client_data["challenge"] = "YWJj".into(), "the challenge was used"),
        ("step 13", |using| using.client_data["origin"] = "https://evil.example".into(), "the origin is another one"),
        ("step 14", |using| using.client_data["crossOrigin"] = true.into(), "inside a page"),
        ("step 16", |using| using.party = "evil.example".to_owned(), "for another server"),
        ("step 17", |using| using.flags &= !1, "nobody was present"),
    ];
    for (what, change, reason) in cases {
        let body = request(&server, &mut authenticator, change).await;
        login(&server, &body).await.refused(401, "credentials_refused");
        let reasons = anonymous_reasons(&server).await;
        assert!(reasons.iter().any(|known| known.contains(reason)), "{what}: {reasons:?}");
    }
    let good = request(&server, &mut authenticator, |using| using.user_handle = None).await;
    login(&server, &good).await.ok();
}

#[tokio::test]
async fn a_challenge_of_one_way_is_none_of_the_other_and_a_passkey_none_of_somebody_else() {
    let server = TestServer::sqlite().await;
    let (_ben, mut authenticator, _) = with_passkey(&server, KeyKind::Es256).await;
    let alone = super::sign_in_request(&server, &mut authenticator, |_| ()).await;
    let mut beside = with_password("ben@example.com");
    beside["passkey"] = alone["credential"].clone();
    login(&server, &beside).await.refused(401, "credentials_refused");
    server.as_nobody().post(super::SIGN_IN, &alone).await.ok();
    let beside = request(&server, &mut authenticator, |_| ()).await;
    let alone = json!({"credential": beside["passkey"], "kind": "token"});
    server.as_nobody().post(super::SIGN_IN, &alone).await.refused(401, "credentials_refused");
    login(&server, &beside).await.ok();
    let cleo = server.person("cleo@example.com", "member").await;
    let mut others = Authenticator::new(KeyKind::Es256);
    registered(&cleo.caller, &mut others).await;
    let options = server.as_nobody().post(SECOND_FACTOR_OPTIONS, &with_password("ben@example.com")).await.ok();
    let using = others.begin(&options["publicKey"], PUBLIC_URL);
    let mut body = with_password("ben@example.com");
    body["passkey"] = others.used(&using);
    login(&server, &body).await.refused(401, "credentials_refused");
    body["code"] = json!("123456");
    let faults = login(&server, &body).await.faults();
    assert_eq!(faults[0].0, "body.passkey");
}

#[tokio::test]
async fn a_password_that_is_known_is_not_enough_to_try_passkeys_for_ever() {
    let server = TestServer::sqlite().await;
    let (ben, mut authenticator, _) = with_passkey(&server, KeyKind::Es256).await;
    guard(&server, &ben).await;
    for number in 1..=10_u8 {
        let body = request(&server, &mut authenticator, |using| using.flags &= !1).await;
        let caller = server.as_nobody().at(format!("127.6.0.{number}").parse().unwrap());
        caller.post(LOGIN, &body).await.refused(401, "credentials_refused");
    }
    let body = request(&server, &mut authenticator, |_| ()).await;
    login(&server, &body).await.refused(429, "too_many_attempts");
    // The passkey alone is another way, which they did not shut.
    super::sign_in(&server, &mut authenticator).await.ok();
}
