-- Servers that others may ask for the tunnels they hold. One that was not seen for a while is gone.
CREATE TABLE gateway_servers (
    replica TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    seen_at BIGINT NOT NULL
);

-- The tunnels that they hold.
CREATE TABLE gateway_tunnels (
    id TEXT NOT NULL PRIMARY KEY,
    gateway_id TEXT NOT NULL REFERENCES gateways (id) ON DELETE CASCADE,
    replica TEXT NOT NULL REFERENCES gateway_servers (replica) ON DELETE CASCADE,
    instance TEXT NOT NULL,
    version TEXT NOT NULL,
    opened_at BIGINT NOT NULL
);
CREATE INDEX gateway_tunnels_gateway ON gateway_tunnels (gateway_id);
CREATE INDEX gateway_tunnels_replica ON gateway_tunnels (replica);
