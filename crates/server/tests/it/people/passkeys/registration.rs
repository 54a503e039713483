//! Adding passkeys: what is asked, what is taken, and what each step of section 7.1 refuses.

use mayfly_testkit::{
    authenticator::{Authenticator, KeyKind, Making, Vouching, cbor},
    both_databases,
};
use serde_json::{Value, json};

use super::{PASSKEYS, REGISTRATION_OPTIONS, denials, registered, registration, registration_options};
use crate::support::{Database, PASSWORD, PUBLIC_URL, TestServer, TestServerOptions};

both_databases! {
    async fn a_passkey_of_each_algorithm_is_added_listed_renamed_and_removed(server: TestServer) {
        let ben = server.person("ben@example.com", "member").await;
        for (kind, algorithm) in [(KeyKind::EdDsa, "EdDSA"), (KeyKind::Es256, "ES256"), (KeyKind::Rs256, "RS256")] {
            let told = registered(&ben.caller, &mut Authenticator::new(kind)).await;
            assert_eq!((&told["algorithm"], &told["name"]), (&json!(algorithm), &json!("laptop")));
            assert_eq!(told["transports"], json!(["hybrid", "internal"]));
            assert_eq!(told["aaguid"], "07070707-0707-0707-0707-070707070707");
            assert_eq!((&told["lastUsedAt"], &told["suspectedAt"]), (&Value::Null, &Value::Null));
            server.advance(1);
        }
        let listed = ben.caller.get(PASSKEYS).await.ok()["passkeys"].clone();
        let algorithms: Vec<&str> =
            listed.as_array().unwrap().iter().map(|passkey| passkey["algorithm"].as_str().unwrap()).collect();
        assert_eq!(algorithms, ["EdDSA", "ES256", "RS256"], "oldest first");
        let path = format!("{PASSKEYS}/{}", listed[1]["id"].as_str().unwrap());
        let renamed = ben.caller.patch(&path, &json!({"name": "my phone"})).await.ok();
        assert_eq!((&renamed["passkey"]["name"], &renamed["passkey"]["id"]), (&json!("my phone"), &listed[1]["id"]));
        let removed = ben.caller.delete(&path, &json!({})).await.ok();
        assert_eq!(removed["passkey"]["name"], "my phone");
        ben.caller.delete(&path, &json!({})).await.refused(404, "not_found");
        ben.caller.patch(&path, &json!({"name": "x"})).await.refused(404, "not_found");
        assert_eq!(ben.caller.get(PASSKEYS).await.ok()["passkeys"].as_array().unwrap().len(), 2);
        for (kind, number) in [("add-passkey", 3), ("rename-passkey", 1), ("remove-passkey", 1)] {
            assert_eq!(server.count_events(kind).await, number, "{kind}");
        }
    }

    async fn what_is_asked_is_what_browsers_take(server: TestServer) {
        let (ben, cleo) = (server.person("ben@example.com", "member").await, server.person("cleo@example.com", "member").await);
        let mut authenticator = Authenticator::new(KeyKind::Es256);
        let first = registration_options(&ben.caller).await;
        registered(&ben.caller, &mut authenticator).await;
        let asked = ben.caller.post(REGISTRATION_OPTIONS, &json!({"password": PASSWORD})).await.ok();
        let options = asked["publicKey"].clone();
        assert_eq!(options["rp"], json!({"id": "mayfly.example.com", "name": "Mayfly"}));
        assert_eq!((&options["user"]["name"], &options["user"]["displayName"]), (&json!("ben@example.com"), &json!("Somebody")));
        assert_eq!(options["pubKeyCredParams"], json!([
            {"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257},
        ]));
        assert_eq!(options["authenticatorSelection"], json!({
            "residentKey": "preferred", "requireResidentKey": false, "userVerification": "required",
        }));
        assert_eq!((&options["attestation"], &options["timeout"]), (&json!("none"), &json!(300_000)));
        let excluded = options["excludeCredentials"].as_array().unwrap();
        assert_eq!(excluded.len(), 1);
        assert_eq!(excluded[0]["transports"], json!(["hybrid", "internal"]));
        for (name, characters) in [("challenge", 43), ("/user/id", 86)] {
            let found = |options: &Value| options.get(name).or(options.pointer(name)).unwrap().as_str().unwrap().to_owned();
            assert_eq!(found(&options).len(), characters, "{name}: bytes in base 64");
            let others = registration_options(&cleo.caller).await;
            assert_ne!(found(&options), found(&others), "{name}");
            // A handle stays, a challenge does not.
            assert_eq!(found(&options) == found(&first), name == "/user/id", "{name}");
        }
        let handle = options["user"]["id"].as_str().unwrap();
        assert!(!handle.contains(&ben.id.replace('-', "")), "it tells nothing of who it is");
    }

    async fn whoever_signed_in_long_ago_shows_their_password(server: TestServer) {
        let ben = server.person("ben@example.com", "member").await;
        let told = registered(&ben.caller, &mut Authenticator::new(KeyKind::Es256)).await;
        let path = format!("{PASSKEYS}/{}", told["id"].as_str().unwrap());
        server.advance(10 * 60);
        ben.caller.post(REGISTRATION_OPTIONS, &json!({})).await.ok();
        server.advance(1);
        ben.caller.post(REGISTRATION_OPTIONS, &json!({})).await.refused(403, "recent_sign_in_needed");
        ben.caller.delete(&path, &json!({})).await.refused(403, "recent_sign_in_needed");
        let wrong = json!({"password": "a wrong password"});
        ben.caller.post(REGISTRATION_OPTIONS, &wrong).await.refused(403, "wrong_proof");
        ben.caller.delete(&path, &wrong).await.refused(403, "wrong_proof");
        assert_eq!(ben.caller.get(PASSKEYS).await.ok()["passkeys"].as_array().unwrap().len(), 1);
        assert_eq!(denials(&server).await.len(), 4, "each refusal is recorded");
        ben.caller.post(REGISTRATION_OPTIONS, &json!({"password": PASSWORD})).await.ok();
        ben.caller.delete(&path, &json!({"password": PASSWORD})).await.ok();
        // A sign-in is as good as the password.
        let anew = server.as_nobody().with_token(&server.sign_in("ben@example.com", PASSWORD).await);
        anew.post(REGISTRATION_OPTIONS, &json!({})).await.ok();
    }

    async fn a_challenge_is_good_once_for_five_minutes_and_for_whom_it_was_made(server: TestServer) {
        let (ben, cleo) = (server.person("ben@example.com", "member").await, server.person("cleo@example.com", "member").await);
        let mut authenticator = Authenticator::new(KeyKind::Es256);
        let body = registration(&ben.caller, &mut authenticator, |_| ()).await;
        let refused = cleo.caller.post(PASSKEYS, &body).await.refused(400, "passkey_refused");
        assert!(refused.contains("the challenge was used"), "{refused}");
        ben.caller.post(PASSKEYS, &body).await.ok();
        let mut other = Authenticator::new(KeyKind::Es256);
        let options = registration_options(&ben.caller).await;
        let mut making = other.make(&options, PUBLIC_URL);
        making.flags &= !4;
        let unverified = json!({"name": "phone", "credential": other.made(&making)});
        ben.caller.post(PASSKEYS, &unverified).await.refused(400, "passkey_refused");
        making.flags |= 4;
        let late = json!({"name": "phone", "credential": other.made(&making)});
        let refused = ben.caller.post(PASSKEYS, &late).await.refused(400, "passkey_refused");
        assert!(refused.contains("the challenge was used"), "a wrong answer used it up: {refused}");
        let body = registration(&ben.caller, &mut other, |_| ()).await;
        server.advance(300);
        let refused = ben.caller.post(PASSKEYS, &body).await.refused(400, "passkey_refused");
        assert!(refused.contains("the challenge was used"), "{refused}");
        let body = registration(&ben.caller, &mut other, |_| ()).await;
        server.advance(299);
        ben.caller.post(PASSKEYS, &body).await.ok();
    }

    async fn a_passkey_is_registered_once_and_a_person_has_twenty(server: TestServer) {
        let (ben, cleo) = (server.person("ben@example.com", "member").await, server.person("cleo@example.com", "member").await);
        let mut authenticator = Authenticator::new(KeyKind::EdDsa);
        registered(&ben.caller, &mut authenticator).await;
        for caller in [&ben.caller, &cleo.caller] {
            let again = registration(caller, &mut authenticator, |_| ()).await;
            caller.post(PASSKEYS, &again).await.refused(409, "passkey_there");
        }
        let waiting = registration(&ben.caller, &mut Authenticator::new(KeyKind::EdDsa), |_| ()).await;
        let statement = format!(
            "INSERT INTO passkeys (id, user_id, credential_id, public_key, algorithm, sign_count, is_backup_eligible,
                is_backed_up, transports, aaguid, name, created_at)
             SELECT 'NUMBER', user_id, {}, public_key, algorithm, 0, FALSE, FALSE, '', aaguid, name, created_at
             FROM passkeys LIMIT 1",
            if server.database() == Database::Sqlite { "CAST('NUMBER' AS BLOB)" } else { "CAST('NUMBER' AS BYTEA)" },
        );
        for number in 1..20 {
            let id = format!("018f0000-0000-7000-8000-0000000000{number:02}");
            server.home.execute(&statement.replace("NUMBER", &id)).await;
        }
        ben.caller.post(PASSKEYS, &waiting).await.refused(409, "too_many_passkeys");
        ben.caller.post(REGISTRATION_OPTIONS, &json!({})).await.refused(409, "too_many_passkeys");
        registered(&cleo.caller, &mut Authenticator::new(KeyKind::EdDsa)).await;
        let denied = denials(&server).await;
        assert_eq!(denied.iter().filter(|(operation, _)| operation == "registerPasskey").count(), 3, "{denied:?}");
    }
}

