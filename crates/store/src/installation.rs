//! The installation: one database, whatever the number of servers on it, and the master key that belongs to it.
//!
//! The first start writes one row; every later one finds it, and checks that it was given the same master key.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use mayfly_domain::{audit::AuditEvent, clock::Ambient, ids::InstallationId};

use crate::{
    audit_events,
    database::{Database, DatabaseOptions},
    error::StoreError,
    sealed::{Keyring, MasterKey, MasterKeySource, first_data_key},
    sql::statements,
    transaction::Transaction,
    value::values,
};

statements! {
    INSERT_INSTALLATION = "
        INSERT INTO installation (id, single, database_identity, created_at) VALUES (?1, TRUE, ?2, ?3)";
    INSERT_MASTER_KEY = "INSERT INTO master_keys (version, check_value, created_at) VALUES (?1, ?2, ?3)";
    ADOPT = "UPDATE installation SET database_identity = ?1";
    INSTALLATION = "
        SELECT installation.id AS id, installation.database_identity AS database_identity,
               installation.created_at AS created_at, master_keys.version AS version,
               master_keys.check_value AS check_value
          FROM installation, master_keys
         ORDER BY master_keys.version DESC LIMIT 1";
}

/// The one installation of a database.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    pub(crate) id: InstallationId,
    pub(crate) created_at: Timestamp,
    /// Which database it was made in.
    pub(crate) database_identity: String,
}

/// What the first read of a database gives.
pub(crate) struct Opened {
    pub(crate) installation: Installation,
    pub(crate) keyring: Keyring,
    /// The file of a master key that was made just now.
    pub(crate) made_master_key: Option<PathBuf>,
}

struct Known {
    installation: Installation,
    master_key_version: i64,
    check_value: Vec<u8>,
}

/// Finds the installation in `database`, or makes it.
pub(crate) async fn open(
    database: &Database,
    options: &DatabaseOptions,
    source: Option<&MasterKeySource>,
    ambient: &Ambient,
) -> Result<Opened, StoreError> {
    let found = read(database).await?;
    let (master_key, made_master_key) = master_key(options, source, found.is_some(), ambient).await?;
    let known = match found {
        Some(known) => known,
        None => create(database, &master_key, ambient).await?,
    };
    let Known { installation, master_key_version, check_value } = known;
    if !master_key.made(&check_value, installation.id, master_key_version) {
        return Err(StoreError::Refused(
            "the master key is not the one that sealed this database: give the right one".to_owned(),
        ));
    }
    let keyring = Keyring::new(installation.id, master_key, master_key_version);
    Ok(Opened { installation, keyring, made_master_key })
}

/// The key that was given; else, on the embedded database, the one in its folder, which the very first start makes.
async fn master_key(
    options: &DatabaseOptions,
    source: Option<&MasterKeySource>,
    has_data: bool,
    ambient: &Ambient,
) -> Result<(MasterKey, Option<PathBuf>), StoreError> {
    if let Some(source) = source {
        return Ok((source.read(ambient).await?, None));
    }
    let DatabaseOptions::Sqlite(sqlite) = options else {
        return Err(StoreError::Refused(
            "a master key must be given with PostgreSQL, the same to each server: make one with `openssl rand -base64 \
             32`"
            .to_owned(),
        ));
    };
    let path = sqlite.folder.join("master.key");
    match (exists(&path)?, has_data) {
        (true, _) => Ok((MasterKeySource::File(path).read(ambient).await?, None)),
        (false, false) => Ok((MasterKey::make(&path, ambient)?, Some(path))),
        (false, true) => Err(StoreError::Refused(format!(
            "the master key `{}` is missing, and this database is sealed with it: put it back; a new one is never made \
             over existing data",
            path.display()
        ))),
    }
}

fn exists(path: &Path) -> Result<bool, StoreError> {
    path.try_exists().map_err(|error| StoreError::Refused(format!("cannot read `{}`: {error}", path.display())))
}

async fn read(database: &Database) -> Result<Option<Known>, StoreError> {
    let Some(row) = database.read_one(&INSTALLATION, values![]).await? else { return Ok(None) };
    let installation = Installation {
        id: row.parsed("id")?,
        created_at: row.timestamp("created_at")?,
        database_identity: row.text("database_identity")?.to_owned(),
    };
    let check_value = row.bytes("check_value")?.to_vec();
    Ok(Some(Known { installation, master_key_version: row.integer("version")?, check_value }))
}

/// Whether `database` is another than the one that the installation lives in: its row was copied or restored into it.
pub(crate) async fn is_moved(database: &Database) -> Result<bool, StoreError> {
    let Some(known) = read(database).await? else { return Ok(false) };
    Ok(database.identity().await? != known.installation.database_identity)
}

/// Makes `database` the one that the installation lives in.
pub(crate) async fn adopt(database: &Database, event: &AuditEvent) -> Result<(), StoreError> {
    let transaction =
        Transaction::new().step(&ADOPT, values![database.identity().await?]).with(audit_events::insert(event));
    database.write(transaction).await.map(drop)
}

/// Two servers may start at once on an empty database: the second one takes what the first has made.
async fn create(database: &Database, master_key: &MasterKey, ambient: &Ambient) -> Result<Known, StoreError> {
    let id = InstallationId::generate(ambient);
    let version = MasterKey::FIRST_VERSION;
    let now = ambient.now();
    let transaction = Transaction::new()
        .step(&INSERT_INSTALLATION, values![id, database.identity().await?, now])
        .step(&INSERT_MASTER_KEY, values![version, master_key.check_value(id, version), now])
        .with(first_data_key(id, master_key, ambient));
    match database.write(transaction).await {
        Ok(_) => {}
        Err(StoreError::Unique { index }) if index == "installation_single" => {}
        Err(error) => return Err(error),
    }
    read(database).await?.ok_or_else(|| StoreError::Refused("the installation's row is missing".to_owned()))
}
