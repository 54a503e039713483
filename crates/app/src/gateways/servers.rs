//! Several servers: which of them holds which tunnel.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::ids::GatewayTunnelId;
pub use mayfly_store::gateway_tunnels::{HeldTunnel, TunnelElsewhere};

use crate::{App, AppError};

/// A server that did not say for so long that it is there is asked for nothing.
const SILENT: SignedDuration = SignedDuration::from_secs(15);

/// After so long it is forgotten.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(1);

/// Since when a server has to have said that it is there, for it to be there `now`.
pub(crate) fn there_since(now: Timestamp) -> Timestamp {
    before(now, SILENT)
}

/// Says that this server is there and where others ask it, and how many servers there are. To be said again within seconds.
pub async fn say_here(app: &App, address: &str) -> Result<u32, AppError> {
    let (tunnels, now) = (app.store.gateway_tunnels(), app.ambient.now());
    tunnels.here(app.replica(), address, now).await?;
    let servers = tunnels.servers(there_since(now)).await?;
    Ok(u32::try_from(servers).unwrap_or(u32::MAX))
}

/// Notes that this server goes: nobody asks it any more.
pub async fn say_gone(app: &App) -> Result<(), AppError> {
    Ok(app.store.gateway_tunnels().leave(app.replica()).await?)
}

/// Forgets servers that went without a word.
pub async fn forget_silent(app: &App) -> Result<(), AppError> {
    Ok(app.store.gateway_tunnels().forget(before(app.ambient.now(), FORGOTTEN)).await?)
}

/// Notes a tunnel that this server holds.
pub async fn hold(app: &App, tunnel: &HeldTunnel) -> Result<(), AppError> {
    Ok(app.store.gateway_tunnels().opened(tunnel, app.ambient.now()).await?)
}

/// Notes exactly the tunnels that this server holds: what the database missed while it was away, and what stands there too much.
///
/// What it `holds` is asked after what is noted was read: one that comes meanwhile is noted twice at most, which is once, and none
/// that is held is taken away.
pub async fn hold_exactly(app: &App, holds: impl FnOnce() -> Vec<HeldTunnel> + Send) -> Result<(), AppError> {
    let tunnels = app.store.gateway_tunnels();
    let noted: HashSet<GatewayTunnelId> = tunnels.of(app.replica()).await?.into_iter().collect();
    let held = holds();
    let missed: Vec<&HeldTunnel> = held.iter().filter(|tunnel| !noted.contains(&tunnel.id)).collect();
    let held: HashSet<GatewayTunnelId> = held.iter().map(|tunnel| tunnel.id).collect();
    let over: Vec<GatewayTunnelId> = noted.difference(&held).copied().collect();
    if missed.is_empty() && over.is_empty() {
        return Ok(());
    }
    Ok(tunnels.correct(&missed, &over, app.ambient.now()).await?)
}

/// Notes that it does no more.
pub async fn let_go(app: &App, tunnel: GatewayTunnelId) -> Result<(), AppError> {
    Ok(app.store.gateway_tunnels().closed(tunnel).await?)
}

/// The tunnels that other servers hold.
pub async fn held_elsewhere(app: &App) -> Result<Vec<TunnelElsewhere>, AppError> {
    let since = there_since(app.ambient.now());
    Ok(app.store.gateway_tunnels().elsewhere(app.replica(), since).await?)
}

fn before(now: Timestamp, ago: SignedDuration) -> Timestamp {
    now.checked_sub(ago).unwrap_or(Timestamp::MIN)
}
