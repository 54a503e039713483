-- Events that retention removed before a stream had sent them.
ALTER TABLE audit_streams ADD COLUMN missed BIGINT NOT NULL DEFAULT 0;
