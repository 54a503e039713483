//! The authorities that sign both ends of every tunnel. Their keys are sealed at rest.

use jiff::Timestamp;
use mayfly_domain::{audit::AuditEvent, gateway_authority::MOST, ids::GatewayAuthorityId, sensitive::Sensitive};

use crate::{
    Store, StoreError, audit_events,
    row::Row,
    sealed::{
        Place, Scope,
        columns::{SealedColumn, key_digits, sealed_count, sealed_page, sealed_replace, superseded},
    },
    sql::statements,
    transaction::Transaction,
    value::{Value, values},
};

statements! {
    // Servers that start together may each want to make the first one: only one does.
    INSERT_FIRST = "INSERT INTO gateway_authorities (id, certificate, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), ?2, ?3, CAST(?4 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM gateway_authorities)",
        postgres "INSERT INTO gateway_authorities (id, certificate, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS BYTEA), CAST(?3 AS BYTEA), CAST(?4 AS BIGINT)
        WHERE NOT EXISTS (SELECT 1 FROM gateway_authorities)";

    INSERT_NEXT = "INSERT INTO gateway_authorities (id, certificate, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), ?2, ?3, CAST(?4 AS BIGINT) WHERE (SELECT COUNT(*) FROM gateway_authorities) < ?5",
        postgres "INSERT INTO gateway_authorities (id, certificate, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS BYTEA), CAST(?3 AS BYTEA), CAST(?4 AS BIGINT)
        WHERE (SELECT COUNT(*) FROM gateway_authorities) < ?5";

    DELETE = "DELETE FROM gateway_authorities
        WHERE id = ?1 AND EXISTS (SELECT 1 FROM gateway_authorities AS others WHERE others.id <> ?1)";

    // Without the keys: what is looked at each second opens nothing.
    KNOWN = "SELECT id, certificate, created_at FROM gateway_authorities ORDER BY created_at DESC, id DESC";

    LIST = "SELECT * FROM gateway_authorities ORDER BY created_at DESC, id DESC";

    SEALED_PAGE = sealed_page!("*", "gateway_authorities", "id", "sealed_key"),
        postgres sealed_page!(postgres "*", "gateway_authorities", "id", "sealed_key");

    SEALED_COUNT = sealed_count!("gateway_authorities", "sealed_key"),
        postgres sealed_count!(postgres "gateway_authorities", "sealed_key");

    SEALED_REPLACE = sealed_replace!("gateway_authorities", "id", "sealed_key");
}

/// Its sealed column.
pub(crate) static SEALED: SealedColumn = SealedColumn {
    table: "gateway_authorities",
    column: "sealed_key",
    page: &SEALED_PAGE,
    count: &SEALED_COUNT,
    replace: &SEALED_REPLACE,
    place: |row| place(row),
};

/// An authority as it is kept.
#[derive(Clone, Debug)]
pub struct StoredAuthority {
    /// Id.
    pub id: GatewayAuthorityId,
    /// Its certificate: X.509, DER.
    pub certificate: Vec<u8>,
    /// Its key: PKCS #8, DER.
    pub key: Sensitive<Vec<u8>>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An authority without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAuthority {
    /// Id.
    pub id: GatewayAuthorityId,
    /// Its certificate: X.509, DER.
    pub certificate: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The guard's text when there are as many as may be.
pub const THERE_IS_ROOM: &str = "there is room for another authority";

/// The guard's text when an authority is gone, or is the only one.
pub const ANOTHER_STAYS: &str = "the authority is there, and another one stays";

/// The authorities of a store.
#[derive(Clone, Copy)]
pub struct GatewayAuthorities<'store>(&'store Store);

impl Store {
    /// Authorities that sign both ends of tunnels.
    pub fn gateway_authorities(&self) -> GatewayAuthorities<'_> {
        GatewayAuthorities(self)
    }
}

impl GatewayAuthorities<'_> {
    /// Stores `authority` if there is none at all yet.
    pub async fn create_first(&self, authority: &StoredAuthority) -> Result<(), StoreError> {
        let values = self.sealed(authority).await?;
        self.0.database().write(Transaction::new().step(&INSERT_FIRST, values).serial()).await.map(drop)
    }

    /// Stores `authority` beside the one that there is, or fails with [`THERE_IS_ROOM`].
    pub async fn create_next(&self, authority: &StoredAuthority, event: &AuditEvent) -> Result<(), StoreError> {
        let values = self.sealed(authority).await?.into_iter().chain(values![at_most()]).collect();
        let transaction = Transaction::new()
            .step(&INSERT_NEXT, values)
            .expecting_one(THERE_IS_ROOM)
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes one with its key. The only one stays ([`ANOTHER_STAYS`]).
    pub async fn delete(&self, id: GatewayAuthorityId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE, values![id])
            .expecting_one(ANOTHER_STAYS)
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// All of them without their keys, newest first.
    pub async fn known(&self) -> Result<Vec<KnownAuthority>, StoreError> {
        self.0.database().read(&KNOWN, values![]).await?.iter().map(known).collect()
    }

    /// All of them, newest first.
    pub async fn list(&self) -> Result<Vec<StoredAuthority>, StoreError> {
        let rows = self.0.database().read(&LIST, values![]).await?;
        let mut authorities = Vec::with_capacity(rows.len());
        for row in &rows {
            let KnownAuthority { id, certificate, created_at } = known(row)?;
            let key = self.0.unseal(&place(row)?, row.bytes("sealed_key")?).await?;
            authorities.push(StoredAuthority { id, certificate, key, created_at });
        }
        Ok(authorities)
    }

    async fn sealed(&self, authority: &StoredAuthority) -> Result<Vec<Value>, StoreError> {
        let place = place_of(authority.id, &authority.certificate);
        let sealed = self.0.seal(&place, authority.key.expose()).await?;
        Ok(values![authority.id, authority.certificate.clone(), sealed, authority.created_at])
    }
}

fn at_most() -> i64 {
    i64::try_from(MOST).unwrap_or(i64::MAX)
}

fn known(row: &Row) -> Result<KnownAuthority, StoreError> {
    Ok(KnownAuthority {
        id: row.parsed("id")?,
        certificate: row.bytes("certificate")?.to_vec(),
        created_at: row.timestamp("created_at")?,
    })
}

fn place(row: &Row) -> Result<Place, StoreError> {
    Ok(place_of(row.parsed("id")?, row.bytes("certificate")?))
}

/// A key opens beside its own certificate only: whoever exchanges one in the table has no key for it.
fn place_of(id: GatewayAuthorityId, certificate: &[u8]) -> Place {
    let bound = mayfly_domain::hex::hex(certificate);
    Place::new("gateway_authorities", "sealed_key", id, Scope::Organization).bound_to(bound)
}
