//! The keys that seal objects in clusters. The newest seals; older ones still verify. Private halves are sealed at rest.

use jiff::Timestamp;
use mayfly_domain::{ids::SealKeyId, sensitive::Sensitive};

use crate::{
    Store, StoreError,
    sealed::{Place, Scope},
    sql::statements,
    transaction::Transaction,
    value::values,
};

statements! {
    // Servers that start together may each want to make the first key: only one does.
    INSERT_FIRST = "INSERT INTO seal_keys (id, public_key, sealed_private_key, created_at)
        SELECT CAST(?1 AS TEXT), ?2, ?3, CAST(?4 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM seal_keys)",
        postgres "INSERT INTO seal_keys (id, public_key, sealed_private_key, created_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS BYTEA), CAST(?3 AS BYTEA), CAST(?4 AS BIGINT)
        WHERE NOT EXISTS (SELECT 1 FROM seal_keys)";

    LIST = "SELECT * FROM seal_keys ORDER BY created_at DESC, id DESC";
}

/// A key that seals and verifies: an Ed25519 key pair (RFC 8032).
#[derive(Clone, Debug)]
pub struct SealKey {
    /// What seals call it.
    pub id: SealKeyId,
    /// Its public half, 32 bytes.
    pub public: Vec<u8>,
    /// Its private half, as PKCS#8.
    pub private: Sensitive<Vec<u8>>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The seal keys of a store.
#[derive(Clone, Copy)]
pub struct SealKeys<'store>(&'store Store);

impl Store {
    /// Keys that seal objects in clusters.
    pub fn seal_keys(&self) -> SealKeys<'_> {
        SealKeys(self)
    }
}

impl SealKeys<'_> {
    /// Stores `key` if there is none at all yet.
    pub async fn create_first(&self, key: &SealKey) -> Result<(), StoreError> {
        let sealed = self.0.seal(&place(key.id), key.private.expose()).await?;
        let values = values![key.id, key.public.clone(), sealed, key.created_at];
        self.0.database().write(Transaction::new().step(&INSERT_FIRST, values).serial()).await.map(|_| ())
    }

    /// All of them, newest first.
    pub async fn list(&self) -> Result<Vec<SealKey>, StoreError> {
        let rows = self.0.database().read(&LIST, values![]).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = row.parsed("id")?;
            let private = self.0.unseal(&place(id), row.bytes("sealed_private_key")?).await?;
            let public = row.bytes("public_key")?.to_vec();
            keys.push(SealKey { id, public, private, created_at: row.timestamp("created_at")? });
        }
        Ok(keys)
    }
}

fn place(id: SealKeyId) -> Place {
    Place::new("seal_keys", "sealed_private_key", id, Scope::Organization)
}
