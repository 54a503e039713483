//! The way to a cluster as requests say it: `authMethod` and `gatewayId` together.

use mayfly_app::gateways::HAS_ITS_OWN;
use mayfly_domain::{
    connection::{AuthMethod, Route, RouteChange},
    ids::GatewayId,
};
use serde_json::Value;

use super::form::{Field, Form};

/// The way of something new.
pub(super) fn route(form: &Form<'_>) -> Field<Route> {
    let gateway = if form.get(GATEWAY).is_some_and(asks_for_something) { form.optional(GATEWAY) } else { Some(None) };
    let method = form.optional::<AuthMethod>("authMethod");
    match Route::of(method?.unwrap_or(AuthMethod::Api), gateway?) {
        Ok(route) => Some(route),
        Err(none) => form.fault(GATEWAY, "required", none.to_string()),
    }
}

/// A change of it. An empty `gatewayId` takes the gateway away; existing clients send null for what they do not know.
pub(super) fn change(form: &Form<'_>) -> Field<RouteChange> {
    let method = form.optional::<AuthMethod>("authMethod");
    let gateway = match form.get(GATEWAY) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) if text.is_empty() => Some(Some(None)),
        Some(_) => form.optional::<GatewayId>(GATEWAY).map(|gateway| gateway.map(Some)),
    };
    Some(RouteChange { method: method?, gateway: gateway? })
}

/// Refuses the fields among `names` that say something: a gateway with its own account knows it, and it would count nowhere.
pub(super) fn nothing_beside_a_gateway(form: &Form<'_>, names: &[&str]) -> Field<()> {
    let mut excess = names.iter().filter(|name| form.get(name).is_some_and(asks_for_something)).peekable();
    let is_clean = excess.peek().is_none();
    excess.for_each(|name| {
        form.fault::<()>(name, "invalid_value", HAS_ITS_OWN);
    });
    is_clean.then_some(())
}

/// Empty values and `false` are how clients leave a field out.
pub(super) fn asks_for_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(entries) => !entries.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

const GATEWAY: &str = "gatewayId";
