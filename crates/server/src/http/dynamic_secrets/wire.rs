//! Dynamic secrets as they go out: what was sent is what is returned.

use mayfly_api::dynamic_secrets::{DynamicSecret as Wire, Inputs};
use mayfly_app::dynamic_secrets::{SecretView, credential::kind_of};
use mayfly_domain::{
    connection::Route,
    dynamic_secret::{Credential, DynamicSecret, Revocable},
    name_template::NameTemplate,
    plan::{Access, RoleKind},
    ttl::Ttl,
};
use serde::Serialize;

use super::super::{
    identities::metadata_of,
    time,
    way::{gateway_of, pool_of},
};

/// With its inputs; the cluster token only where the view carries it.
pub(super) fn with_inputs(view: &SecretView) -> Wire {
    Wire { inputs: Some(inputs(view)), ..without_inputs(&view.secret) }
}

/// As in lists and beside leases.
pub(in super::super) fn without_inputs(secret: &DynamicSecret) -> Wire {
    Wire {
        id: secret.id.to_string(),
        name: secret.name.to_string(),
        version: secret.version,
        kind: "kubernetes".to_owned(),
        default_ttl: secret.default_ttl.to_string(),
        max_ttl: secret.max_ttl.as_ref().map(Ttl::to_string),
        folder_id: secret.place.folder.to_string(),
        status: None,
        status_details: None,
        gateway_id: None,
        gateway_pool_id: pool_of(&secret.connection),
        gateway_v2_id: gateway_of(&secret.connection),
        username_template: secret.username_template.as_ref().map(NameTemplate::to_string),
        revocable: revocable(&secret.credential).map(|revocable| revocable.value),
        revocable_reason: revocable(&secret.credential).map(|revocable| revocable.reason.clone()),
        metadata: metadata_of(&secret.metadata),
        inputs: None,
        created_at: time::text(secret.created_at),
        updated_at: time::text(secret.updated_at),
    }
}

fn inputs(view: &SecretView) -> Inputs {
    let secret = &view.secret;
    let audiences = secret.audiences.clone();
    let common = Inputs {
        auth_method: secret.connection.address.route.method().word().to_owned(),
        audiences,
        ..connection(view)
    };
    with_credential(common, &secret.credential)
}

/// The way to its cluster: its own in full, one of the organization by its id.
fn connection(view: &SecretView) -> Inputs {
    let connection = &view.secret.connection;
    if connection.owner.is_none() {
        return Inputs { cluster_connection_id: Some(connection.id.to_string()), ..Inputs::default() };
    }
    let address = &connection.address;
    let way = Inputs { gateway_id: gateway_of(connection), gateway_pool_id: pool_of(connection), ..Inputs::default() };
    if let Route::Gateway { .. } = address.route {
        return way;
    }
    Inputs {
        url: Some(address.url.to_string()),
        cluster_token: view.cluster_token.as_ref().map(|token| token.expose().clone()),
        ca: address.ca.clone(),
        ssl_enabled: Some(address.ssl_enabled),
        ssl_reject_unauthorized: Some(address.ssl_reject_unauthorized),
        ..way
    }
}

fn with_credential(common: Inputs, credential: &Credential) -> Inputs {
    match credential {
        Credential::Static { namespace, service_account_name, revocable } => Inputs {
            credential_type: "static".to_owned(),
            namespace: namespace.to_string(),
            service_account_name: Some(service_account_name.to_string()),
            // Existing clients compare what they get with what they sent.
            revocable: revocable.is_wished.then_some(revocable.value),
            ..common
        },
        Credential::Dynamic { namespaces, namespace_selector, access, labels, annotations, .. } => Inputs {
            credential_type: "dynamic".to_owned(),
            namespace: namespaces.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            namespace_selector: namespace_selector.as_ref().map(json),
            role_type: Some(role_type(access).to_owned()),
            role: access.existing_role().map(|(_, name)| name.to_string()),
            // Existing clients know one meaning of each type only, and get no field that they did not send.
            binding_scope: matches!(access, Access::ClusterRoleInNamespace { .. }).then(|| "namespace".to_owned()),
            rules: access.rules().map(json),
            labels: (!labels.is_empty()).then(|| labels.clone()),
            annotations: (!annotations.is_empty()).then(|| annotations.clone()),
            ..common
        },
    }
}

/// Said of existing accounts; what temporary ones get always ends with them.
fn revocable(credential: &Credential) -> Option<&Revocable> {
    match credential {
        Credential::Static { revocable, .. } => Some(revocable),
        Credential::Dynamic { .. } => None,
    }
}

fn role_type(access: &Access) -> &'static str {
    match kind_of(access) {
        RoleKind::Role => "role",
        RoleKind::ClusterRole => "cluster-role",
    }
}

fn json<T: Serialize + ?Sized>(value: &T) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
