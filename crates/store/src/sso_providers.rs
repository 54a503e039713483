//! Identity providers by which people sign in.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    ids::{GroupId, OrganizationId, SessionId, SsoProviderId},
    sensitive::Sensitive,
    sso::SsoProvider,
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, groups,
    row::Row,
    sealed::{
        Place, Scope, Sealed,
        columns::{SealedColumn, key_digits, sealed_count, sealed_page, sealed_replace, superseded},
    },
    sessions,
    sql::statements,
    sso_attempts, sso_links, sso_requests,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO sso_providers
        (id, organization_id, slug, name, terms, is_enabled, sealed_client_secret, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    UPDATE = "UPDATE sso_providers SET slug = ?2, name = ?3, terms = ?4, is_enabled = ?5, updated_at = ?6
        WHERE id = ?1 AND updated_at = ?7";

    SET_SECRET = "UPDATE sso_providers SET sealed_client_secret = ?2 WHERE id = ?1";

    DELETE = "DELETE FROM sso_providers WHERE id = ?1 AND updated_at = ?2";

    GET = "SELECT * FROM sso_providers WHERE organization_id = ?1 AND slug = ?2";

    FIND = "SELECT * FROM sso_providers WHERE id = ?1";

    FIND_SLUG = "SELECT * FROM sso_providers WHERE slug = ?1 ORDER BY id LIMIT 1";

    PAGE = "SELECT * FROM sso_providers WHERE organization_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR id > ?2)
        ORDER BY id LIMIT ?3";

    ENABLED = "SELECT * FROM sso_providers WHERE is_enabled = TRUE ORDER BY slug LIMIT ?1";

    // Whoever changes or removes the provider holds the row, and what comes after sees this sign-in.
    STILL_ENABLED = "SELECT id FROM sso_providers WHERE id = ?1 AND updated_at = ?2 AND is_enabled = TRUE",
        postgres "SELECT id FROM sso_providers WHERE id = ?1 AND updated_at = ?2 AND is_enabled = TRUE FOR SHARE";

    SEALED_PAGE = sealed_page!("*", "sso_providers", "id", "sealed_client_secret"),
        postgres sealed_page!(postgres "*", "sso_providers", "id", "sealed_client_secret");

    SEALED_COUNT = sealed_count!("sso_providers", "sealed_client_secret"),
        postgres sealed_count!(postgres "sso_providers", "sealed_client_secret");

    SEALED_REPLACE = sealed_replace!("sso_providers", "id", "sealed_client_secret");
}

/// The index that a second provider of the same slug hits.
pub const SLUG_INDEX: &str = "sso_providers_slug";
/// The guard's text when the provider was changed, disabled or removed a moment ago.
pub const STILL_AS_READ: &str = "the provider was not changed meanwhile";

/// A provider, and whether it has a client secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSsoProvider {
    /// The provider.
    pub provider: SsoProvider,
    /// Whether we show it a secret; else we are a public client there, and PKCE alone protects the code.
    pub has_secret: bool,
}

/// What becomes of a client secret when its provider is changed.
#[derive(Clone, Copy, Debug)]
pub enum SecretChange<'a> {
    /// It stays; the endpoint has not changed.
    Kept,
    /// There is none from now on.
    Removed,
    /// Another one.
    Replaced(&'a Sensitive<String>),
}

/// What else a change of a provider does.
#[derive(Clone, Copy, Debug, Default)]
pub struct AfterChange<'a> {
    /// Groups that it gives nobody any more.
    pub no_longer_given: &'a [GroupId],
    /// Whether the sessions of whoever it vouches for end, but this one where there is one.
    pub ends_sessions_but: Option<Option<SessionId>>,
}

/// The providers of a store.
#[derive(Clone, Copy)]
pub struct SsoProviders<'store>(&'store Store);

impl Store {
    /// Identity providers by which people sign in.
    pub fn sso_providers(&self) -> SsoProviders<'_> {
        SsoProviders(self)
    }
}

/// The step that finds a provider by which people sign in, as it was read, or undoes the whole transaction
/// ([`STILL_AS_READ`]).
pub(crate) fn expect_enabled(provider: &SsoProvider) -> Step {
    Step::new(&STILL_ENABLED, values![provider.id, provider.updated_at]).expecting_one(STILL_AS_READ)
}

