//! Single sign-on of people: the providers, a sign-in there and back, and the same for a command line.
//!
//! The way of a sign-in: [`begin`] sends a browser away with a state, [`finish`] takes what it comes back with, asks the
//! provider what the code is worth and decides who that is ([`admit`](mayfly_domain::sso::admit)). The browser keeps one
//! secret in a cookie; nonce and verifier follow from it ([`Browser`]), so that neither is in the database and a code is
//! worth nothing in another browser.

mod begin;
mod finish;
mod forget;
mod links;
mod person;
mod providers;
mod requests;
mod test;

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use mayfly_domain::{sensitive::Sensitive, sso::SsoProvider};
use mayfly_providers::Issuer;
use mayfly_store::users::UserFacts;

pub use begin::{Begin, BegunSso, begin, list_for_sign_in};
pub use finish::{Finished, Returned, finish};
pub use forget::delete_over;
pub use links::{LinkPage, OwnLink, list_links, list_own_links, unlink, unlink_own};
pub use mayfly_store::{sso_links::SsoLink, sso_providers::StoredSsoProvider, sso_requests::SsoRequest};
pub use providers::{NewSsoProvider, ProviderPage, SsoChanges, create, delete, get, list, update};
pub use requests::{AskedRequest, Claimed, Confirm, RequestSso, claim, confirm, request};
pub use test::{SsoCheck, test};

use crate::{App, AppError, discovery::Fields, secret_text};

/// How long a sign-in may be under way, in a browser or for a command line.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Providers that a sign-in page shows at most.
const MOST_SHOWN: i64 = 100;

/// The secret that a browser keeps while it signs in, and what follows from it.
#[derive(Clone, Debug)]
pub(crate) struct Browser(Sensitive<String>);

impl Browser {
    /// Characters of such a secret: 256 bits.
    const LENGTH: usize = 43;

    /// The one that a browser showed, if it is one of ours by its shape; else a fresh one.
    fn shown_or_new(app: &App, shown: Option<Sensitive<String>>) -> Self {
        Self::shown(shown).unwrap_or_else(|| Self(secret_text::generate(&app.ambient)))
    }

    fn shown(shown: Option<Sensitive<String>>) -> Option<Self> {
        let is_one = |text: &str| text.len() == Self::LENGTH && URL_SAFE_NO_PAD.decode(text).is_ok();
        shown.filter(|secret| is_one(secret.expose())).map(Self)
    }

    fn digest(&self) -> Vec<u8> {
        secret_text::digest_of(self.0.expose())
    }

    /// Whether it is the one with this digest.
    fn is(&self, digest: &[u8]) -> bool {
        verify_slices_are_equal(&self.digest(), digest).is_ok()
    }

    /// What the token of this sign-in has to say in `nonce`.
    fn nonce(&self, state: &Sensitive<String>) -> String {
        self.derived("nonce", state)
    }

    /// What proves that whoever brings the code asked for it (RFC 7636): 43 characters.
    fn verifier(&self, state: &Sensitive<String>) -> Sensitive<String> {
        Sensitive::new(self.derived("verifier", state))
    }

    fn derived(&self, what: &str, state: &Sensitive<String>) -> String {
        url_safe_digest(&format!("mayfly sso {what}\n{}\n{}", self.0.expose(), state.expose()))
    }
}

fn url_safe_digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

/// Where providers send browsers back to, exactly.
pub fn redirect_uri(app: &App) -> String {
    format!("{}/api/v1/auth/sso/callback", app.settings.public_url)
}

const FIELDS: Fields = Fields { url: "discoveryUrl", issuer: "issuer", ca: "caCert" };

fn issuer_of(provider: &SsoProvider) -> Issuer {
    let endpoint = &provider.terms.endpoint;
    Issuer {
        discovery_url: endpoint.discovery_url.as_str().to_owned(),
        ca: endpoint.ca.clone(),
        issuer: endpoint.issuer.clone(),
    }
}

/// Whether somebody's password does not count, because people of their domain sign in by a provider. It does for whoever was
/// recovered on the server's own machine, until they sign in by the provider again.
pub(crate) async fn refuses_password(app: &App, facts: &UserFacts) -> Result<bool, AppError> {
    if facts.recovered_at.is_some() {
        return Ok(false);
    }
    let providers = app.store.sso_providers().enabled(MOST_SHOWN).await?;
    Ok(providers.iter().any(|StoredSsoProvider { provider, .. }| provider.terms.refuses_password_of(&facts.user.email)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn browser(text: &str) -> Browser {
        Browser(Sensitive::from(text))
    }

    #[test]
    fn what_follows_from_a_browser_and_a_state_follows_from_no_other() {
        let (state, other) = (Sensitive::from("state"), Sensitive::from("other"));
        let (one, two) = (browser("a"), browser("b"));
        assert_eq!(one.nonce(&state), one.nonce(&state));
        assert_ne!(one.nonce(&state), one.nonce(&other));
        assert_ne!(one.nonce(&state), two.nonce(&state));
        assert_ne!(&one.nonce(&state), one.verifier(&state).expose());
        assert_eq!(one.verifier(&state).expose().len(), 43);
    }

    #[test]
    fn only_a_secret_of_our_shape_is_taken_from_a_browser() {
        let good = "a".repeat(42) + "A";
        assert!(Browser::shown(Some(Sensitive::new(good))).is_some());
        for bad in ["", "a", &"a".repeat(44), &"ä".repeat(21), &(" ".repeat(43))] {
            assert!(Browser::shown(Some(Sensitive::from(bad))).is_none(), "{bad:?}");
        }
    }
}
