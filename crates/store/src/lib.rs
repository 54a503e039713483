//! MEMORY: the only crate that knows SQL.
//!
//! One file for each noun says what can be read and changed of it; every change is a [`transaction::Transaction`],
//! data that [`database::Database`] runs on SQLite or PostgreSQL. Statements are declared with [`sql::statements`] and
//! listed in [`registry`], the schema grows in [`migrations`], secrets go through [`sealed`].

pub mod access_tokens;
pub mod approval_notices;
pub mod approvals;
pub mod audit_chain;
pub mod audit_events;
pub mod audit_reading;
pub mod audit_streams;
pub mod client_secrets;
pub mod cluster_requests;
pub mod connections;
pub mod custom_roles;
mod database;
pub mod dynamic_secrets;
pub mod environments;
mod error;
pub mod folders;
pub mod gateway_authorities;
pub mod gateway_enrolments;
pub mod gateway_pools;
pub mod gateway_tunnels;
pub mod gateway_users;
pub mod gateways;
pub mod groups;
pub mod identities;
mod installation;
pub mod invitations;
pub mod keepers;
pub mod key_rotations;
pub mod leases;
mod like;
pub mod login_failures;
pub mod lost_rights;
pub mod memberships;
mod migrations;
pub mod moves;
pub mod organizations;
pub mod outside_auths;
pub mod passkey_challenges;
pub mod passkeys;
pub mod password_links;
pub mod policies;
mod postgres;
pub mod projects;
#[cfg(test)]
mod registry;
mod row;
pub mod seal_keys;
mod sealed;
pub mod second_factors;
pub mod sessions;
pub mod sign_in_attempts;
pub mod signing_keys;
mod sql;
mod sqlite;
pub mod sso_attempts;
pub mod sso_links;
pub mod sso_providers;
pub mod sso_requests;
pub mod stops;
#[cfg(test)]
mod tests;
mod transaction;
pub mod universal_auths;
pub mod users;
mod value;
#[cfg(feature = "watch")]
pub mod watch;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::Timestamp;
use mayfly_domain::{audit::AuditEvent, clock::Ambient, ids::InstallationId, sensitive::Sensitive};

use self::{
    database::Database,
    installation::{Installation, Opened},
    sealed::{Keyring, MasterKeySources, Place, Sealed},
};
pub use self::{
    database::DatabaseOptions,
    error::{DatabaseFault, StoreError},
    installation::Shown,
    postgres::{PostgresOptions, Statements},
    sealed::MasterKeySource,
    sqlite::{Execution, SqliteOptions},
};

/// The guard's text when somebody else changed the same thing since it was read. Every change moves `updated_at`
/// forward or counts a version up, and the next change names what it has seen.
pub const UNCHANGED: &str = "nobody changed it since it was read";

/// How to open a store.
#[derive(Debug)]
pub struct StoreOptions {
    /// Which database.
    pub database: DatabaseOptions,
    /// Where the master key comes from. Absent, the embedded database keeps it in `master.key` in its folder.
    pub master_key: Option<MasterKeySource>,
    /// Time and chance, for what the store itself makes.
    pub ambient: Ambient,
}

/// An open store. Clones share it; it closes with the last of them.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    database: Database,
    keyring: Keyring,
    installation: Installation,
    /// Whether the database is another than the one that goes on; see [`installation::adopt`].
    is_held: AtomicBool,
    made_master_key: Option<PathBuf>,
}

impl Store {
    /// Opens the database, or makes it, and brings it to the newest schema.
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        Self::open_between_keys(options, None).await
    }

    /// The same, with the master key that is to follow the one of `options`, or already does. It need not be there before a
    /// rotation begins. Absent, the embedded database that keeps its own key makes the next one itself.
    pub async fn open_between_keys(options: StoreOptions, next: Option<MasterKeySource>) -> Result<Self, StoreError> {
        let database = Database::open(&options.database, migrations::MIGRATIONS, options.ambient.now()).await?;
        Self::over(database, options, next).await
    }

    /// Opens the database of a server that may be running, for one short act on its own machine; `next` as in
    /// [`Store::open_between_keys`].
    pub async fn visit(options: StoreOptions, next: Option<MasterKeySource>) -> Result<Self, StoreError> {
        let database = Database::visit(&options.database, migrations::MIGRATIONS, options.ambient.now()).await?;
        Self::over(database, options, next).await
    }

    async fn over(
        database: Database,
        options: StoreOptions,
        next: Option<MasterKeySource>,
    ) -> Result<Self, StoreError> {
        let StoreOptions { database: options, master_key, ambient } = options;
        let sources = MasterKeySources::of(&options, master_key, next, &ambient);
        let Opened { installation, keyring, made_master_key } =
            installation::open(&database, &options, sources, &ambient).await?;
        let is_held = AtomicBool::new(database.identity().await? != installation.database_identity);
        let store = Self(Arc::new(Inner { database, keyring, installation, is_held, made_master_key }));
        store.start_chain(&ambient).await?;
        Ok(store)
    }

    /// The installation that this database belongs to.
    pub fn installation(&self) -> InstallationId {
        self.0.installation.id
    }

    /// When the installation was made.
    pub fn installed_at(&self) -> Timestamp {
        self.0.installation.created_at
    }

    /// Whether this is a copy or a restored backup of the database that the installation lives in, and nobody said yet
    /// that it is the one to go on with.
    pub fn is_held(&self) -> bool {
        self.0.is_held.load(Ordering::Acquire)
    }

    /// Looks again whether the database is held: another server on it may have been told to go on.
    pub async fn look_whether_held(&self) -> Result<bool, StoreError> {
        let is_held = installation::is_moved(&self.0.database).await?;
        self.0.is_held.store(is_held, Ordering::Release);
        Ok(is_held)
    }

    /// Makes this database the one that the installation lives in. Sessions, access tokens and links for new passwords end,
    /// but for what is `shown`: in an old copy they live that were ended since.
    pub async fn adopt(&self, shown: Shown, event: &AuditEvent) -> Result<(), StoreError> {
        installation::adopt(&self.0.database, shown, event).await?;
        self.look_whether_held().await.map(drop)
    }

    /// The file of the master key, if this start made it: whoever started us must know that it needs a backup.
    pub fn made_master_key(&self) -> Option<&Path> {
        self.0.made_master_key.as_deref()
    }

    /// Every column with sealed values: its table and its name.
    pub fn sealed_columns() -> impl Iterator<Item = (&'static str, &'static str)> {
        sealed::columns::COLUMNS.iter().map(|column| (column.table, column.column))
    }

    /// Completes when the database can no longer be trusted, with the reason: the process must stop then, because only
    /// a new start reads what is really on disk. Never, if that cannot happen.
    pub async fn failed(&self) -> StoreError {
        self.0.database.failed().await
    }

    /// Where the noun files read and write.
    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    /// For the data keys of new scopes; [`Store::seal`] and [`Store::unseal`] do the rest.
    pub(crate) fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// Seals `text` for `place`, with the newest key of its scope.
    pub(crate) async fn seal(&self, place: &Place, text: &[u8]) -> Result<Sealed, StoreError> {
        self.0.keyring.seal(&self.0.database, place, text).await
    }

    /// Opens what was sealed for `place`.
    pub(crate) async fn unseal(&self, place: &Place, sealed: &[u8]) -> Result<Sensitive<Vec<u8>>, StoreError> {
        self.0.keyring.open(&self.0.database, place, sealed).await
    }
}
