-- Leases with objects in their cluster: what they pin, who removes it, and the keys that seal it.

ALTER TABLE connections ADD COLUMN cluster TEXT;

-- Every version of a connection, until the last lease that was issued with it has ended: also after its connection, secret
-- and project are gone. The credential is sealed for the connection, as in its own row.
CREATE TABLE connection_versions (
    connection_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    organization_id TEXT NOT NULL,
    project_id TEXT,
    address TEXT NOT NULL,
    sealed_credential BYTEA NOT NULL,
    cluster TEXT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX connection_versions_version ON connection_versions (connection_id, version);
INSERT INTO connection_versions
    (connection_id, version, organization_id, project_id, address, sealed_credential, cluster, created_at)
    SELECT id, version, organization_id, project_id, address, sealed_credential, NULL, updated_at FROM connections;

ALTER TABLE dynamic_secrets ADD COLUMN username_template TEXT;

-- A lease that ends by removing something is ended in the lane of its connection, so that one cluster that is away keeps
-- no other waiting.
ALTER TABLE lease_states ADD COLUMN lane TEXT;
ALTER TABLE lease_states ADD COLUMN ending_since BIGINT;
UPDATE lease_states SET lane = (SELECT leases.connection_id FROM leases WHERE leases.id = lease_states.lease_id);
CREATE INDEX lease_states_removing ON lease_states (lane, due_at, lease_id)
    WHERE ends_when = 'deleted' AND ended_at IS NULL;

CREATE TABLE seal_keys (
    id TEXT NOT NULL PRIMARY KEY,
    public_key BYTEA NOT NULL,
    sealed_private_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- Who holds a lease that is not over: for caps, and for ending all that somebody holds.
ALTER TABLE lease_states ADD COLUMN held_by TEXT;
UPDATE lease_states SET held_by = (SELECT leases.holder_id FROM leases WHERE leases.id = lease_states.lease_id);
CREATE INDEX lease_states_holder ON lease_states (held_by) WHERE ended_at IS NULL;

-- Where nothing is issued until somebody lifts it: everywhere, in an environment, by a connection or by a dynamic secret.
CREATE TABLE stops (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    target_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX stops_target ON stops (organization_id, scope, target_id);

-- Requests that said by a key which one they are, for a day.
CREATE TABLE idempotency_keys (
    caller_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    route TEXT NOT NULL,
    key_value TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    lease_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX idempotency_keys_key ON idempotency_keys (caller_id, project_id, route, key_value);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
