//! Trying whether a provider can be reached and offers what a sign-in needs.

use mayfly_domain::{access::operation::Operation, caller::Caller, sso::SsoTerms};
use mayfly_providers::{Algorithm, Discovery};

use super::{FIELDS, begin::is_a_place_for_browsers, issuer_of, providers::existing};
use crate::{App, AppError, discovery};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoCheck {
    /// What.
    pub name: &'static str,
    /// Whether it is as it has to be.
    pub is_passed: bool,
    /// What was found, or what to do.
    pub message: String,
}

/// Tries a provider anew, whatever is remembered of it. Nobody is signed in, and no secret is sent.
pub async fn test(app: &App, caller: &Caller, slug: &str) -> Result<Vec<SsoCheck>, AppError> {
    app.authorize(caller, Operation::TestSsoProvider).await?;
    let stored = existing(app, caller, slug).await?;
    Ok(match discovery::read(app, &issuer_of(&stored.provider), FIELDS).await {
        Err(fault) => vec![failed("discovery", fault.message)],
        Ok(document) => offered(&document, &stored.provider.terms, stored.has_secret),
    })
}

fn passed(name: &'static str, message: impl Into<String>) -> SsoCheck {
    SsoCheck { name, is_passed: true, message: message.into() }
}

fn failed(name: &'static str, message: impl Into<String>) -> SsoCheck {
    SsoCheck { name, is_passed: false, message: message.into() }
}

fn offered(document: &Discovery, terms: &SsoTerms, has_secret: bool) -> Vec<SsoCheck> {
    let place = |name, url: &Option<String>| match url {
        Some(url) if is_a_place_for_browsers(url) => passed(name, url.clone()),
        Some(_) => failed(name, "it is named, and its address is not `https://`"),
        None => failed(name, "the provider names none, so nobody can sign in by it"),
    };
    vec![
        passed("discovery", format!("issuer {}", document.issuer)),
        place("authorizationEndpoint", &document.authorization_endpoint),
        place("tokenEndpoint", &document.token_endpoint),
        pkce(document),
        authentication(document, has_secret),
        algorithms(document),
        scopes(document, terms),
    ]
}

fn pkce(document: &Discovery) -> SsoCheck {
    match &document.code_challenge_methods_supported {
        None => passed("pkce", "the provider does not say; S256 is sent all the same"),
        Some(methods) if methods.iter().any(|method| method == "S256") => passed("pkce", "S256"),
        Some(_) => failed("pkce", "the provider does not take the method S256"),
    }
}

fn authentication(document: &Discovery, has_secret: bool) -> SsoCheck {
    const NAME: &str = "clientAuthentication";
    let methods = document.token_endpoint_auth_methods_supported.as_deref();
    let takes = |wanted: &str| methods.is_none_or(|methods| methods.iter().any(|method| method == wanted));
    if !has_secret {
        return if takes("none") {
            passed(NAME, "none: a public client, with PKCE alone")
        } else {
            failed(NAME, "the provider takes no public clients; give a `clientSecret`")
        };
    }
    let known = ["client_secret_basic", "client_secret_post"].into_iter().find(|method| takes(method));
    match known {
        Some(method) => passed(NAME, method),
        None => failed(NAME, "the provider takes neither client_secret_basic nor client_secret_post"),
    }
}

fn algorithms(document: &Discovery) -> SsoCheck {
    const NAME: &str = "algorithms";
    let named = document.id_token_signing_alg_values_supported.as_deref().unwrap_or_default();
    let known: Vec<&str> = named.iter().map(String::as_str).filter(|name| Algorithm::named(name).is_some()).collect();
    match known.as_slice() {
        [] if named.is_empty() => passed(NAME, "the provider does not say"),
        [] => failed(NAME, "the provider signs with no algorithm that is accepted here, such as RS256 or ES256"),
        known => passed(NAME, known.join(", ")),
    }
}

fn scopes(document: &Discovery, terms: &SsoTerms) -> SsoCheck {
    let Some(supported) = &document.scopes_supported else { return passed("scopes", terms.scopes.join(" ")) };
    let missing: Vec<&str> =
        terms.scopes.iter().map(String::as_str).filter(|scope| !supported.iter().any(|known| known == scope)).collect();
    if missing.is_empty() {
        passed("scopes", terms.scopes.join(" "))
    } else {
        failed("scopes", format!("the provider does not name these: {}", missing.join(" ")))
    }
}
