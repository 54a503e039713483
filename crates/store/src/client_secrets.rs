//! Client secrets: only their digest is kept, and it is by the digest that they are found.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    identity::{AccessToken, ClientSecret},
    ids::{ClientSecretId, UniversalAuthId},
};

use crate::{
    Store, StoreError, access_tokens, audit_events, keepers, row::Row, sql::statements, transaction::Transaction,
    value::values,
};

statements! {
    INSERT = "INSERT INTO client_secrets
        (id, universal_auth_id, description, prefix, digest, uses, uses_limit, ttl_seconds, is_revoked, created_at,
         updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, FALSE, ?8, ?8)";

    GET = "SELECT * FROM client_secrets WHERE id = ?1 AND universal_auth_id = ?2";

    LIST = "SELECT * FROM client_secrets WHERE universal_auth_id = ?1 ORDER BY id";

    FIND = "SELECT * FROM client_secrets WHERE digest = ?1 AND universal_auth_id = ?2";

    // The limit and the counting are one statement: of many logins at once, exactly as many pass as are left.
    COUNT_USE = "UPDATE client_secrets SET uses = uses + 1, updated_at = ?2
        WHERE id = ?1 AND is_revoked = FALSE AND (uses_limit = 0 OR uses < uses_limit)";

    REVOKE = "UPDATE client_secrets SET is_revoked = TRUE, updated_at = ?2 WHERE id = ?1";
}

/// The guard's text when a client secret has no use left.
pub const MAY_BE_USED: &str = "the client secret is not revoked and has a use left";

/// The client secrets of a store.
#[derive(Clone, Copy)]
pub struct ClientSecrets<'store>(&'store Store);

impl Store {
    /// Client secrets.
    pub fn client_secrets(&self) -> ClientSecrets<'_> {
        ClientSecrets(self)
    }
}

impl ClientSecrets<'_> {
    /// Adds one. `digest` is the SHA-256 of the secret.
    pub async fn create(&self, secret: &ClientSecret, digest: &[u8], event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![
            secret.id,
            secret.universal_auth,
            secret.description.as_str(),
            secret.prefix.as_str(),
            digest,
            secret.uses_limit,
            secret.ttl_seconds,
            secret.created_at,
        ];
        let transaction = Transaction::new()
            .step(&INSERT, values)
            .with_all(keepers::note_by_universal_auth(secret.universal_auth, event))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// One of a configuration's secrets.
    pub async fn get(&self, auth: UniversalAuthId, id: ClientSecretId) -> Result<Option<ClientSecret>, StoreError> {
        self.0.database().read_one(&GET, values![id, auth]).await?.as_ref().map(client_secret).transpose()
    }

    /// All of them, oldest first.
    pub async fn list(&self, auth: UniversalAuthId) -> Result<Vec<ClientSecret>, StoreError> {
        self.0.database().read(&LIST, values![auth]).await?.iter().map(client_secret).collect()
    }

    /// The one with this digest, if it belongs to the configuration.
    pub async fn find(&self, auth: UniversalAuthId, digest: &[u8]) -> Result<Option<ClientSecret>, StoreError> {
        self.0.database().read_one(&FIND, values![digest, auth]).await?.as_ref().map(client_secret).transpose()
    }

    /// Uses one to sign in: counts the use and stores the access token it gave, or fails with [`MAY_BE_USED`].
    pub async fn sign_in(&self, id: ClientSecretId, token: &AccessToken, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&COUNT_USE, values![id, token.created_at])
            .expecting_one(MAY_BE_USED)
            .with(access_tokens::insert(token))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Revokes one.
    pub async fn revoke(&self, id: ClientSecretId, now: Timestamp, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&REVOKE, values![id, now])
            .expecting_one("the client secret is still there")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }
}

fn client_secret(row: &Row) -> Result<ClientSecret, StoreError> {
    Ok(ClientSecret {
        id: row.parsed("id")?,
        universal_auth: row.parsed("universal_auth_id")?,
        description: row.text("description")?.to_owned(),
        prefix: row.text("prefix")?.to_owned(),
        uses: row.integer("uses")?,
        uses_limit: row.integer("uses_limit")?,
        ttl_seconds: row.integer("ttl_seconds")?,
        is_revoked: row.boolean("is_revoked")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
