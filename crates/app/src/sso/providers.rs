//! The identity providers by which people sign in: make, see, list, change, remove.
//!
//! A provider gives what its groups give, and lets people of its domains in: all of it is administration of the
//! organization.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mayfly_domain::{
    access::operation::Operation,
    audit::SsoEvent,
    caller::Caller,
    connection::ClusterUrl,
    error::FieldError,
    ids::{GroupId, OrganizationId, SsoProviderId},
    membership::Principal,
    sensitive::Sensitive,
    slug::{DisplayName, SsoSlug},
    sso::{
        ClaimNames, EmailDomain, EmailTrust, GroupMapping, Joining, Linking, PasswordUse, SsoEndpoint, SsoProvider,
        SsoTerms,
    },
};
use mayfly_store::sso_providers::{AfterChange, SLUG_INDEX, SecretChange, StoredSsoProvider};

use super::{FIELDS, issuer_of};
use crate::{
    App, AppError, discovery,
    error::{OrChanged as _, OrWhen as _, field},
    groups,
    leases::LeasesOfHolder,
    page::{and_one_more, cut},
};

/// A provider that is to be made.
#[derive(Clone, Debug)]
pub struct NewSsoProvider {
    /// Short name.
    pub slug: SsoSlug,
    /// Name for people.
    pub name: DisplayName,
    /// Where it is.
    pub discovery_url: ClusterUrl,
    /// Who we are there.
    pub client_id: String,
    /// Everything that need not be given.
    pub more: SsoChanges,
}

/// What to set. What is `None` keeps its value, or its default where nothing was set yet.
#[derive(Clone, Debug, Default)]
pub struct SsoChanges {
    /// `name`.
    pub name: Option<DisplayName>,
    /// `discoveryUrl`.
    pub discovery_url: Option<ClusterUrl>,
    /// `caCert`; `Some(None)` takes it away.
    pub ca: Option<Option<String>>,
    /// `issuer`.
    pub issuer: Option<String>,
    /// `clientId`.
    pub client_id: Option<String>,
    /// `clientSecret`; `Some(None)` takes it away.
    pub client_secret: Option<Option<Sensitive<String>>>,
    /// `scopes`.
    pub scopes: Option<Vec<String>>,
    /// `emailClaim`.
    pub email_claim: Option<String>,
    /// `nameClaim`.
    pub name_claim: Option<String>,
    /// `groupsClaim`.
    pub groups_claim: Option<String>,
    /// `groupMappings`.
    pub mappings: Option<Vec<GroupMapping>>,
    /// `emailDomains`.
    pub email_domains: Option<Vec<EmailDomain>>,
    /// `emailTrust`.
    pub email_trust: Option<EmailTrust>,
    /// `joining`.
    pub joining: Option<Joining>,
    /// `linking`.
    pub linking: Option<Linking>,
    /// `passwords`.
    pub passwords: Option<PasswordUse>,
    /// `isEnabled`.
    pub is_enabled: Option<bool>,
}

impl SsoChanges {
    fn names(&self) -> Vec<String> {
        let named = [
            ("name", self.name.is_some()),
            ("discoveryUrl", self.discovery_url.is_some()),
            ("caCert", self.ca.is_some()),
            ("issuer", self.issuer.is_some()),
            ("clientId", self.client_id.is_some()),
            ("clientSecret", self.client_secret.is_some()),
            ("scopes", self.scopes.is_some()),
            ("emailClaim", self.email_claim.is_some()),
            ("nameClaim", self.name_claim.is_some()),
            ("groupsClaim", self.groups_claim.is_some()),
            ("groupMappings", self.mappings.is_some()),
            ("emailDomains", self.email_domains.is_some()),
            ("emailTrust", self.email_trust.is_some()),
            ("joining", self.joining.is_some()),
            ("linking", self.linking.is_some()),
            ("passwords", self.passwords.is_some()),
            ("isEnabled", self.is_enabled.is_some()),
        ];
        named.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (*name).to_owned()).collect()
    }

    fn over(self, old: SsoTerms) -> SsoTerms {
        let mut scopes = self.scopes.unwrap_or(old.scopes);
        if !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".to_owned());
        }
        SsoTerms {
            endpoint: SsoEndpoint {
                discovery_url: self.discovery_url.unwrap_or(old.endpoint.discovery_url),
                ca: self.ca.unwrap_or(old.endpoint.ca),
                issuer: self.issuer.unwrap_or(old.endpoint.issuer),
                client_id: self.client_id.unwrap_or(old.endpoint.client_id),
            },
            scopes,
            claims: ClaimNames {
                email: self.email_claim.unwrap_or(old.claims.email),
                name: self.name_claim.unwrap_or(old.claims.name),
                groups: self.groups_claim.unwrap_or(old.claims.groups),
            },
            mappings: self.mappings.unwrap_or(old.mappings),
            email_domains: self.email_domains.unwrap_or(old.email_domains),
            email_trust: self.email_trust.unwrap_or(old.email_trust),
            joining: self.joining.unwrap_or(old.joining),
            linking: self.linking.unwrap_or(old.linking),
            passwords: self.passwords.unwrap_or(old.passwords),
        }
    }
}

