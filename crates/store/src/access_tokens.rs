//! Access tokens of machines: the row, not the JWT, decides whether a token still counts.

use jiff::Timestamp;
use mayfly_domain::{
    access::role::OrganizationRole,
    audit::AuditEvent,
    identity::AccessToken,
    ids::{AccessTokenId, OrganizationId},
};

use crate::{
    Store, StoreError, audit_events,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO access_tokens
        (id, identity_id, client_secret_id, is_revoked, limits, uses, trusted_ips, created_at, renewed_at, expires_at,
         auth_method)
        VALUES (?1, ?2, ?3, FALSE, ?4, 0, ?5, ?6, NULL, ?7, ?8)";

    GET = "SELECT access_tokens.*, identities.name AS name, identities.role AS role,
            identities.organization_id AS organization_id, identities.is_disabled AS is_disabled
        FROM access_tokens JOIN identities ON identities.id = access_tokens.identity_id
        WHERE access_tokens.id = ?1";

    COUNT_USE = "UPDATE access_tokens SET uses = uses + 1 WHERE id = ?1 AND is_revoked = FALSE AND uses < ?2";

    NOT_REVOKED = "SELECT id FROM access_tokens WHERE id = ?1 AND is_revoked = FALSE";

    RENEW = "UPDATE access_tokens SET renewed_at = ?2, expires_at = ?3
        WHERE id = ?1 AND is_revoked = FALSE AND (CAST(?4 AS BIGINT) = 0 OR uses < ?4)";

    REVOKE = "UPDATE access_tokens SET is_revoked = TRUE WHERE id = ?1 AND is_revoked = FALSE";

    DELETE_EXPIRED = "DELETE FROM access_tokens
        WHERE id IN (SELECT id FROM access_tokens WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
}

/// The guard's text when an access token has no use left.
pub const HAS_A_USE_LEFT: &str = "the access token has a use left";

const IS_NOT_REVOKED: &str = "the access token is not revoked";

/// A token with what a request needs to know of its identity.
#[derive(Clone, Debug)]
pub struct TokenFacts {
    /// The token's row.
    pub token: AccessToken,
    /// The identity's name.
    pub name: String,
    /// Its role in the organization.
    pub role: OrganizationRole,
    /// Its organization.
    pub organization: OrganizationId,
    /// Whether the identity is shut out.
    pub is_disabled: bool,
}

/// The step that writes a new token.
pub(crate) fn insert(token: &AccessToken) -> Step {
    Step::new(
        &INSERT,
        values![
            token.id,
            token.identity,
            token.client_secret,
            Value::json(&token.limits),
            Value::json(&token.trusted_ips),
            token.created_at,
            token.expires_at,
            token.auth_method.name(),
        ],
    )
}

/// The access tokens of a store.
#[derive(Clone, Copy)]
pub struct AccessTokens<'store>(&'store Store);

impl Store {
    /// Access tokens.
    pub fn access_tokens(&self) -> AccessTokens<'_> {
        AccessTokens(self)
    }
}

impl AccessTokens<'_> {
    /// A token and its identity.
    pub async fn get(&self, id: AccessTokenId) -> Result<Option<TokenFacts>, StoreError> {
        self.0.database().read_one(&GET, values![id]).await?.as_ref().map(facts).transpose()
    }

    /// Counts one use of a token that may be used `limit` times. Says whether one was left.
    pub async fn count_use(&self, id: AccessTokenId, limit: i64) -> Result<bool, StoreError> {
        let transaction = Transaction::new().step(&COUNT_USE, values![id, limit]);
        let outcomes = self.0.database().write(transaction).await?;
        Ok(outcomes.first().is_some_and(|outcome| outcome.changed == 1))
    }

    /// Lets a token live until its new end, or fails with [`HAS_A_USE_LEFT`].
    pub async fn renew(&self, token: &AccessToken, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![token.id, event.created_at, token.expires_at, token.limits.uses];
        let transaction = Transaction::new()
            .step(&NOT_REVOKED, values![token.id])
            .expecting_one(IS_NOT_REVOKED)
            .step(&RENEW, values)
            .expecting_one(HAS_A_USE_LEFT)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Revokes a token.
    pub async fn revoke(&self, id: AccessTokenId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&REVOKE, values![id])
            .expecting_one(IS_NOT_REVOKED)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Removes at most `limit` rows of tokens that ended before `before`. Says how many.
    pub async fn delete_expired(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let transaction = Transaction::new().step(&DELETE_EXPIRED, values![before, limit]);
        let outcomes = self.0.database().write(transaction).await?;
        Ok(outcomes.first().map_or(0, |outcome| outcome.changed))
    }
}

fn facts(row: &Row) -> Result<TokenFacts, StoreError> {
    Ok(TokenFacts {
        token: AccessToken {
            id: row.parsed("id")?,
            identity: row.parsed("identity_id")?,
            auth_method: row.parsed("auth_method")?,
            client_secret: row.optional_parsed("client_secret_id")?,
            is_revoked: row.boolean("is_revoked")?,
            limits: row.json("limits")?,
            uses: row.integer("uses")?,
            trusted_ips: row.json("trusted_ips")?,
            created_at: row.timestamp("created_at")?,
            renewed_at: row.optional_timestamp("renewed_at")?,
            expires_at: row.timestamp("expires_at")?,
        },
        name: row.text("name")?.to_owned(),
        role: row.parsed("role")?,
        organization: row.parsed("organization_id")?,
        is_disabled: row.boolean("is_disabled")?,
    })
}
