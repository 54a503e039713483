//! Data keys, and the format of what they seal:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version of this format, 1 |
//! | 16 | id of the data key |
//! | 12 | nonce |
//! | rest | text, and 16 bytes of authentication |

use mayfly_domain::{
    ids::{DataKeyId, InstallationId},
    sensitive::Sensitive,
};
use uuid::Uuid;

use super::{
    cipher::{Cipher, KEY_LENGTH},
    place::{Place, Scope},
};
use crate::error::StoreError;

const VERSION: u8 = 1;
const ID_LENGTH: usize = 16;
const HEADER_LENGTH: usize = 1 + ID_LENGTH;

/// A value that was sealed just now. Its key may be retired before it is written, so what writes it looks.
#[derive(Clone, PartialEq)]
pub(crate) struct Sealed {
    key: DataKeyId,
    bytes: Vec<u8>,
}

impl Sealed {
    /// Which key sealed it.
    pub(crate) const fn key(&self) -> DataKeyId {
        self.key
    }

    /// What is stored.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The key that seals the values of one scope.
pub(crate) struct DataKey {
    pub(super) id: DataKeyId,
    pub(super) scope: Scope,
    installation: InstallationId,
    cipher: Cipher,
}

impl DataKey {
    pub(super) fn new(installation: InstallationId, id: DataKeyId, scope: Scope, key: &[u8; KEY_LENGTH]) -> Self {
        Self { id, scope, installation, cipher: Cipher::new(key) }
    }

    /// Seals `text` for `place` and no other.
    pub(crate) fn seal(&self, place: &Place, text: &[u8]) -> Result<Sealed, StoreError> {
        if place.scope != self.scope {
            return Err(place.refused("belongs to the key of another scope"));
        }
        let bytes = self.cipher.seal(&self.header(), &place.authenticated(self.installation), text);
        Ok(Sealed { key: self.id, bytes })
    }

    /// Opens what this key has sealed for `place`.
    pub(crate) fn open(&self, place: &Place, sealed: &[u8]) -> Result<Sensitive<Vec<u8>>, StoreError> {
        let does_not_open = || place.refused("does not open: it was changed, or sealed for another place");
        let body = sealed.strip_prefix(&self.header()).ok_or_else(does_not_open)?;
        let mut text = self
            .cipher
            .open(&self.header(), &place.authenticated(self.installation), body)
            .map_err(|_| does_not_open())?;
        Ok(Sensitive::new(std::mem::take(&mut *text)))
    }

    fn header(&self) -> [u8; HEADER_LENGTH] {
        let mut header = [VERSION; HEADER_LENGTH];
        for (slot, byte) in header.iter_mut().skip(1).zip(self.id.as_uuid().as_bytes()) {
            *slot = *byte;
        }
        header
    }
}

/// Which key sealed the value of `place`.
pub(super) fn key_of(place: &Place, sealed: &[u8]) -> Result<DataKeyId, StoreError> {
    match sealed.split_first() {
        Some((&VERSION, rest)) => rest.first_chunk::<ID_LENGTH>(),
        Some(_) | None => None,
    }
    .map(|id| DataKeyId::from_uuid(Uuid::from_bytes(*id)))
    .ok_or_else(|| place.refused("is not in a format we know"))
}

impl Place {
    pub(crate) fn refused(&self, problem: &'static str) -> StoreError {
        StoreError::Sealed { table: self.table, row: self.row.clone(), column: self.column, problem }
    }
}
