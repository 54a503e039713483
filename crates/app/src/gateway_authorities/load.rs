//! Authorities with their keys, for whoever signs by them.

use jiff::Timestamp;
use mayfly_domain::{ids::GatewayAuthorityId, sensitive::Sensitive};
use mayfly_store::gateway_authorities::StoredAuthority;

use super::NewAuthority;
use crate::{App, AppError};

/// An authority with its key.
#[derive(Debug)]
pub struct LoadedAuthority {
    /// Id.
    pub id: GatewayAuthorityId,
    /// Its certificate: X.509, DER.
    pub certificate: Vec<u8>,
    /// Its key: PKCS #8, DER.
    pub key: Sensitive<Vec<u8>>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The authorities, newest first: all are believed. If there is none, `make` makes it; of servers that start together, one's
/// is kept.
pub async fn load(
    app: &App,
    make: impl FnOnce() -> Result<NewAuthority, AppError>,
) -> Result<Vec<LoadedAuthority>, AppError> {
    let store = app.store.gateway_authorities();
    let mut found = store.list().await?;
    if found.is_empty() {
        let NewAuthority { certificate, key } = make()?;
        let id = GatewayAuthorityId::generate(&app.ambient);
        store.create_first(&StoredAuthority { id, certificate, key, created_at: app.ambient.now() }).await?;
        found = store.list().await?;
    }
    let loaded =
        |StoredAuthority { id, certificate, key, created_at }| LoadedAuthority { id, certificate, key, created_at };
    Ok(found.into_iter().map(loaded).collect())
}
