//! The fields of a cluster connection, each read by itself.

use std::{fmt::Display, str::FromStr};

use jiff::Timestamp;
use mayfly_app::{cluster_connections::GivenCredential, dynamic_secrets::check};
use mayfly_domain::{
    connection::Verification,
    ids::ProjectId,
    shared_connection::{BindingShape, ConnectionLimits, Openings, SharedWith},
};

use super::super::{
    form::{Field, Form},
    policies::approval,
};

/// Those of a request. Ours alone, and so no others are taken.
pub(super) const FIELDS: [&str; 15] = [
    "name",
    "authMethod",
    "gatewayId",
    "gatewayPoolId",
    "url",
    "ca",
    "verification",
    "clusterToken",
    "clusterTokenFile",
    "renewsToken",
    "clientUrl",
    "clientCa",
    "sharedWith",
    "projectIds",
    "limits",
];

/// Most entries of a list: a person wrote it.
const MOST_ENTRIES: usize = 256;

/// With what to speak to the cluster: `clusterToken` or `clusterTokenFile`.
pub(super) fn credential(form: &Form<'_>, now: Timestamp) -> Field<Option<GivenCredential>> {
    let token = form.optional_with("clusterToken", |text| check::cluster_token(text, now));
    match (token?, form.optional("clusterTokenFile")?) {
        (Some(_), Some(_)) => {
            form.fault("clusterTokenFile", "invalid_value", "must be left out beside `clusterToken`: one of the two")
        }
        (Some(token), None) => Some(Some(GivenCredential::Token(token))),
        (None, Some(file)) => Some(Some(GivenCredential::File(file))),
        (None, None) => Some(None),
    }
}

/// The same, where there has to be one.
pub(super) fn required_credential(form: &Form<'_>, now: Timestamp) -> Field<GivenCredential> {
    match credential(form, now)? {
        Some(credential) => Some(credential),
        None => form.fault("clusterToken", "required", "is required, or else `clusterTokenFile`"),
    }
}

/// PEM certificates; blank is as good as none.
pub(super) fn pem(form: &Form<'_>, name: &str, now: Timestamp) -> Field<Option<String>> {
    let read = form.optional_with(name, |pem| check::ca(pem, now).map(|()| pem.to_owned()));
    read.map(|pem| pem.filter(|pem| !pem.trim().is_empty()))
}

pub(super) fn verification(form: &Form<'_>) -> Field<Option<Verification>> {
    form.optional_with("verification", |text| match text {
        "full" => Ok(Verification::Full),
        "off" => Ok(Verification::Off),
        _ => Err("must be `full` or `off`".to_owned()),
    })
}

/// Who may use it: `sharedWith` and `projectIds` together.
pub(super) fn projects(form: &Form<'_>) -> Field<Option<SharedWith>> {
    let with = form.optional_with("sharedWith", |text| match text {
        "all" | "named" => Ok(text == "all"),
        _ => Err("must be `all` or `named`".to_owned()),
    });
    let named = list::<ProjectId>(form, "projectIds");
    match (with?, named?) {
        (Some(true), Some(_)) => form.fault("projectIds", "invalid_value", "must be left out beside `sharedWith: all`"),
        (Some(true), None) => Some(Some(SharedWith::All)),
        (Some(false) | None, Some(projects)) => Some(Some(SharedWith::Named(projects))),
        (Some(false), None) => Some(Some(SharedWith::Named(Vec::new()))),
        (None, None) => Some(None),
    }
}

/// What it may be used for; what is not said is not limited, and what is closed stays so.
pub(super) fn limits(form: &Form<'_>) -> Field<Option<ConnectionLimits>> {
    const NAMES: [&str; 9] = [
        "namespaces",
        "serviceAccounts",
        "roles",
        "bindingShapes",
        "maxTTL",
        "approval",
        "systemNamespaces",
        "escalatingRoles",
        "wholeCluster",
    ];
    let Some(form) = form.optional_object("limits")? else { return Some(None) };
    form.only(&NAMES);
    let (namespaces, accounts) = (some(&form, "namespaces"), some(&form, "serviceAccounts"));
    let (roles, shapes) = (some(&form, "roles"), shapes(&form));
    let (max_ttl, approval) = (form.optional("maxTTL"), approval(&form));
    let opening = |name| form.boolean(name).map(|open| open.unwrap_or(false));
    let (system, escalating, whole) =
        (opening("systemNamespaces"), opening("escalatingRoles"), opening("wholeCluster"));
    Some(Some(ConnectionLimits {
        namespaces: namespaces?,
        accounts: accounts?,
        roles: roles?,
        shapes: shapes?,
        max_ttl: max_ttl?,
        approval: approval?,
        openings: Openings { system_namespaces: system?, escalating_roles: escalating?, whole_cluster: whole? },
    }))
}

fn shapes(form: &Form<'_>) -> Field<Option<Vec<BindingShape>>> {
    let words = || BindingShape::ALL.map(|shape| format!("`{}`", shape.word())).join(", ");
    let read = |text: &str| {
        let shape = BindingShape::ALL.into_iter().find(|shape| shape.word() == text);
        shape.ok_or_else(|| format!("must be one of {}", words()))
    };
    let given = form.texts("bindingShapes", read)?;
    not_empty(form, "bindingShapes", given)
}

fn some<T>(form: &Form<'_>, name: &str) -> Field<Option<Vec<T>>>
where
    T: FromStr,
    T::Err: Display,
{
    let given = list(form, name)?;
    not_empty(form, name, given)
}

/// A list that allows nothing is a mistake more often than a wish.
fn not_empty<T>(form: &Form<'_>, name: &str, given: Option<Vec<T>>) -> Field<Option<Vec<T>>> {
    if given.as_ref().is_some_and(Vec::is_empty) {
        return form.fault(name, "invalid_value", "must not be empty: leave it out to limit nothing");
    }
    Some(given)
}

fn list<T>(form: &Form<'_>, name: &str) -> Field<Option<Vec<T>>>
where
    T: FromStr,
    T::Err: Display,
{
    let given = form.texts(name, |text| text.parse().map_err(|invalid: T::Err| invalid.to_string()))?;
    if given.as_ref().is_some_and(|list| list.len() > MOST_ENTRIES) {
        return form.fault(name, "invalid_value", format!("must have at most {MOST_ENTRIES} entries"));
    }
    Some(given)
}
