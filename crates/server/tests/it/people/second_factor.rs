//! Second factors. The codes are Python's, never our own.

use std::process::Command;

use mayfly_app::SecondFactorOf;
use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use super::{LOGIN, ME, is_signed_in, text};
use crate::support::{ANA, ANAS_PASSWORD, Answer, Database, PASSWORD, Person, TestServer, TestServerOptions};

const FACTOR: &str = "/api/v1/users/me/second-factor";
const CONFIRM: &str = "/api/v1/users/me/second-factor/confirm";

/// RFC 6238 with Python's own HMAC and base 32.
const TOTP: &str = "import base64, hmac, struct, sys
secret, second = sys.argv[1], int(sys.argv[2])
key = base64.b32decode(secret + '=' * (-len(secret) % 8))
tag = hmac.new(key, struct.pack('>q', second // 30), 'sha1').digest()
start = tag[-1] & 15
print('%06d' % ((struct.unpack('>I', tag[start:start + 4])[0] & 0x7fffffff) % 10**6))";

/// The code at a time, `later` seconds from now.
pub(super) fn code(server: &TestServer, secret: &str, later: i64) -> String {
    let second = server.ambient.now().as_second() + later;
    let told = Command::new("python3").args(["-c", TOTP, secret, &second.to_string()]).output().unwrap();
    assert!(told.status.success(), "{told:?}");
    String::from_utf8(told.stdout).unwrap().trim().to_owned()
}

/// Somebody with a second factor: its secret, their recovery codes, and their new session.
struct Guarded {
    person: Person,
    secret: String,
    recovery_codes: Vec<String>,
    token: String,
}

async fn guarded(server: &TestServer) -> Guarded {
    let person = server.person("ben@example.com", "member").await;
    let enrolled = person.caller.post(FACTOR, &json!({ "password": PASSWORD })).await.ok();
    let secret = text(&enrolled["secret"]);
    let uri = format!(
        "otpauth://totp/Mayfly:ben@example.com?secret={secret}&issuer=Mayfly&algorithm=SHA1&digits=6&period=30"
    );
    assert_eq!(enrolled["uri"], json!(uri));
    // Until it is confirmed, it is not asked for.
    server.sign_in("ben@example.com", PASSWORD).await;
    let confirmed = person.caller.post(CONFIRM, &json!({ "code": code(server, &secret, 0) })).await.ok();
    let recovery_codes = confirmed["recoveryCodes"].as_array().unwrap().iter().map(text).collect();
    Guarded { person, secret, recovery_codes, token: text(&confirmed["token"]) }
}

async fn sign_in(server: &TestServer, code: Option<&str>) -> Answer {
    let mut body = json!({"email": "ben@example.com", "password": PASSWORD, "kind": "token"});
    if let Some(code) = code {
        body["code"] = Value::from(code);
    }
    server.as_nobody().post(LOGIN, &body).await
}

both_databases! {
    async fn a_confirmed_second_factor_is_asked_for(server: TestServer) {
        let ben = guarded(&server).await;
        assert_eq!((ben.secret.len(), ben.recovery_codes.len()), (32, 10));
        assert!(!is_signed_in(&ben.person.caller).await, "sessions from before end");
        assert!(is_signed_in(&server.as_nobody().with_token(&ben.token)).await, "this one goes on, as a new one");
        sign_in(&server, None).await.refused(403, "mfa_required");
        sign_in(&server, Some("000000")).await.refused(401, "credentials_refused");
        server.advance(30);
        sign_in(&server, Some(&code(&server, &ben.secret, 0))).await.ok();
        // Without the right password nothing is asked for.
        let wrong = json!({"email": "ben@example.com", "password": "a wrong password"});
        server.as_nobody().post(LOGIN, &wrong).await.refused(401, "credentials_refused");
    }

    async fn each_code_is_good_once_and_for_a_minute_and_a_half(server: TestServer) {
        let ben = guarded(&server).await;
        let confirmed_with = code(&server, &ben.secret, 0);
        sign_in(&server, Some(&confirmed_with)).await.refused(401, "credentials_refused");
        server.advance(90);
        for (later, is_right) in [(-60, false), (60, false), (-30, true), (0, true)] {
            let shown = code(&server, &ben.secret, later);
            assert_eq!(sign_in(&server, Some(&shown)).await.status == 200, is_right, "{later} s from now");
        }
        // One from before the newest that was accepted is as spent as that one.
        for later in [-30, 0] {
            sign_in(&server, Some(&code(&server, &ben.secret, later))).await.refused(401, "credentials_refused");
        }
        let next = code(&server, &ben.secret, 30);
        let (first, last) = next.split_at(3);
        let spaced = format!("{first} {last}");
        sign_in(&server, Some(&spaced)).await.ok();
    }

    async fn each_recovery_code_is_good_once(server: TestServer) {
        let ben = guarded(&server).await;
        let first = ben.recovery_codes[0].to_uppercase().replace('-', "");
        sign_in(&server, Some(&first)).await.ok();
        sign_in(&server, Some(&first)).await.refused(401, "credentials_refused");
        let ben_now = server.as_nobody().with_token(&ben.token);
        assert_eq!(ben_now.get(ME).await.ok()["recoveryCodes"], 9);
        let path = format!("{FACTOR}/recovery-codes");
        let renewed = ben_now.post(&path, &json!({ "password": PASSWORD })).await.ok();
        sign_in(&server, Some(&ben.recovery_codes[1])).await.refused(401, "credentials_refused");
        sign_in(&server, renewed["recoveryCodes"][0].as_str()).await.ok();
        let uses: Vec<Value> = server.events().await.into_iter()
            .filter(|event| event["event"]["type"] == "user-login")
            .map(|event| event["event"]["metadata"]["secondFactor"].clone())
            .collect();
        assert_eq!(uses.iter().filter(|used| **used == "recovery-code").count(), 2, "{uses:?}");
    }

    async fn it_is_taken_off_with_the_password_or_by_an_administrator(server: TestServer) {
        let ben = guarded(&server).await;
        let now = server.as_nobody().with_token(&ben.token);
        now.post(FACTOR, &json!({ "password": PASSWORD })).await.refused(409, "second_factor_there");
        now.delete(FACTOR, &json!({"password": "a wrong password"})).await.refused(403, "wrong_proof");
        now.delete(FACTOR, &json!({ "password": PASSWORD })).await.ok();
        assert!(!is_signed_in(&now).await);
        let again = server.as_nobody().with_token(&text(&sign_in(&server, None).await.ok()["token"]));
        let secret = text(&again.post(FACTOR, &json!({ "password": PASSWORD })).await.ok()["secret"]);
        again.post(CONFIRM, &json!({ "code": code(&server, &secret, 0) })).await.ok();
        let path = format!("/api/v1/users/{}/second-factor", ben.person.id);
        again.delete(&path, &json!({})).await.problem();
        server.as_admin().delete(&path, &json!({})).await.ok();
        sign_in(&server, None).await.ok();
        assert_eq!(server.count_events("remove-second-factor").await, 2);
    }
}

#[tokio::test]
async fn of_many_who_show_one_code_at_once_one_gets_in() {
    let server = TestServer::postgres().await;
    let second = server.second().await;
    let ben = guarded(&server).await;
    server.advance(30);
    let shown = code(&server, &ben.secret, 0);
    let told = tokio::join!(
        sign_in(&server, Some(&shown)),
        sign_in(&second, Some(&shown)),
        sign_in(&server, Some(&shown)),
        sign_in(&second, Some(&shown))
    );
    let told = [told.0.status, told.1.status, told.2.status, told.3.status];
    assert_eq!(told.iter().filter(|status| **status == 200).count(), 1, "{told:?}");
}

#[tokio::test]
async fn codes_are_not_guessed_from_many_addresses() {
    let server = TestServer::sqlite().await;
    let ben = guarded(&server).await;
    server.advance(30);
    let right = code(&server, &ben.secret, 0);
    let wrong = if right == "123456" { "654321" } else { "123456" };
    for number in 1..=10_u8 {
        let caller = server.as_nobody().at(format!("127.4.0.{number}").parse().unwrap());
        let body = json!({"email": "ben@example.com", "password": PASSWORD, "code": wrong});
        caller.post(LOGIN, &body).await.refused(401, "credentials_refused");
    }
    sign_in(&server, Some(&right)).await.refused(429, "too_many_attempts");
    server.advance(3600);
    sign_in(&server, Some(&code(&server, &ben.secret, 0))).await.ok();
}

#[tokio::test]
async fn its_secret_is_sealed() {
    let server = TestServer::sqlite().await;
    let ben = guarded(&server).await;
    let bytes: Vec<u8> = server.home.bytes().into_iter().flat_map(|(_, bytes)| bytes).collect();
    let is_kept = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    assert!(is_kept(b"ben@example.com"), "the search finds nothing");
    let raw = Command::new("python3")
        .args(["-c", "import base64, sys; sys.stdout.buffer.write(base64.b32decode(sys.argv[1]))", &ben.secret])
        .output()
        .unwrap();
    assert_eq!(raw.stdout.len(), 20);
    assert!(!is_kept(&raw.stdout) && !is_kept(ben.secret.as_bytes()));
    for code in &ben.recovery_codes {
        assert!(!is_kept(code.as_bytes()), "{code}");
    }
}

#[tokio::test]
async fn whoever_has_to_have_one_may_set_it_up_and_nothing_else_until_they_have() {
    for (of, is_ben_free) in [(SecondFactorOf::Admins, true), (SecondFactorOf::Everybody, false)] {
        let mut options = TestServerOptions::new(Database::Sqlite);
        options.settings.second_factor_of = of;
        let server = TestServer::start(options).await;
        let (ana, ben) = (server.ana().await, server.person("ben@example.com", "member").await);
        let projects = "/api/v1/projects";
        assert_eq!(ben.caller.get(projects).await.status == 200, is_ben_free, "{of:?}");
        let refused = ana.caller.get(projects).await;
        assert!(refused.refused(403, "second_factor_required").contains("/api/v1/users/me/second-factor"));
        let invite = json!({"email": "eve@example.com", "role": "member"});
        ana.caller.post("/api/v1/users/invitations", &invite).await.refused(403, "second_factor_required");
        // Machines are not people.
        server.as_admin().get(projects).await.ok();
        // One's own account is open: to look, to sign out elsewhere, and to set a factor up.
        ana.caller.get(ME).await.ok();
        ana.caller.get("/api/v1/auth/sessions").await.ok();
        let enrolled = ana.caller.post(FACTOR, &json!({ "password": ANAS_PASSWORD })).await.ok();
        ana.caller.get(projects).await.refused(403, "second_factor_required");
        let secret = text(&enrolled["secret"]);
        let confirmed = ana.caller.post(CONFIRM, &json!({ "code": code(&server, &secret, 0) })).await.ok();
        let now = server.as_nobody().with_token(&text(&confirmed["token"]));
        now.get(projects).await.ok();
        // A sign-in with it is enough, and without it nobody is let past it.
        now.delete(FACTOR, &json!({ "password": ANAS_PASSWORD })).await.ok();
        let again = server.sign_in(ANA, ANAS_PASSWORD).await;
        server.as_nobody().with_token(&again).get(projects).await.refused(403, "second_factor_required");
        let denied = server.events().await;
        let of_ana = denied.iter().filter(|event| event["event"]["metadata"]["reason"] == "no second factor");
        assert!(of_ana.count() > 0, "it is in the audit log");
    }
}
