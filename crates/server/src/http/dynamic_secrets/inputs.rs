//! `provider.inputs`: where the cluster is and what is given out, read field by field.

use jiff::Timestamp;
use mayfly_app::{
    App, Openings,
    dynamic_secrets::{
        ConnectionSource, InputChanges, check,
        credential::{BindingScope, CredentialFields, CredentialType},
    },
};
use mayfly_domain::{
    connection::{AuthMethod, ClusterUrl, Route, Verification},
    dynamic_secret::{ConnectionAddress, Credential},
    error::FieldError,
    ids::ConnectionId,
    kubernetes_name::{RoleName, ServiceAccountName},
    label_selector::LabelSelector,
    plan::RoleKind,
    rules::PolicyRule,
    sensitive::Sensitive,
};
use serde::de::DeserializeOwned;

use super::super::{
    form::{Field, Form},
    way::{self, asks_for_something},
};

/// What a new dynamic secret needs.
pub(super) struct Inputs {
    pub(super) connection: ConnectionSource,
    pub(super) credential: Credential,
    pub(super) audiences: Vec<String>,
}

/// Reads all of them.
pub(super) fn required(form: &Form<'_>, app: &App) -> Option<Inputs> {
    not_yet(form);
    let kind = form.required_with("credentialType", credential_type);
    let shared = form.optional::<ConnectionId>("clusterConnectionId");
    let connection = match &shared {
        Some(Some(id)) => Some(only_shared(form, *id)),
        Some(None) | None => own(form, app),
    };
    // What is open there is held against it once the connection is found.
    let is_shared = matches!(connection, Some(ConnectionSource::Shared(_)));
    let openings = if is_shared { Openings::ALL } else { app.settings().private_connections };
    let fields =
        credential_fields(form).zip(kind).map(|(fields, kind)| CredentialFields { kind: Some(kind), ..fields });
    let credential = fields.and_then(|fields| {
        let credential = fields.credential(None, openings);
        credential.map_err(|faults| form.note_all(faults)).ok()
    });
    let audiences = audiences(form);
    Some(Inputs { connection: connection?, credential: credential?, audiences: audiences?.unwrap_or_default() })
}

/// The way to a cluster of its own.
fn own(form: &Form<'_>, app: &App) -> Option<ConnectionSource> {
    match way::route(form)? {
        route @ Route::Gateway { .. } => by_gateway(form, route),
        route @ (Route::Direct | Route::Forward { .. }) => by_address(form, app, route),
    }
}

fn by_address(form: &Form<'_>, app: &App, route: Route) -> Option<ConnectionSource> {
    let now = app.ambient().now();
    let url = form.required::<ClusterUrl>("url");
    let cluster_token = form.required_with("clusterToken", |text| check::cluster_token(text, now));
    let ca = ca(form, now);
    let ssl_enabled = form.boolean("sslEnabled");
    let ssl_reject_unauthorized = form.boolean("sslRejectUnauthorized");
    if ssl_reject_unauthorized == Some(Some(false)) {
        form.note_all(check::verification(Verification::Off, app.settings()));
    }
    Some(ConnectionSource::Own {
        address: ConnectionAddress {
            url: url?,
            ca: ca?,
            ssl_enabled: ssl_enabled?.unwrap_or(false),
            ssl_reject_unauthorized: ssl_reject_unauthorized?.unwrap_or(true),
            token_file: None,
            route,
        },
        cluster_token: cluster_token?,
    })
}

/// The gateway has address, CA and credential: what is sent of them would count nowhere.
fn by_gateway(form: &Form<'_>, route: Route) -> Option<ConnectionSource> {
    way::nothing_beside_a_gateway(form, &["url", "clusterToken", "ca"])?;
    let (address, cluster_token) = (ConnectionAddress::of_gateway(route), Sensitive::from(""));
    Some(ConnectionSource::Own { address, cluster_token })
}

/// The way there is the connection's alone.
fn only_shared(form: &Form<'_>, id: ConnectionId) -> ConnectionSource {
    if form.optional("authMethod") == Some(Some(AuthMethod::Gateway)) {
        form.fault::<()>("authMethod", "invalid_value", "must be `api` beside `clusterConnectionId`");
    }
    for name in ["url", "clusterToken", "ca", "sslEnabled", "sslRejectUnauthorized", "gatewayId", "gatewayPoolId"] {
        if form.get(name).is_some_and(asks_for_something) {
            form.fault::<()>(name, "invalid_value", "must be left out beside `clusterConnectionId`");
        }
    }
    ConnectionSource::Shared(id)
}

