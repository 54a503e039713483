//! Seeing machine identities.

use mayfly_domain::{
    access::{operation::Operation, role::OrganizationRole},
    caller::Caller,
    identity::Identity,
    ids::IdentityId,
    project::Organization,
};
use mayfly_store::identities::IdentityFilter;
pub use mayfly_store::identities::{NameFilter, Order};

use super::manage::existing;
use crate::{App, AppError};

/// One identity.
pub async fn get(app: &App, caller: &Caller, id: IdentityId) -> Result<Identity, AppError> {
    app.authorize(caller, Operation::GetIdentity).await?;
    existing(app, caller, id).await
}

/// Which identities to list.
#[derive(Clone, Debug)]
pub struct IdentityQuery {
    /// How names are narrowed.
    pub name: NameFilter,
    /// Only those with this role in the organization.
    pub role: Option<OrganizationRole>,
    /// From A to Z, or the other way round.
    pub order: Order,
    /// At most this many, at most [`IdentityQuery::LONGEST_PAGE`].
    pub limit: i64,
    /// After this many.
    pub offset: i64,
}

impl IdentityQuery {
    /// More than a page for people, and few enough for one answer.
    pub const LONGEST_PAGE: i64 = 100;
}

/// Those of `query`, and how many there are on all pages. `operation` tells a list from a search.
pub async fn search(
    app: &App,
    caller: &Caller,
    operation: Operation,
    query: IdentityQuery,
) -> Result<(Vec<Identity>, u64), AppError> {
    app.authorize(caller, operation).await?;
    let filter = IdentityFilter {
        organization: App::organization(caller)?,
        name: query.name,
        role: query.role.map(|role| role.slug().to_owned()),
        order: query.order,
        limit: query.limit,
        offset: query.offset,
    };
    let found = app.store.identities().search(&filter).await?;
    let count = app.store.identities().count(&filter).await?;
    Ok((found, u64::try_from(count).unwrap_or(0)))
}

/// Who the caller is.
#[derive(Clone, Debug)]
pub struct OwnIdentity {
    /// The identity.
    pub identity: Identity,
    /// Its organization.
    pub organization: Organization,
}

/// The caller's own identity and organization.
pub async fn own(app: &App, caller: &Caller) -> Result<OwnIdentity, AppError> {
    app.authorize(caller, Operation::GetOwnIdentity).await?;
    let id = caller.identity().ok_or(AppError::MachinesOnly)?;
    let identity = existing(app, caller, id).await?;
    let organization = app.store.organizations().get().await?.ok_or(AppError::Bug("there is no organization"))?;
    Ok(OwnIdentity { identity, organization })
}
