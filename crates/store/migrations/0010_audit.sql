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

-- What the token of a lease did, as its cluster's audit log tells it: found by the token's id.
ALTER TABLE leases ADD COLUMN jti TEXT;
CREATE INDEX leases_jti ON leases (jti);

CREATE TABLE cluster_requests (
    connection_id TEXT NOT NULL,
    audit_id TEXT NOT NULL,
    lease_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    request TEXT NOT NULL,
    PRIMARY KEY (connection_id, audit_id)
);
CREATE INDEX cluster_requests_lease ON cluster_requests (lease_id, at, audit_id);
CREATE INDEX cluster_requests_at ON cluster_requests (at);

-- Who may send a cluster's audit log. Only the digest of the token is kept.
CREATE TABLE audit_intakes (
    connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    digest BYTEA NOT NULL,
    events BIGINT NOT NULL,
    joined BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_heard_at BIGINT
);

-- Places outside to which the log is sent.
CREATE TABLE audit_streams (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    sealed_secret BYTEA,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    delivered BIGINT NOT NULL,
    last_error TEXT,
    delivered_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX audit_streams_name ON audit_streams (organization_id, name);
