//! People of the organization.

use mayfly_domain::{
    identity::User,
    ids::{OrganizationId, UserId},
};

use crate::{Store, StoreError, row::Row, sql::statements, value::values};

statements! {
    GET = "SELECT * FROM users WHERE organization_id = ?1 AND id = ?2";
}

/// The people of a store.
#[derive(Clone, Copy)]
pub struct Users<'store>(&'store Store);

impl Store {
    /// People of the organization.
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }
}

impl Users<'_> {
    /// One of the organization's people.
    pub async fn get(&self, organization: OrganizationId, id: UserId) -> Result<Option<User>, StoreError> {
        self.0.database().read_one(&GET, values![organization, id]).await?.as_ref().map(user).transpose()
    }
}

fn user(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        id: row.parsed("id")?,
        email: row.text("email")?.to_owned(),
        role: row.parsed("role")?,
        created_at: row.timestamp("created_at")?,
    })
}
