//! Signing a command line in: it asks, a person signs in and confirms in a browser, and it gets the session, once.
//!
//! Whoever is sent a link to confirm what they did not begin sees who asks, from where, and is asked for the code that only
//! the asking command line shows.

use mayfly_domain::{
    audit::Event,
    caller::Origin,
    ids::SsoRequestId,
    sensitive::Sensitive,
    sso::{SsoProvider, SsoRefusal},
};
use mayfly_store::{
    StoreError, sessions,
    sso_requests::{COUNTS, SsoRequest},
};

use super::{Browser, LIFETIME, begin::enabled};
use crate::{
    App, AppError, secret_text,
    sessions::{Begun, GrantedSession},
    sign_in::{HardLimit, admit_hard},
    users::person,
};

/// Wrong codes that a request bears.
const MOST_TRIES: i64 = 5;
/// Letters and digits that nobody takes for another (no vowels, so that they spell nothing).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A command line that asks.
#[derive(Clone, Debug)]
pub struct RequestSso {
    /// The provider's short name; the only one there is where it is left out.
    pub slug: Option<String>,
    /// The machine, as it calls itself; at most 64 characters.
    pub host: String,
}

/// What it is told.
#[derive(Debug)]
pub struct AskedRequest {
    /// By which provider.
    pub provider: SsoProvider,
    /// The request.
    pub request: SsoRequest,
    /// The code that it shows to its person.
    pub code: Sensitive<String>,
    /// What it gets the session with.
    pub token: Sensitive<String>,
    /// Where its person signs in.
    pub address: String,
}

/// Asks for a sign-in.
pub async fn request(app: &App, origin: &Origin, asked: RequestSso) -> Result<AskedRequest, AppError> {
    admit_hard(app, HardLimit::SsoRequest(origin.ip_address)).await?;
    let provider = if let Some(slug) = &asked.slug {
        enabled(app, slug).await?
    } else {
        let mut all = app.store.sso_providers().enabled(2).await?;
        let only = if all.len() == 1 { all.pop() } else { None };
        only.ok_or(SsoRefusal::NoProvider)?.provider
    };
    let (token, code) = (secret_text::generate(&app.ambient), code(app.ambient.random::<8>()));
    let (now, id) = (app.ambient.now(), SsoRequestId::generate(&app.ambient));
    let request = SsoRequest {
        id,
        provider: provider.id,
        token_digest: secret_text::digest_of(token.expose()),
        code_digest: code_digest(id, code.expose()),
        host: asked.host,
        ip_address: origin.ip_address,
        user_agent: origin.user_agent.clone(),
        tries: 0,
        user: None,
        browser_digest: None,
        confirmed_at: None,
        created_at: now,
        expires_at: now.saturating_add(LIFETIME).unwrap_or(now),
    };
    app.store.sso_requests().create(&request).await?;
    let address = format!("{}/api/v1/auth/sso/{}/start?request={id}", app.settings.public_url, provider.slug);
    Ok(AskedRequest { provider, request, code, token, address })
}

/// Eight letters of [`ALPHABET`], with a line in their middle: 34 bits, of which five guesses are allowed.
fn code(random: [u8; 8]) -> Sensitive<String> {
    let letters = random.iter().map(|byte| {
        let place = usize::from(*byte) % ALPHABET.len();
        ALPHABET.get(place).copied().map_or('X', char::from)
    });
    let letters: String = letters.collect();
    let (first, second) = letters.split_at(letters.len() / 2);
    Sensitive::new(format!("{first}-{second}"))
}

/// As a person types it: in any case, with or without its line.
fn code_digest(id: SsoRequestId, typed: &str) -> Vec<u8> {
    let letters: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    secret_text::digest_of(&format!("{id}:{}", letters.to_ascii_uppercase()))
}

/// A person's word that it was they who asked.
#[derive(Debug)]
pub struct Confirm {
    /// The request.
    pub id: SsoRequestId,
    /// The code that their command line shows.
    pub code: Sensitive<String>,
    /// The secret that their browser keeps.
    pub browser: Option<Sensitive<String>>,
}

