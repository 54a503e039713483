//! When a gateway is here: noted when its tunnels open and end.

use jiff::Timestamp;
use mayfly_domain::{
    audit::GatewayEvent,
    caller::Caller,
    gateway::{Departed, Gateway, GatewayName, ShownGateway},
    ids::GatewayId,
};

use super::servers;
use crate::{App, AppError};

/// A process of a gateway that opened a tunnel.
#[derive(Clone, Debug)]
pub struct Present {
    /// The gateway, as it was then.
    pub gateway: Gateway,
    /// Whom the certificate names.
    pub name: GatewayName,
    /// Until when the certificate counts that it came with.
    pub certificate_expires_at: Timestamp,
    /// From where it came.
    pub caller: Caller,
}

/// Whether a tunnel that ends was the last one of its gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// It has others.
    Stay,
    /// It has none.
    None,
}

/// The gateway of a certificate, if it may come: asked when a tunnel opens, and again while it is open.
pub async fn find_open(app: &App, name: &GatewayName) -> Result<Option<Gateway>, AppError> {
    if name.installation != app.installation() {
        return Ok(None);
    }
    let found = app.store.gateways().find(name.gateway).await?.filter(|gateway| gateway.standing.is_open());
    let Some(gateway) = found else { return Ok(None) };
    // A process that was forgotten, or whose number was never given, is none of ours.
    let instance = app.store.gateway_enrolments().instance(name.gateway, &name.instance).await?;
    Ok(instance.is_some_and(|instance| name.generation <= instance.generation).then_some(gateway))
}

/// Notes that a tunnel was opened, and what its gateway said of itself.
pub async fn came(app: &App, present: &Present, shown: &ShownGateway) -> Result<(), AppError> {
    let told = GatewayEvent::ConnectGateway {
        gateway_id: present.gateway.id,
        name: present.gateway.name.to_string(),
        instance: present.name.instance.clone(),
        version: shown.version.clone(),
        policy_digest: shown.policy_digest.clone(),
    };
    let event = app.event(&present.caller, None, told);
    Ok(app.store.gateways().came(present.gateway.id, shown, &event).await?)
}

/// Notes what a gateway shows of itself now.
pub async fn showed(app: &App, present: &Present, shown: &ShownGateway) -> Result<(), AppError> {
    let told = GatewayEvent::ChangeGatewayPolicy {
        gateway_id: present.gateway.id,
        name: present.gateway.name.to_string(),
        instance: present.name.instance.clone(),
        policy_digest: shown.policy_digest.clone(),
    };
    let event = app.event(&present.caller, None, told);
    Ok(app.store.gateways().showed(present.gateway.id, shown, &event).await?)
}

/// Notes that a tunnel ended, and why.
pub async fn left(app: &App, present: &Present, why: &str, others: Others) -> Result<(), AppError> {
    let told = GatewayEvent::DisconnectGateway {
        gateway_id: present.gateway.id,
        name: present.gateway.name.to_string(),
        instance: present.name.instance.clone(),
        why: why.to_owned(),
    };
    let event = app.event(&present.caller, None, told);
    match others {
        Others::Stay => app.store.audit_events().append(&event).await?,
        Others::None => {
            let departed = Departed { at: event.created_at, why: why.to_owned() };
            let since = servers::there_since(event.created_at);
            app.store.gateways().left(present.gateway.id, &departed, since, &event).await?;
        }
    }
    Ok(())
}

/// Those of `here` that may not come any more.
pub async fn closed(app: &App, here: &[GatewayId]) -> Result<Vec<GatewayId>, AppError> {
    if here.is_empty() {
        return Ok(Vec::new());
    }
    let open = app.store.gateways().open().await?;
    Ok(here.iter().copied().filter(|gateway| !open.contains(gateway)).collect())
}

/// How long a process is remembered after its last certificate ended: one that comes back then enrols anew.
const REMEMBERED: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 7);

/// Forgets enrolments that are over, and processes that have not been here for long.
pub async fn forget_old(app: &App) -> Result<(), AppError> {
    let now = app.ambient.now();
    Ok(app.store.gateway_enrolments().forget(now, now - REMEMBERED).await?)
}