/// Reads those that are there.
pub(super) fn changes(form: &Form<'_>, now: Timestamp) -> Option<InputChanges> {
    let route = way::change(form);
    not_yet(form);
    let kind = form.optional_with("credentialType", credential_type);
    let cluster_connection = form.optional("clusterConnectionId");
    let url = form.optional::<ClusterUrl>("url");
    let cluster_token = form.optional_with("clusterToken", |text| check::cluster_token(text, now));
    let ca = if form.get("ca").is_some() { ca(form, now).map(Some) } else { Some(None) };
    let ssl_enabled = form.boolean("sslEnabled");
    let ssl_reject_unauthorized = form.boolean("sslRejectUnauthorized");
    let credential = credential_fields(form);
    let audiences = audiences(form);
    Some(InputChanges {
        route: route?,
        cluster_connection: cluster_connection?,
        url: url?,
        ca: ca?,
        ssl_enabled: ssl_enabled?,
        ssl_reject_unauthorized: ssl_reject_unauthorized?,
        cluster_token: cluster_token?,
        credential: CredentialFields { kind: kind?, ..credential? },
        audiences: audiences?,
    })
}

/// What a connection is tested with: any credential, whatever is open for it.
pub(in super::super) fn sample(form: &Form<'_>) -> Option<Credential> {
    let kind = form.required_with("credentialType", credential_type);
    let fields = CredentialFields { kind: Some(kind?), ..credential_fields(form)? };
    let inner = |fault: FieldError| {
        let rest = fault.path.into_iter().skip_while(|part| part != "inputs").skip(1);
        let path = ["body".to_owned(), "credential".to_owned()].into_iter().chain(rest).collect();
        FieldError { path, ..fault }
    };
    let credential = fields.credential(None, Openings::ALL);
    credential.map_err(|faults| form.note_all(faults.into_iter().map(inner))).ok()
}

/// The fields that say what is given out, each by itself.
fn credential_fields(form: &Form<'_>) -> Option<CredentialFields> {
    let namespaces = form.optional_with("namespace", check::namespaces);
    // Empty where the selector alone decides.
    let namespaces =
        namespaces.map(|given| given.filter(|list| !list.is_empty() || form.get("namespaceSelector").is_some()));
    let namespace_selector = selector(form);
    let service_account_name = form.optional_with("serviceAccountName", account);
    let revocable = form.boolean("revocable");
    let role_type = form.optional_with("roleType", role_type);
    let role = form.optional_with("role", role);
    let binding_scope = form.optional_with("bindingScope", binding_scope);
    let rules = json::<Vec<PolicyRule>>(form, "rules", "a list of rules as a Role has them");
    let labels = json(form, "labels", "an object of texts");
    let annotations = json(form, "annotations", "an object of texts");
    Some(CredentialFields {
        kind: None,
        namespaces: namespaces?,
        namespace_selector: namespace_selector?,
        service_account_name: service_account_name?,
        revocable: revocable?,
        role_type: role_type?,
        role: role?,
        binding_scope: binding_scope?,
        rules: rules?,
        labels: labels?,
        annotations: annotations?,
    })
}

fn credential_type(text: &str) -> Result<CredentialType, String> {
    match text {
        "static" => Ok(CredentialType::Static),
        "dynamic" => Ok(CredentialType::Dynamic),
        _ => Err("must be `static` or `dynamic`".to_owned()),
    }
}

fn role_type(text: &str) -> Result<RoleKind, String> {
    match text {
        "role" => Ok(RoleKind::Role),
        "cluster-role" => Ok(RoleKind::ClusterRole),
        _ => Err("must be `role` or `cluster-role`".to_owned()),
    }
}

fn binding_scope(text: &str) -> Result<BindingScope, String> {
    match text {
        "namespace" => Ok(BindingScope::Namespace),
        "cluster" => Ok(BindingScope::Cluster),
        _ => Err("must be `namespace` or `cluster`".to_owned()),
    }
}

/// An empty name is how clients leave it out.
fn role(text: &str) -> Result<Option<RoleName>, String> {
    let name = text.trim();
    if name.is_empty() {
        Ok(None)
    } else {
        name.parse().map(Some).map_err(|invalid: mayfly_domain::kubernetes_name::InvalidName| invalid.to_string())
    }
}

/// A wish that may be absent, and may be to have none.
type Change<T> = Option<Option<T>>;

fn selector(form: &Form<'_>) -> Field<Change<LabelSelector>> {
    let given: Option<LabelSelector> = json(form, "namespaceSelector", "a label selector")?;
    let Some(selector) = given else {
        return Some(form.has("namespaceSelector").then_some(None));
    };
    match selector.check() {
        Ok(()) => Some(Some(Some(selector))),
        Err(invalid) => form.fault("namespaceSelector", "invalid_value", invalid.to_string()),
    }
}

/// A field that is JSON of its own.
fn json<T: DeserializeOwned>(form: &Form<'_>, name: &str, expected: &str) -> Field<Option<T>> {
    let Some(value) = form.get(name) else { return Some(None) };
    match serde_json::from_value(value.clone()) {
        Ok(read) => Some(Some(read)),
        // The library's words tell which part, and no value of it.
        Err(error) => form.fault(name, "invalid_value", format!("must be {expected}: {error}")),
    }
}

/// What we do not have must be an error: a gateway never means a direct call, and a promise is never dropped silently.
fn not_yet(form: &Form<'_>) {
    if form.get("connectionId").is_some_and(asks_for_something) {
        let message = "must be left out: a cluster connection is named by `clusterConnectionId`";
        form.fault::<()>("connectionId", "not_supported", message);
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
