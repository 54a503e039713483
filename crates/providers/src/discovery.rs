//! The document in which a provider describes itself (`OpenID` Connect Discovery 1.0).

use serde::Deserialize;

use crate::error::ProviderError;

/// Where the document is, below the issuer's address.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// What a provider says of itself, as far as we read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Discovery {
    /// Who it is: what its tokens say in `iss`.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Where people are sent to sign in. Providers that vouch for machines only have none.
    pub authorization_endpoint: Option<String>,
    /// Where a code is exchanged for tokens.
    pub token_endpoint: Option<String>,
    /// Where more is told of a person.
    pub userinfo_endpoint: Option<String>,
    /// Where people are sent to sign out.
    pub end_session_endpoint: Option<String>,
    /// How we may show who we are at the token endpoint; by the standard `client_secret_basic` where it says nothing.
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// How it takes the proof that whoever brings a code asked for it (RFC 8414 section 2).
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// With what it signs tokens of people.
    pub id_token_signing_alg_values_supported: Option<Vec<String>>,
    /// What may be asked for.
    pub scopes_supported: Option<Vec<String>>,
    /// Whether it always says who it is when it sends somebody back (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl Discovery {
    /// Reads a document of `issuer`.
    pub fn read(json: &[u8], issuer: &str) -> Result<Self, ProviderError> {
        let document: Self = serde_json::from_slice(json)
            .map_err(|_| ProviderError::Document("it is no JSON object with `issuer` and `jwks_uri`"))?;
        // Exactly, as the tokens are compared too: a slash more is somebody else.
        if document.issuer != issuer {
            return Err(ProviderError::Issuer);
        }
        Ok(document)
    }
}

/// The address of the document of a provider whose address an administrator gave, with or without the well-known part.
pub(crate) fn document_url(url: &str) -> String {
    let base = url.trim_end_matches('/');
    if base.ends_with(WELL_KNOWN) { base.to_owned() } else { format!("{base}{WELL_KNOWN}") }
}
