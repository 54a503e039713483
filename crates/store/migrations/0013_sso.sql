-- Single sign-on of people: the identity providers, whom they vouch for, and sign-ins that are under way.

CREATE TABLE sso_providers (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    terms TEXT NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    sealed_client_secret BYTEA,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sso_providers_slug ON sso_providers (organization_id, slug);

-- `email` is what the provider said at the last sign-in; who somebody is, the subject decides alone.
CREATE TABLE sso_links (
    provider_id TEXT NOT NULL REFERENCES sso_providers (id),
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    email TEXT,
    created_at BIGINT NOT NULL,
    signed_in_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sso_links_subject ON sso_links (provider_id, subject);
CREATE UNIQUE INDEX sso_links_user ON sso_links (user_id, provider_id);

-- A sign-in that a command line asked for: a browser signs in and confirms, the command line gets the session.
CREATE TABLE sso_requests (
    id TEXT NOT NULL PRIMARY KEY,
    provider_id TEXT NOT NULL REFERENCES sso_providers (id),
    token_digest BYTEA NOT NULL,
    code_digest BYTEA NOT NULL,
    host TEXT NOT NULL,
    ip_address TEXT,
    user_agent TEXT NOT NULL,
    tries BIGINT NOT NULL,
    user_id TEXT REFERENCES users (id),
    browser_digest BYTEA,
    confirmed_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sso_requests_token ON sso_requests (token_digest);
CREATE INDEX sso_requests_expires_at ON sso_requests (expires_at);
CREATE INDEX sso_requests_user ON sso_requests (user_id);

-- Nonce and verifier follow from the browser's cookie, of which only a digest is here.
CREATE TABLE sso_attempts (
    id TEXT NOT NULL PRIMARY KEY,
    provider_id TEXT NOT NULL REFERENCES sso_providers (id),
    state_digest BYTEA NOT NULL,
    browser_digest BYTEA NOT NULL,
    request_id TEXT,
    return_path TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sso_attempts_state ON sso_attempts (state_digest);
CREATE INDEX sso_attempts_expires_at ON sso_attempts (expires_at);

-- The provider that somebody is in a group by; empty where somebody put them there by hand. Each stands for itself.
ALTER TABLE group_members ADD COLUMN provider_id TEXT NOT NULL DEFAULT '';
DROP INDEX group_members_principal;
CREATE UNIQUE INDEX group_members_principal ON group_members (principal_id, group_id, provider_id);
CREATE INDEX group_members_provider ON group_members (provider_id, group_id);

-- Set where somebody was recovered on the server's own machine: their password counts, whatever a provider asks for, until
-- they sign in by it again.
ALTER TABLE users ADD COLUMN recovered_at BIGINT;
