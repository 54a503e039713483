//! One row of the table: a request with one thing wrong, and what its answer must say.

use http::Method;
use serde_json::{Value, json};

use crate::support::{TestServer, merged};

/// A bad request.
pub(super) struct Row {
    /// In the catalogue.
    pub(super) id: &'static str,
    pub(super) what: String,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
    pub(super) status: u16,
    /// Where, and a part of what must be said about it.
    pub(super) told: Vec<(String, String)>,
    /// Whether finding this out takes a look at the cluster.
    pub(super) is_tested: bool,
}

impl Row {
    pub(super) fn new(id: &'static str, method: Method, path: &str, body: Value) -> Self {
        let what = format!("{method} {path}");
        Self { id, what, method, path: path.to_owned(), body, status: 422, told: Vec::new(), is_tested: false }
    }

    /// What must be said of a field of the body.
    pub(super) fn field(self, path: &str, text: &str) -> Self {
        self.told_at(&format!("body.{path}"), text)
    }

    fn told_at(mut self, path: &str, text: &str) -> Self {
        self.told.push((path.to_owned(), text.to_owned()));
        self
    }

    /// A refusal of the whole, and what it must say.
    pub(super) fn refused(self, status: u16, text: &str) -> Self {
        Self { status, ..self }.told_at("", text)
    }

    /// Only the cluster can tell.
    pub(super) fn tested(self) -> Self {
        Self { is_tested: true, ..self }
    }
}

/// Makes a dynamic secret with some fields otherwise; a field that is `"(absent)"` is left out.
pub(super) fn create(server: &TestServer, id: &'static str, change: &Value) -> Row {
    let mut body = merged(&server.secret_request("fresh"), change);
    leave_out(&mut body);
    let row = Row::new(id, Method::POST, "/api/v1/dynamic-secrets", body);
    Row { what: change.to_string().chars().take(120).collect(), ..row }
}

/// Makes a cluster connection with some fields otherwise.
pub(super) fn connection(server: &TestServer, id: &'static str, change: &Value) -> Row {
    let mut body = merged(&server.connection_request("fresh"), change);
    leave_out(&mut body);
    let row = Row::new(id, Method::POST, "/api/v1/cluster-connections", body);
    Row { what: change.to_string().chars().take(120).collect(), ..row }
}

/// The same with one of the inputs otherwise.
pub(super) fn input(server: &TestServer, id: &'static str, field: &str, value: &Value) -> Row {
    create(server, id, &json!({"provider": {"inputs": {(field): value}}}))
}

/// Changes the dynamic secret `ci`.
pub(super) fn change(server: &TestServer, id: &'static str, data: &Value) -> Row {
    let body = merged(&server.place(), &json!({ "data": data }));
    Row::new(id, Method::PATCH, "/api/v1/dynamic-secrets/ci", body)
}

/// Asks for a lease of the dynamic secret `ci`.
pub(super) fn lease(server: &TestServer, id: &'static str, change: &Value) -> Row {
    Row::new(id, Method::POST, "/api/v1/dynamic-secrets/leases", server.lease_request("ci", change))
}

fn leave_out(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.retain(|_, value| *value != "(absent)");
        fields.values_mut().for_each(leave_out);
    }
}
