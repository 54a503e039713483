//! Seeing people.

use mayfly_domain::{access::operation::Operation, caller::Caller, identity::User, ids::UserId, project::Organization};

use super::{existing, myself};
use crate::{
    App, AppError,
    page::{and_one_more, cut},
};

/// Which part of a list to read.
#[derive(Clone, Copy, Debug)]
pub struct UserPage<Id> {
    /// Only those after this one: the last of the page before.
    pub after: Option<Id>,
    /// At most this many, at most [`UserPage::LONGEST`].
    pub limit: i64,
}

impl<Id> UserPage<Id> {
    /// Enough for a screen and a script; more is on the next page.
    pub const LONGEST: i64 = 100;
}

/// A page of the organization's people, oldest first, and the cursor of the next one.
pub async fn list(app: &App, caller: &Caller, page: UserPage<UserId>) -> Result<(Vec<User>, Option<UserId>), AppError> {
    app.authorize(caller, Operation::ListUsers).await?;
    let organization = App::organization(caller)?;
    let found = app.store.users().page(organization, page.after, and_one_more(page.limit)).await?;
    Ok(cut(found, page.limit, |user| user.id))
}

/// One of them.
pub async fn get(app: &App, caller: &Caller, id: UserId) -> Result<User, AppError> {
    app.authorize(caller, Operation::GetUser).await?;
    Ok(existing(app, caller, id).await?.user)
}

/// Who the caller is.
#[derive(Clone, Debug)]
pub struct OwnUser {
    /// The person.
    pub user: User,
    /// Their organization.
    pub organization: Organization,
    /// How many recovery codes they have left.
    pub recovery_codes: i64,
}

/// The person who calls.
pub async fn own(app: &App, caller: &Caller) -> Result<OwnUser, AppError> {
    let id = myself(app, caller, Operation::GetOwnUser).await?;
    let user = existing(app, caller, id).await?.user;
    let organization = app.store.organizations().get().await?.ok_or(AppError::Bug("there is no organization"))?;
    let recovery_codes = app.store.second_factors().count_codes(id).await?;
    Ok(OwnUser { user, organization, recovery_codes })
}
