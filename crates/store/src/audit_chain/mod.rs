//! The audit log as a chain that can be proven.
//!
//! [`link`] gives each event its number in a chain of its server and a [`mark`] over itself and the mark before; [`seal`]
//! joins the chains of all servers into one order; [`retain`] removes what is old, up to a seal and never within one;
//! [`verify`] reads all of it again and names what is wrong, and what cannot be known.
//! Why so: `docs/decisions/0027-the-audit-chain.md`.

pub(crate) mod link;
pub(crate) mod mark;
pub mod retain;
pub mod seal;
pub mod verify;

use mayfly_domain::ids::AuditKeyId;

use self::mark::ChainKey;
use crate::{
    Store, StoreError,
    sealed::{
        Place, Scope,
        columns::{SealedColumn, key_digits, sealed_count, sealed_page, sealed_replace, superseded},
    },
    sql::statements,
    transaction::Transaction,
    value::values,
};

/// What the marks of events are made as.
const EVENT: &str = "audit event";

/// What the marks of seals are made as.
const SEAL: &str = "audit seal";

/// The chain of events that were there before there were chains.
pub(crate) const BEFORE: i64 = 0;

statements! {
    // Servers that start together may each want to make the key: only one does.
    INSERT_KEY = "INSERT INTO audit_keys (id, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), ?2, CAST(?3 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM audit_keys)",
        postgres "INSERT INTO audit_keys (id, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS BYTEA), CAST(?3 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM audit_keys)";

    SEALED_PAGE = sealed_page!("*", "audit_keys", "id", "sealed_key"),
        postgres sealed_page!(postgres "*", "audit_keys", "id", "sealed_key");

    SEALED_COUNT = sealed_count!("audit_keys", "sealed_key"), postgres sealed_count!(postgres "audit_keys", "sealed_key");

    SEALED_REPLACE = sealed_replace!("audit_keys", "id", "sealed_key");

    KEY = "SELECT id, sealed_key FROM audit_keys ORDER BY created_at, id LIMIT 1";
}

impl Store {
    /// Reads the key of the chain, or makes it, and lets events be written.
    pub(crate) async fn start_chain(&self, ambient: &mayfly_domain::clock::Ambient) -> Result<(), StoreError> {
        let secret = if let Some(secret) = self.chain_secret().await? {
            secret
        } else {
            self.make_chain_secret(ambient).await?;
            let made = self.chain_secret().await?;
            made.ok_or_else(|| StoreError::Refused("the key of the audit log is missing".to_owned()))?
        };
        let key = ChainKey::new(secret.expose(), self.installation());
        self.database().chains().start(key, ambient.clone());
        Ok(())
    }

    async fn make_chain_secret(&self, ambient: &mayfly_domain::clock::Ambient) -> Result<(), StoreError> {
        let id = AuditKeyId::generate(ambient);
        let secret = zeroize::Zeroizing::new(ambient.random::<{ ChainKey::LENGTH }>());
        let sealed = self.seal(&place(id), secret.as_slice()).await?;
        let values = values![id, sealed, ambient.now()];
        self.database().write(Transaction::new().step(&INSERT_KEY, values).serial()).await.map(drop)
    }

    async fn chain_secret(&self) -> Result<Option<mayfly_domain::sensitive::Sensitive<Vec<u8>>>, StoreError> {
        let Some(row) = self.database().read_one(&KEY, values![]).await? else { return Ok(None) };
        self.unseal(&place(row.parsed("id")?), row.bytes("sealed_key")?).await.map(Some)
    }
}

/// Its sealed column.
pub(crate) static SEALED: SealedColumn = SealedColumn {
    table: "audit_keys",
    column: "sealed_key",
    page: &SEALED_PAGE,
    count: &SEALED_COUNT,
    replace: &SEALED_REPLACE,
    place: |row| Ok(place(row.parsed("id")?)),
};

fn place(id: AuditKeyId) -> Place {
    Place::new("audit_keys", "sealed_key", id, Scope::Organization)
}

/// The chain of a store's audit log.
#[derive(Clone, Copy)]
pub struct AuditChain<'store>(&'store Store);

impl Store {
    /// The audit log as a chain.
    pub fn audit_chain(&self) -> AuditChain<'_> {
        AuditChain(self)
    }
}
