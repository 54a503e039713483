//! The keys that seal objects in clusters. The newest seals; older ones still verify. Private halves are sealed at rest.

use jiff::Timestamp;
use mayfly_domain::{ids::SealKeyId, sensitive::Sensitive};

use crate::{
    Store, StoreError,
    sealed::{
        Place, Scope,
        columns::{SealedColumn, key_digits, superseded},
    },
    sql::statements,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    // Servers that start together may each want to make the first key: only one does.
    INSERT_FIRST = "INSERT INTO seal_keys (id, public_key, sealed_private_key, created_at)
        SELECT CAST(?1 AS TEXT), ?2, ?3, CAST(?4 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM seal_keys)",
        postgres "INSERT INTO seal_keys (id, public_key, sealed_private_key, created_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS BYTEA), CAST(?3 AS BYTEA), CAST(?4 AS BIGINT)
        WHERE NOT EXISTS (SELECT 1 FROM seal_keys)";

    INSERT = "INSERT INTO seal_keys (id, public_key, sealed_private_key, created_at) VALUES (?1, ?2, ?3, ?4)";

    LIST = "SELECT * FROM seal_keys ORDER BY created_at DESC, id DESC";

    // Their public halves stay: what they sealed may still be somewhere.
    FORGET_PRIVATE = "UPDATE seal_keys SET sealed_private_key = ?2
        WHERE sealed_private_key <> ?2
          AND EXISTS (SELECT 1 FROM seal_keys AS newer WHERE newer.created_at > seal_keys.created_at AND newer.created_at <= ?1)";

    SEALED_PAGE = concat!("SELECT id, sealed_private_key FROM seal_keys WHERE id > ?1
        AND ", key_digits!("sealed_private_key"), " IN (", superseded!(), ") ORDER BY id LIMIT ?2"),
        postgres concat!("SELECT id, sealed_private_key FROM seal_keys WHERE id > ?1
        AND ", key_digits!(postgres "sealed_private_key"), " IN (", superseded!(), ") ORDER BY id LIMIT ?2");
    SEALED_COUNT = concat!("SELECT COUNT(*) AS number FROM seal_keys
        WHERE ", key_digits!("sealed_private_key"), " IN (", superseded!(), ")"),
        postgres concat!("SELECT COUNT(*) AS number FROM seal_keys
        WHERE ", key_digits!(postgres "sealed_private_key"), " IN (", superseded!(), ")");
    SEALED_REPLACE = "UPDATE seal_keys SET sealed_private_key = ?3 WHERE id = ?1 AND sealed_private_key = ?2";
}

/// Its sealed column.
pub(crate) static SEALED: SealedColumn = SealedColumn {
    table: "seal_keys",
    column: "sealed_private_key",
    page: &SEALED_PAGE,
    count: &SEALED_COUNT,
    replace: &SEALED_REPLACE,
    place: |row| Ok(place(row.parsed("id")?)),
};

/// A key that seals and verifies: an Ed25519 key pair (RFC 8032).
#[derive(Clone, Debug)]
pub struct SealKey {
    /// What seals call it.
    pub id: SealKeyId,
    /// Its public half, 32 bytes.
    pub public: Vec<u8>,
    /// Its private half, the 32 bytes of its seed; empty once a newer key seals.
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

    /// The step that stores one more.
    pub(crate) async fn insert(&self, key: &SealKey) -> Result<Step, StoreError> {
        let sealed = self.0.seal(&place(key.id), key.private.expose()).await?;
        Ok(Step::new(&INSERT, values![key.id, key.public.clone(), sealed, key.created_at]))
    }

    /// Forgets the private halves of keys that one made at `since` or before stands in for.
    pub async fn forget_private(&self, since: Timestamp) -> Result<(), StoreError> {
        let forget = Transaction::new().step(&FORGET_PRIVATE, values![since, Vec::<u8>::new()]);
        self.0.database().write(forget).await.map(drop)
    }

    /// All of them, newest first.
    pub async fn list(&self) -> Result<Vec<SealKey>, StoreError> {
        let rows = self.0.database().read(&LIST, values![]).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = row.parsed("id")?;
            let private = match row.bytes("sealed_private_key")? {
                [] => Sensitive::new(Vec::new()),
                sealed => self.0.unseal(&place(id), sealed).await?,
            };
            let public = row.bytes("public_key")?.to_vec();
            keys.push(SealKey { id, public, private, created_at: row.timestamp("created_at")? });
        }
        Ok(keys)
    }
}

fn place(id: SealKeyId) -> Place {
    Place::new("seal_keys", "sealed_private_key", id, Scope::Organization)
}
