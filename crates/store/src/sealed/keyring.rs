//! Which key seals and opens what.
//!
//! Keys are read when they are first needed and kept: another server may have made them. What is sealed asks for the newest
//! key each time, so that a rotation is known at once everywhere; sealing is rare.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use mayfly_domain::{
    clock::Ambient,
    ids::{DataKeyId, InstallationId},
    sensitive::Sensitive,
};
use zeroize::Zeroizing;

use super::{
    data_key::{DataKey, Sealed, key_of},
    master_key::{KeyPlace, MasterKey, MasterKeySource},
    place::{Place, Scope},
};
use crate::{
    database::{Database, DatabaseOptions},
    error::StoreError,
    row::Row,
    sql::statements,
    transaction::Step,
    value::Value,
    value::values,
};

statements! {
    INSERT_DATA_KEY = "
        INSERT INTO data_keys (id, scope, version, master_key_version, wrapped, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    DATA_KEY = "SELECT id, scope, master_key_version, wrapped FROM data_keys WHERE id = ?1";
    NEWEST_DATA_KEY = "
        SELECT id, scope, master_key_version, wrapped FROM data_keys WHERE scope = ?1 ORDER BY version DESC LIMIT 1";
    MASTER_KEYS = "SELECT version, check_value FROM master_keys ORDER BY version DESC";
    // Each page of those that an older master key wraps.
    OLD_WRAPS = "SELECT id, scope, master_key_version, wrapped FROM data_keys
        WHERE master_key_version < ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    REWRAP = "UPDATE data_keys SET wrapped = ?3, master_key_version = ?4 WHERE id = ?1 AND master_key_version = ?2";
}

/// The step that makes the first key of the organization, before there is a keyring.
pub(crate) fn first_data_key(installation: InstallationId, master_key: &MasterKey, ambient: &Ambient) -> Step {
    let (id, scope) = (DataKeyId::generate(ambient), Scope::Organization);
    let place = KeyPlace { installation, id, scope, master_key_version: MasterKey::FIRST_VERSION };
    insert(&place, FIRST_VERSION, master_key, ambient)
}

const FIRST_VERSION: i64 = 1;

fn insert(place: &KeyPlace, version: i64, master_key: &MasterKey, ambient: &Ambient) -> Step {
    let wrapped = master_key.wrap(place, &Zeroizing::new(ambient.random()));
    let KeyPlace { id, scope, master_key_version, .. } = place;
    let values = values![id, Value::text(scope), version, *master_key_version, wrapped, ambient.now()];
    Step::new(&INSERT_DATA_KEY, values)
}

/// Where the master key comes from, and the one that follows it.
pub(crate) struct MasterKeySources {
    /// The one that was given.
    pub(crate) current: Option<MasterKeySource>,
    /// The one that is to follow it, or does already.
    pub(crate) next: Option<MasterKeySource>,
    /// On the embedded database without a given key: where it keeps its own.
    pub(crate) own: Option<OwnKeyFiles>,
    pub(crate) ambient: Ambient,
}

/// The files of a master key that the embedded database keeps itself.
pub(crate) struct OwnKeyFiles {
    pub(crate) current: PathBuf,
    pub(crate) next: PathBuf,
}

impl OwnKeyFiles {
    /// The old key stays beside the new one under its number: older backups of the database need it. Each step can be the
    /// last one that happens.
    fn settle(&self, old_version: i64) -> Result<(), StoreError> {
        let kept = self.current.with_extension(format!("key.{old_version}"));
        let failed = |error: std::io::Error| {
            StoreError::Refused(format!("cannot put `{}` in its place: {error}", self.next.display()))
        };
        if self.current.exists() && !kept.exists() {
            std::fs::hard_link(&self.current, &kept).map_err(failed)?;
        }
        std::fs::rename(&self.next, &self.current).map_err(failed)
    }
}

impl MasterKeySources {
    pub(crate) fn of(
        options: &DatabaseOptions,
        current: Option<MasterKeySource>,
        next: Option<MasterKeySource>,
        ambient: &Ambient,
    ) -> Self {
        let own = match options {
            DatabaseOptions::Sqlite(sqlite) if current.is_none() => Some(OwnKeyFiles {
                current: sqlite.folder.join("master.key"),
                next: sqlite.folder.join("master.key.next"),
            }),
            DatabaseOptions::Sqlite(_) | DatabaseOptions::Postgres(_) => None,
        };
        Self { current, next, own, ambient: ambient.clone() }
    }

    /// Every key that can be had, with where it is from; why one could not be read stands in its place.
    pub(crate) async fn read_all(&self) -> Vec<Result<MasterKey, StoreError>> {
        let own = self.own.as_ref();
        let files = own.into_iter().flat_map(|own| [&own.current, &own.next]);
        let files = files.filter(|path| path.exists()).cloned().map(MasterKeySource::File);
        let mut keys = Vec::new();
        for source in self.current.iter().cloned().chain(self.next.iter().cloned()).chain(files) {
            keys.push(source.read(&self.ambient).await);
        }
        keys
    }

    /// The key that is to follow. The embedded database makes its own where it keeps one.
    pub(crate) async fn read_next(&self) -> Result<MasterKey, StoreError> {
        match (&self.next, &self.own) {
            (Some(next), _) => next.read(&self.ambient).await,
            (None, Some(own)) if own.next.exists() => {
                MasterKeySource::File(own.next.clone()).read(&self.ambient).await
            }
            (None, Some(own)) => MasterKey::make(&own.next, &self.ambient),
            (None, None) => Err(StoreError::Refused(
                "there is no next master key: give it to every server as `master_key.next.file`, `master_key.next.value` or \
                 `master_key.next.command`, and begin again"
                    .to_owned(),
            )),
        }
    }

    /// Puts the next key of the embedded database in the place of the current one, once that one is needed no more.
    pub(crate) async fn settle(&self, database: &Database, installation: InstallationId) -> Result<(), StoreError> {
        let Some(own) = self.own.as_ref().filter(|own| self.next.is_none() && own.next.exists()) else { return Ok(()) };
        let rows = database.read(&MASTER_KEYS, values![]).await?;
        let [only] = rows.as_slice() else { return Ok(()) };
        let version = only.integer("version")?;
        let next = MasterKeySource::File(own.next.clone()).read(&self.ambient).await?;
        // One that was made for a rotation that never began stays where it is.
        if next.made(only.bytes("check_value")?, installation, version) {
            own.settle(version - 1)?;
        }
        Ok(())
    }
}

/// The keys of one installation.
pub(crate) struct Keyring {
    installation: InstallationId,
    sources: MasterKeySources,
    masters: RwLock<BTreeMap<i64, Arc<MasterKey>>>,
    known: RwLock<HashMap<DataKeyId, Arc<DataKey>>>,
}

impl Keyring {
    pub(crate) fn new(
        installation: InstallationId,
        sources: MasterKeySources,
        masters: BTreeMap<i64, Arc<MasterKey>>,
    ) -> Self {
        Self { installation, sources, masters: RwLock::new(masters), known: RwLock::default() }
    }

    pub(crate) const fn installation(&self) -> InstallationId {
        self.installation
    }

    pub(crate) const fn sources(&self) -> &MasterKeySources {
        &self.sources
    }

    /// The step that makes the first key of `scope`: it belongs into the transaction that makes the scope, because
    /// nothing can be sealed for a scope without a key.
    pub(crate) async fn new_data_key(
        &self,
        database: &Database,
        scope: Scope,
        ambient: &Ambient,
    ) -> Result<Step, StoreError> {
        self.data_key_of_version(database, scope, FIRST_VERSION, ambient).await
    }

    /// The step that makes a key of `scope` with this number.
    pub(crate) async fn data_key_of_version(
        &self,
        database: &Database,
        scope: Scope,
        version: i64,
        ambient: &Ambient,
    ) -> Result<Step, StoreError> {
        let (master_key_version, master) = self.newest_master(database).await?;
        let place = self.key_place(DataKeyId::generate(ambient), scope, master_key_version);
        Ok(insert(&place, version, &master, ambient))
    }

    /// Seals `text` for `place` with the newest key of its scope.
    pub(crate) async fn seal(&self, database: &Database, place: &Place, text: &[u8]) -> Result<Sealed, StoreError> {
        let row = database.read_one(&NEWEST_DATA_KEY, values![Value::text(place.scope)]).await?;
        self.key_in(database, place, row).await?.seal(place, text)
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
        self.key_in(database, place, row).await?.open(place, sealed)
    }

    /// Steps that wrap the next `limit` data keys after `after` anew which an older master key wraps, and the last of them.
    pub(crate) async fn rewraps(
        &self,
        database: &Database,
        after: &str,
        limit: i64,
    ) -> Result<(Vec<Step>, Option<String>), StoreError> {
        let (version, master) = self.newest_master(database).await?;
        let rows = database.read(&OLD_WRAPS, values![version, after, limit]).await?;
        let mut steps = Vec::with_capacity(rows.len());
        for row in &rows {
            let (place, secret) = self.unwrapped(database, row).await?;
            let wrapped = master.wrap(&KeyPlace { master_key_version: version, ..place }, &secret);
            steps.push(Step::new(&REWRAP, values![place.id, place.master_key_version, wrapped, version]));
        }
        Ok((steps, rows.last().map(|row| row.text("id").map(str::to_owned)).transpose()?))
    }

    fn known(&self, id: DataKeyId) -> Option<Arc<DataKey>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Forgets the keys that are kept in memory: one whose row is gone must not open anything any more.
    pub(crate) fn forget_all(&self) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn key_in(&self, database: &Database, place: &Place, row: Option<Row>) -> Result<Arc<DataKey>, StoreError> {
        let row = row.ok_or_else(|| place.refused("has no data key"))?;
        if let Some(key) = self.known(row.parsed("id")?) {
            return Ok(key);
        }
        let (key_place, secret) = self.unwrapped(database, &row).await?;
        let key = Arc::new(DataKey::new(self.installation, key_place.id, key_place.scope, &secret));
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(key_place.id, Arc::clone(&key));
        Ok(key)
    }

    async fn unwrapped(&self, database: &Database, row: &Row) -> Result<(KeyPlace, Zeroizing<[u8; 32]>), StoreError> {
        let version = row.integer("master_key_version")?;
        let place = self.key_place(row.parsed("id")?, row.parsed("scope")?, version);
        let master = self.master(database, version).await?;
        let secret = master
            .unwrap(&place, row.bytes("wrapped")?)
            .map_err(|_| row.corrupt("wrapped", "does not open with the master key"))?;
        Ok((place, secret))
    }

    /// The newest master key, which may be one that another server has just begun to use.
    pub(crate) async fn newest_master(&self, database: &Database) -> Result<(i64, Arc<MasterKey>), StoreError> {
        let row = database.read_one(&MASTER_KEYS, values![]).await?;
        let row = row.ok_or_else(|| StoreError::Refused("the master key's row is missing".to_owned()))?;
        let version = row.integer("version")?;
        Ok((version, self.master(database, version).await?))
    }

    /// Whether `key` is a master key of this database already.
    pub(crate) async fn is_in_use(&self, database: &Database, key: &MasterKey) -> Result<bool, StoreError> {
        for row in database.read(&MASTER_KEYS, values![]).await? {
            if key.made(row.bytes("check_value")?, self.installation, row.integer("version")?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The master key of a version. One that is not known yet is looked for where master keys come from.
    async fn master(&self, database: &Database, version: i64) -> Result<Arc<MasterKey>, StoreError> {
        let known = || self.masters.read().unwrap_or_else(PoisonError::into_inner).get(&version).cloned();
        if let Some(master) = known() {
            return Ok(master);
        }
        let found = find(database, self.installation, &self.sources).await?;
        self.masters.write().unwrap_or_else(PoisonError::into_inner).extend(found.keys);
        known().ok_or_else(|| {
            StoreError::Refused(format!(
                "the master key with number {version} is not given to this server: give it as `master_key.next.file`, \
                 `master_key.next.value` or `master_key.next.command`"
            ))
        })
    }

    const fn key_place(&self, id: DataKeyId, scope: Scope, master_key_version: i64) -> KeyPlace {
        KeyPlace { installation: self.installation, id, scope, master_key_version }
    }
}

/// Which of the master keys that a database needs can be had.
pub(crate) struct FoundMasterKeys {
    /// Those that can, by their number.
    pub(crate) keys: BTreeMap<i64, Arc<MasterKey>>,
    /// The numbers of those that cannot.
    pub(crate) missing: Vec<i64>,
    /// Why keys could not be read.
    pub(crate) problems: Vec<String>,
}

/// Looks for the master keys of `database` where they come from.
pub(crate) async fn find(
    database: &Database,
    installation: InstallationId,
    sources: &MasterKeySources,
) -> Result<FoundMasterKeys, StoreError> {
    let rows = database.read(&MASTER_KEYS, values![]).await?;
    let mut candidates = Vec::new();
    let mut found = FoundMasterKeys { keys: BTreeMap::new(), missing: Vec::new(), problems: Vec::new() };
    for key in sources.read_all().await {
        match key {
            Ok(key) => candidates.push(Arc::new(key)),
            Err(error) => found.problems.push(error.to_string()),
        }
    }
    for row in &rows {
        let (version, check_value) = (row.integer("version")?, row.bytes("check_value")?);
        match candidates.iter().find(|key| key.made(check_value, installation, version)) {
            Some(key) => {
                found.keys.insert(version, Arc::clone(key));
            }
            None => found.missing.push(version),
        }
    }
    Ok(found)
}
