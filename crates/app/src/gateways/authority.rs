//! What signs both ends of every tunnel, made at first use.

use mayfly_domain::{ids::GatewayAuthorityId, sensitive::Sensitive};
use mayfly_store::gateway_authorities::StoredAuthority;

use crate::{App, AppError};

/// A new authority, as `tunnel` makes it.
#[derive(Debug)]
pub struct NewAuthority {
    /// Its certificate: X.509, DER.
    pub certificate: Vec<u8>,
    /// Its key: PKCS #8, DER.
    pub key: Sensitive<Vec<u8>>,
}

/// The authorities, newest first: the first signs, all are believed. If there is none, `make` makes it; of servers that start
/// together, one's is kept.
pub async fn authorities(
    app: &App,
    make: impl FnOnce() -> Result<NewAuthority, AppError>,
) -> Result<Vec<NewAuthority>, AppError> {
    let store = app.store.gateway_authorities();
    let mut found = store.list().await?;
    if found.is_empty() {
        let NewAuthority { certificate, key } = make()?;
        let id = GatewayAuthorityId::generate(&app.ambient);
        store.create_first(&StoredAuthority { id, certificate, key, created_at: app.ambient.now() }).await?;
        found = store.list().await?;
    }
    Ok(found.into_iter().map(|StoredAuthority { certificate, key, .. }| NewAuthority { certificate, key }).collect())
}