impl SsoProviders<'_> {
    /// Adds one ([`SLUG_INDEX`]).
    pub async fn create(
        &self,
        provider: &SsoProvider,
        secret: Option<&Sensitive<String>>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let values = values![
            provider.id,
            provider.organization,
            provider.slug.as_str(),
            provider.name.as_str(),
            Value::json(&provider.terms),
            provider.is_enabled,
            self.seal(provider, secret).await?,
            provider.created_at,
            provider.updated_at,
        ];
        let transaction = Transaction::new().step(&INSERT, values).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Changes one that was last changed at `since`.
    pub async fn update(
        &self,
        provider: &SsoProvider,
        (since, secret): (Timestamp, SecretChange<'_>),
        after: AfterChange<'_>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let (slug, name) = (provider.slug.as_str(), provider.name.as_str());
        let terms = Value::json(&provider.terms);
        let values = values![provider.id, slug, name, terms, provider.is_enabled, provider.updated_at, since];
        let mut transaction = Transaction::new().step(&UPDATE, values).expecting_one(UNCHANGED);
        let sealed = match secret {
            SecretChange::Kept => None,
            SecretChange::Removed => Some(None),
            SecretChange::Replaced(secret) => Some(self.seal(provider, Some(secret)).await?),
        };
        if let Some(sealed) = sealed {
            transaction = transaction.step(&SET_SECRET, values![provider.id, sealed]);
        }
        let lost = after.no_longer_given.iter().map(|group| groups::remove_through_from(provider.id, *group));
        let ended = after.ends_sessions_but.map(|kept| sessions::delete_of_provider(provider.id, kept));
        let transaction = transaction.with_all(lost).with_all(ended).with(audit_events::insert(event)).serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes one as it was read, with what people have by it: groups, links, and sessions but `kept`.
    pub async fn delete(
        &self,
        provider: &SsoProvider,
        kept: Option<SessionId>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .with(sessions::delete_of_provider(provider.id, kept))
            .step(&groups::REMOVE_THROUGH, values![provider.id])
            .step(&sso_attempts::DELETE_OF_PROVIDER, values![provider.id])
            .step(&sso_requests::DELETE_OF_PROVIDER, values![provider.id])
            .step(&sso_links::DELETE_OF_PROVIDER, values![provider.id])
            .step(&DELETE, values![provider.id, provider.updated_at])
            .expecting_one(UNCHANGED)
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// One of an organization's.
    pub async fn get(&self, organization: OrganizationId, slug: &str) -> Result<Option<StoredSsoProvider>, StoreError> {
        self.0.database().read_one(&GET, values![organization, slug]).await?.as_ref().map(stored).transpose()
    }

    /// The one with this id, whoever's it is.
    pub async fn find(&self, id: SsoProviderId) -> Result<Option<StoredSsoProvider>, StoreError> {
        self.0.database().read_one(&FIND, values![id]).await?.as_ref().map(stored).transpose()
    }

    /// The one of this name, for somebody who has not said whose they are.
    pub async fn find_slug(&self, slug: &str) -> Result<Option<StoredSsoProvider>, StoreError> {
        self.0.database().read_one(&FIND_SLUG, values![slug]).await?.as_ref().map(stored).transpose()
    }

    /// At most `limit` of an organization's, oldest first, after the one with id `after`.
    pub async fn page(
        &self,
        organization: OrganizationId,
        after: Option<SsoProviderId>,
        limit: i64,
    ) -> Result<Vec<StoredSsoProvider>, StoreError> {
        self.0.database().read(&PAGE, values![organization, after, limit]).await?.iter().map(stored).collect()
    }

    /// At most `limit` by which people sign in, by their slugs.
    pub async fn enabled(&self, limit: i64) -> Result<Vec<StoredSsoProvider>, StoreError> {
        self.0.database().read(&ENABLED, values![limit]).await?.iter().map(stored).collect()
    }

    /// The secret that a provider is shown, as it stands beside `provider`.
    pub async fn secret(&self, provider: &SsoProvider) -> Result<Option<Sensitive<String>>, StoreError> {
        let Some(row) = self.0.database().read_one(&FIND, values![provider.id]).await? else { return Ok(None) };
        let Some(sealed) = row.optional_bytes("sealed_client_secret")? else { return Ok(None) };
        let place = place(provider);
        let opened = self.0.unseal(&place, sealed).await?;
        let text = std::str::from_utf8(opened.expose()).map_err(|_| place.refused("is not text"))?;
        Ok(Some(Sensitive::from(text)))
    }

    async fn seal(
        &self,
        provider: &SsoProvider,
        secret: Option<&Sensitive<String>>,
    ) -> Result<Option<Sealed>, StoreError> {
        let Some(secret) = secret else { return Ok(None) };
        self.0.seal(&place(provider), secret.expose().as_bytes()).await.map(Some)
    }
}

/// Its sealed column.
pub(crate) static SEALED: SealedColumn = SealedColumn {
    table: "sso_providers",
    column: "sealed_client_secret",
    page: &SEALED_PAGE,
    count: &SEALED_COUNT,
    replace: &SEALED_REPLACE,
    place: |row| Ok(place(&stored(row)?.provider)),
};

/// A client secret opens only beside the endpoint that it was given for.
fn place(provider: &SsoProvider) -> Place {
    let place = Place::new("sso_providers", "sealed_client_secret", provider.id, Scope::Organization);
    place.bound_to(provider.terms.endpoint.bind_text())
}

fn stored(row: &Row) -> Result<StoredSsoProvider, StoreError> {
    let provider = SsoProvider {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        slug: row.parsed("slug")?,
        name: row.parsed("name")?,
        terms: row.json("terms")?,
        is_enabled: row.boolean("is_enabled")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    };
    Ok(StoredSsoProvider { provider, has_secret: row.optional_bytes("sealed_client_secret")?.is_some() })
}
