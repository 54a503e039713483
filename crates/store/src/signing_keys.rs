//! The keys that sign access tokens, sealed. The newest signs; older ones still verify.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{identity::AccessTokenLimits, ids::SigningKeyId, sensitive::Sensitive};

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
    INSERT_FIRST = "INSERT INTO signing_keys (id, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), ?2, CAST(?3 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM signing_keys)",
        postgres "INSERT INTO signing_keys (id, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS BYTEA), CAST(?3 AS BIGINT)
        WHERE NOT EXISTS (SELECT 1 FROM signing_keys)";

    INSERT = "INSERT INTO signing_keys (id, sealed_key, created_at) VALUES (?1, ?2, ?3)";

    LIST = "SELECT * FROM signing_keys ORDER BY created_at DESC, id DESC";

    AGES = "SELECT id, created_at FROM signing_keys ORDER BY created_at, id";

    // Few, as they are copied from what a way of signing in is set to.
    LIMITS_OF_BEFORE = "SELECT DISTINCT limits FROM access_tokens
        WHERE created_at <= ?1 AND expires_at > ?2 AND is_revoked = FALSE";

    DELETE = "DELETE FROM signing_keys WHERE id = ?1";

    SEALED_PAGE = concat!("SELECT id, sealed_key FROM signing_keys WHERE id > ?1
        AND ", key_digits!("sealed_key"), " IN (", superseded!(), ") ORDER BY id LIMIT ?2"),
        postgres concat!("SELECT id, sealed_key FROM signing_keys WHERE id > ?1
        AND ", key_digits!(postgres "sealed_key"), " IN (", superseded!(), ") ORDER BY id LIMIT ?2");
    SEALED_COUNT = concat!("SELECT COUNT(*) AS number FROM signing_keys
        WHERE ", key_digits!("sealed_key"), " IN (", superseded!(), ")"),
        postgres concat!("SELECT COUNT(*) AS number FROM signing_keys
        WHERE ", key_digits!(postgres "sealed_key"), " IN (", superseded!(), ")");
    SEALED_REPLACE = "UPDATE signing_keys SET sealed_key = ?3 WHERE id = ?1 AND sealed_key = ?2";
}

/// Its sealed column.
pub(crate) static SEALED: SealedColumn = SealedColumn {
    table: "signing_keys",
    column: "sealed_key",
    page: &SEALED_PAGE,
    count: &SEALED_COUNT,
    replace: &SEALED_REPLACE,
    place: |row| Ok(place(row.parsed("id")?)),
};

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

    /// The step that stores one more.
    pub(crate) async fn insert(&self, key: &SigningKey) -> Result<Step, StoreError> {
        let sealed = self.0.seal(&place(key.id), key.secret.expose()).await?;
        Ok(Step::new(&INSERT, values![key.id, sealed, key.created_at]))
    }

    /// Removes keys that one made at `since` or before stands in for, once no JWT lives that they can have signed: until
    /// `overlap` after the newer key was made, of tokens that lived then. A renewal makes a new JWT, so one that may be
    /// renewed for ever keeps a key no longer than its lifetime of once.
    pub async fn retire(&self, since: Timestamp, now: Timestamp, overlap: SignedDuration) -> Result<u64, StoreError> {
        let ages = self.0.database().read(&AGES, values![]).await?;
        let mut retired = 0;
        for (old, newer) in ages.iter().zip(ages.iter().skip(1)) {
            let newer = newer.timestamp("created_at")?;
            let last_signed = newer.saturating_add(overlap).unwrap_or(newer);
            if newer > since || self.any_lives(last_signed, now).await? {
                break;
            }
            let id: SigningKeyId = old.parsed("id")?;
            let outcomes = self.0.database().write(Transaction::new().step(&DELETE, values![id])).await?;
            retired += outcomes.iter().map(|outcome| outcome.changed).sum::<u64>();
        }
        Ok(retired)
    }

    /// Whether a JWT that was signed at `last_signed` or before may live at `now`.
    async fn any_lives(&self, last_signed: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        let rows = self.0.database().read(&LIMITS_OF_BEFORE, values![last_signed, now]).await?;
        for row in &rows {
            let limits: AccessTokenLimits = row.json("limits")?;
            let lifetime = SignedDuration::from_secs(limits.lifetime_seconds());
            if last_signed.saturating_add(lifetime).is_ok_and(|end| end > now) {
                return Ok(true);
            }
        }
        Ok(false)
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
