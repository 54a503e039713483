//! Coming back from a provider.

use mayfly_cluster::Deadline;
use mayfly_domain::{
    caller::Origin,
    error::chain,
    sensitive::Sensitive,
    sso::{ReturnPath, Said, SsoProvider, SsoRefusal},
};
use mayfly_providers::{Claims, CodeExchange, Expected, TokenRefused, Tokens, Unbelieved, token::check_answer};
use mayfly_store::{
    StoreError,
    sso_attempts::{COUNTS, SsoAttempt},
    sso_requests::SsoRequest,
};

use super::{
    Browser,
    begin::unavailable,
    issuer_of,
    person::{Way, let_in, record_refusal, said},
    redirect_uri,
};
use crate::{App, AppError, secret_text, sessions::GrantedSession, sign_in::HardLimit};

/// Longest time between the making of a token and its arrival, in seconds: it comes at once.
const LONGEST_AGE_SECONDS: i64 = 600;

/// What a browser comes back with.
#[derive(Debug)]
pub struct Returned {
    /// `state`.
    pub state: Option<Sensitive<String>>,
    /// `code`.
    pub code: Option<Sensitive<String>>,
    /// `iss` (RFC 9207).
    pub issuer: Option<String>,
    /// Whether there is an `error`. Its text is the provider's, and is shown nowhere.
    pub is_error: bool,
    /// The secret that the browser keeps.
    pub browser: Option<Sensitive<String>>,
}

/// What came of it.
#[derive(Debug)]
pub enum Finished {
    /// Somebody is signed in.
    SignedIn {
        /// Their session.
        granted: Box<GrantedSession>,
        /// Where they go on.
        return_path: Option<ReturnPath>,
    },
    /// Somebody may let a command line in.
    ToConfirm {
        /// Which.
        request: Box<SsoRequest>,
        /// As whom.
        email: String,
    },
}

/// Finishes a sign-in, once for each state and only in the browser that began it.
pub async fn finish(app: &App, origin: Origin, returned: Returned) -> Result<Finished, AppError> {
    let (Some(state), Some(browser)) = (&returned.state, Browser::shown(returned.browser.clone())) else {
        return Err(SsoRefusal::AttemptOver.into());
    };
    let attempt = spent(app, state, &browser).await?;
    let stored = app.store.sso_providers().find(attempt.provider).await?;
    let provider = stored.map(|stored| stored.provider).filter(|provider| provider.is_enabled);
    let provider = provider.ok_or(AppError::Sso(SsoRefusal::NoProvider))?;
    let way = way(app, &attempt, &browser).await?;
    let (mut known, keys) = (None, (state, &browser));
    let finished = match vouched(app, &provider, &returned, keys).await {
        Ok(said) => {
            let finished = let_in(app, &origin, (&provider, &said), way, attempt.return_path).await;
            known = Some(said);
            finished
        }
        Err(error) => Err(error),
    };
    match finished {
        Ok(finished) => {
            HardLimit::Sso(origin.ip_address).take_back(app).await?;
            Ok(finished)
        }
        Err(error) => {
            record_refusal(app, origin, (&provider, known.as_ref()), &error).await;
            Err(error)
        }
    }
}

/// The attempt that the state is of, used up now.
async fn spent(app: &App, state: &Sensitive<String>, browser: &Browser) -> Result<SsoAttempt, AppError> {
    let found = app.store.sso_attempts().find(&secret_text::digest_of(state.expose())).await?;
    // Another browser's attempt is left to it.
    let attempt = found.filter(|attempt| browser.is(&attempt.browser_digest)).ok_or(SsoRefusal::AttemptOver)?;
    match app.store.sso_attempts().spend(attempt.id, app.ambient.now()).await {
        Err(StoreError::GuardFailed { guard: COUNTS }) => Err(SsoRefusal::AttemptOver.into()),
        spent => Ok(spent.map(|()| attempt)?),
    }
}

async fn way(app: &App, attempt: &SsoAttempt, browser: &Browser) -> Result<Way, AppError> {
    let Some(id) = attempt.request else { return Ok(Way::Session) };
    let request = app.store.sso_requests().get(id).await?.ok_or(SsoRefusal::RequestOver)?;
    Ok(Way::Offer(Box::new(request), browser.digest()))
}

/// Whom the provider vouches for.
async fn vouched(
    app: &App,
    provider: &SsoProvider,
    returned: &Returned,
    (state, browser): (&Sensitive<String>, &Browser),
) -> Result<Said, AppError> {
    let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
    let issuer = issuer_of(provider);
    let document = app.providers.discover(&issuer, deadline).await.map_err(|error| unavailable(provider, &error))?;
    // Whoever answers has to be the one who was asked: else a code of one provider may be brought to another.
    let is_the_one = match &returned.issuer {
        Some(named) => *named == issuer.issuer,
        None => !document.authorization_response_iss_parameter_supported,
    };
    if !is_the_one {
        return Err(SsoRefusal::NotBelieved("single sign-on: answered by another issuer").into());
    }
    let code = returned.code.as_ref().filter(|_| !returned.is_error).ok_or(SsoRefusal::ByProvider)?;
    let secret = app.store.sso_providers().secret(provider).await?;
    let exchange = CodeExchange {
        code,
        verifier: &browser.verifier(state),
        redirect_uri: &redirect_uri(app),
        client_id: &provider.terms.endpoint.client_id,
        client_secret: secret.as_ref(),
    };
    let tokens = app.providers.exchange(&issuer, &exchange, deadline).await;
    let tokens = tokens.map_err(|error| unavailable(provider, &error))?;
    let claims = believed(app, provider, &tokens, &browser.nonce(state), deadline).await?;
    said(app, provider, (&claims, tokens.access_token.as_ref()), deadline).await
}

/// The claims of the ID token, if it is for us, of now, and answers to this sign-in.
async fn believed(
    app: &App,
    provider: &SsoProvider,
    tokens: &Tokens,
    nonce: &str,
    deadline: Deadline,
) -> Result<Claims, AppError> {
    let client_id = provider.terms.endpoint.client_id.clone();
    let expected = Expected {
        issuer: &provider.terms.endpoint.issuer,
        audiences: std::slice::from_ref(&client_id),
        now: app.ambient.now(),
        longest_age_seconds: Some(LONGEST_AGE_SECONDS),
    };
    let token = tokens.id_token.expose();
    let claims = app.providers.verify(&issuer_of(provider), token, &expected, deadline).await;
    let claims = claims.map_err(|error| match error {
        Unbelieved::Token(error) => unbelieved(provider, error),
        Unbelieved::Provider(error) => unavailable(provider, &error),
    })?;
    let access_token = tokens.access_token.as_ref().map(|token| token.expose().as_str());
    let answered = check_answer((token, &claims), (nonce, &client_id), access_token);
    answered.map_err(|error| unbelieved(provider, error))?;
    Ok(claims)
}

fn unbelieved(provider: &SsoProvider, error: TokenRefused) -> AppError {
    tracing::info!(provider = %provider.slug, error = %chain(&error), "an ID token was not believed");
    SsoRefusal::NotBelieved(crate::outside_auth::reason_of(error)).into()
}
