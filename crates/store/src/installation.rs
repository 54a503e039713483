//! The installation: one database, whatever the number of servers on it, and the master key that belongs to it.
//!
//! The first start writes one row; every later one finds it, and checks that it was given the same master key.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    clock::Ambient,
    ids::{AccessTokenId, InstallationId, SessionId},
};

use crate::{
    audit_events,
    database::{Database, DatabaseOptions},
    error::StoreError,
    sealed::{FoundMasterKeys, Keyring, MasterKey, MasterKeySource, MasterKeySources, find, first_data_key},
    sql::statements,
    transaction::Transaction,
    value::values,
};

statements! {
    INSERT_INSTALLATION = "
        INSERT INTO installation (id, single, database_identity, created_at) VALUES (?1, TRUE, ?2, ?3)";
    pub(crate) INSERT_MASTER_KEY = "INSERT INTO master_keys (version, check_value, created_at) VALUES (?1, ?2, ?3)";
    ADOPT = "UPDATE installation SET database_identity = ?1";
    // What was signed out, revoked or used up since the copy was made is as new in it.
    END_ACCESS_TOKENS = "UPDATE access_tokens SET is_revoked = TRUE WHERE is_revoked = FALSE AND id <> ?1";
    END_SESSIONS = "DELETE FROM sessions WHERE id <> ?1";
    END_PASSWORD_LINKS = "DELETE FROM password_links";
    INSTALLATION = "
        SELECT installation.id AS id, installation.database_identity AS database_identity,
               installation.created_at AS created_at, master_keys.version AS version,
               master_keys.created_at AS used_since
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
    /// Since when that one is the newest.
    used_since: Timestamp,
}

/// Finds the installation in `database`, or makes it.
pub(crate) async fn open(
    database: &Database,
    options: &DatabaseOptions,
    sources: MasterKeySources,
    ambient: &Ambient,
) -> Result<Opened, StoreError> {
    let found = read(database).await?;
    let (known, made_master_key) = if let Some(known) = found {
        (known, None)
    } else {
        let (master_key, made) = first_master_key(options, &sources, ambient).await?;
        (create(database, &master_key, ambient).await?, made)
    };
    let Known { installation, master_key_version, used_since } = known;
    let masters = find(database, installation.id, &sources).await?;
    if !masters.missing.is_empty() {
        return Err(StoreError::Refused(missing(&masters, &sources, (master_key_version, used_since))));
    }
    sources.settle(database, installation.id).await?;
    let keyring = Keyring::new(installation.id, sources, masters.keys);
    Ok(Opened { installation, keyring, made_master_key })
}

/// What is told when a master key is missing: which, where it was looked for, and what to do. A new one is never made over
/// existing data.
fn missing(found: &FoundMasterKeys, sources: &MasterKeySources, (newest, since): (i64, Timestamp)) -> String {
    let numbers: Vec<String> = found.missing.iter().map(i64::to_string).collect();
    let which = numbers.join(" and ");
    let looked = match (&sources.own, found.problems.first()) {
        (_, Some(problem)) => problem.clone(),
        (Some(own), None) if !own.current.exists() => format!("`{}` is missing", own.current.display()),
        (Some(own), None) => format!("`{}` is another key", own.current.display()),
        (None, None) if sources.current.is_none() => "it must be given with PostgreSQL".to_owned(),
        (None, None) => "the given master key is not the one that sealed this database".to_owned(),
    };
    let what_to_do = match (&sources.own, found.missing.contains(&newest)) {
        (Some(own), true) => format!("put the right file back as `{}`", own.current.display()),
        (None, true) => {
            "give the right one as `master_key.file`, `master_key.value` or `master_key.command`".to_owned()
        }
        (_, false) => "a rotation is not finished, so give the old key as `master_key` and the new one as \
                       `master_key.next` until it is"
            .to_owned(),
    };
    format!(
        "master key {which} of this database is missing ({looked}); the newest is {newest}, in use since {since}: {what_to_do}; \
         a new one is never made over existing data"
    )
}

/// The key of a new installation: the one that was given; else, on the embedded database, one in its folder that is made
/// now. A start that was interrupted may have left it there.
async fn first_master_key(
    options: &DatabaseOptions,
    sources: &MasterKeySources,
    ambient: &Ambient,
) -> Result<(MasterKey, Option<PathBuf>), StoreError> {
    if let Some(source) = &sources.current {
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
    if exists(&path)? {
        return Ok((MasterKeySource::File(path).read(ambient).await?, None));
    }
    Ok((MasterKey::make(&path, ambient)?, Some(path)))
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
    let used_since = row.timestamp("used_since")?;
    Ok(Some(Known { installation, master_key_version: row.integer("version")?, used_since }))
}

/// Whether `database` is another than the one that the installation lives in: its row was copied or restored into it.
pub(crate) async fn is_moved(database: &Database) -> Result<bool, StoreError> {
    let Some(known) = read(database).await? else { return Ok(false) };
    Ok(database.identity().await? != known.installation.database_identity)
}

/// What somebody shows who adopts a database: the one thing that goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// A machine's access token.
    pub access_token: Option<AccessTokenId>,
    /// A person's session.
    pub session: Option<SessionId>,
}

/// Makes `database` the one that the installation lives in, and ends whatever else than `shown` says who somebody is.
pub(crate) async fn adopt(database: &Database, shown: Shown, event: &AuditEvent) -> Result<(), StoreError> {
    // No id is the empty text.
    let access_token = shown.access_token.map(|id| id.to_string()).unwrap_or_default();
    let session = shown.session.map(|id| id.to_string()).unwrap_or_default();
    let transaction = Transaction::new()
        .step(&ADOPT, values![database.identity().await?])
        .step(&END_ACCESS_TOKENS, values![access_token])
        .step(&END_SESSIONS, values![session])
        .step(&END_PASSWORD_LINKS, values![])
        .with(audit_events::insert(event));
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
