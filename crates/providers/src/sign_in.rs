//! The part of a person's sign-in that goes from server to server: a code becomes tokens, and more is asked of the person.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, header};
use mayfly_cluster::Deadline;
use mayfly_domain::sensitive::Sensitive;
use serde::Deserialize;

use crate::{
    cache::{Issuer, Providers},
    claims::Claims,
    discovery::Discovery,
    error::ProviderError,
    query::{encoded, form},
};

const TOKEN_ENDPOINT: &str = "the token endpoint";
const USERINFO: &str = "the userinfo endpoint";

/// A code to be exchanged, and the proof that it was us who asked for it.
#[derive(Clone, Copy, Debug)]
pub struct CodeExchange<'a> {
    /// The code.
    pub code: &'a Sensitive<String>,
    /// What the challenge was made of (RFC 7636).
    pub verifier: &'a Sensitive<String>,
    /// Where the code was sent, exactly.
    pub redirect_uri: &'a str,
    /// Who we are.
    pub client_id: &'a str,
    /// By what we show it; a public client has none.
    pub client_secret: Option<&'a Sensitive<String>>,
}

/// What a code was exchanged for.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Says who signed in. Not believed yet.
    pub id_token: Sensitive<String>,
    /// With which more may be asked.
    pub access_token: Option<Sensitive<String>>,
}

#[derive(Deserialize)]
struct Answer {
    id_token: Option<Sensitive<String>>,
    access_token: Option<Sensitive<String>>,
}

impl Providers {
    /// Exchanges a code for tokens. It is asked once: a code works once.
    pub async fn exchange(
        &self,
        issuer: &Issuer,
        exchange: &CodeExchange<'_>,
        deadline: Deadline,
    ) -> Result<Tokens, ProviderError> {
        let document = self.discover(issuer, deadline).await?;
        let url = document.token_endpoint.as_deref().ok_or(ProviderError::Missing("a token endpoint"))?;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", exchange.code.expose().as_str()),
            ("redirect_uri", exchange.redirect_uri),
            ("code_verifier", exchange.verifier.expose().as_str()),
            ("client_id", exchange.client_id),
        ];
        let mut request = Request::post(url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(secret) = exchange.client_secret {
            if takes_basic(&document) {
                // Both halves are encoded first (RFC 6749 section 2.3.1).
                let pair = format!("{}:{}", encoded(exchange.client_id), encoded(secret.expose()));
                request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)));
            } else {
                fields.push(("client_secret", secret.expose().as_str()));
            }
        }
        let request = request.body(Bytes::from(form(&fields)));
        let answer = self.ask(TOKEN_ENDPOINT, request, issuer.ca.as_deref(), deadline).await?;
        let answer: Answer =
            serde_json::from_slice(&answer).map_err(|_| ProviderError::Answer("the answer of the token endpoint"))?;
        let id_token = answer.id_token.ok_or(ProviderError::Missing("an ID token; the scope `openid` is needed"))?;
        Ok(Tokens { id_token, access_token: answer.access_token })
    }

    /// What the provider tells of the person besides; only as good as the connection, and about `subject` or refused.
    pub async fn userinfo(
        &self,
        issuer: &Issuer,
        (subject, access_token): (&str, &Sensitive<String>),
        deadline: Deadline,
    ) -> Result<Option<Claims>, ProviderError> {
        let document = self.discover(issuer, deadline).await?;
        let Some(url) = document.userinfo_endpoint.as_deref() else { return Ok(None) };
        let bearer = format!("Bearer {}", access_token.expose());
        let request = Request::get(url).header(header::AUTHORIZATION, bearer).body(Bytes::new());
        let answer = self.ask(USERINFO, request, issuer.ca.as_deref(), deadline).await?;
        let claims: Claims = serde_json::from_slice(&answer)
            .map_err(|_| ProviderError::Answer("the answer of the userinfo endpoint"))?;
        // Somebody else's token may have been slipped in (OpenID Connect Core 1.0 section 5.3.2).
        if claims.text("sub") == Some(subject) { Ok(Some(claims)) } else { Err(ProviderError::Answer(USERINFO)) }
    }
}

fn takes_basic(document: &Discovery) -> bool {
    let methods = document.token_endpoint_auth_methods_supported.as_ref();
    methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"))
}
