//! Machine identities.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    identity::Identity,
    ids::{IdentityId, OrganizationId},
    outside_auth::AuthMethod,
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, groups, keepers, like, memberships,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO identities
        (id, organization_id, name, role, has_delete_protection, metadata, created_at, updated_at, is_disabled)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    UPDATE = "UPDATE identities
        SET name = ?2, role = ?3, has_delete_protection = ?4, metadata = ?5, updated_at = ?6, is_disabled = ?8
        WHERE id = ?1 AND updated_at = ?7";

    DELETE_ACCESS_TOKENS = "DELETE FROM access_tokens WHERE identity_id = ?1";

    DELETE_CLIENT_SECRETS = "DELETE FROM client_secrets
        WHERE universal_auth_id IN (SELECT id FROM universal_auths WHERE identity_id = ?1)";

    DELETE_UNIVERSAL_AUTH = "DELETE FROM universal_auths WHERE identity_id = ?1";

    DELETE_OUTSIDE_AUTHS = "DELETE FROM outside_auths WHERE identity_id = ?1";

    DELETE = "DELETE FROM identities WHERE id = ?1 AND has_delete_protection = FALSE";

    GET = "SELECT identities.*, universal_auths.id IS NOT NULL AS has_universal_auth,
            EXISTS (SELECT 1 FROM outside_auths
                WHERE outside_auths.identity_id = identities.id AND method = 'oidc-auth') AS has_oidc_auth,
            EXISTS (SELECT 1 FROM outside_auths
                WHERE outside_auths.identity_id = identities.id AND method = 'kubernetes-auth') AS has_kubernetes_auth
        FROM identities LEFT JOIN universal_auths ON universal_auths.identity_id = identities.id
        WHERE identities.id = ?1 AND organization_id = ?2";

    SEARCH = "SELECT identities.*, universal_auths.id IS NOT NULL AS has_universal_auth,
            EXISTS (SELECT 1 FROM outside_auths
                WHERE outside_auths.identity_id = identities.id AND method = 'oidc-auth') AS has_oidc_auth,
            EXISTS (SELECT 1 FROM outside_auths
                WHERE outside_auths.identity_id = identities.id AND method = 'kubernetes-auth') AS has_kubernetes_auth
        FROM identities LEFT JOIN universal_auths ON universal_auths.identity_id = identities.id
        WHERE organization_id = ?1
          AND (CAST(?2 AS TEXT) IS NULL OR LOWER(name) LIKE ?2 ESCAPE '\\')
          AND (CAST(?3 AS TEXT) IS NULL OR role = ?3)
        ORDER BY LOWER(name), identities.id LIMIT ?4 OFFSET ?5";

    SEARCH_DESCENDING = "SELECT identities.*, universal_auths.id IS NOT NULL AS has_universal_auth,
            EXISTS (SELECT 1 FROM outside_auths
                WHERE outside_auths.identity_id = identities.id AND method = 'oidc-auth') AS has_oidc_auth,
            EXISTS (SELECT 1 FROM outside_auths
                WHERE outside_auths.identity_id = identities.id AND method = 'kubernetes-auth') AS has_kubernetes_auth
        FROM identities LEFT JOIN universal_auths ON universal_auths.identity_id = identities.id
        WHERE organization_id = ?1
          AND (CAST(?2 AS TEXT) IS NULL OR LOWER(name) LIKE ?2 ESCAPE '\\')
          AND (CAST(?3 AS TEXT) IS NULL OR role = ?3)
        ORDER BY LOWER(name) DESC, identities.id DESC LIMIT ?4 OFFSET ?5";

    COUNT = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM identities
        WHERE organization_id = ?1
          AND (CAST(?2 AS TEXT) IS NULL OR LOWER(name) LIKE ?2 ESCAPE '\\')
          AND (CAST(?3 AS TEXT) IS NULL OR role = ?3)";
}

/// The guard's text when an identity is protected, or gone.
pub const NOT_PROTECTED: &str = "the identity is there and not protected from deletion";

/// Which identities to list.
#[derive(Clone, Debug)]
pub struct IdentityFilter {
    /// Whose.
    pub organization: OrganizationId,
    /// With this in their name; `a` finds `A`, but only ASCII letters are alike in both cases.
    pub name: NameFilter,
    /// With this role in the organization, by its slug.
    pub role: Option<String>,
    /// By name: from A to Z, or the other way round.
    pub order: Order,
    /// At most this many.
    pub limit: i64,
    /// After this many.
    pub offset: i64,
}

