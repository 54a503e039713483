//! The schema's history: numbered texts, forward only, each in a transaction of its own.
//!
//! A new one is a file in `migrations/`, one idea each, and a line in [`MIGRATIONS`]. [`translate`] says how one text
//! serves both databases. Every unique index is named (`CREATE UNIQUE INDEX`), because its name is what callers are told
//! when a key is taken. The text of what was applied is remembered by its digest: a database whose history is not a
//! beginning of ours belongs to another version, and nothing is done to it.

pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod translate;

use aws_lc_rs::digest;
use mayfly_domain::hex::hex;

use self::translate::{Dialect, translate};
use crate::error::StoreError;

/// One step of the schema.
#[derive(Clone, Copy)]
pub(crate) struct Migration {
    /// From 1, without gaps.
    pub(crate) number: i64,
    /// The file's name without number and ending.
    pub(crate) name: &'static str,
    /// What the file holds.
    pub(crate) text: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal $file:literal)+) => {
        &[$(Migration {
            number: $number,
            name: $name,
            text: include_str!(concat!("../migrations/", $file)),
        }),+]
    };
}

/// Every migration, in order.
pub(crate) static MIGRATIONS: &[Migration] = migrations! {
    1 "installation" "0001_installation.sql"
    2 "nouns" "0002_nouns.sql"
    3 "belongings" "0003_belongings.sql"
    4 "shared_connections" "0004_shared_connections.sql"
    5 "members" "0005_members.sql"
    6 "approvals" "0006_approvals.sql"
    7 "people" "0007_people.sql"
    8 "keys" "0008_keys.sql"
    9 "machines" "0009_machines.sql"
    10 "audit" "0010_audit.sql"
    11 "approval notices" "0011_approval_notices.sql"
    12 "passkeys" "0012_passkeys.sql"
    13 "sso" "0013_sso.sql"
    14 "word" "0014_word.sql"
    15 "proof" "0015_proof.sql"
    16 "gateways" "0016_gateways.sql"
    17 "ways" "0017_ways.sql"
    18 "servers" "0018_servers.sql"
    19 "told keys" "0019_told_keys.sql"
};

/// A migration as the database remembers it.
pub(crate) struct Applied {
    pub(crate) number: i64,
    pub(crate) digest: String,
}

pub(crate) const CREATE_HISTORY: &str = "
CREATE TABLE IF NOT EXISTS schema_migrations (
    number BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)";

impl Migration {
    /// SHA-256 of the text, in hexadecimal.
    pub(crate) fn digest(&self) -> String {
        hex(digest::digest(&digest::SHA256, self.text.as_bytes()).as_ref())
    }

    /// Its statements for `dialect`.
    pub(crate) fn statements(&self, dialect: Dialect) -> Result<Vec<String>, StoreError> {
        translate(self.text, dialect)
            .map_err(|problem| StoreError::Refused(format!("migration {} `{}`: {problem}", self.number, self.name)))
    }

    fn failed(&self, error: &dyn std::error::Error) -> StoreError {
        let what = mayfly_domain::error::chain(error);
        StoreError::Refused(format!("migration {} `{}` failed, nothing of it was kept: {what}", self.number, self.name))
    }
}

/// Those of `migrations` that are still to come after `applied`.
pub(crate) fn pending<'list>(
    migrations: &'list [Migration],
    applied: &[Applied],
) -> Result<&'list [Migration], StoreError> {
    for (position, known) in applied.iter().enumerate() {
        let Some(ours) = migrations.get(position) else {
            return Err(StoreError::Refused(format!(
                "the database is newer than this program: it has migration {}, we know {} of them; use the newer program",
                known.number,
                migrations.len()
            )));
        };
        if known.number != ours.number || known.digest != ours.digest() {
            return Err(StoreError::Refused(format!(
                "the database was made by another program: migration {} `{}` is not the text that was applied",
                ours.number, ours.name
            )));
        }
    }
    Ok(migrations.get(applied.len()..).unwrap_or_default())
}
