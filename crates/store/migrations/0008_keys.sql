-- Rotations of keys: which run, who works on them, and how far they are. What is left is counted, never written down.
CREATE TABLE key_rotations (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    total BIGINT NOT NULL,
    started_by TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    problem TEXT,
    -- The server that works on it, and until when nobody else does.
    claimed_by TEXT,
    claimed_until BIGINT
);
-- One of each kind at a time.
CREATE UNIQUE INDEX key_rotations_running ON key_rotations (kind) WHERE finished_at IS NULL;
CREATE INDEX key_rotations_kind ON key_rotations (kind, started_at);
