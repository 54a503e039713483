//! Folders of an environment. The older paths say `workspaceId` where the newer say `projectId`, and some clients say
//! `directory` for `path`: each route takes all of them.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::folders::{
    CreateFolderRequest, DeleteFolderRequest, Folder as Wire, FolderBody, FolderEnvironment, FolderList,
    UpdateFolderRequest,
};
use mayfly_app::{
    AppError,
    environments::EnvironmentName,
    folders::{self as operations, Contents, Depth, FolderChanges, FolderKey, FolderPlace, FolderView, NewFolder},
    projects::ProjectName,
};
use mayfly_domain::{
    caller::Caller,
    project::{Folder, FolderPath},
};
use serde_json::{Map, Value};

use super::{
    Shared,
    caller::By,
    form::Form,
    json::Body,
    leases::lease_list,
    path::Path,
    place::{not_empty, path, query_fields},
    problem::Failure,
    time,
};

/// Longest description in characters.
const LONGEST_DESCRIPTION: usize = 1024;

/// Make a folder.
#[utoipa::path(post, path = "/api/v2/folders", operation_id = "createFolder", tag = "Folders",
    request_body = CreateFolderRequest, responses((status = 200, body = FolderBody)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<FolderBody>, Failure> {
    let form = Form::body(&body);
    let place = place(&form);
    let name = form.required("name");
    let description = form.text("description", LONGEST_DESCRIPTION);
    let new = form.finish(|| Some(NewFolder { place: place?, name: name?, description: description? }))?;
    let view = operations::create(&shared.app, &caller, new).await?;
    Ok(Json(FolderBody { folder: wire(&view.folder), leases_left: None }))
}

/// List the folders in a folder; with `recursive`, everything below it.
#[utoipa::path(get, path = "/api/v2/folders", operation_id = "listFolders", tag = "Folders",
    params(("projectId" = String, Query), ("environment" = String, Query), ("path" = Option<String>, Query),
        ("recursive" = Option<bool>, Query)),
    responses((status = 200, body = FolderList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<FolderList>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    let place = place(&form);
    let is_recursive = form.boolean("recursive");
    let (place, depth) =
        form.finish(|| Some((place?, if is_recursive?.unwrap_or(false) { Depth::All } else { Depth::Children })))?;
    let folders = operations::list(&shared.app, &caller, &place, depth).await?;
    let relative = |folder: &Folder| match depth {
        Depth::Children => wire(folder),
        Depth::All => Wire { relative_path: Some(relative_path(&place.path, &folder.path)), ..wire(folder) },
    };
    Ok(Json(FolderList { folders: folders.iter().map(relative).collect() }))
}

/// See a folder by its id.
#[utoipa::path(get, path = "/api/v2/folders/{folderId}", operation_id = "getFolder", tag = "Folders",
    params(("folderId" = String, Path)), responses((status = 200, body = FolderBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<FolderBody>, Failure> {
    let id = id.parse().map_err(|_| AppError::NotFound { what: "folder", name: id.clone() })?;
    let view = operations::get(&shared.app, &caller, id).await?;
    Ok(Json(FolderBody { folder: in_environment(&view), leases_left: None }))
}

/// See the folder at a path, which is escaped as one part of the address (`%2Fa%2Fb`).
#[utoipa::path(get, path = "/api/v1/folders/{projectId}/{environment}/{path}", operation_id = "getFolderByPath",
    tag = "Folders (older paths)",
    params(("projectId" = String, Path), ("environment" = String, Path), ("path" = String, Path)),
    responses((status = 200, body = FolderBody)))]
pub(super) async fn get_by_path(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, environment, path)): Path<(String, String, String)>,
) -> Result<Json<FolderBody>, Failure> {
    let absent = |_| AppError::NotFound { what: "folder", name: path.clone() };
    let place = FolderPlace {
        project: ProjectName::id(&project),
        environment: EnvironmentName::slug(&environment),
        path: FolderPath::parse(&path).map_err(absent)?,
    };
    let view = operations::get_by_path(&shared.app, &caller, &place).await?;
    Ok(Json(FolderBody { folder: in_environment(&view), leases_left: None }))
}

