-- How machines sign in with tokens from outside, who is shut out, who guessed wrong from where, and whose leases have still
-- to end.

ALTER TABLE identities ADD COLUMN is_disabled BOOLEAN NOT NULL DEFAULT false;

-- How the holder of a token signed in for it, so that taking one way away takes its tokens.
ALTER TABLE access_tokens ADD COLUMN auth_method TEXT NOT NULL DEFAULT 'universal-auth';

-- One of each method for an identity. `sealed_reviewer` opens only beside the address and trust that are in `trust`.
CREATE TABLE outside_auths (
    id TEXT NOT NULL PRIMARY KEY,
    identity_id TEXT NOT NULL REFERENCES identities (id),
    method TEXT NOT NULL,
    trust TEXT NOT NULL,
    freshness TEXT NOT NULL,
    limits TEXT NOT NULL,
    access_token_trusted_ips TEXT NOT NULL,
    sealed_reviewer BYTEA,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX outside_auths_identity ON outside_auths (identity_id, method);

-- Outside tokens that count once, by their digest, until they would have ended anyway.
CREATE TABLE seen_tokens (
    auth_id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (auth_id, digest)
);
CREATE INDEX seen_tokens_expires_at ON seen_tokens (expires_at);

-- Wrong client secrets, counted for each client id and source, and for each client id over all sources, which is the empty
-- one. The counters in `universal_auths` are not used any more.
CREATE TABLE login_failures (
    client TEXT NOT NULL,
    source TEXT NOT NULL,
    failures BIGINT NOT NULL,
    since BIGINT NOT NULL,
    last_failed_at BIGINT NOT NULL,
    locked_until BIGINT,
    PRIMARY KEY (client, source)
);
CREATE INDEX login_failures_last ON login_failures (last_failed_at);

-- Somebody is about to lose the last right to lease, in one project or everywhere: their leases there end once it is lost.
-- The row is written first, and stays until no server can remember the right any more.
CREATE TABLE lost_rights (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    holder_kind TEXT NOT NULL,
    holder_id TEXT NOT NULL,
    project_id TEXT,
    lost_at BIGINT NOT NULL
);
CREATE INDEX lost_rights_lost_at ON lost_rights (lost_at, id);
