//! Changing a dynamic secret.

use axum::{Json, extract::State};
use mayfly_api::dynamic_secrets::{DynamicSecretBody, UpdateDynamicSecretRequest};
use mayfly_app::dynamic_secrets::{DynamicSecretChanges, LeasesThen, SecretKey, update as operation};

use super::{
    super::{
        Shared, caller::By, form::Form, identities::metadata, json::Body, leases::lease_list, path::Path,
        place::secret_place, problem::Failure,
    },
    create::username_template,
    inputs, leases_then, secret_name,
    wire::with_inputs,
};

/// Change a dynamic secret. Running leases keep what they had unless `leases` says otherwise. A new address, CA or
/// verification must bring `clusterToken` again.
#[utoipa::path(patch, path = "/api/v1/dynamic-secrets/{name}", operation_id = "updateDynamicSecret",
    tag = "Dynamic secrets", params(("name" = String, Path)), request_body = UpdateDynamicSecretRequest,
    responses((status = 200, body = DynamicSecretBody)))]
pub(in super::super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(name): Path<String>,
    Body(body): Body,
) -> Result<Json<DynamicSecretBody>, Failure> {
    let now = shared.app.ambient().now();
    let form = Form::body(&body);
    let place = secret_place(&form);
    let leases = form.optional_with("leases", leases_then);
    let data = form.object("data");
    let (new_name, default_ttl) = (data.optional("newName"), data.optional("defaultTTL"));
    // `null` takes the maximum away; what is not there stays.
    let max_ttl = if data.has("maxTTL") { data.optional("maxTTL").map(Some) } else { Some(None) };
    let metadata = metadata(&data);
    // As with the maximum: `null` takes it away.
    let template = if data.has("usernameTemplate") { username_template(&data).map(Some) } else { Some(None) };
    let inputs = match data.optional_object("inputs") {
        Some(Some(inputs)) => inputs::changes(&inputs, now).map(Some),
        Some(None) => Some(None),
        None => None,
    };
    let (place, changes, leases) = form.finish(|| {
        let changes = DynamicSecretChanges {
            new_name: new_name?,
            default_ttl: default_ttl?,
            max_ttl: max_ttl?,
            inputs: inputs?,
            metadata: metadata?,
            username_template: template?,
        };
        Some((place?, changes, leases?.unwrap_or(LeasesThen::RunOut)))
    })?;
    let key = SecretKey { place, name: secret_name(&name)? };
    let (view, leases_left) = operation(&shared.app, &caller, &key, changes, leases).await?;
    let leases_left = Some(lease_list(&leases_left));
    Ok(Json(DynamicSecretBody { dynamic_secret: with_inputs(&view), leases_left }))
}
