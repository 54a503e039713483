-- The gateway on the way of a connection: it is not removed while something leads through it.
ALTER TABLE connections ADD COLUMN gateway_id TEXT REFERENCES gateways (id);
-- A version that no lease needs any more does not keep it.
ALTER TABLE connection_versions ADD COLUMN gateway_id TEXT REFERENCES gateways (id) ON DELETE SET NULL;
CREATE INDEX connections_gateway ON connections (gateway_id);
CREATE INDEX connection_versions_gateway ON connection_versions (gateway_id);
