//! Making a folder.

use mayfly_domain::{
    access::{judge::Where, operation::Operation},
    audit::PlaceEvent,
    caller::Caller,
    ids::FolderId,
    project::Folder,
    slug::FolderName,
};

use super::{FolderPlace, FolderView, find_place};
use crate::{
    App, AppError,
    error::{OrChanged as _, OrWhen as _, field},
};

/// A folder to be made.
#[derive(Clone, Debug)]
pub struct NewFolder {
    /// Where: `path` is the folder around it.
    pub place: FolderPlace,
    /// Its name.
    pub name: FolderName,
    /// At most 1024 characters.
    pub description: Option<String>,
}

/// Makes a folder.
pub async fn create(app: &App, caller: &Caller, new: NewFolder) -> Result<FolderView, AppError> {
    let found = find_place(app, caller, Operation::CreateFolder, &new.place).await?;
    let path = found.folder.path.join(&new.name);
    let path = path.map_err(|invalid| AppError::Fields(vec![field(&["name"], "invalid_path", invalid.to_string())]))?;
    let here = Where::InFolder { environment: found.environment.slug.as_str(), path: path.as_str() };
    app.require(caller, Operation::CreateFolder, &found.proof, here).await?;
    let now = app.ambient.now();
    let folder = Folder {
        id: FolderId::generate(&app.ambient),
        environment: found.environment.id,
        parent: Some(found.folder.id),
        path,
        description: new.description,
        created_at: now,
        updated_at: now,
    };
    let made = PlaceEvent::CreateFolder {
        project_id: found.project.id,
        environment: found.environment.slug.to_string(),
        folder_id: folder.id,
        folder_path: folder.path.to_string(),
    };
    let event = app.event(caller, Some(found.project.id), made);
    let stored = app.store.folders().create(&folder, &found.environment.slug, &event).await;
    let stored = stored.or_when_taken("folders_path", || AppError::taken("folder", &folder.path, "name"));
    stored.or_changed("the folder around it")?;
    Ok(FolderView { folder, environment: found.environment })
}
