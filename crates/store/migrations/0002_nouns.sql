-- Organizations, people and machines, projects with their environments and folders, dynamic secrets with their cluster
-- connections, leases, and the audit log.

CREATE TABLE organizations (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    email TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email);

CREATE TABLE identities (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    has_delete_protection BOOLEAN NOT NULL,
    metadata TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE universal_auths (
    id TEXT NOT NULL PRIMARY KEY,
    identity_id TEXT NOT NULL REFERENCES identities (id),
    client_id TEXT NOT NULL,
    limits TEXT NOT NULL,
    client_secret_trusted_ips TEXT NOT NULL,
    access_token_trusted_ips TEXT NOT NULL,
    lockout TEXT NOT NULL,
    failed_logins BIGINT NOT NULL,
    last_failed_at BIGINT,
    locked_until BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX universal_auths_identity ON universal_auths (identity_id);
CREATE UNIQUE INDEX universal_auths_client_id ON universal_auths (client_id);

CREATE TABLE client_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    universal_auth_id TEXT NOT NULL REFERENCES universal_auths (id),
    description TEXT NOT NULL,
    prefix TEXT NOT NULL,
    digest BYTEA NOT NULL,
    uses BIGINT NOT NULL,
    uses_limit BIGINT NOT NULL,
    ttl_seconds BIGINT NOT NULL,
    is_revoked BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX client_secrets_digest ON client_secrets (digest);
CREATE INDEX client_secrets_universal_auth ON client_secrets (universal_auth_id, id);

-- No reference to the client secret: a token outlives the row of the secret it was got with.
CREATE TABLE access_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    identity_id TEXT NOT NULL REFERENCES identities (id),
    client_secret_id TEXT,
    is_revoked BOOLEAN NOT NULL,
    limits TEXT NOT NULL,
    uses BIGINT NOT NULL,
    trusted_ips TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    renewed_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_identity ON access_tokens (identity_id);
CREATE INDEX access_tokens_expires_at ON access_tokens (expires_at);

CREATE TABLE signing_keys (
    id TEXT NOT NULL PRIMARY KEY,
    sealed_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE projects (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    description TEXT,
    has_delete_protection BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX projects_slug ON projects (organization_id, slug);

CREATE TABLE memberships (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    identity_id TEXT NOT NULL REFERENCES identities (id),
    roles TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX memberships_identity ON memberships (identity_id, project_id);
CREATE INDEX memberships_project ON memberships (project_id, id);

CREATE TABLE environments (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX environments_slug ON environments (project_id, slug);

-- The whole path is kept, so that finding a folder is one look-up; renaming one rewrites the paths below it.
CREATE TABLE folders (
    id TEXT NOT NULL PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    parent_id TEXT REFERENCES folders (id),
    path TEXT NOT NULL,
    description TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX folders_path ON folders (environment_id, path);
CREATE INDEX folders_parent ON folders (parent_id);

-- The owner is the dynamic secret whose private connection this is. `project_id` tells whose key seals the credential;
-- null means the organization's.
CREATE TABLE connections (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    project_id TEXT,
    owner_id TEXT,
    version BIGINT NOT NULL,
    address TEXT NOT NULL,
    sealed_credential BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE dynamic_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    folder_id TEXT NOT NULL REFERENCES folders (id),
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    default_ttl TEXT NOT NULL,
    max_ttl TEXT,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    credential TEXT NOT NULL,
    audiences TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX dynamic_secrets_name ON dynamic_secrets (folder_id, name);
CREATE INDEX dynamic_secrets_connection ON dynamic_secrets (connection_id);

-- What was promised. A lease refers to nothing: it tells its story when its secret, folder and project are gone. `facts`
-- are the fields of its audit events. Nothing of this changes once the token is given out.
CREATE TABLE leases (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    environment_id TEXT NOT NULL,
    environment_slug TEXT NOT NULL,
    folder_id TEXT NOT NULL,
    folder_path TEXT NOT NULL,
    dynamic_secret_name TEXT NOT NULL,
    dynamic_secret_version BIGINT NOT NULL,
    connection_id TEXT NOT NULL,
    connection_version BIGINT NOT NULL,
    plan TEXT NOT NULL,
    config TEXT,
    holder TEXT NOT NULL,
    holder_id TEXT NOT NULL,
    origin TEXT NOT NULL,
    reason TEXT,
    expire_at BIGINT NOT NULL,
    granted TEXT,
    facts TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX leases_project ON leases (project_id, id);

-- Where a lease stands, apart from what was promised: a row a tenth as wide, because this is what changes, for very many
-- leases at once, and what it is found by. `due_at` is when a lease next needs attention, and is null once it needs none.
CREATE TABLE lease_states (
    lease_id TEXT NOT NULL PRIMARY KEY,
    dynamic_secret_id TEXT NOT NULL,
    ends_when TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT,
    token_expires_at BIGINT,
    closed_at BIGINT,
    end_reason TEXT,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    outcome TEXT,
    ended_at BIGINT,
    claimed_by TEXT,
    claimed_until BIGINT,
    fence BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- In the order in which they are ended, and with nothing to sort out: a batch costs what the batch is, however many
-- leases are due. Ended leases are in no index but that of their ids.
CREATE INDEX lease_states_expiring ON lease_states (due_at, lease_id)
    WHERE state IN ('active', 'closed') AND ends_when = 'expired';
CREATE INDEX lease_states_reserved ON lease_states (due_at, lease_id) WHERE state = 'reserved';
CREATE INDEX lease_states_unfinished ON lease_states (dynamic_secret_id, lease_id) WHERE ended_at IS NULL;

CREATE TABLE audit_events (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT,
    project_id TEXT,
    kind TEXT NOT NULL,
    metadata TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_id TEXT,
    ip_address TEXT,
    user_agent TEXT NOT NULL,
    user_agent_type TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX audit_events_project ON audit_events (project_id, id);
