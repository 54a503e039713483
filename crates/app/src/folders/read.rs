//! Seeing folders.

use mayfly_domain::{
    access::{judge::Where, operation::Operation},
    caller::Caller,
    ids::FolderId,
    project::{Environment, Folder},
};

use super::{FolderPlace, find_place};
use crate::{App, AppError};

/// A folder with the environment it is in.
#[derive(Clone, Debug)]
pub struct FolderView {
    /// The folder.
    pub folder: Folder,
    /// Its environment.
    pub environment: Environment,
}

/// How deep a list goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Only what lies directly in the folder.
    Children,
    /// Everything below it.
    All,
}

/// Those folders in a folder that the caller may see, by path.
pub async fn list(app: &App, caller: &Caller, place: &FolderPlace, depth: Depth) -> Result<Vec<Folder>, AppError> {
    let found = find_place(app, caller, Operation::ListFolders, place).await?;
    let folders = match depth {
        Depth::Children => app.store.folders().list(found.folder.id).await?,
        Depth::All => app.store.folders().list_below(found.environment.id, &found.folder.path).await?,
    };
    let environment = found.environment.slug.as_str();
    let is_seen = |folder: &Folder| {
        found.proof.may_at(Operation::ListFolders, Where::InFolder { environment, path: folder.path.as_str() })
    };
    Ok(folders.into_iter().filter(is_seen).collect())
}

/// The folder at a path.
pub async fn get_by_path(app: &App, caller: &Caller, place: &FolderPlace) -> Result<FolderView, AppError> {
    let found = find_place(app, caller, Operation::GetFolder, place).await?;
    Ok(FolderView { folder: found.folder, environment: found.environment })
}

/// A folder by its id alone.
pub async fn get(app: &App, caller: &Caller, id: FolderId) -> Result<FolderView, AppError> {
    let missing = || AppError::not_found("folder", &id);
    let organization = App::organization(caller)?;
    let folder = app.store.folders().get(organization, id).await?.ok_or_else(missing)?;
    let environment = app.store.environments().get(organization, folder.environment).await?.ok_or_else(missing)?;
    let proof = app.authorize_in(caller, Operation::GetFolder, environment.project, missing).await?;
    let here = Where::InFolder { environment: environment.slug.as_str(), path: folder.path.as_str() };
    app.require(caller, Operation::GetFolder, &proof, here).await?;
    Ok(FolderView { folder, environment })
}