/// How names are narrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameFilter {
    /// Not at all.
    Any,
    /// To those that are this text.
    Equals(String),
    /// To those that contain this text.
    Contains(String),
}

impl NameFilter {
    fn pattern(&self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Equals(text) => Some(like::exactly(text)),
            Self::Contains(text) => Some(like::containing(text)),
        }
    }
}

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// The step that writes a new identity.
pub(crate) fn insert(identity: &Identity) -> Step {
    Step::new(
        &INSERT,
        values![
            identity.id,
            identity.organization,
            identity.name.as_str(),
            identity.role.slug(),
            identity.has_delete_protection,
            Value::json(&identity.metadata),
            identity.created_at,
            identity.updated_at,
            identity.is_disabled,
        ],
    )
}

/// The machine identities of a store.
#[derive(Clone, Copy)]
pub struct Identities<'store>(&'store Store);

impl Store {
    /// Machine identities.
    pub fn identities(&self) -> Identities<'_> {
        Identities(self)
    }
}

impl Identities<'_> {
    /// Adds one.
    pub async fn create(&self, identity: &Identity, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new().with(insert(identity)).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Changes one that was last changed at `since`.
    pub async fn update(&self, identity: &Identity, since: Timestamp, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![
            identity.id,
            identity.name.as_str(),
            identity.role.slug(),
            identity.has_delete_protection,
            Value::json(&identity.metadata),
            identity.updated_at,
            since,
            identity.is_disabled,
        ];
        let transaction = Transaction::new()
            .with_all(keepers::drop_links_if_changed(identity))
            .step(&UPDATE, values)
            .expecting_one(UNCHANGED)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Removes one with everything it signs in with and its memberships.
    pub async fn delete(&self, id: IdentityId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE_ACCESS_TOKENS, values![id])
            .step(&DELETE_CLIENT_SECRETS, values![id])
            .step(&DELETE_UNIVERSAL_AUTH, values![id])
            .step(&DELETE_OUTSIDE_AUTHS, values![id])
            .with_all(keepers::remove_identity(id))
            .step(&memberships::DELETE_OF_PRINCIPAL, values![id.to_string()])
            .step(&groups::REMOVE_EVERYWHERE, values![id.to_string()])
            .step(&DELETE, values![id])
            .expecting_one(NOT_PROTECTED)
            .with(audit_events::insert(event))
            // Nobody gives it anything meanwhile.
            .serial();
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// One of the organization's identities.
    pub async fn get(&self, organization: OrganizationId, id: IdentityId) -> Result<Option<Identity>, StoreError> {
        self.0.database().read_one(&GET, values![id, organization]).await?.as_ref().map(identity).transpose()
    }

    /// Those of `filter`, by name.
    pub async fn search(&self, filter: &IdentityFilter) -> Result<Vec<Identity>, StoreError> {
        let statement = match filter.order {
            Order::Ascending => &SEARCH,
            Order::Descending => &SEARCH_DESCENDING,
        };
        let values =
            values![filter.organization, filter.name.pattern(), filter.role.as_deref(), filter.limit, filter.offset];
        self.0.database().read(statement, values).await?.iter().map(identity).collect()
    }

    /// How many there are of `filter`, on all pages.
    pub async fn count(&self, filter: &IdentityFilter) -> Result<i64, StoreError> {
        let values = values![filter.organization, filter.name.pattern(), filter.role.as_deref()];
        let row = self.0.database().read_one(&COUNT, values).await?;
        row.map_or(Ok(0), |row| row.integer("number"))
    }
}

fn identity(row: &Row) -> Result<Identity, StoreError> {
    Ok(Identity {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        name: row.parsed("name")?,
        role: row.parsed("role")?,
        has_delete_protection: row.boolean("has_delete_protection")?,
        metadata: row.json("metadata")?,
        is_disabled: row.boolean("is_disabled")?,
        auth_methods: auth_methods(row)?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}

fn auth_methods(row: &Row) -> Result<Vec<AuthMethod>, StoreError> {
    let all = [
        (AuthMethod::UniversalAuth, "has_universal_auth"),
        (AuthMethod::OidcAuth, "has_oidc_auth"),
        (AuthMethod::KubernetesAuth, "has_kubernetes_auth"),
    ];
    let mut methods = Vec::new();
    for (method, column) in all {
        if row.boolean(column)? {
            methods.push(method);
        }
    }
    Ok(methods)
}
