-- Who holds which roles in a project: people, machines and groups of both; and the roles that projects make for themselves.

CREATE TABLE custom_roles (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    rules TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX custom_roles_slug ON custom_roles (project_id, slug);

CREATE TABLE member_groups (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX member_groups_slug ON member_groups (organization_id, slug);

-- `principal_id` is an identity or a person: groups do not hold groups.
CREATE TABLE group_members (
    group_id TEXT NOT NULL REFERENCES member_groups (id),
    principal_kind TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX group_members_principal ON group_members (principal_id, group_id);
CREATE INDEX group_members_group ON group_members (group_id, principal_id);

CREATE TABLE project_members (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    principal_kind TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    roles TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX project_members_principal ON project_members (principal_id, project_id);
CREATE INDEX project_members_project ON project_members (project_id, principal_kind, id);

INSERT INTO project_members (id, project_id, principal_kind, principal_id, roles, created_at, updated_at)
    SELECT id, project_id, 'identity', identity_id, roles, created_at, updated_at FROM memberships;
DROP TABLE memberships;
