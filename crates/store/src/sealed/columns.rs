//! Every column with sealed values: how its rows are found that an older key sealed, and how one is replaced.
//!
//! A noun with a sealed column has a [`SealedColumn`] beside its statements and a line in [`COLUMNS`] and in [`retire_text`];
//! a test walks the schema for columns that have none.

use super::place::Place;
use crate::{
    audit_chain, audit_streams, connections::sealed_columns, error::StoreError, gateway_authorities, outside_auths,
    row::Row, seal_keys, second_factors, signing_keys, sql::Sql, sql::statements, sso_providers,
};

/// A column with sealed values.
pub(crate) struct SealedColumn {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    /// Rows after `?1` whose value an older key sealed, at most `?2`, with their `id` and what their place follows from.
    pub(crate) page: &'static Sql,
    /// How many those are, as `number`.
    pub(crate) count: &'static Sql,
    /// Makes `?3` of the value of row `?1`, if it is still `?2`.
    pub(crate) replace: &'static Sql,
    /// Where the value of a row belongs.
    pub(crate) place: fn(&Row) -> Result<Place, StoreError>,
}

/// All of them.
pub(crate) static COLUMNS: &[&SealedColumn] = &[
    &sealed_columns::SEALED,
    &sealed_columns::SEALED_VERSION,
    &signing_keys::SEALED,
    &seal_keys::SEALED,
    &second_factors::SEALED,
    &outside_auths::SEALED,
    &audit_chain::SEALED,
    &audit_streams::SEALED,
    &sso_providers::SEALED,
    &gateway_authorities::SEALED,
];

/// The ids of keys that newer ones stand in for, as the hexadecimal digits that [`key_digits`] gives.
macro_rules! superseded {
    () => {
        "SELECT replace(old.id, '-', '') FROM data_keys AS old
            WHERE EXISTS (SELECT 1 FROM data_keys AS newer WHERE newer.scope = old.scope AND newer.version > old.version)"
    };
}
pub(crate) use superseded;

/// The id of the key that sealed a column's value, as hexadecimal digits: in the dialect of SQLite, then of PostgreSQL.
macro_rules! key_digits {
    ($column:literal) => {
        concat!("lower(hex(substr(", $column, ", 2, 16)))")
    };
    (postgres $column:literal) => {
        concat!("encode(substr(", $column, ", 2, 16), 'hex')")
    };
}
pub(crate) use key_digits;

/// The statements of a column whose table has one row for each id: a page of what an older key sealed, how many there are, and
/// how one is replaced.
macro_rules! sealed_page {
    ($($dialect:ident)? $fields:literal, $table:literal, $id:literal, $column:literal) => {
        concat!("SELECT ", $fields, " FROM ", $table, " WHERE ", $id, " > ?1
            AND ", key_digits!($($dialect)? $column), " IN (", superseded!(), ") ORDER BY ", $id, " LIMIT ?2")
    };
}
pub(crate) use sealed_page;

/// See [`sealed_page`].
macro_rules! sealed_count {
    ($($dialect:ident)? $table:literal, $column:literal) => {
        concat!("SELECT COUNT(*) AS number FROM ", $table, "
            WHERE ", key_digits!($($dialect)? $column), " IN (", superseded!(), ")")
    };
}
pub(crate) use sealed_count;

/// See [`sealed_page`].
macro_rules! sealed_replace {
    ($table:literal, $id:literal, $column:literal) => {
        concat!("UPDATE ", $table, " SET ", $column, " = ?3 WHERE ", $id, " = ?1 AND ", $column, " = ?2")
    };
}
pub(crate) use sealed_replace;

macro_rules! retire_text {
    ($($dialect:ident)?) => {
        concat!(
            "DELETE FROM data_keys
            WHERE replace(id, '-', '') IN (", superseded!(), ")
              AND replace(id, '-', '') NOT IN (
                SELECT ", key_digits!($($dialect)? "sealed_credential"), " FROM connections
                UNION ALL SELECT ", key_digits!($($dialect)? "sealed_credential"), " FROM connection_versions
                UNION ALL SELECT ", key_digits!($($dialect)? "sealed_key"), " FROM signing_keys
                UNION ALL SELECT ", key_digits!($($dialect)? "sealed_private_key"), " FROM seal_keys
                UNION ALL SELECT ", key_digits!($($dialect)? "sealed_secret"), " FROM second_factors
                UNION ALL SELECT ", key_digits!($($dialect)? "sealed_reviewer"), " FROM outside_auths
                    WHERE sealed_reviewer IS NOT NULL
                UNION ALL SELECT ", key_digits!($($dialect)? "sealed_key"), " FROM audit_keys
                UNION ALL SELECT ", key_digits!($($dialect)? "sealed_key"), " FROM gateway_authorities
                UNION ALL SELECT ", key_digits!($($dialect)? "sealed_secret"), " FROM audit_streams
                    WHERE sealed_secret IS NOT NULL
                UNION ALL SELECT ", key_digits!($($dialect)? "sealed_client_secret"), " FROM sso_providers
                    WHERE sealed_client_secret IS NOT NULL)"
        )
    };
}

statements! {
    // Whoever is just writing a value that such a key sealed is waited for; see `KEY_STANDS`.
    pub(crate) LOCK_SUPERSEDED = concat!("SELECT id FROM data_keys WHERE replace(id, '-', '') IN (", superseded!(), ")"),
        postgres concat!("SELECT id FROM data_keys WHERE replace(id, '-', '') IN (", superseded!(), ") ORDER BY id FOR UPDATE");

    // Keys that nothing is sealed with any more. What counts is seen after the lock.
    pub(crate) RETIRE = retire_text!(), postgres retire_text!(postgres);

    pub(crate) COUNT_SUPERSEDED = concat!("SELECT COUNT(*) AS number FROM (", superseded!(), ") AS superseded");

    // Whoever writes a sealed value finds its key, and keeps it from being retired meanwhile.
    pub(crate) KEY_STANDS = "SELECT id FROM data_keys WHERE id = ?1",
        postgres "SELECT id FROM data_keys WHERE id = ?1 FOR KEY SHARE";
}

/// The guard's text when the key of a value was retired while the value was on its way.
pub(crate) const KEY_IS_THERE: &str = "the key that sealed it is still there";
