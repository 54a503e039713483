//! The authorities that sign both ends of every tunnel. Their keys are sealed at rest.

use jiff::Timestamp;
use mayfly_domain::{ids::GatewayAuthorityId, sensitive::Sensitive};

use crate::{
    Store, StoreError,
    row::Row,
    sealed::{
        Place, Scope,
        columns::{SealedColumn, key_digits, sealed_count, sealed_page, sealed_replace, superseded},
    },
    sql::statements,
    transaction::Transaction,
    value::values,
};

statements! {
    // Servers that start together may each want to make the first one: only one does.
    INSERT_FIRST = "INSERT INTO gateway_authorities (id, certificate, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), ?2, ?3, CAST(?4 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM gateway_authorities)",
        postgres "INSERT INTO gateway_authorities (id, certificate, sealed_key, created_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS BYTEA), CAST(?3 AS BYTEA), CAST(?4 AS BIGINT)
        WHERE NOT EXISTS (SELECT 1 FROM gateway_authorities)";

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
        let place = place_of(authority.id, &authority.certificate);
        let sealed = self.0.seal(&place, authority.key.expose()).await?;
        let values = values![authority.id, authority.certificate.clone(), sealed, authority.created_at];
        self.0.database().write(Transaction::new().step(&INSERT_FIRST, values).serial()).await.map(drop)
    }

    /// All of them, newest first.
    pub async fn list(&self) -> Result<Vec<StoredAuthority>, StoreError> {
        let rows = self.0.database().read(&LIST, values![]).await?;
        let mut authorities = Vec::with_capacity(rows.len());
        for row in &rows {
            authorities.push(StoredAuthority {
                id: row.parsed("id")?,
                certificate: row.bytes("certificate")?.to_vec(),
                key: self.0.unseal(&place(row)?, row.bytes("sealed_key")?).await?,
                created_at: row.timestamp("created_at")?,
            });
        }
        Ok(authorities)
    }
}

fn place(row: &Row) -> Result<Place, StoreError> {
    Ok(place_of(row.parsed("id")?, row.bytes("certificate")?))
}

/// A key opens beside its own certificate only: whoever exchanges one in the table has no key for it.
fn place_of(id: GatewayAuthorityId, certificate: &[u8]) -> Place {
    let bound = mayfly_domain::hex::hex(certificate);
    Place::new("gateway_authorities", "sealed_key", id, Scope::Organization).bound_to(bound)
}