/// What a provider's terms are where nothing is said.
fn usual(discovery_url: ClusterUrl, client_id: String) -> SsoTerms {
    let issuer = SsoEndpoint::usual_issuer(&discovery_url);
    SsoTerms {
        endpoint: SsoEndpoint { discovery_url, ca: None, issuer, client_id },
        scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
        claims: ClaimNames::default(),
        mappings: Vec::new(),
        email_domains: Vec::new(),
        email_trust: EmailTrust::Verified,
        joining: Joining::Refused,
        linking: Linking::Refused,
        passwords: PasswordUse::Allowed,
    }
}

/// Lets people sign in by a provider.
pub async fn create(app: &App, caller: &Caller, new: NewSsoProvider) -> Result<StoredSsoProvider, AppError> {
    app.authorize(caller, Operation::CreateSsoProvider).await?;
    let organization = App::organization(caller)?;
    let now = app.ambient.now();
    let mut more = new.more;
    let (secret, is_enabled) = (more.client_secret.take().flatten(), more.is_enabled.unwrap_or(true));
    let terms = more.over(usual(new.discovery_url, new.client_id));
    let provider = SsoProvider {
        id: SsoProviderId::generate(&app.ambient),
        organization,
        slug: new.slug,
        name: new.name,
        terms,
        is_enabled,
        created_at: now,
        updated_at: now,
    };
    check_groups(app, organization, &provider.terms, &BTreeSet::new()).await?;
    discovery::check(app, &issuer_of(&provider), FIELDS).await?;
    let made = SsoEvent::CreateSsoProvider {
        sso_provider_id: provider.id,
        slug: provider.slug.to_string(),
        terms: Box::new(provider.terms.clone()),
    };
    let event = app.event(caller, None, made);
    let stored = app.store.sso_providers().create(&provider, secret.as_ref(), &event).await;
    stored.or_when_taken(SLUG_INDEX, || AppError::taken("identity provider", &provider.slug, "slug"))?;
    Ok(StoredSsoProvider { provider, has_secret: secret.is_some() })
}

/// One of them.
pub async fn get(app: &App, caller: &Caller, slug: &str) -> Result<StoredSsoProvider, AppError> {
    app.authorize(caller, Operation::GetSsoProvider).await?;
    existing(app, caller, slug).await
}

/// Which part of the list to read.
#[derive(Clone, Copy, Debug)]
pub struct ProviderPage {
    /// Only those after this one: the last of the page before.
    pub after: Option<SsoProviderId>,
    /// At most this many, at most [`ProviderPage::LONGEST`].
    pub limit: i64,
}

impl ProviderPage {
    /// Enough for a screen and a script; more is on the next page.
    pub const LONGEST: i64 = 100;
}

/// A page of them, oldest first, and the cursor of the next one.
pub async fn list(
    app: &App,
    caller: &Caller,
    page: ProviderPage,
) -> Result<(Vec<StoredSsoProvider>, Option<SsoProviderId>), AppError> {
    app.authorize(caller, Operation::ListSsoProviders).await?;
    let organization = App::organization(caller)?;
    let found = app.store.sso_providers().page(organization, page.after, and_one_more(page.limit)).await?;
    Ok(cut(found, page.limit, |stored| stored.provider.id))
}

