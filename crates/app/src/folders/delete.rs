//! Removing a folder.

use mayfly_domain::{access::operation::Operation, audit::PlaceEvent, caller::Caller, lease::Lease};

use super::{FolderKey, FolderPlace, FolderView, find_child, find_place};
use crate::{
    App, AppError,
    dynamic_secrets::{leases_left, removals_below},
    error::OrChanged as _,
};

/// Whether what lies in a folder goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Everything in it goes too; leases end, and those that cannot be taken back are closed.
    Remove,
    /// A folder that is not empty is refused.
    MustBeEmpty,
}

/// Removes a folder; names what is left of the leases in it.
pub async fn delete(
    app: &App,
    caller: &Caller,
    place: &FolderPlace,
    key: &FolderKey,
    contents: Contents,
) -> Result<(FolderView, Vec<Lease>), AppError> {
    let found = find_place(app, caller, Operation::DeleteFolder, place).await?;
    app.check_not_held()?;
    let folder = find_child(app, caller, Operation::DeleteFolder, &found, key).await?;
    if folder.path.is_root() {
        return Err(AppError::RootFolder);
    }
    let removals = removals_below(app, caller, &found.proof, found.environment.id, &folder.path).await?;
    let is_empty = removals.is_empty() && app.store.folders().list(folder.id).await?.is_empty();
    if contents == Contents::MustBeEmpty && !is_empty {
        return Err(AppError::FolderNotEmpty { path: folder.path.to_string() });
    }
    let deleted = PlaceEvent::DeleteFolder {
        project_id: found.project.id,
        environment: found.environment.slug.to_string(),
        folder_id: folder.id,
        folder_path: folder.path.to_string(),
    };
    let event = app.event(caller, Some(found.project.id), deleted);
    app.store.folders().delete(&folder, &removals, &event).await.or_changed("the folder")?;
    Ok((FolderView { folder, environment: found.environment }, leases_left(app, &removals).await?))
}
