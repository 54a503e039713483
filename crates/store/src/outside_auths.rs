//! How identities sign in with tokens from outside.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    identity::AccessToken,
    ids::{IdentityId, OrganizationId, OutsideAuthId},
    outside_auth::{AuthMethod, OutsideAuth},
    sensitive::Sensitive,
};

use crate::{
    Store, StoreError, UNCHANGED, access_tokens, audit_events, keepers,
    row::Row,
    sealed::{
        Place, Scope, Sealed,
        columns::{SealedColumn, key_digits, sealed_count, sealed_page, sealed_replace, superseded},
    },
    sql::statements,
    transaction::Transaction,
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO outside_auths
        (id, identity_id, method, trust, freshness, limits, access_token_trusted_ips, sealed_reviewer, created_at,
         updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

    UPDATE = "UPDATE outside_auths
        SET trust = ?2, freshness = ?3, limits = ?4, access_token_trusted_ips = ?5, sealed_reviewer = ?6, updated_at = ?7
        WHERE id = ?1 AND updated_at = ?8";

    REVOKE_ACCESS_TOKENS = "UPDATE access_tokens SET is_revoked = TRUE WHERE identity_id = ?1 AND auth_method = ?2";

    DELETE = "DELETE FROM outside_auths WHERE id = ?1";

    GET = "SELECT outside_auths.*, identities.organization_id AS organization_id, identities.name AS name,
            identities.is_disabled AS is_disabled
        FROM outside_auths JOIN identities ON identities.id = outside_auths.identity_id
        WHERE identity_id = ?1 AND method = ?2";

    // Whoever revokes the method holds the row, and what comes after sees this token.
    STILL_THERE = "SELECT id FROM outside_auths WHERE id = ?1 AND updated_at = ?2",
        postgres "SELECT id FROM outside_auths WHERE id = ?1 AND updated_at = ?2 FOR SHARE";

    SEE = "INSERT INTO seen_tokens (auth_id, digest, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

    SEALED_PAGE = sealed_page!("*", "outside_auths", "id", "sealed_reviewer"),
        postgres sealed_page!(postgres "*", "outside_auths", "id", "sealed_reviewer");

    SEALED_COUNT = sealed_count!("outside_auths", "sealed_reviewer"), postgres sealed_count!(postgres "outside_auths", "sealed_reviewer");

    SEALED_REPLACE = sealed_replace!("outside_auths", "id", "sealed_reviewer");

    FORGET_SEEN = "DELETE FROM seen_tokens WHERE expires_at < ?1";
}

/// The guard's text when a token that counts once was shown before.
pub const NOT_SEEN: &str = "the outside token was not used before";

const STILL_THERE_AS_READ: &str = "the method was not changed meanwhile";

/// A configuration with what a login needs beside it.
#[derive(Clone, Debug)]
pub struct OutsideLogin {
    /// The configuration.
    pub auth: OutsideAuth,
    /// The identity's organization.
    pub organization: OrganizationId,
    /// The identity's name.
    pub name: String,
    /// Whether the identity is shut out.
    pub is_disabled: bool,
    /// The token that reviews are asked with, where there is one.
    pub reviewer: Option<Sensitive<String>>,
}

/// A token that counts once.
#[derive(Clone, Debug)]
pub struct SeenToken {
    /// SHA-256 of what is signed in it.
    pub digest: Vec<u8>,
    /// When it ends; after that it need not be remembered.
    pub expires_at: Timestamp,
}

/// The outside-auth configurations of a store.
#[derive(Clone, Copy)]
pub struct OutsideAuths<'store>(&'store Store);

impl Store {
    /// Ways to sign in with tokens from outside.
    pub fn outside_auths(&self) -> OutsideAuths<'_> {
        OutsideAuths(self)
    }
}

