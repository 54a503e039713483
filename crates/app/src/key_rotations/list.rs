//! How far rotations are.

use mayfly_domain::{
    access::operation::Operation,
    caller::Caller,
    key_rotation::{KeyRotation, RotationProgress},
};

use crate::{App, AppError};

/// A rotation, and how far it is.
#[derive(Clone, Debug)]
pub struct RotationAndProgress {
    /// The rotation.
    pub rotation: KeyRotation,
    /// How far it is now.
    pub progress: RotationProgress,
}

/// The newest rotation of each kind, and how far it is.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<RotationAndProgress>, AppError> {
    app.authorize(caller, Operation::ListKeyRotations).await?;
    let mut listed = Vec::new();
    for rotation in app.store.key_rotations().newest().await? {
        listed.push(progress_of(app, rotation).await?);
    }
    Ok(listed)
}

async fn progress_of(app: &App, rotation: KeyRotation) -> Result<RotationAndProgress, AppError> {
    let left = match rotation.finished_at {
        Some(_) => 0,
        None => app.store.key_rotations().left(rotation.kind).await?,
    };
    Ok(RotationAndProgress { progress: rotation.progress(left, app.ambient.now()), rotation })
}
