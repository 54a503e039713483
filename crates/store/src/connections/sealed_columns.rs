//! The sealed credentials of connections and of their versions, for the rotation of keys.

use crate::{
    sealed::columns::{SealedColumn, key_digits, superseded},
    sql::statements,
};

statements! {
    SEALED_PAGE = concat!("SELECT * FROM connections WHERE id > ?1
        AND ", key_digits!("sealed_credential"), " IN (", superseded!(), ") ORDER BY id LIMIT ?2"),
        postgres concat!("SELECT * FROM connections WHERE id > ?1
        AND ", key_digits!(postgres "sealed_credential"), " IN (", superseded!(), ") ORDER BY id LIMIT ?2");
    SEALED_COUNT = concat!("SELECT COUNT(*) AS number FROM connections
        WHERE ", key_digits!("sealed_credential"), " IN (", superseded!(), ")"),
        postgres concat!("SELECT COUNT(*) AS number FROM connections
        WHERE ", key_digits!(postgres "sealed_credential"), " IN (", superseded!(), ")");
    SEALED_REPLACE = "UPDATE connections SET sealed_credential = ?3 WHERE id = ?1 AND sealed_credential = ?2";

    // A version's id here is its connection's, 36 characters long, and its number.
    VERSION_PAGE = concat!("SELECT connection_versions.*, connection_id || '/' || CAST(version AS TEXT) AS id
        FROM connection_versions WHERE connection_id || '/' || CAST(version AS TEXT) > ?1
        AND ", key_digits!("sealed_credential"), " IN (", superseded!(), ") ORDER BY id LIMIT ?2"),
        postgres concat!("SELECT connection_versions.*, connection_id || '/' || CAST(version AS TEXT) AS id
        FROM connection_versions WHERE connection_id || '/' || CAST(version AS TEXT) > ?1
        AND ", key_digits!(postgres "sealed_credential"), " IN (", superseded!(), ") ORDER BY id LIMIT ?2");
    VERSION_COUNT = concat!("SELECT COUNT(*) AS number FROM connection_versions
        WHERE ", key_digits!("sealed_credential"), " IN (", superseded!(), ")"),
        postgres concat!("SELECT COUNT(*) AS number FROM connection_versions
        WHERE ", key_digits!(postgres "sealed_credential"), " IN (", superseded!(), ")");
    VERSION_REPLACE = "UPDATE connection_versions SET sealed_credential = ?3
        WHERE connection_id = substr(CAST(?1 AS TEXT), 1, 36) AND version = CAST(substr(CAST(?1 AS TEXT), 38) AS BIGINT)
          AND sealed_credential = ?2";
}

/// Credentials of connections.
pub(crate) static SEALED: SealedColumn = SealedColumn {
    table: "connections",
    column: "sealed_credential",
    page: &SEALED_PAGE,
    count: &SEALED_COUNT,
    replace: &SEALED_REPLACE,
    place: |row| Ok(super::place(&super::connection(row)?, super::scope(row.optional_parsed("project_id")?))),
};

/// Credentials of their versions, each as it was sealed for the connection.
pub(crate) static SEALED_VERSION: SealedColumn = SealedColumn {
    table: "connection_versions",
    column: "sealed_credential",
    page: &VERSION_PAGE,
    count: &VERSION_COUNT,
    replace: &VERSION_REPLACE,
    place: |row| Ok(super::place(&super::version(row)?, super::scope(row.optional_parsed("project_id")?))),
};
