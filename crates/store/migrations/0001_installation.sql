-- The ground: which installation this database belongs to, and the keys that seal its secrets.

CREATE TABLE installation (
    id TEXT NOT NULL PRIMARY KEY,
    -- One row only.
    single BOOLEAN NOT NULL CHECK (single),
    -- Tells a database that was moved or restored; see `Store::has_moved`.
    database_identity TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX installation_single ON installation (single);

-- Versions of the master key. The key itself is never here: `check_value` is a known text sealed under it.
CREATE TABLE master_keys (
    version BIGINT NOT NULL PRIMARY KEY,
    check_value BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- Keys that seal values, each wrapped by a master key. `scope` is `organization` or `project:<id>`.
CREATE TABLE data_keys (
    id TEXT NOT NULL PRIMARY KEY,
    scope TEXT NOT NULL,
    version BIGINT NOT NULL,
    master_key_version BIGINT NOT NULL REFERENCES master_keys (version),
    wrapped BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX data_keys_scope_version ON data_keys (scope, version);
CREATE INDEX data_keys_master_key_version ON data_keys (master_key_version);