type Change = (&'static str, fn(&mut Making), &'static str);

#[tokio::test]
async fn each_step_refuses_what_fails_only_there_and_says_why() {
    let server = TestServer::sqlite().await;
    let ben = server.person("ben@example.com", "member").await;
    let cases: &[Change] = &[
        ("step 7", |making| making.client_data["type"] = "webauthn.get".into(), "another ceremony"),
        ("step 8", |making| making.client_data["challenge"] = "YWJj".into(), "the challenge was used"),
        ("step 8, no base 64", |making| making.client_data["challenge"] = "?".into(), "the challenge was used"),
        ("step 9", |making| making.client_data["origin"] = "https://evil.example".into(), "the origin is another one"),
        ("step 10", |making| making.client_data["crossOrigin"] = true.into(), "inside a page"),
        ("step 11", |making| making.client_data["topOrigin"] = PUBLIC_URL.into(), "inside a page"),
        ("step 13", |making| making.tail.push(0), "is malformed"),
        ("step 14", |making| making.party = "evil.example".to_owned(), "for another server"),
        ("step 15", |making| making.flags &= !1, "nobody was present"),
        ("step 16", |making| making.flags &= !4, "did not verify"),
        ("step 17", |making| making.flags |= 16, "contradicts itself"),
        (
            "step 20",
            |making| {
                making.public_key =
                    cbor::map(&[(cbor::integer(1), cbor::integer(2)), (cbor::integer(3), cbor::integer(-35))]);
            },
            "an algorithm that was not asked for",
        ),
        ("step 21", |making| making.format = "apple".to_owned(), "neither `none` nor by the passkey itself"),
        ("step 22", |making| making.vouching = Vouching::ItSelf, "malformed, or not by the passkey"),
        ("the id", |making| making.credential_id.push(0), "is not the one that was signed"),
        ("no key", |making| making.flags &= !0x40, "no key"),
    ];
    for (what, change, reason) in cases {
        let body = registration(&ben.caller, &mut Authenticator::new(KeyKind::Es256), change).await;
        let told = ben.caller.post(PASSKEYS, &body).await.refused(400, "passkey_refused");
        assert!(told.contains(reason), "{what}: {told}");
        let denied = denials(&server).await;
        assert!(denied.iter().any(|(operation, why)| operation == "registerPasskey" && why.contains(reason)), "{what}");
        server.advance(1);
    }
    assert_eq!(denials(&server).await.len(), cases.len());
    assert_eq!(server.count_events("add-passkey").await, 0);
    // By itself it may vouch, as some do even where nobody asks for it.
    let mut authenticator = Authenticator::new(KeyKind::Es256);
    let body = registration(&ben.caller, &mut authenticator, |making| {
        (making.vouching, making.format) = (Vouching::ItSelf, "packed".to_owned());
    });
    ben.caller.post(PASSKEYS, &body.await).await.ok();
}

