//! The Status objects with which an API server explains a refusal.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::{
    resources::{Resource, qualified},
    rights::Needed,
};

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

    /// For something outside the table of kinds.
    pub(super) fn not_found(plural: &str, name: &str) -> Self {
        let message = format!("{plural} {name:?} not found");
        Self::new(StatusCode::NOT_FOUND, "NotFound", message, details(name, "", plural))
    }

    pub(super) fn no_such_object(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} not found", resource.qualified_plural());
        Self::new(StatusCode::NOT_FOUND, "NotFound", message, details(name, resource.group, resource.plural))
    }

    /// The name is taken, perhaps by an object that something holds.
    pub(super) fn already_exists(resource: &Resource, name: &str, is_going: bool) -> Self {
        let going = if is_going { "object is being deleted: " } else { "" };
        let message = format!("{going}{} {name:?} already exists", resource.qualified_plural());
        Self::new(StatusCode::CONFLICT, "AlreadyExists", message, details(name, resource.group, resource.plural))
    }

    /// An object is not the one that was meant. Unlike other refusals, this one names the kind, not the resource.
    pub(super) fn conflict(kind: &str, group: &str, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", qualified(kind, group));
        Self::new(StatusCode::CONFLICT, "Conflict", message, details(name, group, kind))
    }

    pub(super) fn namespace_is_going(resource: &Resource, name: &str, namespace: &str) -> Self {
        let plural = resource.qualified_plural();
        let message = format!(
            "{plural} {name:?} is forbidden: unable to create new content in namespace {namespace} because it is being \
             terminated"
        );
        let cause = format!("namespace {namespace} is being terminated");
        let causes = json!([{ "reason": "NamespaceTerminating", "message": cause, "field": "metadata.namespace" }]);
        let details = details_with(name, resource.group, resource.plural, &[("causes", causes)]);
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message, details)
    }

    /// Somebody would give rights that they do not hold; each line of `missing` is a rule.
    pub(super) fn escalation(
        resource: &Resource,
        name: &str,
        user: &str,
        groups: &[String],
        missing: &[String],
    ) -> Self {
        let groups: Vec<String> = groups.iter().map(|group| format!("{group:?}")).collect();
        let message = format!(
            "{} {name:?} is forbidden: user {user:?} (groups=[{}]) is attempting to grant RBAC permissions not currently \
             held:\n{}",
            resource.qualified_plural(),
            groups.join(" "),
            missing.join("\n"),
        );
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message, details(name, resource.group, resource.plural))
    }

    /// A field of an object is wrong, for a reason such as `FieldValueRequired`.
    pub(super) fn invalid(resource: &Resource, name: &str, field: &str, reason: &str, cause: &str) -> Self {
        let message = format!("{} {name:?} is invalid: {field}: {cause}", resource.qualified_name());
        let causes = json!([{ "reason": reason, "message": cause, "field": field }]);
        let details = details_with(name, resource.group, resource.name(), &[("causes", causes)]);
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message, details)
    }

    /// For a path that the API server does not have at all.
    pub(super) fn no_such_path() -> Self {
        let message = "the server could not find the requested resource".to_owned();
        Self::new(StatusCode::NOT_FOUND, "NotFound", message, json!({}))
    }

    /// For a path that has nothing to do with the method.
    pub(super) fn no_such_method() -> Self {
        let message = "the server does not allow this method on the requested resource".to_owned();
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message, json!({}))
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

/// What a Status says it is about.
fn details(name: &str, group: &str, kind: &str) -> Value {
    details_with(name, group, kind, &[])
}

/// The same and more.
pub(super) fn details_with(name: &str, group: &str, kind: &str, more: &[(&str, Value)]) -> Value {
    let fields = [("name", name), ("group", group), ("kind", kind)];
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key, json!(value)));
    fields.chain(more.iter().cloned()).map(|(key, value)| (key.to_owned(), value)).collect()
}
