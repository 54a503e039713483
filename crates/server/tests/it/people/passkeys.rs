//! Passkeys, from the options to the session, with authenticators of the tests.

mod administration;
mod registration;
mod second_factor;
mod sign_in;
mod throttling;

use mayfly_testkit::authenticator::{Authenticator, KeyKind, Making, Using};
use serde_json::{Value, json};

use crate::support::{Answer, Caller, PUBLIC_URL, TestServer};

pub(super) const PASSKEYS: &str = "/api/v1/users/me/passkeys";
const REGISTRATION_OPTIONS: &str = "/api/v1/users/me/passkeys/options";
const SIGN_IN_OPTIONS: &str = "/api/v1/auth/passkeys/options";
const SIGN_IN: &str = "/api/v1/auth/passkeys/login";
const SECOND_FACTOR_OPTIONS: &str = "/api/v1/auth/passkeys/second-factor-options";

/// What is asked of a new passkey.
async fn registration_options(caller: &Caller) -> Value {
    caller.post(REGISTRATION_OPTIONS, &json!({})).await.ok()["publicKey"].clone()
}

/// A good request to add a passkey, but for what is changed.
pub(crate) async fn registration(
    caller: &Caller,
    authenticator: &mut Authenticator,
    change: impl FnOnce(&mut Making),
) -> Value {
    let mut making = authenticator.make(&registration_options(caller).await, PUBLIC_URL);
    change(&mut making);
    json!({"name": "laptop", "credential": authenticator.made(&making)})
}

/// Adds a passkey; gives what is told of it.
pub(crate) async fn registered(caller: &Caller, authenticator: &mut Authenticator) -> Value {
    let body = registration(caller, authenticator, |_| ()).await;
    caller.post(PASSKEYS, &body).await.ok()["passkey"].clone()
}

/// A good request to sign in with a passkey alone, but for what is changed.
async fn sign_in_request(
    server: &TestServer,
    authenticator: &mut Authenticator,
    change: impl FnOnce(&mut Using),
) -> Value {
    let options = server.as_nobody().post(SIGN_IN_OPTIONS, &json!({})).await.ok();
    let mut using = authenticator.begin(&options["publicKey"], PUBLIC_URL);
    change(&mut using);
    json!({"credential": authenticator.used(&using), "kind": "token"})
}

/// Signs in with a passkey alone.
async fn sign_in(server: &TestServer, authenticator: &mut Authenticator) -> Answer {
    let body = sign_in_request(server, authenticator, |_| ()).await;
    server.as_nobody().post(SIGN_IN, &body).await
}

/// Somebody with a passkey.
async fn with_passkey(server: &TestServer, kind: KeyKind) -> (crate::support::Person, Authenticator, Value) {
    let person = server.person("ben@example.com", "member").await;
    let mut authenticator = Authenticator::new(kind);
    let told = registered(&person.caller, &mut authenticator).await;
    (person, authenticator, told)
}

/// The reasons of refusals that were audited with whom they are about.
async fn denials(server: &TestServer) -> Vec<(String, String)> {
    let events = server.events().await.into_iter().map(|event| event["event"].clone());
    let denied = events.filter(|event| event["type"] == "access-denied");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    denied.map(|event| (text(&event["metadata"]["operation"]), text(&event["metadata"]["reason"]))).collect()
}

/// The reasons of anonymous refusals so far, each as often as it was counted.
async fn anonymous_reasons(server: &TestServer) -> Vec<String> {
    mayfly_app::audit::flush_refusals(server.app()).await.unwrap();
    let events = server.events().await.into_iter().map(|event| event["event"].clone());
    let denied = events.filter(|event| event["type"] == "anonymous-access-denied");
    denied
        .filter(|event| {
            event["metadata"]["operation"] == "loginPasskey" || event["metadata"]["operation"] == "loginUser"
        })
        .map(|event| event["metadata"]["reason"].as_str().unwrap().to_owned())
        .collect()
}
