-- Cluster connections that stand by themselves: with a name, shared with projects, and limited. Those that came with a
-- dynamic secret have none of this.

ALTER TABLE connections ADD COLUMN name TEXT;
ALTER TABLE connections ADD COLUMN projects TEXT;
ALTER TABLE connections ADD COLUMN limits TEXT;
ALTER TABLE connections ADD COLUMN clients TEXT;
-- Nameless ones do not clash.
CREATE UNIQUE INDEX connections_name ON connections (organization_id, name);

-- A change that ends the leases of a dynamic secret: what was reserved with an older version may not become one any more.
ALTER TABLE dynamic_secrets ADD COLUMN leases_from_version BIGINT NOT NULL DEFAULT 0;

-- The token that Mayfly itself uses: when it ends, when it is exchanged for a fresh one, and why that failed.
ALTER TABLE connections ADD COLUMN token_expires_at BIGINT;
ALTER TABLE connections ADD COLUMN renew_at BIGINT;
ALTER TABLE connections ADD COLUMN renewal_problem TEXT;
CREATE INDEX connections_renew_at ON connections (renew_at) WHERE renew_at IS NOT NULL;
