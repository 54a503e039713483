-- Gateways that lead to the same network.
CREATE TABLE gateway_pools (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX gateway_pools_name ON gateway_pools (organization_id, name);

CREATE TABLE gateway_pool_members (
    pool_id TEXT NOT NULL REFERENCES gateway_pools (id) ON DELETE CASCADE,
    gateway_id TEXT NOT NULL REFERENCES gateways (id),
    PRIMARY KEY (pool_id, gateway_id)
);
CREATE INDEX gateway_pool_members_gateway ON gateway_pool_members (gateway_id);

-- The gateway or the pool on the way of a connection: it is not removed while something leads through it.
ALTER TABLE connections ADD COLUMN gateway_id TEXT REFERENCES gateways (id);
ALTER TABLE connections ADD COLUMN gateway_pool_id TEXT REFERENCES gateway_pools (id);
-- A version that no lease needs any more does not keep them.
ALTER TABLE connection_versions ADD COLUMN gateway_id TEXT REFERENCES gateways (id) ON DELETE SET NULL;
ALTER TABLE connection_versions ADD COLUMN gateway_pool_id TEXT REFERENCES gateway_pools (id) ON DELETE SET NULL;
CREATE INDEX connections_gateway ON connections (gateway_id);
CREATE INDEX connections_gateway_pool ON connections (gateway_pool_id);
CREATE INDEX connection_versions_gateway ON connection_versions (gateway_id);
CREATE INDEX connection_versions_gateway_pool ON connection_versions (gateway_pool_id);
