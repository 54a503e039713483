//! The keys that sign access tokens, sealed. The newest signs; older ones still verify.

use jiff::Timestamp;
use mayfly_domain::{ids::SigningKeyId, sensitive::Sensitive};

use crate::{
    Store, StoreError,
    sealed::{Place, Scope},
    sql::statements,
    transaction::Transaction,
    value::values,
};

statements! {
    // Servers that start together may each want to make the first key: only one does.
    INSERT_FIRST = "INSERT INTO signing_keys (id, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), ?2, CAST(?3 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM signing_keys)",
        postgres "INSERT INTO signing_keys (id, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS BYTEA), CAST(?3 AS BIGINT)
        WHERE NOT EXISTS (SELECT 1 FROM signing_keys)";

    LIST = "SELECT * FROM signing_keys ORDER BY created_at DESC, id DESC";
}

/// A key that signs and verifies access tokens: 256 random bits.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// What a token's header calls it.
    pub id: SigningKeyId,
    /// The key itself.
    pub secret: Sensitive<Vec<u8>>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The signing keys of a store.
#[derive(Clone, Copy)]
pub struct SigningKeys<'store>(&'store Store);

impl Store {
    /// Keys that sign access tokens.
    pub fn signing_keys(&self) -> SigningKeys<'_> {
        SigningKeys(self)
    }
}

impl SigningKeys<'_> {
    /// Stores `key` if there is none at all yet.
    pub async fn create_first(&self, key: &SigningKey) -> Result<(), StoreError> {
        let sealed = self.0.seal(&place(key.id), key.secret.expose()).await?;
        let transaction = Transaction::new().step(&INSERT_FIRST, values![key.id, sealed, key.created_at]).serial();
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// All of them, newest first.
    pub async fn list(&self) -> Result<Vec<SigningKey>, StoreError> {
        let rows = self.0.database().read(&LIST, values![]).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = row.parsed("id")?;
            let secret = self.0.unseal(&place(id), row.bytes("sealed_key")?).await?;
            keys.push(SigningKey { id, secret, created_at: row.timestamp("created_at")? });
        }
        Ok(keys)
    }
}

fn place(id: SigningKeyId) -> Place {
    Place::new("signing_keys", "sealed_key", id, Scope::Organization)
}
