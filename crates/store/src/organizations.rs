//! The organization and its people.

use mayfly_domain::{
    audit::AuditEvent,
    identity::{AccessToken, Identity, User},
    project::Organization,
};

use crate::{
    Store, StoreError, access_tokens, audit_events, identities, keepers, row::Row, sql::statements,
    transaction::Transaction, users, value::values,
};

statements! {
    // The condition makes the first administrator the only one that is made this way.
    INSERT_FIRST = "INSERT INTO organizations (id, name, slug, created_at)
        SELECT ?1, ?2, ?3, CAST(?4 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM organizations)";

    GET = "SELECT * FROM organizations ORDER BY id LIMIT 1";
}

/// Everything that the first administrator's making makes.
#[derive(Debug)]
pub struct Beginning<'a> {
    /// The organization.
    pub organization: &'a Organization,
    /// The first administrator.
    pub user: &'a User,
    /// Their password, hashed for storage.
    pub password_hash: &'a str,
    /// A machine identity with the admin role.
    pub identity: &'a Identity,
    /// Its access token.
    pub access_token: &'a AccessToken,
}

/// The guard's text when there is an organization already.
pub const NOT_BOOTSTRAPPED: &str = "there is no organization yet";

/// The organization of a store.
#[derive(Clone, Copy)]
pub struct Organizations<'store>(&'store Store);

impl Store {
    /// The organization.
    pub fn organizations(&self) -> Organizations<'_> {
        Organizations(self)
    }
}

impl Organizations<'_> {
    /// Makes the organization, once: fails with the guard [`NOT_BOOTSTRAPPED`] when there is one.
    pub async fn bootstrap(&self, beginning: &Beginning<'_>, event: &AuditEvent) -> Result<(), StoreError> {
        let Beginning { organization, user, .. } = beginning;
        let transaction = Transaction::new()
            .step(
                &INSERT_FIRST,
                values![
                    organization.id,
                    organization.name.as_str(),
                    organization.slug.as_str(),
                    organization.created_at
                ],
            )
            .expecting_one(NOT_BOOTSTRAPPED)
            .with(users::insert(user, beginning.password_hash))
            .with(identities::insert(beginning.identity))
            .with(access_tokens::insert(beginning.access_token))
            // Whoever made it got its token.
            .with_all(keepers::note(beginning.identity.id, event))
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// The organization, once it was made.
    pub async fn get(&self) -> Result<Option<Organization>, StoreError> {
        self.0.database().read_one(&GET, values![]).await?.as_ref().map(organization).transpose()
    }
}

fn organization(row: &Row) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: row.parsed("id")?,
        name: row.parsed("name")?,
        slug: row.parsed("slug")?,
        created_at: row.timestamp("created_at")?,
    })
}