impl OutsideAuths<'_> {
    /// Adds one; an identity has one of each method at most (`outside_auths_identity`).
    pub async fn create(
        &self,
        auth: &OutsideAuth,
        reviewer: Option<&Sensitive<String>>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let values = values![
            auth.id,
            auth.identity,
            auth.method().name(),
            Value::json(&auth.trust),
            Value::json(&auth.freshness),
            Value::json(&auth.limits),
            Value::json(&auth.access_token_trusted_ips),
            self.seal(auth, reviewer).await?,
            auth.created_at,
            auth.updated_at,
        ];
        let transaction = Transaction::new()
            .step(&INSERT, values)
            .with_all(keepers::note(auth.identity, event))
            .with_all(keepers::note_reviewers(auth))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Changes one that was last changed at `since`. Access tokens keep the limits they were made with.
    pub async fn update(
        &self,
        auth: &OutsideAuth,
        reviewer: Option<&Sensitive<String>>,
        since: Timestamp,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let values = values![
            auth.id,
            Value::json(&auth.trust),
            Value::json(&auth.freshness),
            Value::json(&auth.limits),
            Value::json(&auth.access_token_trusted_ips),
            self.seal(auth, reviewer).await?,
            auth.updated_at,
            since,
        ];
        let transaction = Transaction::new()
            .step(&UPDATE, values)
            .expecting_one(UNCHANGED)
            .with_all(keepers::note(auth.identity, event))
            .with_all(keepers::note_reviewers(auth))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Removes one, and revokes the access tokens that it gave.
    pub async fn delete(&self, auth: &OutsideAuth, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE, values![auth.id])
            .expecting_one("the configuration is still there")
            .step(&REVOKE_ACCESS_TOKENS, values![auth.identity, auth.method().name()])
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// How an identity signs in by `method`, whoever's identity it is.
    pub async fn for_login(
        &self,
        identity: IdentityId,
        method: AuthMethod,
    ) -> Result<Option<OutsideLogin>, StoreError> {
        let row = self.0.database().read_one(&GET, values![identity, method.name()]).await?;
        let Some(row) = row else { return Ok(None) };
        let auth = outside_auth(&row)?;
        let reviewer = match row.optional_bytes("sealed_reviewer")? {
            Some(sealed) => Some(self.unseal(&auth, sealed).await?),
            None => None,
        };
        Ok(Some(OutsideLogin {
            auth,
            organization: row.parsed("organization_id")?,
            name: row.text("name")?.to_owned(),
            is_disabled: row.boolean("is_disabled")?,
            reviewer,
        }))
    }

    /// Stores the access token that a login gave, if the method is as it was read and, where the outside token counts once,
    /// if it was not seen before ([`NOT_SEEN`]).
    pub async fn sign_in(
        &self,
        auth: &OutsideAuth,
        token: &AccessToken,
        seen: Option<&SeenToken>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let mut transaction =
            Transaction::new().step(&STILL_THERE, values![auth.id, auth.updated_at]).expecting_one(STILL_THERE_AS_READ);
        if let Some(seen) = seen {
            let values = values![auth.id, seen.digest.as_slice(), seen.expires_at];
            transaction = transaction.step(&SEE, values).expecting_one(NOT_SEEN);
        }
        let transaction = transaction.with(access_tokens::insert(token)).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Forgets tokens that ended before `before`.
    pub async fn forget_seen(&self, before: Timestamp) -> Result<(), StoreError> {
        let transaction = Transaction::new().step(&FORGET_SEEN, values![before]);
        self.0.database().write(transaction).await.map(|_| ())
    }

    async fn seal(
        &self,
        auth: &OutsideAuth,
        reviewer: Option<&Sensitive<String>>,
    ) -> Result<Option<Sealed>, StoreError> {
        let Some(reviewer) = reviewer else { return Ok(None) };
        self.0.seal(&place(auth), reviewer.expose().as_bytes()).await.map(Some)
    }

    async fn unseal(&self, auth: &OutsideAuth, sealed: &[u8]) -> Result<Sensitive<String>, StoreError> {
        let place = place(auth);
        let opened = self.0.unseal(&place, sealed).await?;
        let text = std::str::from_utf8(opened.expose()).map_err(|_| place.refused("is not text"))?;
        Ok(Sensitive::from(text))
    }
}

/// Its sealed column.
pub(crate) static SEALED: SealedColumn = SealedColumn {
    table: "outside_auths",
    column: "sealed_reviewer",
    page: &SEALED_PAGE,
    count: &SEALED_COUNT,
    replace: &SEALED_REPLACE,
    place: |row| Ok(place(&outside_auth(row)?)),
};

/// A reviewer's token opens only beside the address and trust that it was given for.
fn place(auth: &OutsideAuth) -> Place {
    let place = Place::new("outside_auths", "sealed_reviewer", auth.id, Scope::Organization);
    match &auth.trust {
        mayfly_domain::outside_auth::Trust::Kubernetes(trust) => match trust.review.bind_text() {
            Some(text) => place.bound_to(text),
            None => place,
        },
        mayfly_domain::outside_auth::Trust::Oidc(_) => place,
    }
}

fn outside_auth(row: &Row) -> Result<OutsideAuth, StoreError> {
    Ok(OutsideAuth {
        id: row.parsed::<OutsideAuthId>("id")?,
        identity: row.parsed("identity_id")?,
        trust: row.json("trust")?,
        freshness: row.json("freshness")?,
        limits: row.json("limits")?,
        access_token_trusted_ips: row.json("access_token_trusted_ips")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
