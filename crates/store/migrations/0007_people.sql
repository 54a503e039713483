-- People: who may sign in, what they show, their sessions and the links that are sent to them. Of every secret of theirs
-- only a hash or a digest is here, or it is sealed.

-- No name until they say so; a person without a password (an empty hash) cannot sign in with one.
ALTER TABLE users ADD COLUMN name TEXT;
ALTER TABLE users ADD COLUMN is_disabled BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE users ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX users_organization ON users (organization_id, id);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    digest BYTEA NOT NULL,
    ip_address TEXT,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sessions_digest ON sessions (digest);
CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX invitations_email ON invitations (organization_id, email);
CREATE UNIQUE INDEX invitations_digest ON invitations (digest);

-- The newest link of a person is the only one that counts.
CREATE TABLE password_links (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX password_links_user ON password_links (user_id);
CREATE UNIQUE INDEX password_links_digest ON password_links (digest);

-- `last_step` is the newest step of time whose code was accepted: no code is accepted twice.
CREATE TABLE second_factors (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id),
    sealed_secret BYTEA NOT NULL,
    is_confirmed BOOLEAN NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id),
    digest BYTEA NOT NULL,
    PRIMARY KEY (user_id, digest)
);

-- Attempts to sign in, counted for a source, an account, or both, in a window that began at `began_at`.
CREATE TABLE sign_in_attempts (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    began_at BIGINT NOT NULL
);
CREATE INDEX sign_in_attempts_began_at ON sign_in_attempts (began_at);
