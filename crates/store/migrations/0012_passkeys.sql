-- Passkeys of people, and what they were asked to sign. Nothing here is secret but what a challenge was, of which only a
-- digest is kept.

-- By which a passkey names its person: 64 random bytes that tell nothing of them.
CREATE TABLE passkey_handles (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id),
    handle BYTEA NOT NULL
);
CREATE UNIQUE INDEX passkey_handles_handle ON passkey_handles (handle);

-- `sign_count` is the newest that was shown: one that goes back sets `suspected_at`, and the passkey counts no more.
CREATE TABLE passkeys (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    credential_id BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    algorithm TEXT NOT NULL,
    sign_count BIGINT NOT NULL,
    is_backup_eligible BOOLEAN NOT NULL,
    is_backed_up BOOLEAN NOT NULL,
    transports TEXT NOT NULL,
    aaguid BYTEA NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    suspected_at BIGINT
);
CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential_id);
CREATE INDEX passkeys_user ON passkeys (user_id, id);

-- What a passkey was asked to sign, for one purpose and, where it is known, one person: good once and for minutes.
CREATE TABLE passkey_challenges (
    digest BYTEA NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenges_user ON passkey_challenges (user_id, purpose);
CREATE INDEX passkey_challenges_expires_at ON passkey_challenges (expires_at);
