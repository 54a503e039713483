//! Which key seals and opens what.
//!
//! Data keys are read when they are first needed and kept: another server may have made them.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use mayfly_domain::{
    clock::Ambient,
    ids::{DataKeyId, InstallationId},
    sensitive::Sensitive,
};
use zeroize::Zeroizing;

use super::{
    data_key::{DataKey, key_of},
    master_key::{KeyPlace, MasterKey},
    place::{Place, Scope},
};
use crate::{
    database::Database, error::StoreError, row::Row, sql::statements, transaction::Step, value::Value, value::values,
};

statements! {
    INSERT_DATA_KEY = "
        INSERT INTO data_keys (id, scope, version, master_key_version, wrapped, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    DATA_KEY = "SELECT id, scope, master_key_version, wrapped FROM data_keys WHERE id = ?1";
    NEWEST_DATA_KEY = "
        SELECT id, scope, master_key_version, wrapped FROM data_keys WHERE scope = ?1 ORDER BY version DESC LIMIT 1";
}

/// The step that makes the first key of the organization, before there is a keyring.
pub(crate) fn first_data_key(installation: InstallationId, master_key: &MasterKey, ambient: &Ambient) -> Step {
    let (id, scope) = (DataKeyId::generate(ambient), Scope::Organization);
    let place = KeyPlace { installation, id, scope, master_key_version: MasterKey::FIRST_VERSION };
    insert(&place, master_key, ambient)
}

/// Makes the first key of a scope.
fn insert(place: &KeyPlace, master_key: &MasterKey, ambient: &Ambient) -> Step {
    const FIRST_VERSION: i64 = 1;
    let wrapped = master_key.wrap(place, &Zeroizing::new(ambient.random()));
    let KeyPlace { id, scope, master_key_version, .. } = place;
    let values = values![id, Value::text(scope), FIRST_VERSION, *master_key_version, wrapped, ambient.now()];
    Step::new(&INSERT_DATA_KEY, values)
}

/// The keys of one installation.
pub(crate) struct Keyring {
    installation: InstallationId,
    master_key: MasterKey,
    master_key_version: i64,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<DataKeyId, Arc<DataKey>>,
    newest: HashMap<Scope, Arc<DataKey>>,
}

impl Keyring {
    pub(crate) fn new(installation: InstallationId, master_key: MasterKey, master_key_version: i64) -> Self {
        Self { installation, master_key, master_key_version, known: RwLock::default() }
    }

    /// The step that makes the first key of `scope`: it belongs into the transaction that makes the scope, because
    /// nothing can be sealed for a scope without a key.
    pub(crate) fn new_data_key(&self, scope: Scope, ambient: &Ambient) -> Step {
        insert(&self.key_place(DataKeyId::generate(ambient), scope), &self.master_key, ambient)
    }

    /// Seals `text` for `place` with the newest key of its scope.
    pub(crate) async fn seal(&self, database: &Database, place: &Place, text: &[u8]) -> Result<Vec<u8>, StoreError> {
        if let Some(key) = self.newest(place.scope) {
            return key.seal(place, text);
        }
        let row = database.read_one(&NEWEST_DATA_KEY, values![Value::text(place.scope)]).await?;
        let key = self.remember(place, row)?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).newest.insert(place.scope, Arc::clone(&key));
        key.seal(place, text)
    }

    /// Opens what was sealed for `place`, with whichever key sealed it.
    pub(crate) async fn open(
        &self,
        database: &Database,
        place: &Place,
        sealed: &[u8],
    ) -> Result<Sensitive<Vec<u8>>, StoreError> {
        let id = key_of(place, sealed)?;
        if let Some(key) = self.known(id) {
            return key.open(place, sealed);
        }
        let row = database.read_one(&DATA_KEY, values![id]).await?;
        self.remember(place, row)?.open(place, sealed)
    }

    fn newest(&self, scope: Scope) -> Option<Arc<DataKey>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).newest.get(&scope).cloned()
    }

    fn known(&self, id: DataKeyId) -> Option<Arc<DataKey>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys.get(&id).cloned()
    }

    fn remember(&self, place: &Place, row: Option<Row>) -> Result<Arc<DataKey>, StoreError> {
        let row = row.ok_or_else(|| place.refused("has no data key"))?;
        let (id, scope) = (row.parsed("id")?, row.parsed("scope")?);
        let key_place =
            KeyPlace { master_key_version: row.integer("master_key_version")?, ..self.key_place(id, scope) };
        let secret = self
            .master_key
            .unwrap(&key_place, row.bytes("wrapped")?)
            .map_err(|_| row.corrupt("wrapped", "does not open with the master key"))?;
        let key = Arc::new(DataKey::new(self.installation, id, scope, &secret));
        self.known.write().unwrap_or_else(PoisonError::into_inner).keys.insert(id, Arc::clone(&key));
        Ok(key)
    }

    const fn key_place(&self, id: DataKeyId, scope: Scope) -> KeyPlace {
        KeyPlace { installation: self.installation, id, scope, master_key_version: self.master_key_version }
    }
}
