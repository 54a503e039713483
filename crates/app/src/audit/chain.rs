//! Keeping the chain of the audit log: sealing it, exporting its head, removing what is old, and verifying it.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    access::operation::Operation,
    audit::Event,
    caller::{Actor, Caller, Origin},
};
pub use mayfly_store::audit_chain::{
    seal::Head,
    verify::{Fault, Finding, Verified},
};

use crate::{App, AppError};

/// How often the log is sealed by some server.
pub const SEAL_PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// Who gets to seal: another server waits as long as this.
const CLAIM: SignedDuration = SignedDuration::from_secs(50);

/// Seals what is new if no other server did within the minute, removes what is old, and gives the head.
pub async fn keep(app: &App) -> Result<Option<Head>, AppError> {
    let now = app.ambient.now();
    let chain = app.store.audit_chain();
    if chain.claim("seal", now, now + CLAIM).await? {
        seal(app).await?;
        remove_old(app).await?;
    }
    Ok(chain.head().await?)
}

/// Seals what is new now: when a server stops.
pub async fn seal(app: &App) -> Result<Option<Head>, AppError> {
    let chain = app.store.audit_chain();
    chain.seal_new(app.ambient.now()).await?;
    Ok(chain.head().await?)
}

/// Removes whole seals with their events whose time has come.
async fn remove_old(app: &App) -> Result<(), AppError> {
    let Some(days) = app.settings.audit_retention_days else { return Ok(()) };
    let kept = SignedDuration::from_hours(24 * i64::from(days));
    let before = app.ambient.now().saturating_sub(kept).unwrap_or(Timestamp::MIN);
    let chain = app.store.audit_chain();
    while let Some(removable) = chain.removable(before).await? {
        let told = Event::RemoveAuditEvents { through_seal: removable.through, events: removable.events, before };
        let event = app.event(&ourselves(), None, told);
        if !chain.remove(&removable, &event).await? {
            break;
        }
    }
    Ok(())
}

/// Mayfly itself, for what belongs to the installation and to no organization.
fn ourselves() -> Caller {
    Caller { actor: Actor::Platform, ..Caller::anonymous(Origin::platform()) }
}

/// Reads all of the log again and says what is wrong with it.
pub async fn verify(app: &App, caller: &Caller, exported: Option<&Head>) -> Result<Verified, AppError> {
    app.authorize(caller, Operation::VerifyAuditLog).await?;
    Ok(app.store.audit_chain().verify(exported).await?)
}

/// The newest seal, to be kept outside.
pub async fn head(app: &App, caller: &Caller) -> Result<Option<Head>, AppError> {
    app.authorize(caller, Operation::VerifyAuditLog).await?;
    Ok(app.store.audit_chain().head().await?)
}
