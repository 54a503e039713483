//! Projects, by the newer paths and the older ones: the same operations, other wrapper keys.

use axum::{Json, extract::State};
use mayfly_api::{
    environments::EnvironmentSummary,
    projects::{
        CreateProjectRequest, Project as Wire, ProjectBody, ProjectList, UpdateProjectRequest, WorkspaceBody,
        WorkspaceList,
    },
};
use mayfly_app::projects::{self as operations, DefaultEnvironments, NewProject, ProjectChanges, ProjectName};
use mayfly_domain::project::Project;

use super::{Shared, caller::By, form::Form, json::Body, leases::lease_list, path::Path, problem::Failure, time};

/// Longest description in characters.
const LONGEST_DESCRIPTION: usize = 1024;

/// Make a project; its maker becomes its admin.
#[utoipa::path(post, path = "/api/v1/projects", operation_id = "createProject", tag = "Projects",
    request_body = CreateProjectRequest, responses((status = 200, body = ProjectBody)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<ProjectBody>, Failure> {
    let form = Form::body(&body);
    let name = form.required("projectName");
    let description = form.text("projectDescription", LONGEST_DESCRIPTION);
    let slug = form.optional("slug");
    let kind = form.optional_with("type", project_type);
    let default_environments = form.boolean("shouldCreateDefaultEnvs");
    let has_delete_protection = form.boolean("hasDeleteProtection");
    let new = form.finish(|| {
        kind?;
        Some(NewProject {
            name: name?,
            slug: slug?,
            description: description?,
            has_delete_protection: has_delete_protection?.unwrap_or(false),
            environments: if default_environments?.unwrap_or(true) {
                DefaultEnvironments::Create
            } else {
                DefaultEnvironments::Skip
            },
        })
    })?;
    let project = operations::create(&shared.app, &caller, new).await?;
    Ok(Json(ProjectBody { project: wire(&project), leases_left: None }))
}

fn project_type(text: &str) -> Result<(), String> {
    if text == PROJECT_TYPE { Ok(()) } else { Err(format!("must be `{PROJECT_TYPE}`, the only type there is")) }
}

const PROJECT_TYPE: &str = "secret-manager";

/// List the projects you are a member of.
#[utoipa::path(get, path = "/api/v1/projects", operation_id = "listProjects", tag = "Projects",
    responses((status = 200, body = ProjectList)))]
pub(super) async fn list(State(shared): State<Shared>, By(caller): By) -> Result<Json<ProjectList>, Failure> {
    let projects = operations::list(&shared.app, &caller).await?;
    Ok(Json(ProjectList { projects: projects.iter().map(wire).collect() }))
}

/// List the projects you are a member of (older path).
#[utoipa::path(get, path = "/api/v1/workspace", operation_id = "listWorkspaces", tag = "Projects (older paths)",
    responses((status = 200, body = WorkspaceList)))]
pub(super) async fn list_workspaces(
    State(shared): State<Shared>,
    By(caller): By,
) -> Result<Json<WorkspaceList>, Failure> {
    let projects = operations::list(&shared.app, &caller).await?;
    Ok(Json(WorkspaceList { workspaces: projects.iter().map(wire).collect() }))
}

/// See a project.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}", operation_id = "getProject", tag = "Projects",
    params(("projectId" = String, Path)), responses((status = 200, body = ProjectBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<ProjectBody>, Failure> {
    let project = operations::get(&shared.app, &caller, &ProjectName::id(&id)).await?;
    Ok(Json(ProjectBody { project: wire(&project), leases_left: None }))
}

/// See a project (older path).
#[utoipa::path(get, path = "/api/v1/workspace/{projectId}", operation_id = "getWorkspace",
    tag = "Projects (older paths)", params(("projectId" = String, Path)),
    responses((status = 200, body = WorkspaceBody)))]
pub(super) async fn get_workspace(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<WorkspaceBody>, Failure> {
    let project = operations::get(&shared.app, &caller, &ProjectName::id(&id)).await?;
    Ok(Json(WorkspaceBody { workspace: wire(&project) }))
}

/// See a project by its slug.
#[utoipa::path(get, path = "/api/v1/projects/slug/{slug}", operation_id = "getProjectBySlug", tag = "Projects",
    params(("slug" = String, Path)), responses((status = 200, body = Wire)))]