/// Confirms a request, in the browser in which somebody signed in for it.
pub async fn confirm(app: &App, origin: Origin, confirm: Confirm) -> Result<SsoRequest, AppError> {
    let over = AppError::Sso(SsoRefusal::RequestOver);
    let Some(request) = app.store.sso_requests().get(confirm.id).await? else { return Err(over) };
    let browser = Browser::shown(confirm.browser);
    let is_theirs = match (&browser, &request.browser_digest) {
        (Some(browser), Some(digest)) => browser.is(digest),
        _ => false,
    };
    let (Some(user), Some(browser), true) = (request.user, browser, is_theirs) else { return Err(over) };
    if request.tries >= MOST_TRIES {
        return Err(over);
    }
    if code_digest(request.id, confirm.code.expose()) != request.code_digest {
        app.store.sso_requests().miss(request.id).await?;
        return Err(SsoRefusal::WrongCode.into());
    }
    let provider = app.store.sso_providers().find(request.provider).await?.ok_or(SsoRefusal::NoProvider)?.provider;
    let facts = app.store.users().get(provider.organization, user).await?.ok_or(SsoRefusal::Disabled)?;
    let host = request.host.clone();
    let event = Event::ConfirmSsoRequest { user_id: user, sso_request_id: request.id, host };
    let event = app.event(&person(&facts.user, origin), None, event);
    let limits = (app.ambient.now(), MOST_TRIES);
    match app.store.sso_requests().confirm((request.id, user), &browser.digest(), limits, &event).await {
        Err(StoreError::GuardFailed { guard: COUNTS }) => Err(over),
        confirmed => Ok(confirmed.map(|()| request)?),
    }
}

/// What a command line that asks is told.
#[derive(Debug)]
pub enum Claimed {
    /// Nobody has confirmed it yet.
    Waiting,
    /// Its session.
    Granted(Box<GrantedSession>),
}

/// Gives a command line the session that it asked for, once.
pub async fn claim(app: &App, origin: Origin, token: &Sensitive<String>) -> Result<Claimed, AppError> {
    let over = AppError::Sso(SsoRefusal::RequestOver);
    let found = app.store.sso_requests().find(&secret_text::digest_of(token.expose())).await?;
    let now = app.ambient.now();
    let Some(request) = found.filter(|request| request.expires_at > now && request.tries < MOST_TRIES) else {
        return Err(over);
    };
    let (Some(user), Some(_)) = (request.user, request.confirmed_at) else { return Ok(Claimed::Waiting) };
    let provider = app.store.sso_providers().find(request.provider).await?.map(|stored| stored.provider);
    let Some(provider) = provider.filter(|provider| provider.is_enabled) else { return Err(over) };
    let facts = app.store.users().get(provider.organization, user).await?.ok_or(SsoRefusal::Disabled)?;
    let begun = Begun::new(app, &facts.user, &origin);
    let (session_id, sso_request_id) = (begun.session.id, Some(request.id));
    let login = Event::UserLoginSso { user_id: user, session_id, sso_provider_id: provider.id, sso_request_id };
    let event = app.event(&person(&facts.user, origin.clone()), None, login);
    match app.store.sso_requests().claim(request.id, begun.kept(), now, &event).await {
        Err(StoreError::GuardFailed { guard: COUNTS }) => Err(over),
        Err(StoreError::GuardFailed { guard: sessions::STILL_MAY }) => Err(SsoRefusal::Disabled.into()),
        claimed => {
            claimed?;
            HardLimit::SsoRequest(origin.ip_address).take_back(app).await?;
            Ok(Claimed::Granted(Box::new(begun.granted(facts.user))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_eight_letters_and_is_typed_in_any_case() {
        let code = code([0, 1, 2, 3, 19, 20, 255, 42]);
        assert_eq!(code.expose(), "BCDF-ZBTD");
        let id: SsoRequestId = "018f0000-0000-7000-8000-000000000000".parse().unwrap();
        for typed in ["BCDF-ZBTD", "bcdfzbtd", " bcdf zbtd "] {
            assert_eq!(code_digest(id, typed), code_digest(id, code.expose()), "{typed}");
        }
        assert_ne!(code_digest(id, "BCDF-ZBTF"), code_digest(id, code.expose()));
    }
}