/// Rename a folder, or describe it anew. `path` is the folder around it.
#[utoipa::path(patch, path = "/api/v2/folders/{folderId}", operation_id = "updateFolder", tag = "Folders",
    params(("folderId" = String, Path)), request_body = UpdateFolderRequest,
    responses((status = 200, body = FolderBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<FolderBody>, Failure> {
    let form = Form::body(&body);
    let place = place(&form);
    let name = form.optional("name");
    let description = form.text("description", LONGEST_DESCRIPTION);
    let (place, changes) = form.finish(|| Some((place?, FolderChanges { name: name?, description: description? })))?;
    let view = operations::update(&shared.app, &caller, &place, &key(&id), changes).await?;
    Ok(Json(FolderBody { folder: wire(&view.folder), leases_left: None }))
}

/// Remove a folder, named by id or by name. What lies in it is removed too with `forceDelete`.
#[utoipa::path(delete, path = "/api/v2/folders/{folderId}", operation_id = "deleteFolder", tag = "Folders",
    params(("folderId" = String, Path)), request_body = DeleteFolderRequest,
    responses((status = 200, body = FolderBody)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<FolderBody>, Failure> {
    remove(&shared, &caller, &id, &body, Contents::MustBeEmpty).await
}

/// Remove a folder with all that is in it (older path).
#[utoipa::path(delete, path = "/api/v1/folders/{folderId}", operation_id = "deleteFolderV1",
    tag = "Folders (older paths)", params(("folderId" = String, Path)), request_body = DeleteFolderRequest,
    responses((status = 200, body = FolderBody)))]
pub(super) async fn delete_v1(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<FolderBody>, Failure> {
    remove(&shared, &caller, &id, &body, Contents::Remove).await
}

async fn remove(
    shared: &Shared,
    caller: &Caller,
    id: &str,
    body: &Map<String, Value>,
    usual: Contents,
) -> Result<Json<FolderBody>, Failure> {
    let form = Form::body(body);
    let place = place(&form);
    let is_forced = form.boolean("forceDelete");
    let (place, contents) =
        form.finish(|| Some((place?, if is_forced?.unwrap_or(false) { Contents::Remove } else { usual })))?;
    let (view, left) = operations::delete(&shared.app, caller, &place, &key(id), contents).await?;
    Ok(Json(FolderBody { folder: wire(&view.folder), leases_left: Some(lease_list(&left)) }))
}

fn place(form: &Form<'_>) -> Option<FolderPlace> {
    let either = |one, other| if form.has(one) || !form.has(other) { one } else { other };
    let project = either("projectId", "workspaceId");
    let project = form.required_with(project, |text| not_empty(text).map(ProjectName::id));
    let environment = form.required_with("environment", |text| not_empty(text).map(EnvironmentName::slug));
    let path = path(form, either("path", "directory"));
    Some(FolderPlace { project: project?, environment: environment?, path: path? })
}

fn key(text: &str) -> FolderKey {
    text.parse().map_or_else(|_| FolderKey::Name(text.to_owned()), FolderKey::Id)
}

/// `/a/b` seen from `/a` is `/b`.
fn relative_path(from: &FolderPath, path: &FolderPath) -> String {
    if from.is_root() {
        return path.to_string();
    }
    path.as_str().strip_prefix(from.as_str()).unwrap_or(path.as_str()).to_owned()
}

fn in_environment(view: &FolderView) -> Wire {
    let environment = &view.environment;
    Wire {
        project_id: Some(environment.project.to_string()),
        environment: Some(FolderEnvironment {
            env_id: environment.id.to_string(),
            env_name: environment.name.to_string(),
            env_slug: environment.slug.to_string(),
        }),
        ..wire(&view.folder)
    }
}

fn wire(folder: &Folder) -> Wire {
    Wire {
        id: folder.id.to_string(),
        name: folder.path.name().to_owned(),
        env_id: folder.environment.to_string(),
        parent_id: folder.parent.map(|parent| parent.to_string()),
        is_reserved: false,
        description: folder.description.clone(),
        version: 1,
        last_secret_modified: None,
        path: folder.path.to_string(),
        relative_path: None,
        project_id: None,
        environment: None,
        created_at: time::text(folder.created_at),
        updated_at: time::text(folder.updated_at),
    }
}
