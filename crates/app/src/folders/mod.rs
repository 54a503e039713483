//! Folders of an environment: make, see, list, change, remove.

mod create;
mod delete;
mod read;
mod update;

pub use create::{NewFolder, create};
pub use delete::{Contents, delete};
pub use read::{Depth, FolderView, get, get_by_path, list};
pub use update::{FolderChanges, update};

use mayfly_domain::{
    access::{judge::Where, operation::Operation},
    caller::Caller,
    ids::FolderId,
    project::{Environment, Folder, FolderPath, Project},
};

use crate::{
    App, AppError,
    access::InProject,
    environments::EnvironmentName,
    projects::{ProjectName, find},
};

/// Where a folder is, as callers write it.
#[derive(Clone, Debug)]
pub struct FolderPlace {
    /// The project.
    pub project: ProjectName,
    /// The environment.
    pub environment: EnvironmentName,
    /// The folder around it, or the folder itself.
    pub path: FolderPath,
}

/// How a caller names a folder that lies in a place.
#[derive(Clone, Debug)]
pub enum FolderKey {
    /// By its id.
    Id(FolderId),
    /// By its name.
    Name(String),
}

/// A place the caller may do something in.
struct Found {
    project: Project,
    proof: InProject,
    environment: Environment,
    folder: Folder,
}

async fn find_place(app: &App, caller: &Caller, operation: Operation, place: &FolderPlace) -> Result<Found, AppError> {
    let (project, proof) = find(app, caller, operation, &place.project).await?;
    let environment = place.environment.find_in(&project)?.clone();
    let here = Where::InFolder { environment: environment.slug.as_str(), path: place.path.as_str() };
    app.require(caller, operation, &proof, here).await?;
    let folder = app.store.folders().get_by_path(environment.id, &place.path).await?;
    let folder = folder.ok_or_else(|| AppError::not_found("folder", &place.path))?;
    Ok(Found { project, proof, environment, folder })
}

/// The folder `key` names in the place that was found, if the caller may do `operation` on it too.
async fn find_child(
    app: &App,
    caller: &Caller,
    operation: Operation,
    found: &Found,
    key: &FolderKey,
) -> Result<Folder, AppError> {
    let child = match key {
        FolderKey::Id(id) => app.store.folders().get(App::organization(caller)?, *id).await?,
        FolderKey::Name(name) => match name.parse().map(|name| found.folder.path.join(&name)) {
            Ok(Ok(path)) => app.store.folders().get_by_path(found.environment.id, &path).await?,
            Ok(Err(_)) | Err(_) => None,
        },
    };
    let named = || match key {
        FolderKey::Id(id) => AppError::not_found("folder", &id),
        FolderKey::Name(name) => AppError::not_found("folder", &name),
    };
    let child = child.filter(|folder| folder.environment == found.environment.id).ok_or_else(named)?;
    let here = Where::InFolder { environment: found.environment.slug.as_str(), path: child.path.as_str() };
    app.require(caller, operation, &found.proof, here).await?;
    Ok(child)
}