#[tokio::test]
async fn fields_that_are_none_are_named() {
    let server = TestServer::sqlite().await;
    let ben = server.person("ben@example.com", "member").await;
    let whole = registration(&ben.caller, &mut Authenticator::new(KeyKind::Es256), |_| ()).await;
    let cases: &[(&str, Value, &str)] = &[
        ("/name", json!(""), "body.name"),
        ("/name", json!("x".repeat(65)), "body.name"),
        ("/credential/id", json!("a+b/"), "body.credential.id"),
        ("/credential/id", json!("AAAA"), "body.credential.rawId"),
        ("/credential/type", json!("password"), "body.credential.type"),
        ("/credential/response", json!(1), "body.credential.response"),
        ("/credential/response/clientDataJSON", json!(""), "body.credential.response.clientDataJSON"),
        (
            "/credential/response/attestationObject",
            json!("A".repeat(21_849)),
            "body.credential.response.attestationObject",
        ),
        ("/credential/response/attestationObject", Value::Null, "body.credential.response.attestationObject"),
        ("/credential/response/transports", json!([1]), "body.credential.response.transports.0"),
    ];
    for (place, value, path) in cases {
        let mut body = whole.clone();
        *body.pointer_mut(place).unwrap() = value.clone();
        let faults = ben.caller.post(PASSKEYS, &body).await.faults();
        assert_eq!(faults.iter().map(|fault| fault.0.as_str()).collect::<Vec<_>>(), [*path], "{place}");
    }
    let mut more = whole.clone();
    more["more"] = json!(1);
    ben.caller.post(PASSKEYS, &more).await.faults();
    // What a browser adds is its own to say; ways that are no words are none.
    let mut added = whole;
    added["credential"]["more"] = json!(1);
    added["credential"]["response"]["transports"] = json!(["usb", "U S B", "usb", ""]);
    assert_eq!(ben.caller.post(PASSKEYS, &added).await.ok()["passkey"]["transports"], json!(["usb"]));
}

#[tokio::test]
async fn where_browsers_have_no_passkeys_that_is_said() {
    let mut options = TestServerOptions::new(Database::Sqlite);
    options.settings.public_url = "http://127.0.0.1:8420".to_owned();
    let server = TestServer::start(options).await;
    let ben = server.person("ben@example.com", "member").await;
    let told = ben.caller.post(REGISTRATION_OPTIONS, &json!({})).await.refused(400, "passkeys_unavailable");
    assert!(told.contains("set `public_url`"), "{told}");
    server.as_nobody().post(super::SIGN_IN_OPTIONS, &json!({})).await.refused(400, "passkeys_unavailable");
    assert_eq!(ben.caller.get(PASSKEYS).await.ok()["passkeys"], json!([]));
}