pub(super) async fn get_by_slug(
    State(shared): State<Shared>,
    By(caller): By,
    Path(slug): Path<String>,
) -> Result<Json<Wire>, Failure> {
    Ok(Json(wire(&operations::get(&shared.app, &caller, &ProjectName::slug(&slug)).await?)))
}

/// Change a project.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}", operation_id = "updateProject", tag = "Projects",
    params(("projectId" = String, Path)), request_body = UpdateProjectRequest,
    responses((status = 200, body = ProjectBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<ProjectBody>, Failure> {
    let project = operations::update(&shared.app, &caller, &ProjectName::id(&id), changes(&body)?).await?;
    Ok(Json(ProjectBody { project: wire(&project), leases_left: None }))
}

/// Change a project (older path).
#[utoipa::path(patch, path = "/api/v2/workspace/{slug}", operation_id = "updateWorkspace",
    tag = "Projects (older paths)", params(("slug" = String, Path)), request_body = UpdateProjectRequest,
    responses((status = 200, body = Wire)))]
pub(super) async fn update_workspace(
    State(shared): State<Shared>,
    By(caller): By,
    Path(slug): Path<String>,
    Body(body): Body,
) -> Result<Json<Wire>, Failure> {
    Ok(Json(wire(&operations::update(&shared.app, &caller, &ProjectName::slug(&slug), changes(&body)?).await?)))
}

fn changes(body: &serde_json::Map<String, serde_json::Value>) -> Result<ProjectChanges, Failure> {
    let form = Form::body(body);
    let (name, slug) = (form.optional("name"), form.optional("slug"));
    let description = form.text("description", LONGEST_DESCRIPTION);
    let has_delete_protection = form.boolean("hasDeleteProtection");
    Ok(form.finish(|| {
        Some(ProjectChanges {
            name: name?,
            slug: slug?,
            description: description?,
            has_delete_protection: has_delete_protection?,
        })
    })?)
}

/// Remove a project with all that is in it.
///
/// Leases of its dynamic secrets end, and those that cannot be taken back are closed.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}", operation_id = "deleteProject", tag = "Projects",
    params(("projectId" = String, Path)), responses((status = 200, body = ProjectBody)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<ProjectBody>, Failure> {
    let (project, left) = operations::delete(&shared.app, &caller, &ProjectName::id(&id)).await?;
    Ok(Json(ProjectBody { project: wire(&project), leases_left: Some(lease_list(&left)) }))
}

/// Remove a project with all that is in it (older path).
#[utoipa::path(delete, path = "/api/v2/workspace/{slug}", operation_id = "deleteWorkspace",
    tag = "Projects (older paths)", params(("slug" = String, Path)), responses((status = 200, body = Wire)))]
pub(super) async fn delete_workspace(
    State(shared): State<Shared>,
    By(caller): By,
    Path(slug): Path<String>,
) -> Result<Json<Wire>, Failure> {
    let (project, _) = operations::delete(&shared.app, &caller, &ProjectName::slug(&slug)).await?;
    Ok(Json(wire(&project)))
}

fn wire(project: &Project) -> Wire {
    let id = project.id.to_string();
    let environment = |environment: &mayfly_domain::project::Environment| EnvironmentSummary {
        id: environment.id.to_string(),
        name: environment.name.to_string(),
        slug: environment.slug.to_string(),
    };
    Wire {
        underscore_id: id.clone(),
        id,
        name: project.name.to_string(),
        slug: project.slug.to_string(),
        description: project.description.clone(),
        kind: PROJECT_TYPE.to_owned(),
        org_id: project.organization.to_string(),
        auto_capitalization: false,
        pit_version_limit: 0,
        audit_logs_retention_days: None,
        has_delete_protection: project.has_delete_protection,
        version: 3,
        upgrade_status: None,
        kms_certificate_key_id: None,
        secret_sharing: false,
        show_snapshots_legacy: false,
        secret_detection_ignore_values: None,
        default_product: None,
        environments: project.environments.iter().map(environment).collect(),
        created_at: time::text(project.created_at),
        updated_at: time::text(project.updated_at),
    }
}
