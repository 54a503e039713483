//! The Status objects with which an API server explains a refusal.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::rights::Needed;

/// A refusal.
#[derive(Debug)]
pub(super) struct Status {
    code: StatusCode,
    reason: &'static str,
    message: String,
    details: Value,
}

impl Status {
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized".to_owned(), Value::Null)
    }

    pub(super) fn forbidden(user: &str, needed: &Needed) -> Self {
        let message = needed.refusal(user);
        Self::new(
            StatusCode::FORBIDDEN,
            "Forbidden",
            message,
            details(&needed.object_name(), &needed.group, &needed.plural),
        )
    }

    pub(super) fn not_found(plural: &str, name: &str) -> Self {
        let message = format!("{plural} {name:?} not found");
        Self::new(StatusCode::NOT_FOUND, "NotFound", message, details(name, "", plural))
    }

    /// For a path that the API server does not have at all.
    pub(super) fn no_such_path() -> Self {
        let message = "the server could not find the requested resource".to_owned();
        Self::new(StatusCode::NOT_FOUND, "NotFound", message, json!({}))
    }

    pub(super) fn too_short(seconds: i64) -> Self {
        let cause = format!("Invalid value: {seconds}: may not specify a duration less than 10 minutes");
        let field = "spec.expirationSeconds";
        let message = format!("TokenRequest.authentication.k8s.io \"\" is invalid: {field}: {cause}");
        let causes = json!([{ "reason": "FieldValueInvalid", "message": cause, "field": field }]);
        let details = json!({ "group": "authentication.k8s.io", "kind": "TokenRequest", "causes": causes });
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message, details)
    }

    pub(super) fn bad_request(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message, Value::Null)
    }

    pub(super) fn internal_error() -> Self {
        let message = "Internal error occurred: the disk is on fire".to_owned();
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message, json!({}))
    }

    fn new(code: StatusCode, reason: &'static str, message: String, details: Value) -> Self {
        Self { code, reason, message, details }
    }

    pub(super) fn response(&self) -> Response<Bytes> {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code.as_u16(),
        });
        if let (Value::Object(body), false) = (&mut body, self.details.is_null()) {
            body.insert("details".to_owned(), self.details.clone());
        }
        json_response(self.code, &body)
    }
}

/// An answer with a JSON body.
pub(super) fn json_response(code: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = code;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

fn details(name: &str, group: &str, kind: &str) -> Value {
    let fields = [("name", name), ("group", group), ("kind", kind)];
    fields
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect()
}
