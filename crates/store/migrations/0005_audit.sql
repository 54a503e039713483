-- The audit log as a chain: each event names its chain, its number in it and the mark before its own.
ALTER TABLE audit_events ADD COLUMN chain BIGINT;
ALTER TABLE audit_events ADD COLUMN number BIGINT;
ALTER TABLE audit_events ADD COLUMN previous BYTEA;
ALTER TABLE audit_events ADD COLUMN mac BYTEA;
CREATE UNIQUE INDEX audit_events_chain ON audit_events (chain, number);

-- The key of the marks, sealed with the organization's data key.
CREATE TABLE audit_keys (
    id TEXT NOT NULL PRIMARY KEY,
    sealed_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- Seals join the chains of all servers into one order.
CREATE TABLE audit_seals (
    number BIGINT NOT NULL PRIMARY KEY,
    previous BYTEA NOT NULL,
    content TEXT NOT NULL,
    mac BYTEA NOT NULL,
    newest_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- How far a reader of all chains has come: the sealer, and each stream.
CREATE TABLE audit_positions (
    reader TEXT NOT NULL,
    chain BIGINT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (reader, chain)
);

-- Background work on the log that one server does at a time.
CREATE TABLE audit_tasks (
    name TEXT NOT NULL PRIMARY KEY,
    due_at BIGINT NOT NULL
);
