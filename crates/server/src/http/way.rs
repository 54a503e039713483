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
    let said = |name| form.get(name).is_some_and(asks_for_something);
    let gateway = if said(GATEWAY) { form.optional(GATEWAY) } else { Some(None) };
    let pool = if said(POOL) { form.optional(POOL) } else { Some(None) };
    let method = form.optional::<AuthMethod>("authMethod");
    let via = one_of(form, gateway?.map(Via::Gateway), pool?.map(Via::Pool));
    match Route::of(method?.unwrap_or(AuthMethod::Api), via?) {
        Ok(route) => Some(route),
        Err(none) => form.fault(GATEWAY, "required", none.to_string()),
    }
}

/// A change of it. An empty `gatewayId` or `gatewayPoolId` takes what is there away; existing clients send null for what they do
/// not know.
pub(super) fn change(form: &Form<'_>) -> Field<RouteChange> {
    let method = form.optional::<AuthMethod>("authMethod");
    let is_emptied = |name| matches!(form.get(name), Some(Value::String(text)) if text.is_empty());
    let named = |name| form.get(name).is_some_and(asks_for_something);
    let gateway = if named(GATEWAY) { form.optional::<GatewayId>(GATEWAY) } else { Some(None) };
    let pool = if named(POOL) { form.optional::<GatewayPoolId>(POOL) } else { Some(None) };
    let via = one_of(form, gateway?.map(Via::Gateway), pool?.map(Via::Pool))?;
    let emptied = (is_emptied(GATEWAY) || is_emptied(POOL)).then_some(None);
    Some(RouteChange { method: method?, via: via.map(Some).or(emptied) })
}

fn one_of(form: &Form<'_>, gateway: Option<Via>, pool: Option<Via>) -> Field<Option<Via>> {
    if gateway.is_some() && pool.is_some() {
        return form.fault(POOL, "invalid_value", "must be left out beside `gatewayId`: one of the two");
    }
    Some(gateway.or(pool))
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
