//! Renaming a folder, and describing it anew.

use mayfly_domain::{
    access::{judge::Where, operation::Operation},
    audit::PlaceEvent,
    caller::Caller,
    project::Folder,
    slug::FolderName,
};

use mayfly_store::{StoreError, folders::PATHS_FIT};

use super::{FolderKey, FolderPlace, FolderView, find_child, find_place};
use crate::{
    App, AppError,
    dynamic_secrets::{Move, check_move},
    error::{OrChanged as _, field},
};

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct FolderChanges {
    /// Its name.
    pub name: Option<FolderName>,
    /// Its description.
    pub description: Option<String>,
}

/// Changes a folder. Leases and dynamic secrets below it keep working: they refer to ids.
pub async fn update(
    app: &App,
    caller: &Caller,
    place: &FolderPlace,
    key: &FolderKey,
    changes: FolderChanges,
) -> Result<FolderView, AppError> {
    let found = find_place(app, caller, Operation::UpdateFolder, place).await?;
    let old = find_child(app, caller, Operation::UpdateFolder, &found, key).await?;
    let around = old.path.parent().ok_or(AppError::RootFolder)?;
    let path = match &changes.name {
        Some(name) => around
            .join(name)
            .map_err(|invalid| AppError::Fields(vec![field(&["name"], "invalid_path", invalid.to_string())]))?,
        None => old.path.clone(),
    };
    let old_path = old.path.clone();
    let (operation, environment) = (Operation::UpdateFolder, found.environment.slug.as_str());
    let there = Where::InFolder { environment, path: path.as_str() };
    app.require(caller, operation, &found.proof, there).await?;
    let wanted =
        Move { environment: &found.environment, from: &old_path, to_environment: &found.environment.slug, to: &path };
    let judged = check_move(app, caller, operation, &found.proof, wanted).await?;
    let description = changes.description.or_else(|| old.description.clone());
    let folder = Folder { path, description, updated_at: app.moment_after(old.updated_at), ..old };
    let updated = PlaceEvent::UpdateFolder {
        project_id: found.project.id,
        environment: found.environment.slug.to_string(),
        folder_id: folder.id,
        folder_path: folder.path.to_string(),
        old_folder_path: old_path.to_string(),
    };
    let event = app.event(caller, Some(found.project.id), updated);
    let stored = app.store.folders().update(&folder, &old_path, &judged, &event).await;
    let stored = stored.map_err(|error| match error {
        StoreError::GuardFailed { guard } if guard == PATHS_FIT => {
            let message = "makes the path of a folder below it too long";
            AppError::Fields(vec![field(&["name"], "invalid_path", message)])
        }
        StoreError::Unique { index } if index == "folders_path" => AppError::taken("folder", &folder.path, "name"),
        other => other.into(),
    });
    stored.or_changed("the folder")?;
    Ok(FolderView { folder, environment: found.environment })
}
