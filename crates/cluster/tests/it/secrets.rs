//! A planted token must not come out anywhere, whatever a hostile server does with it.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use mayfly_cluster::{ClusterError, Issue, Place, Verify};
use mayfly_testkit::fake_cluster::{Calls, Fault, When};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::ground::Ground;

/// A credential that is easy to find again, in two parts that a careless cut would leave.
const CANARY: &str = "canary-5e3c1d9b7a42-canary";

/// Everything that any library logs, as text.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl Subscriber for Everything {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        attributes.record(&mut Writer(self));
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        values.record(&mut Writer(self));
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Writer(self));
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

struct Writer<'a>(&'a Everything);

impl Visit for Writer<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0.0.lock().unwrap(), "{field}={value:?} ").unwrap();
    }
}

fn shown(error: &ClusterError) -> String {
    let wire = serde_json::to_string(error).unwrap();
    format!("{error} {error:?} {} {wire} {}", error.public_text(), mayfly_domain::error::chain(error))
}

/// Answers of a server that says the credential back in every way it can.
fn echoes() -> Vec<Fault> {
    let status = |code: u16, text: &str| {
        let body =
            format!(r#"{{"kind":"Status","status":"Failure","reason":"{text}","message":"{text}","code":{code}}}"#);
        Fault::answer(code, "application/json", body)
    };
    let mut echoes = Vec::new();
    for text in [CANARY.to_owned(), format!("bad token {CANARY}!"), format!("Bearer {CANARY}"), format!("x{CANARY}y")] {
        for code in [400, 401, 403, 404, 409, 410, 422, 429, 500, 503] {
            echoes.push(status(code, &text));
        }
        echoes.push(Fault::answer(200, "application/json", format!(r#"{{"kind":"{text}"}}"#)));
        echoes.push(Fault::answer(200, "application/json", format!(r#"{{"kind":"TokenRequest","spec":"{text}"}}"#)));
        echoes.push(Fault::answer(200, "application/json", text.clone()));
        echoes.push(Fault::answer(200, &format!("text/{}", text.replace(' ', "")), text.clone()));
        echoes.push(Fault::answer(404, "text/plain", text.clone()));
        echoes.push(Fault::redirect(302, &format!("/{}", text.replace(' ', ""))));
    }
    echoes
}

#[tokio::test]
async fn no_error_repeats_the_credential() {
    let ground = Ground::new().await;
    let mut target = ground.target.clone();
    target.credential = CANARY.into();
    for echo in echoes() {
        ground.faults().clear();
        ground.faults().inject(Calls::All, When::Always, echo);
        let issue = Issue { target: target.clone(), plan: ground.plan(), verify: Verify::Skip };
        let error = ground.executor.issue(issue, ground.deadline()).await.unwrap_err().error;
        assert!(!shown(&error).contains("5e3c1d9b7a42"), "{error}");
    }
}

#[tokio::test]
async fn no_error_repeats_the_token_that_was_issued() {
    let ground = Ground::new().await;
    ground.faults().inject(
        Calls::Token,
        When::Always,
        Fault::rewrite_json(|answer| {
            answer["status"]["token"] = serde_json::json!(format!("{CANARY}.{CANARY}.{CANARY}"));
        }),
    );
    let error = ground.issue().await.unwrap_err();
    assert!(!shown(&error).contains("5e3c1d9b7a42"), "{error}");
}

#[tokio::test]
async fn debug_output_hides_credential_and_token() {
    let ground = Ground::new().await;
    let issue = Issue { target: ground.target.clone(), plan: ground.plan(), verify: Verify::Ask };
    assert!(!format!("{issue:?}").contains(ground.target.credential.expose().as_str()));
    let issued = ground.executor.issue(issue, ground.deadline()).await.unwrap();
    assert!(!format!("{issued:?}").contains(issued.token.expose().as_str()));
}

#[tokio::test]
async fn no_library_logs_the_credential_or_the_token() {
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(everything.clone());
    tracing::info!(planted = "control-77", "the net catches what is logged");
    let ground = Ground::new().await;
    let issue = Issue { target: ground.target.clone(), plan: ground.plan(), verify: Verify::Ask };
    let issued = ground.executor.issue(issue, ground.deadline()).await.unwrap();
    ground.faults().inject(Calls::Token, When::Always, Fault::LoseAnswer);
    ground.issue().await.unwrap_err();
    let logged = everything.0.lock().unwrap().clone();
    assert!(logged.contains("control-77"));
    for secret in [issued.token.expose(), ground.target.credential.expose()] {
        let signature = secret.rsplit('.').next().unwrap();
        assert!(!logged.contains(signature), "a token was logged");
    }
}