/// Changes one. Groups that nothing stands for any more are left at once by whoever is in them by it; other changes count
/// from the next sign-in on. Switched off, it ends the sessions of everybody whom it vouches for.
pub async fn update(
    app: &App,
    caller: &Caller,
    slug: &str,
    mut changes: SsoChanges,
) -> Result<StoredSsoProvider, AppError> {
    app.authorize(caller, Operation::UpdateSsoProvider).await?;
    let StoredSsoProvider { provider: old, has_secret } = existing(app, caller, slug).await?;
    let (updated_fields, since) = (changes.names(), old.updated_at);
    let new_secret = changes.client_secret.take();
    let (name, is_enabled) = (changes.name.take(), changes.is_enabled);
    let terms = changes.over(old.terms.clone());
    let provider = SsoProvider {
        name: name.unwrap_or_else(|| old.name.clone()),
        terms,
        is_enabled: is_enabled.unwrap_or(old.is_enabled),
        updated_at: app.moment_after(since),
        ..old.clone()
    };
    check_change(&old, &provider, has_secret && new_secret.is_none())?;
    let before = old.terms.mapped_groups();
    check_groups(app, provider.organization, &provider.terms, &before).await?;
    if provider.terms.endpoint != old.terms.endpoint {
        discovery::check(app, &issuer_of(&provider), FIELDS).await?;
    }
    let no_longer_given: Vec<GroupId> = before.difference(&provider.terms.mapped_groups()).copied().collect();
    for group in &no_longer_given {
        losing_all(app, caller, provider.id, Some(*group)).await?;
    }
    let is_switched_off = old.is_enabled && !provider.is_enabled;
    let after =
        AfterChange { no_longer_given: &no_longer_given, ends_sessions_but: is_switched_off.then_some(caller.session) };
    let updated = SsoEvent::UpdateSsoProvider {
        sso_provider_id: provider.id,
        slug: provider.slug.to_string(),
        updated_fields,
        terms: Box::new(provider.terms.clone()),
        is_enabled: provider.is_enabled,
    };
    let event = app.event(caller, None, updated);
    let secret = match &new_secret {
        None => SecretChange::Kept,
        Some(None) => SecretChange::Removed,
        Some(Some(secret)) => SecretChange::Replaced(secret),
    };
    let has_secret = new_secret.as_ref().map_or(has_secret, Option::is_some);
    written(app, &provider, (since, secret), after, &event).await?;
    Ok(StoredSsoProvider { provider, has_secret })
}

async fn written(
    app: &App,
    provider: &SsoProvider,
    change: (Timestamp, SecretChange<'_>),
    after: AfterChange<'_>,
    event: &mayfly_domain::audit::AuditEvent,
) -> Result<(), AppError> {
    app.store.sso_providers().update(provider, change, after, event).await.or_changed("the identity provider")?;
    app.memory.forget_people();
    Ok(())
}

/// Removes one, with the groups that people are in by it and their sessions but the caller's own.
pub async fn delete(app: &App, caller: &Caller, slug: &str) -> Result<StoredSsoProvider, AppError> {
    app.authorize(caller, Operation::DeleteSsoProvider).await?;
    let stored = existing(app, caller, slug).await?;
    let provider = &stored.provider;
    losing_all(app, caller, provider.id, None).await?;
    let removed = SsoEvent::DeleteSsoProvider { sso_provider_id: provider.id, slug: provider.slug.to_string() };
    let event = app.event(caller, None, removed);
    let deleted = app.store.sso_providers().delete(provider, caller.session, &event).await;
    deleted.or_changed("the identity provider")?;
    app.memory.forget_people();
    Ok(stored)
}

/// The one of this name.
pub(super) async fn existing(app: &App, caller: &Caller, slug: &str) -> Result<StoredSsoProvider, AppError> {
    let found = app.store.sso_providers().get(App::organization(caller)?, slug).await?;
    found.ok_or_else(|| AppError::not_found("identity provider", slug))
}

async fn losing_all(
    app: &App,
    caller: &Caller,
    provider: SsoProviderId,
    group: Option<GroupId>,
) -> Result<(), AppError> {
    for (group, user) in app.store.groups().members_through(provider, group).await? {
        groups::losing(app, caller, (group, Principal::User(user)), LeasesOfHolder::End).await?;
    }
    Ok(())
}

/// A secret goes where it was given for and nowhere else, and a subject is one issuer's.
fn check_change(old: &SsoProvider, new: &SsoProvider, is_secret_kept: bool) -> Result<(), AppError> {
    if old.terms.endpoint.issuer != new.terms.endpoint.issuer {
        let message = "cannot be changed: people are linked to subjects of this issuer; make another provider";
        return Err(AppError::field(&["issuer"], "issuer_fixed", message));
    }
    if is_secret_kept && old.terms.endpoint != new.terms.endpoint {
        let message = "must be given again when `discoveryUrl`, `caCert` or `clientId` changes: it is bound to them";
        return Err(AppError::field(&["clientSecret"], "required", message));
    }
    Ok(())
}

/// Groups that were mapped before may be gone by now; new ones have to be there.
async fn check_groups(
    app: &App,
    organization: OrganizationId,
    terms: &SsoTerms,
    before: &BTreeSet<GroupId>,
) -> Result<(), AppError> {
    let mut faults: Vec<FieldError> = Vec::new();
    let mut known = before.clone();
    for (place, mapping) in terms.mappings.iter().enumerate() {
        if !known.insert(mapping.group) {
            continue;
        }
        if app.store.groups().get(organization, mapping.group).await?.is_none() {
            let path = ["groupMappings", &place.to_string(), "groupId"];
            faults.push(field(&path, "not_found", "must be the id of a group; see `GET /api/v1/groups`"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(AppError::Fields(faults)) }
}
