-- What environments ask of leases, the requests that wait for another person's word, and who holds the keys of machines.

CREATE TABLE environment_policies (
    environment_id TEXT NOT NULL PRIMARY KEY REFERENCES environments (id),
    version BIGINT NOT NULL,
    rules TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A request refers to nothing: it tells its story when its secret and project are gone.
CREATE TABLE approval_requests (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    project_id TEXT,
    wish TEXT NOT NULL,
    digest TEXT NOT NULL,
    requester TEXT NOT NULL,
    requester_id TEXT NOT NULL,
    origin TEXT NOT NULL,
    reason TEXT,
    approvals BIGINT NOT NULL,
    votes TEXT NOT NULL,
    state TEXT NOT NULL,
    details TEXT NOT NULL,
    usable_until BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX approval_requests_project ON approval_requests (project_id, id);
CREATE INDEX approval_requests_digest ON approval_requests (digest, id);
-- One that waits for each wish.
CREATE UNIQUE INDEX approval_requests_waiting ON approval_requests (digest) WHERE state = 'pending';
CREATE INDEX approval_requests_open ON approval_requests (state, id) WHERE state IN ('pending', 'approved');

-- Whoever made what a machine signs in with can act as that machine, and so does not approve what it asks for.
CREATE TABLE identity_keepers (
    identity_id TEXT NOT NULL REFERENCES identities (id),
    keeper_kind TEXT NOT NULL,
    keeper_id TEXT NOT NULL
);
CREATE UNIQUE INDEX identity_keepers_keeper ON identity_keepers (identity_id, keeper_id);
