//! Dynamic secrets as they go out: what was sent is what is returned.

use mayfly_api::dynamic_secrets::{DynamicSecret as Wire, Inputs};
use mayfly_app::dynamic_secrets::SecretView;
use mayfly_domain::{
    dynamic_secret::{Credential, DynamicSecret},
    ttl::Ttl,
};

use super::super::{identities::metadata_of, time};

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
        gateway_v2_id: None,
        username_template: None,
        metadata: metadata_of(&secret.metadata),
        inputs: None,
        created_at: time::text(secret.created_at),
        updated_at: time::text(secret.updated_at),
    }
}

fn inputs(view: &SecretView) -> Inputs {
    let secret = &view.secret;
    let Credential::Static { namespace, service_account_name } = &secret.credential;
    let address = &secret.connection.address;
    Inputs {
        credential_type: "static".to_owned(),
        auth_method: "api".to_owned(),
        url: Some(address.url.to_string()),
        cluster_token: view.cluster_token.as_ref().map(|token| token.expose().clone()),
        ca: address.ca.clone(),
        ssl_enabled: Some(address.ssl_enabled),
        ssl_reject_unauthorized: Some(address.ssl_reject_unauthorized),
        gateway_id: None,
        namespace: namespace.to_string(),
        service_account_name: service_account_name.to_string(),
        audiences: secret.audiences.clone(),
    }
}
