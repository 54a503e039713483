-- The keys of its cluster, as a gateway told them since somebody pasted some: a JWKS, and when.
ALTER TABLE gateways ADD COLUMN told_keys TEXT;
ALTER TABLE gateways ADD COLUMN told_keys_at BIGINT;
