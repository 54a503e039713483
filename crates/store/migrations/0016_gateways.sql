-- Gateways: agents in private networks, which open the way in from inside.

-- What signs both ends of their tunnels. The newest signs; older ones are believed until they are retired.
CREATE TABLE gateway_authorities (
    id TEXT NOT NULL PRIMARY KEY,
    certificate BYTEA NOT NULL,
    sealed_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE gateways (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    enrolment TEXT NOT NULL,
    standing TEXT NOT NULL,
    -- What it said of itself when it was here last.
    shown TEXT,
    connected_at BIGINT,
    left_at BIGINT,
    left_why TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX gateways_name ON gateways (organization_id, name);

-- Its processes that were proven, each with the number and the key of its newest certificate.
CREATE TABLE gateway_instances (
    gateway_id TEXT NOT NULL REFERENCES gateways (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    generation BIGINT NOT NULL,
    key_digest BYTEA NOT NULL,
    certificate_expires_at BIGINT NOT NULL,
    enrolled_at BIGINT NOT NULL,
    PRIMARY KEY (gateway_id, name)
);

-- What lets a process enrol. Only the digest is kept; the key is that of the last who used it, so that an answer that was lost
-- can be asked for once more.
CREATE TABLE gateway_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    gateway_id TEXT NOT NULL REFERENCES gateways (id) ON DELETE CASCADE,
    digest BYTEA NOT NULL,
    uses_left BIGINT NOT NULL,
    key_digest BYTEA,
    instance TEXT,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX gateway_tokens_digest ON gateway_tokens (digest);
CREATE INDEX gateway_tokens_gateway ON gateway_tokens (gateway_id);

-- Ids of projected tokens that proved a process: each counts once.
CREATE TABLE gateway_proofs (
    gateway_id TEXT NOT NULL REFERENCES gateways (id) ON DELETE CASCADE,
    jti TEXT NOT NULL,
    key_digest BYTEA NOT NULL,
    instance TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (gateway_id, jti)
);
