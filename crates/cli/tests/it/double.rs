//! A double of the server: it answers what it was told to, and remembers what it was asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

/// Running until dropped.
pub(crate) struct Double {
    address: String,
    script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Script {
    answers: HashMap<String, VecDeque<Answer>>,
    asked: Vec<Asked>,
}

/// What to answer.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    body: String,
    location: Option<String>,
    gate: Option<Arc<Gate>>,
}

/// Where an answer waits.
#[derive(Default)]
pub(crate) struct Gate {
    /// The question is here.
    pub(crate) asked: Notify,
    /// The answer may go.
    pub(crate) open: Notify,
}

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method, path and query.
    pub(crate) what: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self { status: 200, body: body.to_string(), location: None, gate: None }
    }

    pub(crate) fn problem(status: u16, code: &str, message: impl Into<Value>) -> Self {
        let message = message.into();
        let body = json!({"reqId": "req-42", "statusCode": status, "message": message, "error": "X", "code": code});
        Self { status, ..Self::json(&body) }
    }

    /// A problem with facts in it.
    pub(crate) fn with_details(mut self, details: &Value) -> Self {
        let mut body: Value = serde_json::from_str(&self.body).unwrap();
        body["details"] = details.clone();
        self.body = body.to_string();
        self
    }

    /// The same, when the gate is open.
    pub(crate) fn behind(self, gate: &Arc<Gate>) -> Self {
        Self { gate: Some(Arc::clone(gate)), ..self }
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned(), location: None, gate: None }
    }

    pub(crate) fn redirect(location: &str) -> Self {
        Self { location: Some(location.to_owned()), ..Self::text(307, "") }
    }
}

impl Double {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::<Mutex<Script>>::default();
        let service = Router::new().fallback(answer).with_state(Arc::clone(&script));
        let task = tokio::spawn(async { axum::serve(listener, service).await.unwrap() });
        Self { address, script, task }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Answers `what`, a method and a path, from now on; answers given before come first, once each.
    pub(crate) fn on(&self, what: &str, answer: Answer) -> &Self {
        self.script.lock().unwrap().answers.entry(what.to_owned()).or_default().push_back(answer);
        self
    }

    /// Everything it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap().asked.clone()
    }

    /// Methods, paths and queries of everything it was asked so far.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.what).collect()
    }

    /// The body of the only request there was.
    pub(crate) fn only_body(&self) -> Value {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked[0].body.clone()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Script {
    fn answer(&mut self, asked: Asked, what: &str) -> Option<Answer> {
        self.asked.push(asked);
        match self.answers.get_mut(what) {
            Some(answers) if answers.len() > 1 => answers.pop_front(),
            Some(answers) => answers.front().cloned(),
            None => None,
        }
    }
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let asked = Asked { what: format!("{method} {uri}"), authorization, body };
    let what = format!("{method} {}", uri.path());
    let unexpected = || Answer::problem(404, "unknown_route", format!("`{what}` was not expected"));
    let answer = script.lock().unwrap().answer(asked, &what);
    let Answer { status, body, location, gate } = answer.unwrap_or_else(unexpected);
    if let Some(gate) = gate {
        gate.asked.notify_one();
        gate.open.notified().await;
    }
    let status = StatusCode::from_u16(status).unwrap();
    match location {
        Some(location) => (status, [(header::LOCATION, location)], body).into_response(),
        None => (status, body).into_response(),
    }
}
