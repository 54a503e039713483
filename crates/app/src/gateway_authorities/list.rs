//! Which authorities there are, and what each is for.

use jiff::Timestamp;
use mayfly_domain::{
    access::operation::Operation,
    caller::Caller,
    gateway_authority::{Duty, GatewayAuthority, duties},
    ids::GatewayAuthorityId,
};

use super::told;
use crate::{App, AppError};

/// An authority, and what it is for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityAndDuty {
    /// The authority.
    pub authority: GatewayAuthority,
    /// What it is for.
    pub duty: Duty,
}

/// The authorities, newest first. None are there before the first gateway is spoken of.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<AuthorityAndDuty>, AppError> {
    app.authorize(caller, Operation::ListGatewayAuthorities).await?;
    all(app).await
}

/// Which there are, for whoever keeps them.
pub async fn known(app: &App) -> Result<Vec<GatewayAuthorityId>, AppError> {
    Ok(app.store.gateway_authorities().known().await?.into_iter().map(|known| known.id).collect())
}

pub(super) async fn all(app: &App) -> Result<Vec<AuthorityAndDuty>, AppError> {
    let known = app.store.gateway_authorities().known().await?;
    let made: Vec<Timestamp> = known.iter().map(|known| known.created_at).collect();
    let duties = duties(&made, app.ambient.now());
    let both = |(known, duty)| AuthorityAndDuty { authority: told(known), duty };
    Ok(known.into_iter().zip(duties).map(both).collect())
}
