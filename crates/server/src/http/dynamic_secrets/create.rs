//! Making a dynamic secret.

use axum::{Json, extract::State};
use mayfly_api::{
    cluster_connections::ClusterConnectionTestBody,
    dynamic_secrets::{CreateDynamicSecretRequest, DynamicSecretBody},
};
use mayfly_app::{
    App, AppError,
    dynamic_secrets::{NewDynamicSecret, check, create as operation, test_new},
};
use mayfly_domain::{
    name_template::NameTemplate,
    ttl::{EndsWhen, Ttl},
};

use serde_json::{Map, Value};

use super::{
    super::{
        Shared,
        caller::By,
        cluster_connections::test_wire,
        form::{Field, Form},
        identities::metadata,
        json::Body,
        place::secret_place,
        problem::Failure,
    },
    inputs,
    wire::with_inputs,
};

/// Make a dynamic secret. Its connection is tested first; nothing is left in the cluster.
#[utoipa::path(post, path = "/api/v1/dynamic-secrets", operation_id = "createDynamicSecret", tag = "Dynamic secrets",
    request_body = CreateDynamicSecretRequest, responses((status = 200, body = DynamicSecretBody)))]
pub(in super::super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<DynamicSecretBody>, Failure> {
    let new = new_secret(&body, &shared.app)?;
    let view = operation(&shared.app, &caller, new).await?;
    Ok(Json(DynamicSecretBody { dynamic_secret: with_inputs(&view), leases_left: None }))
}

/// Test a dynamic secret as it would be made. Nothing is made or left in the cluster; its name may be a taken one.
#[utoipa::path(post, path = "/api/v1/dynamic-secret-tests", operation_id = "testNewDynamicSecret",
    tag = "Dynamic secrets", request_body = CreateDynamicSecretRequest,
    responses((status = 200, body = ClusterConnectionTestBody)))]
pub(in super::super) async fn test(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<ClusterConnectionTestBody>, Failure> {
    let new = new_secret(&body, &shared.app)?;
    let test = test_new(&shared.app, &caller, new).await?;
    Ok(Json(ClusterConnectionTestBody { test: test_wire(test) }))
}

/// A dynamic secret to be made, as a request describes it.
fn new_secret(body: &Map<String, Value>, app: &App) -> Result<NewDynamicSecret, AppError> {
    let form = Form::body(body);
    let (place, name) = (secret_place(&form), form.required("name"));
    let (default_ttl, max_ttl) = (form.required::<Ttl>("defaultTTL"), form.optional::<Ttl>("maxTTL"));
    let metadata = metadata(&form);
    let template = username_template(&form);
    let provider = form.object("provider");
    let kind = provider.required_with("type", provider_type);
    let inputs = inputs::required(&provider.object("inputs"), app);
    if let (Some(default_ttl), Some(max_ttl)) = (&default_ttl, &max_ttl) {
        // What a lifetime may be depends on what ends it; where that is not said, nothing is held against it.
        let ends_when = inputs.as_ref().map_or(EndsWhen::Deleted, |inputs| inputs.credential.ends_when());
        form.note_all(check::lifetimes(default_ttl, max_ttl.as_ref(), ends_when, app.settings()));
    }
    form.finish(|| {
        let (inputs, ()) = (inputs?, kind?);
        Some(NewDynamicSecret {
            place: place?,
            name: name?,
            default_ttl: default_ttl?,
            max_ttl: max_ttl?,
            connection: inputs.connection,
            credential: inputs.credential,
            username_template: template?,
            audiences: inputs.audiences,
            metadata: metadata?.unwrap_or_default(),
        })
    })
}

fn provider_type(text: &str) -> Result<(), String> {
    if text == "kubernetes" { Ok(()) } else { Err("must be `kubernetes`, the only type there is".to_owned()) }
}

/// How temporary accounts are named; empty is how clients leave it out.
pub(super) fn username_template(form: &Form<'_>) -> Field<Option<NameTemplate>> {
    match form.get("usernameTemplate") {
        Some(value) if value == "" => Some(None),
        Some(_) | None => form.optional("usernameTemplate"),
    }
}
