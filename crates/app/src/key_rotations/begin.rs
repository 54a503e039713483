//! Beginning a rotation.

use mayfly_domain::{
    access::operation::Operation,
    audit::{AuditEvent, InstallationEvent},
    caller::Caller,
    ids::KeyRotationId,
    key_rotation::{KeyRotation, RotationKind},
};
use mayfly_store::{StoreError, key_rotations::RUNNING_INDEX};

use crate::{App, AppError, access_tokens, error::OrWhen as _, seals};

/// Begins to exchange the keys of `kind`. Newer keys are used at once; old ones go when nothing needs them any more.
pub async fn begin(app: &App, caller: &Caller, kind: RotationKind) -> Result<KeyRotation, AppError> {
    app.authorize(caller, Operation::RotateKeys).await?;
    let rotation = new(app, caller, kind).await?;
    let id = rotation.id;
    let event = |event| app.event(caller, None, event);
    let stored = match kind {
        RotationKind::Data => {
            let event = event(InstallationEvent::RotateDataKeys { rotation_id: id });
            app.store.key_rotations().begin_data(&rotation, &app.ambient, &event).await
        }
        RotationKind::Master => {
            let event =
                |version| -> AuditEvent { event(InstallationEvent::RotateMasterKey { rotation_id: id, version }) };
            app.store.key_rotations().begin_master(&rotation, event).await.map(drop)
        }
        RotationKind::Signing => {
            let keys = (access_tokens::Signing::new_key(&app.ambient), seals::Seals::new_key(&app.ambient)?);
            let event = event(InstallationEvent::RotateSigningKeys { rotation_id: id });
            app.store.key_rotations().begin_signing(&rotation, (&keys.0, &keys.1), &event).await
        }
    };
    match stored {
        Err(StoreError::Refused(why)) => Err(AppError::NextMasterKey(why)),
        // Two at once: each saw no other one.
        Err(StoreError::Unique { index }) if index == "master_keys_pkey" || index == "data_keys_scope_version" => {
            Err(AppError::RotationRuns { kind })
        }
        stored => stored.or_when_taken(RUNNING_INDEX, || AppError::RotationRuns { kind }),
    }?;
    if kind == RotationKind::Data {
        app.store.key_rotations().measure(&rotation).await?;
    }
    // Somebody else may have begun another one meanwhile: this one is asked for.
    app.store.key_rotations().get(id).await?.ok_or(AppError::Bug("a rotation is gone that just began"))
}

async fn new(app: &App, caller: &Caller, kind: RotationKind) -> Result<KeyRotation, AppError> {
    let started_at = app.ambient.now();
    let total = match kind {
        // Counted once the newer keys are there.
        RotationKind::Data => 0,
        RotationKind::Master => app.store.key_rotations().count_wrapped().await?,
        RotationKind::Signing => 1,
    };
    Ok(KeyRotation {
        id: KeyRotationId::generate(&app.ambient),
        organization: App::organization(caller)?,
        kind,
        total,
        started_by: caller.actor.clone(),
        started_at,
        // Older keys that sign go one by one, as what they signed ends.
        finished_at: (kind == RotationKind::Signing).then_some(started_at),
        problem: None,
    })
}
