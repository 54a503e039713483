-- Who made a link that lets somebody in: it counts as long as they may make it, and they know what is behind it.
ALTER TABLE invitations ADD COLUMN made_by_kind TEXT;
ALTER TABLE invitations ADD COLUMN made_by TEXT;
ALTER TABLE password_links ADD COLUMN made_by_kind TEXT;
ALTER TABLE password_links ADD COLUMN made_by TEXT;

-- Whoever made the link by which a person came in, or set their password last, may be that person.
CREATE TABLE user_keepers (
    user_id TEXT NOT NULL,
    way TEXT NOT NULL,
    keeper_kind TEXT NOT NULL,
    keeper_id TEXT NOT NULL
);
CREATE UNIQUE INDEX user_keepers_keeper ON user_keepers (user_id, way, keeper_id);
CREATE INDEX user_keepers_by_keeper ON user_keepers (keeper_id);
CREATE INDEX identity_keepers_by_keeper ON identity_keepers (keeper_id);

-- Whoever sets a connection's address or token can answer for its cluster, and so sign in as each machine that the cluster
-- vouches for.
CREATE TABLE connection_keepers (
    connection_id TEXT NOT NULL,
    keeper_kind TEXT NOT NULL,
    keeper_id TEXT NOT NULL
);
CREATE UNIQUE INDEX connection_keepers_keeper ON connection_keepers (connection_id, keeper_id);
CREATE INDEX connection_keepers_by_keeper ON connection_keepers (keeper_id);

INSERT INTO connection_keepers (connection_id, keeper_kind, keeper_id)
SELECT DISTINCT connections.id, CASE WHEN audit_events.actor LIKE '%"type":"user"%' THEN 'user' ELSE 'identity' END,
    audit_events.actor_id
FROM audit_events JOIN connections ON audit_events.metadata LIKE '%"connectionId":"' || connections.id || '"%'
WHERE audit_events.kind IN ('create-cluster-connection', 'update-cluster-connection')
    AND audit_events.actor_id IS NOT NULL
    AND (audit_events.actor LIKE '%"type":"user"%' OR audit_events.actor LIKE '%"type":"identity"%')
ON CONFLICT (connection_id, keeper_id) DO NOTHING;

INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id)
SELECT outside_auths.identity_id, connection_keepers.keeper_kind, connection_keepers.keeper_id
FROM outside_auths JOIN connection_keepers ON outside_auths.trust LIKE '%"' || connection_keepers.connection_id || '"%'
WHERE outside_auths.method = 'kubernetes-auth'
ON CONFLICT (identity_id, keeper_id) DO NOTHING;

-- Machines that are older than their keepers: the log says who made what they sign in with.
INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id)
SELECT DISTINCT identities.id, CASE WHEN audit_events.actor LIKE '%"type":"user"%' THEN 'user' ELSE 'identity' END,
    audit_events.actor_id
FROM audit_events JOIN identities ON audit_events.metadata LIKE '%"identityId":"' || identities.id || '"%'
WHERE audit_events.kind IN ('bootstrap-instance', 'add-identity-universal-auth', 'update-identity-universal-auth',
        'create-identity-universal-auth-client-secret', 'add-identity-oidc-auth', 'update-identity-oidc-auth',
        'add-identity-kubernetes-auth', 'update-identity-kubernetes-auth')
    AND audit_events.actor_id IS NOT NULL
    AND (audit_events.actor LIKE '%"type":"user"%' OR audit_events.actor LIKE '%"type":"identity"%')
ON CONFLICT (identity_id, keeper_id) DO NOTHING;

-- Where it says nothing, the first administrator of the organization made it.
INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id)
SELECT identities.id, 'user', (SELECT MIN(users.id) FROM users
        WHERE users.organization_id = identities.organization_id AND users.role = 'admin')
FROM identities
WHERE (EXISTS (SELECT 1 FROM universal_auths WHERE universal_auths.identity_id = identities.id)
        OR EXISTS (SELECT 1 FROM outside_auths WHERE outside_auths.identity_id = identities.id)
        OR EXISTS (SELECT 1 FROM access_tokens WHERE access_tokens.identity_id = identities.id))
    AND NOT EXISTS (SELECT 1 FROM identity_keepers WHERE identity_keepers.identity_id = identities.id)
    AND EXISTS (SELECT 1 FROM users WHERE users.organization_id = identities.organization_id AND users.role = 'admin')
ON CONFLICT (identity_id, keeper_id) DO NOTHING;
