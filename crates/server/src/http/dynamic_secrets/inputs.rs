//! `provider.inputs`: where the cluster is and what is given out, read field by field.

use jiff::Timestamp;
use mayfly_app::{
    App,
    dynamic_secrets::{InputChanges, check},
};
use mayfly_domain::{
    connection::{ClusterUrl, Verification},
    dynamic_secret::{ConnectionAddress, Credential},
    kubernetes_name::ServiceAccountName,
    sensitive::Sensitive,
};

use serde_json::Value;

use super::super::form::{Field, Form};

/// What a new dynamic secret needs.
pub(super) struct Inputs {
    pub(super) address: ConnectionAddress,
    pub(super) cluster_token: Sensitive<String>,
    pub(super) credential: Credential,
    pub(super) audiences: Vec<String>,
}

/// Reads all of them.
pub(super) fn required(form: &Form<'_>, app: &App) -> Option<Inputs> {
    let now = app.ambient().now();
    let (credential_type, auth_method) = (credential_type(form, Presence::Required), auth_method(form));
    not_yet(form);
    let url = form.required::<ClusterUrl>("url");
    let cluster_token = form.required_with("clusterToken", |text| check::cluster_token(text, now));
    let ca = ca(form, now);
    let ssl_enabled = form.boolean("sslEnabled");
    let ssl_reject_unauthorized = form.boolean("sslRejectUnauthorized");
    if ssl_reject_unauthorized == Some(Some(false)) {
        form.note_all(check::verification(Verification::Off, app.settings()));
    }
    let namespace = form.required_with("namespace", check::one_namespace);
    let service_account_name = form.required_with("serviceAccountName", account);
    let audiences = audiences(form);
    let ((), ()) = (credential_type?, auth_method?);
    Some(Inputs {
        address: ConnectionAddress {
            url: url?,
            ca: ca?,
            ssl_enabled: ssl_enabled?.unwrap_or(false),
            ssl_reject_unauthorized: ssl_reject_unauthorized?.unwrap_or(true),
        },
        cluster_token: cluster_token?,
        credential: Credential::Static { namespace: namespace?, service_account_name: service_account_name? },
        audiences: audiences?.unwrap_or_default(),
    })
}

/// Reads those that are there.
pub(super) fn changes(form: &Form<'_>, now: Timestamp) -> Option<InputChanges> {
    let (credential_type, auth_method) = (credential_type(form, Presence::Optional), auth_method(form));
    not_yet(form);
    let url = form.optional::<ClusterUrl>("url");
    let cluster_token = form.optional_with("clusterToken", |text| check::cluster_token(text, now));
    let ca = if form.get("ca").is_some() { ca(form, now).map(Some) } else { Some(None) };
    let ssl_enabled = form.boolean("sslEnabled");
    let ssl_reject_unauthorized = form.boolean("sslRejectUnauthorized");
    let namespace = form.optional_with("namespace", check::one_namespace);
    let service_account_name = form.optional_with("serviceAccountName", account);
    let audiences = audiences(form);
    let ((), ()) = (credential_type?, auth_method?);
    Some(InputChanges {
        url: url?,
        ca: ca?,
        ssl_enabled: ssl_enabled?,
        ssl_reject_unauthorized: ssl_reject_unauthorized?,
        cluster_token: cluster_token?,
        namespace: namespace?,
        service_account_name: service_account_name?,
        audiences: audiences?,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

fn credential_type(form: &Form<'_>, presence: Presence) -> Option<()> {
    let read = |text: &str| match text {
        "static" => Ok(()),
        "dynamic" => Err("must be `static`: temporary accounts are not supported yet".to_owned()),
        _ => Err("must be `static`".to_owned()),
    };
    match presence {
        Presence::Required => form.required_with("credentialType", read),
        Presence::Optional => form.optional_with("credentialType", read).map(|_| ()),
    }
}

fn auth_method(form: &Form<'_>) -> Option<()> {
    let read = |text: &str| match text {
        "api" => Ok(()),
        "gateway" => Err("must be `api`: gateways are not supported yet".to_owned()),
        _ => Err("must be `api`".to_owned()),
    };
    form.optional_with("authMethod", read).map(|_| ())
}

/// What we do not have must be an error: a gateway never means a direct call, and a promise is never dropped silently.
fn not_yet(form: &Form<'_>) {
    let later = [
        ("gatewayId", "gateways"),
        ("gatewayPoolId", "gateways"),
        ("connectionId", "shared cluster connections"),
        ("revocable", "revocable tokens"),
        ("bindingScope", "temporary accounts"),
        ("rules", "temporary accounts"),
        ("namespaceSelector", "temporary accounts"),
        ("labels", "temporary accounts"),
        ("annotations", "temporary accounts"),
    ];
    let asked = later.iter().filter(|(name, _)| form.get(name).is_some_and(asks_for_something));
    for (name, what) in asked {
        form.fault::<()>(name, "not_supported", format!("must be left out: {what} are not supported yet"));
    }
}

/// Empty values and `false` are how clients leave a field out.
fn asks_for_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(entries) => !entries.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// `None` for none; blank is kept as it was sent.
fn ca(form: &Form<'_>, now: Timestamp) -> Field<Option<String>> {
    form.optional_with("ca", |pem| check::ca(pem, now).map(|()| pem.to_owned()))
}

fn account(text: &str) -> Result<ServiceAccountName, String> {
    text.trim().parse::<ServiceAccountName>().map_err(|invalid| invalid.to_string())
}

fn audiences(form: &Form<'_>) -> Field<Option<Vec<String>>> {
    let given = form.texts("audiences", |text| Ok(text.to_owned()))?;
    match given.as_ref().map_or(Ok(()), |list| check::audiences(list)) {
        Ok(()) => Some(given),
        Err(message) => form.fault("audiences", "invalid_value", message),
    }
}
