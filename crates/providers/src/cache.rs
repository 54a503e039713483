//! Documents and keys that were fetched a while ago.
//!
//! One fetch at a time for each provider; whoever comes meanwhile waits for it only where nothing that was fetched before will do. A key id that nobody knows may be of a new
//! key, and so leads to another fetch, at most once a minute: made-up ids cost the provider nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use jiff::Timestamp;
use mayfly_cluster::{Deadline, Https};

use crate::{
    claims::Claims,
    discovery::{Discovery, document_url},
    error::{ProviderError, TokenRefused},
    key::KeySet,
    token::{Expected, check_signer, split, take_apart},
};

/// How long keys count without being fetched again: that is how long a key that its owner took away may still count.
const FRESH: Duration = Duration::from_mins(10);
/// How long they count when fetching fails: an hour without the provider stops nobody.
const USABLE: Duration = Duration::from_hours(1);
/// How long nothing is fetched for an unknown key id after the last fetch.
const REFETCH_PAUSE: Duration = Duration::from_mins(1);
/// How long nothing is fetched after a fetch that failed.
const FAILURE_PAUSE: Duration = Duration::from_secs(5);
/// How a key set is asked for: by the type of RFC 7517 section 8.5.2, without which Kubernetes answers 406, and by the plain one.
const KEY_SET: &str = "application/jwk-set+json, application/json";
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

/// How long keys that still count are looked after in the middle of somebody's request.
const REFRESH_LIMIT: Duration = Duration::from_secs(2);

/// What is known of one provider.
#[derive(Default)]
struct Known {
    state: Mutex<State>,
    /// Held by whoever fetches.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct State {
    fetched: Option<Arc<Fetched>>,
    tried_at: Option<Timestamp>,
}

struct Fetched {
    document: Discovery,
    keys: KeySet,
    at: Timestamp,
}

impl Known {
    fn now(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn becomes(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What is to be done for somebody who needs keys.
enum Next {
    /// These will do.
    Take(Arc<Fetched>),
    /// Fetch, within what is left of the time; these count where that fails, if the wanted key is among them.
    Refresh(Arc<Fetched>),
    /// Fetch: there are none.
    Fetch,
    /// Neither: somebody tries at the moment, or the last try failed a moment ago.
    Rest,
}

impl State {
    fn next(&self, wanted: Option<&str>, now: Timestamp) -> Next {
        let is_within = |at: Timestamp, longest: Duration| is_recent(at, now, longest);
        let was_tried_within = |longest| self.tried_at.is_some_and(|at| is_within(at, longest));
        let Some(old) = self.fetched.as_ref().filter(|fetched| is_within(fetched.at, USABLE)) else {
            return if was_tried_within(FAILURE_PAUSE) { Next::Rest } else { Next::Fetch };
        };
        let is_known = old.knows(wanted);
        match (is_known && is_within(old.at, FRESH), was_tried_within(REFETCH_PAUSE)) {
            // What could not be fetched may have the key.
            (false, true) if !is_known && self.tried_at != Some(old.at) => Next::Rest,
            (true, _) | (_, true) => Next::Take(Arc::clone(old)),
            (false, false) => Next::Refresh(Arc::clone(old)),
        }
    }
}

impl Fetched {
    /// Whether a token that names this key, or none, may be checked by these.
    fn knows(&self, wanted: Option<&str>) -> bool {
        wanted.is_none_or(|kid| self.keys.knows(Some(kid)))
    }
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

    /// Whether a key of `issuer` signed `token`, and it is of that issuer, as [`check_signer`] says it.
    pub async fn check_signer(&self, issuer: &Issuer, token: &str, deadline: Deadline) -> Result<(), Unbelieved> {
        let kid = split(token)?.kid;
        let fetched = self.fetched(issuer, kid.as_deref(), deadline).await?;
        Ok(check_signer(token, &fetched.keys, &issuer.issuer)?)
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
        let state = State { fetched: Some(Arc::clone(&fetched)), tried_at: Some(now) };
        self.known(issuer).becomes(|known| *known = state);
        Ok(fetched.document.clone())
    }

    /// Document and keys; fetched if there are none, if they are old, or if none has the key id `wanted`. Nobody waits for whoever
    /// fetches while there are keys that count.
    async fn fetched(
        &self,
        issuer: &Issuer,
        wanted: Option<&str>,
        deadline: Deadline,
    ) -> Result<Arc<Fetched>, ProviderError> {
        let (known, ambient) = (self.known(issuer), self.https.ambient());
        let turn = match known.now().next(wanted, ambient.now()) {
            Next::Take(fetched) => return Ok(fetched),
            Next::Refresh(old) => match known.fetching.try_lock() {
                Ok(turn) => turn,
                Err(_) if old.knows(wanted) => return Ok(old),
                Err(_) => self.turn(&known, deadline).await?,
            },
            // Whoever fetches now may bring what is wanted.
            Next::Fetch | Next::Rest => self.turn(&known, deadline).await?,
        };
        let fetched = match known.now().next(wanted, ambient.now()) {
            Next::Take(fetched) => Ok(fetched),
            Next::Rest => Err(ProviderError::Resting),
            Next::Fetch => self.fetch_into(&known, issuer, deadline).await,
            Next::Refresh(old) => {
                let limit = Deadline::after(ambient, deadline.left(ambient).min(REFRESH_LIMIT));
                match self.fetch_into(&known, issuer, limit).await {
                    Err(_) if old.knows(wanted) => Ok(old),
                    other => other,
                }
            }
        };
        drop(turn);
        fetched
    }

    /// The turn to fetch.
    async fn turn<'known>(
        &self,
        known: &'known Known,
        deadline: Deadline,
    ) -> Result<tokio::sync::MutexGuard<'known, ()>, ProviderError> {
        let ambient = self.https.ambient();
        ambient.within(deadline.left(ambient), known.fetching.lock()).await.ok_or(ProviderError::TimedOut)
    }

    async fn fetch_into(
        &self,
        known: &Known,
        issuer: &Issuer,
        deadline: Deadline,
    ) -> Result<Arc<Fetched>, ProviderError> {
        let now = self.https.ambient().now();
        known.becomes(|state| state.tried_at = Some(now));
        let fetched = Arc::new(self.fetch(issuer, now, deadline).await?);
        known.becomes(|state| state.fetched = Some(Arc::clone(&fetched)));
        Ok(fetched)
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
        let document = Request::get(document_url(&issuer.discovery_url));
        let document = self.ask("the discovery document", document.body(Bytes::new()), ca, deadline).await?;
        let document = Discovery::read(&document, &issuer.issuer)?;
        let keys = Request::get(&document.jwks_uri).header(header::ACCEPT, KEY_SET);
        let keys = self.ask("the key set", keys.body(Bytes::new()), ca, deadline).await?;
        let keys = KeySet::from_jwks(&keys).map_err(ProviderError::Keys)?;
        Ok(Fetched { document, keys, at })
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
