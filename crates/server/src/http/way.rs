//! The way to a cluster as requests say it: `authMethod` with `gatewayId` or `gatewayPoolId`.

use mayfly_app::gateways::HAS_ITS_OWN;
use mayfly_domain::{
    connection::{AuthMethod, Route, RouteChange, Via},
    dynamic_secret::Connection,
    ids::{GatewayId, GatewayPoolId},
};
use serde_json::Value;

use super::form::{Field, Form};

/// The way of something new.
pub(super) fn route(form: &Form<'_>) -> Field<Route> {
    let (method, via) = (form.optional::<AuthMethod>("authMethod"), via(form));
    match Route::of(method?.unwrap_or(AuthMethod::Api), via?) {
        Ok(route) => Some(route),
        Err(none) => form.fault(GATEWAY, "required", none.to_string()),
    }
}

/// A change of it. An empty `gatewayId` or `gatewayPoolId` takes what is there away; existing clients send null for what they do
/// not know.
pub(super) fn change(form: &Form<'_>) -> Field<RouteChange> {
    let (method, via) = (form.optional::<AuthMethod>("authMethod"), via(form));
    let is_emptied = |name| matches!(form.get(name), Some(Value::String(text)) if text.is_empty());
    let emptied = (is_emptied(GATEWAY) || is_emptied(POOL)).then_some(None);
    Some(RouteChange { method: method?, via: via?.map(Some).or(emptied) })
}

/// The gateway or the pool that is named, if one is: one of the two.
fn via(form: &Form<'_>) -> Field<Option<Via>> {
    let is_named = |name| form.get(name).is_some_and(asks_for_something);
    let gateway = if is_named(GATEWAY) { form.optional::<GatewayId>(GATEWAY) } else { Some(None) };
    let pool = if is_named(POOL) { form.optional::<GatewayPoolId>(POOL) } else { Some(None) };
    match (gateway?, pool?) {
        (Some(_), Some(_)) => form.fault(POOL, "invalid_value", "must be left out beside `gatewayId`: one of the two"),
        (gateway, pool) => Some(gateway.map(Via::Gateway).or(pool.map(Via::Pool))),
    }
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

/// The gateway on the way of a connection, as it goes out.
pub(super) fn gateway_of(connection: &Connection) -> Option<String> {
    connection.address.route.via().and_then(Via::gateway).map(|gateway| gateway.to_string())
}

/// The pool of gateways on it, as it goes out.
pub(super) fn pool_of(connection: &Connection) -> Option<String> {
    connection.address.route.via().and_then(Via::pool).map(|pool| pool.to_string())
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

const POOL: &str = "gatewayPoolId";
