//! Documents and keys that were fetched a while ago.
//!
//! One fetch at a time for each provider; whoever comes meanwhile waits for it. A key id that nobody knows may be of a new
//! key, and so leads to another fetch, at most once a minute: made-up ids cost the provider nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, StatusCode};
use jiff::Timestamp;
use mayfly_cluster::{Deadline, Https};

use crate::{
    claims::Claims,
    discovery::{Discovery, document_url},
    error::{ProviderError, TokenRefused},
    key::KeySet,
    token::{Expected, take_apart},
};

/// How long keys count without being fetched again: that is how long a key that its owner took away may still count.
const FRESH: Duration = Duration::from_mins(10);
/// How long they count when fetching fails: an hour without the provider stops nobody.
const USABLE: Duration = Duration::from_hours(1);
/// How long nothing is fetched for an unknown key id after the last fetch.
const REFETCH_PAUSE: Duration = Duration::from_mins(1);
/// How long nothing is fetched after a fetch that failed.
const FAILURE_PAUSE: Duration = Duration::from_secs(5);
/// Providers remembered at most; at this number all are forgotten.
const MOST_PROVIDERS: usize = 1_000;

/// A provider that an administrator trusts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Issuer {
    /// Where it describes itself.
    pub discovery_url: String,
    /// PEM certificates that are then the only roots.
    pub ca: Option<String>,
    /// What it calls itself in its document and its tokens, exactly.
    pub issuer: String,
}

/// Why a token shown to [`Providers::verify`] was not believed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unbelieved {
    /// It is the token.
    #[error(transparent)]
    Token(#[from] TokenRefused),
    /// It is the provider.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

/// The providers, and what was fetched of them.
pub struct Providers {
    https: Https,
    known: Mutex<HashMap<Issuer, Arc<Known>>>,
}

/// What is known of one provider. The lock is held while fetching.
#[derive(Default)]
struct Known(tokio::sync::Mutex<State>);

#[derive(Default)]
struct State {
    fetched: Option<Arc<Fetched>>,
    tried_at: Option<Timestamp>,
}

struct Fetched {
    document: Discovery,
    keys: KeySet,
    at: Timestamp,
}

impl Providers {
    /// Providers that are reached by `https`.
    pub fn new(https: Https) -> Self {
        Self { https, known: Mutex::default() }
    }

    /// What a provider says of itself.
    pub async fn discover(&self, issuer: &Issuer, deadline: Deadline) -> Result<Discovery, ProviderError> {
        Ok(self.fetched(issuer, None, deadline).await?.document.clone())
    }

    /// The claims of `token`, if a key of `issuer` signed it and it says what is `expected`.
    pub async fn verify(
        &self,
        issuer: &Issuer,
        token: &str,
        expected: &Expected<'_>,
        deadline: Deadline,
    ) -> Result<Claims, Unbelieved> {
        // What is no token of any algorithm we take, or says what nobody expects, causes no fetch.
        let parts = take_apart(token)?;
        parts.check_unsigned(expected)?;
        let fetched = self.fetched(issuer, parts.kid.as_deref(), deadline).await?;
        Ok(parts.believe(&fetched.keys, expected)?)
    }

    /// Forgets what was fetched of `issuer`.
    pub fn forget(&self, issuer: &Issuer) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(issuer);
    }

    /// What a provider says of itself at this moment. What was fetched before goes on to count where this fails.
    pub async fn discover_anew(&self, issuer: &Issuer, deadline: Deadline) -> Result<Discovery, ProviderError> {
        let ambient = self.https.ambient();
        let now = ambient.now();
        let fetched = Arc::new(self.fetch(issuer, now, deadline).await?);
        let known = self.known(issuer);
        let locked = ambient.within(deadline.left(ambient), known.0.lock()).await;
        let mut state = locked.ok_or(ProviderError::TimedOut)?;
        *state = State { fetched: Some(Arc::clone(&fetched)), tried_at: Some(now) };
        Ok(fetched.document.clone())
    }

    /// Document and keys; fetched if there are none, if they are old, or if none has the key id `wanted`.
    async fn fetched(
        &self,
        issuer: &Issuer,
        wanted: Option<&str>,
        deadline: Deadline,
    ) -> Result<Arc<Fetched>, ProviderError> {
        let known = self.known(issuer);
        let ambient = self.https.ambient();
        let locked = ambient.within(deadline.left(ambient), known.0.lock()).await;
        let mut state = locked.ok_or(ProviderError::TimedOut)?;
        let now = ambient.now();
        let is_within = |at: Timestamp, longest: Duration| is_recent(at, now, longest);
        let old = state.fetched.clone().filter(|fetched| is_within(fetched.at, USABLE));
        if let Some(old) = &old {
            let is_known = wanted.is_none_or(|kid| old.keys.knows(Some(kid)));
            let may_ask = !state.tried_at.is_some_and(|at| is_within(at, REFETCH_PAUSE));
            if (is_known && is_within(old.at, FRESH)) || !may_ask {
                return Ok(Arc::clone(old));
            }
        } else if state.tried_at.is_some_and(|at| is_within(at, FAILURE_PAUSE)) {
            return Err(ProviderError::Resting);
        }
        state.tried_at = Some(now);
        match (self.fetch(issuer, now, deadline).await, old) {
            (Ok(fetched), _) => {
                let fetched = Arc::new(fetched);
                state.fetched = Some(Arc::clone(&fetched));
                Ok(fetched)
            }
            (Err(_), Some(old)) => Ok(old),
            (Err(error), None) => Err(error),
        }
    }

    fn known(&self, issuer: &Issuer) -> Arc<Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_PROVIDERS && !known.contains_key(issuer) {
            known.clear();
        }
        Arc::clone(known.entry(issuer.clone()).or_default())
    }

    async fn fetch(&self, issuer: &Issuer, at: Timestamp, deadline: Deadline) -> Result<Fetched, ProviderError> {
        let ca = issuer.ca.as_deref();
        let document = self.get("the discovery document", &document_url(&issuer.discovery_url), ca, deadline).await?;
        let document = Discovery::read(&document, &issuer.issuer)?;
        let keys = self.get("the key set", &document.jwks_uri, ca, deadline).await?;
        let keys = KeySet::from_jwks(&keys).map_err(ProviderError::Keys)?;
        Ok(Fetched { document, keys, at })
    }

    async fn get(
        &self,
        what: &'static str,
        url: &str,
        ca: Option<&str>,
        deadline: Deadline,
    ) -> Result<Bytes, ProviderError> {
        self.ask(what, Request::get(url).body(Bytes::new()), ca, deadline).await
    }

    /// Sends a request whose address the provider named, and reads an answer of 200.
    pub(crate) async fn ask(
        &self,
        what: &'static str,
        request: Result<Request<Bytes>, http::Error>,
        ca: Option<&str>,
        deadline: Deadline,
    ) -> Result<Bytes, ProviderError> {
        let request = request.map_err(|_| ProviderError::Document("an address in it is none"))?;
        let answer = self.https.send(request, ca, deadline).await;
        let answer = answer.map_err(|reason| ProviderError::Fetch { what, reason })?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            other => Err(ProviderError::Status { what, status: other.as_u16() }),
        }
    }
}

/// Whether `at` is no longer ago than `longest`, and not ahead: a clock that went back makes nothing fresh again.
fn is_recent(at: Timestamp, now: Timestamp, longest: Duration) -> bool {
    Duration::try_from(now.duration_since(at)).is_ok_and(|age| age <= longest)
}
