//! Pointing a connection at a gateway.

use mayfly_domain::{
    access::operation::Operation,
    caller::Caller,
    connection::{AuthMethod, NoGateway, Route, RouteChange, Via},
    ids::GatewayId,
};

use super::find;
use crate::{App, AppError, gateway_pools};

/// Of a field that a gateway with its own account knows itself. Reads after the field's name.
pub const HAS_ITS_OWN: &str = "must be left out: the gateway has its own";

/// Of a field that has to be said once a gateway no longer does the work. Reads after the field's name.
const KNEW_WHERE: &str = "is required: the gateway knew where its cluster is, and the server does not";

/// The way after a change, where the fields that are sent go together with it.
pub(crate) struct NewWay {
    pub(crate) route: Route,
    /// What does not: each a field, a code and what reads after the field's name.
    pub(crate) faults: Vec<(&'static str, &'static str, &'static str)>,
}

impl NewWay {
    /// Of `sent`, each is a field that a gateway with its own account knows itself, and whether the change says it.
    pub(crate) fn after(change: RouteChange, old: Route, sent: &[(&'static str, bool)]) -> Result<Self, NoGateway> {
        let route = change.after(old)?;
        let is_own = route.method() == AuthMethod::Gateway;
        let excess = sent.iter().filter(|(_, is_sent)| is_own && *is_sent);
        let mut faults: Vec<_> = excess.map(|(name, _)| (*name, "invalid_value", HAS_ITS_OWN)).collect();
        if old.method() == AuthMethod::Gateway && !is_own && !sent.contains(&("url", true)) {
            faults.push(("url", "required", KNEW_WHERE));
        }
        Ok(Self { route, faults })
    }
}

/// Whether the caller may lead a connection by `new` instead of `old`: the gateway on it may come at all, or the pool is there,
/// and the caller may point things at it. The one that is on the way already stays without asking.
pub(crate) async fn check_attachable(app: &App, caller: &Caller, old: Route, new: Route) -> Result<(), AppError> {
    match new.via().filter(|via| old.via() != Some(*via)) {
        None => Ok(()),
        Some(Via::Gateway(gateway)) => attachable(app, caller, gateway).await,
        Some(Via::Pool(pool)) => gateway_pools::find(app, caller, Operation::AttachGateway, pool).await.map(drop),
    }
}

/// Whether the caller may point things at a gateway, and it may come at all.
pub(crate) async fn attachable(app: &App, caller: &Caller, id: GatewayId) -> Result<(), AppError> {
    let gateway = find(app, caller, Operation::AttachGateway, id).await?;
    if gateway.standing.is_open() {
        Ok(())
    } else {
        Err(AppError::NoGatewayEnrolment("the gateway is locked or revoked"))
    }
}
