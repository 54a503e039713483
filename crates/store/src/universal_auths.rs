//! How identities sign in with client id and client secret.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    identity::{TrustedIp, UniversalAuth},
    ids::{IdentityId, OrganizationId},
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, keepers,
    row::Row,
    sql::statements,
    transaction::Transaction,
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO universal_auths
        (id, identity_id, client_id, limits, client_secret_trusted_ips, access_token_trusted_ips, lockout, failed_logins,
         created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)";

    UPDATE = "UPDATE universal_auths
        SET limits = ?2, client_secret_trusted_ips = ?3, access_token_trusted_ips = ?4, lockout = ?5, updated_at = ?6
        WHERE id = ?1 AND updated_at = ?7";

    REVOKE_ACCESS_TOKENS = "UPDATE access_tokens SET is_revoked = TRUE
        WHERE identity_id = ?1 AND client_secret_id IS NOT NULL";

    DELETE_CLIENT_SECRETS = "DELETE FROM client_secrets WHERE universal_auth_id = ?1";

    DELETE = "DELETE FROM universal_auths WHERE id = ?1";

    GET = "SELECT universal_auths.*
        FROM universal_auths JOIN identities ON identities.id = universal_auths.identity_id
        WHERE identity_id = ?1 AND organization_id = ?2";

    FOR_LOGIN = "SELECT universal_auths.*, identities.organization_id AS organization_id, identities.name AS name,
            identities.is_disabled AS is_disabled
        FROM universal_auths JOIN identities ON identities.id = universal_auths.identity_id
        WHERE client_id = ?1";
}

/// A configuration with what a login needs beside it.
#[derive(Clone, Debug)]
pub struct LoginFacts {
    /// The configuration.
    pub universal_auth: UniversalAuth,
    /// The identity's organization.
    pub organization: OrganizationId,
    /// The identity's name.
    pub name: String,
    /// Whether the identity is shut out.
    pub is_disabled: bool,
}

/// The universal-auth configurations of a store.
#[derive(Clone, Copy)]
pub struct UniversalAuths<'store>(&'store Store);

impl Store {
    /// Universal-auth configurations.
    pub fn universal_auths(&self) -> UniversalAuths<'_> {
        UniversalAuths(self)
    }
}

impl UniversalAuths<'_> {
    /// Adds one; an identity has one at most (`universal_auths_identity`).
    pub async fn create(&self, auth: &UniversalAuth, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![
            auth.id,
            auth.identity,
            auth.client_id.as_str(),
            Value::json(&auth.limits),
            Value::json(&auth.client_secret_trusted_ips),
            Value::json(&auth.access_token_trusted_ips),
            Value::json(&auth.lockout),
            auth.created_at,
            auth.updated_at,
        ];
        let transaction = Transaction::new()
            .step(&INSERT, values)
            .with_all(keepers::note(auth.identity, event))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Changes one that was last changed at `since`. Access tokens keep the limits they were made with.
    pub async fn update(&self, auth: &UniversalAuth, since: Timestamp, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![
            auth.id,
            Value::json(&auth.limits),
            Value::json(&auth.client_secret_trusted_ips),
            Value::json(&auth.access_token_trusted_ips),
            Value::json(&auth.lockout),
            auth.updated_at,
            since,
        ];
        let transaction = Transaction::new()
            .step(&UPDATE, values)
            .expecting_one(UNCHANGED)
            .with_all(keepers::note(auth.identity, event))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Removes one with its client secrets, and revokes the access tokens that were got with them.
    pub async fn delete(&self, auth: &UniversalAuth, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            // In this order: whoever is just logging in holds the row of their secret, and their token is seen by the
            // statement that comes after.
            .step(&DELETE_CLIENT_SECRETS, values![auth.id])
            .step(&REVOKE_ACCESS_TOKENS, values![auth.identity])
            .step(&DELETE, values![auth.id])
            .expecting_one("the configuration is still there")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// The configuration of one of the organization's identities.
    pub async fn get(
        &self,
        organization: OrganizationId,
        identity: IdentityId,
    ) -> Result<Option<UniversalAuth>, StoreError> {
        let row = self.0.database().read_one(&GET, values![identity, organization]).await?;
        row.as_ref().map(universal_auth).transpose()
    }

    /// The configuration behind a client id.
    pub async fn for_login(&self, client_id: &str) -> Result<Option<LoginFacts>, StoreError> {
        let row = self.0.database().read_one(&FOR_LOGIN, values![client_id]).await?;
        row.as_ref().map(login_facts).transpose()
    }
}

fn login_facts(row: &Row) -> Result<LoginFacts, StoreError> {
    Ok(LoginFacts {
        universal_auth: universal_auth(row)?,
        organization: row.parsed("organization_id")?,
        name: row.text("name")?.to_owned(),
        is_disabled: row.boolean("is_disabled")?,
    })
}

fn universal_auth(row: &Row) -> Result<UniversalAuth, StoreError> {
    let trusted = |column| row.json::<Vec<TrustedIp>>(column);
    Ok(UniversalAuth {
        id: row.parsed("id")?,
        identity: row.parsed("identity_id")?,
        client_id: row.text("client_id")?.to_owned(),
        limits: row.json("limits")?,
        client_secret_trusted_ips: trusted("client_secret_trusted_ips")?,
        access_token_trusted_ips: trusted("access_token_trusted_ips")?,
        lockout: row.json("lockout")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
