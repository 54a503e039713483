//! Environments of a project, by the newer paths and the older ones.

use axum::{Json, extract::State};
use mayfly_api::environments::{
    ChangedEnvironment, CreateEnvironmentRequest, Environment as Wire, EnvironmentBody, UpdateEnvironmentRequest,
};
use mayfly_app::{
    AppError,
    environments::{self as operations, EnvironmentChanges, EnvironmentName, NewEnvironment},
    projects::ProjectName,
};
use mayfly_domain::{caller::Caller, project::Environment};

use super::{Shared, caller::By, form::Form, json::Body, leases::lease_list, path::Path, problem::Failure, time};

/// Far more environments than a list of people's projects has.
const LAST_POSITION: i64 = 10_000;

/// Make an environment.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/environments", operation_id = "createEnvironment",
    tag = "Environments", params(("projectId" = String, Path)), request_body = CreateEnvironmentRequest,
    responses((status = 200, body = ChangedEnvironment)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Path(project): Path<String>,
    Body(body): Body,
) -> Result<Json<ChangedEnvironment>, Failure> {
    let form = Form::body(&body);
    let (name, slug) = (form.required("name"), form.required("slug"));
    let position = form.integer("position", 1..=LAST_POSITION);
    let new = form.finish(|| Some(NewEnvironment { name: name?, slug: slug?, position: position? }))?;
    let environment = operations::create(&shared.app, &caller, &ProjectName::id(&project), new).await?;
    Ok(changed("the environment was made", &environment))
}

/// See an environment.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/environments/{environmentId}",
    operation_id = "getEnvironment", tag = "Environments",
    params(("projectId" = String, Path), ("environmentId" = String, Path)),
    responses((status = 200, body = EnvironmentBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
) -> Result<Json<EnvironmentBody>, Failure> {
    see(&shared, &caller, &project, &EnvironmentName::id(&id)).await
}

/// See an environment by its slug.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/environments/slug/{slug}", tag = "Environments",
    operation_id = "getEnvironmentBySlug", params(("projectId" = String, Path), ("slug" = String, Path)),
    responses((status = 200, body = EnvironmentBody)))]
pub(super) async fn get_by_slug(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, slug)): Path<(String, String)>,
) -> Result<Json<EnvironmentBody>, Failure> {
    see(&shared, &caller, &project, &EnvironmentName::slug(&slug)).await
}

async fn see(
    shared: &Shared,
    caller: &Caller,
    project: &str,
    name: &EnvironmentName,
) -> Result<Json<EnvironmentBody>, Failure> {
    let environment = operations::get(&shared.app, caller, &ProjectName::id(project), name).await?;
    Ok(Json(EnvironmentBody { environment: wire(&environment) }))
}

/// See an environment by its id alone (older path).
#[utoipa::path(get, path = "/api/v1/workspace/environments/{environmentId}", tag = "Environments (older paths)",
    operation_id = "getEnvironmentById", params(("environmentId" = String, Path)),
    responses((status = 200, body = EnvironmentBody)))]
pub(super) async fn get_by_id(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<EnvironmentBody>, Failure> {
    let id = id.parse().map_err(|_| AppError::NotFound { what: "environment", name: id })?;
    let environment = operations::get_by_id(&shared.app, &caller, id).await?;
    Ok(Json(EnvironmentBody { environment: wire(&environment) }))
}

/// Change an environment.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/environments/{environmentId}", tag = "Environments",
    operation_id = "updateEnvironment", params(("projectId" = String, Path), ("environmentId" = String, Path)),
    request_body = UpdateEnvironmentRequest, responses((status = 200, body = ChangedEnvironment)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Json<ChangedEnvironment>, Failure> {
    let form = Form::body(&body);
    let (name, slug) = (form.optional("name"), form.optional("slug"));
    let position = form.integer("position", 1..=LAST_POSITION);
    let changes = form.finish(|| Some(EnvironmentChanges { name: name?, slug: slug?, position: position? }))?;
    let (project, id) = (ProjectName::id(&project), EnvironmentName::id(&id));
    let environment = operations::update(&shared.app, &caller, &project, &id, changes).await?;
    Ok(changed("the environment was changed", &environment))
}

/// Remove an environment with all that is in it.
///
/// Leases of its dynamic secrets end, and those that cannot be taken back are closed.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/environments/{environmentId}", tag = "Environments",
    operation_id = "deleteEnvironment", params(("projectId" = String, Path), ("environmentId" = String, Path)),
    responses((status = 200, body = ChangedEnvironment)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
) -> Result<Json<ChangedEnvironment>, Failure> {
    let (project, id) = (ProjectName::id(&project), EnvironmentName::id(&id));
    let (environment, left) = operations::delete(&shared.app, &caller, &project, &id).await?;
    let Json(removed) = changed("the environment was removed", &environment);
    Ok(Json(ChangedEnvironment { leases_left: Some(lease_list(&left)), ..removed }))
}

fn changed(message: &str, environment: &Environment) -> Json<ChangedEnvironment> {
    let project = environment.project.to_string();
    Json(ChangedEnvironment {
        message: message.to_owned(),
        workspace: project.clone(),
        project_id: project,
        environment: wire(environment),
        leases_left: None,
    })
}

fn wire(environment: &Environment) -> Wire {
    Wire {
        id: environment.id.to_string(),
        name: environment.name.to_string(),
        slug: environment.slug.to_string(),
        position: environment.position,
        project_id: environment.project.to_string(),
        created_at: time::text(environment.created_at),
        updated_at: time::text(environment.updated_at),
    }
}
