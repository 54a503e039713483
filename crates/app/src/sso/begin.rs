//! Sending a browser to its provider.

use mayfly_cluster::Deadline;
use mayfly_domain::{
    caller::Origin,
    error::chain,
    ids::{SsoAttemptId, SsoRequestId},
    sensitive::Sensitive,
    sso::{ReturnPath, SsoProvider, SsoRefusal},
};
use mayfly_providers::{ProviderError, with_parameters};
use mayfly_store::{sso_attempts::SsoAttempt, sso_providers::StoredSsoProvider};

use super::{Browser, LIFETIME, MOST_SHOWN, issuer_of, redirect_uri, url_safe_digest};
use crate::{
    App, AppError, secret_text,
    sign_in::{HardLimit, admit_hard},
};

/// A sign-in that is to begin.
#[derive(Debug)]
pub struct Begin {
    /// The provider's short name.
    pub slug: String,
    /// Where the browser goes on afterwards.
    pub return_path: Option<ReturnPath>,
    /// The request of a command line that it is for.
    pub request: Option<SsoRequestId>,
    /// The secret that the browser keeps already.
    pub browser: Option<Sensitive<String>>,
}

/// A sign-in that has begun.
#[derive(Debug)]
pub struct BegunSso {
    /// Where the browser goes: it holds the state.
    pub address: Sensitive<String>,
    /// What the browser keeps.
    pub browser: Sensitive<String>,
    /// How long, in seconds.
    pub seconds: i64,
}

/// The providers that a sign-in page shows, by their slugs.
pub async fn list_for_sign_in(app: &App) -> Result<Vec<SsoProvider>, AppError> {
    let enabled = app.store.sso_providers().enabled(MOST_SHOWN).await?;
    Ok(enabled.into_iter().map(|stored| stored.provider).collect())
}

/// Begins a sign-in. Nothing is known of who it will be.
pub async fn begin(app: &App, origin: &Origin, begin: Begin) -> Result<BegunSso, AppError> {
    admit_hard(app, HardLimit::Sso(origin.ip_address)).await?;
    let provider = enabled(app, &begin.slug).await?;
    if let Some(id) = begin.request {
        let found = app.store.sso_requests().get(id).await?;
        let is_open = found.is_some_and(|request| {
            request.provider == provider.id && request.expires_at > app.ambient.now() && request.confirmed_at.is_none()
        });
        if !is_open {
            return Err(SsoRefusal::RequestOver.into());
        }
    }
    let (browser, state) = (Browser::shown_or_new(app, begin.browser), secret_text::generate(&app.ambient));
    let address = address(app, &provider, &browser, &state).await?;
    let now = app.ambient.now();
    let attempt = SsoAttempt {
        id: SsoAttemptId::generate(&app.ambient),
        provider: provider.id,
        state_digest: secret_text::digest_of(state.expose()),
        browser_digest: browser.digest(),
        request: begin.request,
        return_path: begin.return_path,
        created_at: now,
        expires_at: now.saturating_add(LIFETIME).unwrap_or(now),
    };
    app.store.sso_attempts().create(&attempt).await?;
    Ok(BegunSso { address, browser: browser.0, seconds: LIFETIME.as_secs() })
}

/// The provider of this name by which people sign in.
pub(super) async fn enabled(app: &App, slug: &str) -> Result<SsoProvider, AppError> {
    let found = app.store.sso_providers().find_slug(slug).await?.map(|StoredSsoProvider { provider, .. }| provider);
    found.filter(|provider| provider.is_enabled).ok_or(AppError::Sso(SsoRefusal::NoProvider))
}

async fn address(
    app: &App,
    provider: &SsoProvider,
    browser: &Browser,
    state: &Sensitive<String>,
) -> Result<Sensitive<String>, AppError> {
    let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
    let document = app.providers.discover(&issuer_of(provider), deadline).await;
    let document = document.map_err(|error| unavailable(provider, &error))?;
    let endpoint = document.authorization_endpoint.as_deref().filter(|url| is_a_place_for_browsers(url));
    let endpoint =
        endpoint.ok_or_else(|| unavailable(provider, &ProviderError::Missing("an authorization endpoint")))?;
    let challenge = url_safe_digest(browser.verifier(state).expose());
    let (redirect_uri, scope, nonce) = (redirect_uri(app), provider.terms.scopes.join(" "), browser.nonce(state));
    Ok(Sensitive::new(with_parameters(
        endpoint,
        &[
            ("response_type", "code"),
            ("client_id", &provider.terms.endpoint.client_id),
            ("redirect_uri", &redirect_uri),
            ("scope", &scope),
            ("state", state.expose()),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ],
    )))
}

/// Whether people may be sent to an address that a document names: by TLS, without a fragment, and fit for a header.
pub(super) fn is_a_place_for_browsers(url: &str) -> bool {
    url.starts_with("https://") && !url.contains('#') && url.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(super) fn unavailable(provider: &SsoProvider, error: &ProviderError) -> AppError {
    tracing::warn!(provider = %provider.slug, error = %chain(error), "an identity provider could not be asked");
    SsoRefusal::Unavailable.into()
}
