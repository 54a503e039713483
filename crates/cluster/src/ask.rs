//! One question to a cluster and its answer, within a deadline and within limits.
//!
//! Everything that is the same for all calls is here: the credential, the deadline, our own retries, and the verdict on
//! what came back. What a call means is its operation's business.

mod answer;
mod failure;

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Request, header};
use kube::client::Body;
use mayfly_domain::{clock::Ambient, connection::Target, ids::GatewayOperationId};
use serde::de::DeserializeOwned;

use self::answer::Answer;
use crate::{
    client::{ClusterClient, bearer, unprepared},
    departure::Departure,
    error::{Call, Certainty, ClusterError, Kind, Step, Unreachable},
    executor::Executor,
    place::Deadline,
    right::Right,
};

/// One call, with what is needed to explain its failure.
pub(crate) struct Question {
    pub(crate) call: Call,
    pub(crate) request: Request<Vec<u8>>,
    /// The right it takes, for a 403.
    pub(crate) right: Right,
    /// What it is about, for a 404: "service account `a` in namespace `b`".
    pub(crate) object: String,
    /// `kind` of the answer; `/version` has none.
    pub(crate) kind: Option<&'static str>,
    pub(crate) repeat: Repeat,
}

/// When a call that broke may be made once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It only reads.
    Always,
    /// It makes something: only if it certainly did not arrive.
    IfNeverSent,
}

/// A target, ready to be asked, until a deadline.
pub(crate) struct Session<'a> {
    pub(crate) ambient: &'a Ambient,
    pub(crate) client: Arc<ClusterClient>,
    pub(crate) deadline: Deadline,
    authorization: HeaderValue,
    audit_id: Option<HeaderValue>,
}

impl<'a> Session<'a> {
    /// Prepares to ask `target`; `first` is the call to blame if its settings make that impossible.
    pub(crate) fn open(
        executor: &'a Executor,
        target: &Target,
        deadline: Deadline,
        first: Call,
    ) -> Result<Self, ClusterError> {
        let client = executor.client(target).map_err(|reason| unprepared(target.url.origin(), first, reason))?;
        let authorization = client.authorization.clone();
        let (ambient, audit_id) = (executor.ambient(), executor.audit_id().cloned());
        Ok(Self { ambient, client, deadline, authorization, audit_id })
    }

    /// The same cluster over the same connections, asked with another bearer token.
    pub(crate) fn with_token(&self, token: &str, call: Call) -> Result<Session<'a>, ClusterError> {
        let authorization = bearer(token).map_err(|reason| unprepared(self.client.server.clone(), call, reason))?;
        let (client, audit_id) = (Arc::clone(&self.client), self.audit_id.clone());
        Ok(Session { ambient: self.ambient, client, deadline: self.deadline, authorization, audit_id })
    }

    /// The same, whose calls API servers find by `id` in their audit logs, unless they are called otherwise already.
    pub(crate) fn called(mut self, id: GatewayOperationId) -> Self {
        self.audit_id = self.audit_id.or_else(|| HeaderValue::try_from(id.to_string()).ok());
        self
    }

    /// Asks, once more if it broke and may be repeated, and reads the answer as a `T`.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, question: &Question) -> Result<T, ClusterError> {
        let first = self.attempt(question).await;
        let Err(error) = &first else { return first };
        let is_worth_it = may_repeat(question.repeat, error) && !self.deadline.left(self.ambient).is_zero();
        if is_worth_it { self.attempt(question).await } else { first }
    }

    async fn attempt<T: DeserializeOwned>(&self, question: &Question) -> Result<T, ClusterError> {
        let departure = Departure::default();
        let request = self.request(question, departure.clone());
        let limit = self.deadline.left(self.ambient);
        let exchanged = self.ambient.within(limit, self.exchange(request)).await;
        let fail = |step, kind, certainty| Err(self.error(question.call, step, kind, certainty));
        match exchanged {
            Some(Ok(answer)) => {
                answer.read(question, &self.secrets()).or_else(|(kind, certainty)| fail(Step::Answer, kind, certainty))
            }
            Some(Err((step, kind))) => fail(step, kind, certainty(&departure)),
            None => {
                let certainty = certainty(&departure);
                let step = if certainty == Certainty::NeverSent { Step::Connect } else { Step::Send };
                fail(step, Kind::Unreachable(Unreachable::TimedOut), certainty)
            }
        }
    }

    /// Sends a request and collects its answer; the failure says how far it got.
    async fn exchange(&self, request: Request<Body>) -> Result<Answer, (Step, Kind)> {
        let response = self.client.kube.send(request).await.map_err(|error| failure::explain(&error, Step::Send))?;
        Answer::collect(response).await
    }

    fn request(&self, question: &Question, departure: Departure) -> Request<Body> {
        let mut request = Request::new(Body::from(question.request.body().clone()));
        *request.method_mut() = question.request.method().clone();
        *request.uri_mut() = question.request.uri().clone();
        *request.headers_mut() = question.request.headers().clone();
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, self.authorization.clone());
        headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        if let Some(id) = &self.audit_id {
            headers.insert(AUDIT_ID, id.clone());
        }
        request.extensions_mut().insert(departure);
        request
    }

    /// The bearer token that is asked with.
    pub(crate) fn token(&self) -> &str {
        token_of(&self.authorization)
    }

    /// What must not come back in a text: the bearer tokens in use.
    fn secrets(&self) -> Vec<&str> {
        [&self.authorization, &self.client.authorization].into_iter().map(token_of).collect()
    }

    /// An error of this cluster.
    pub(crate) fn error(&self, call: Call, step: Step, kind: Kind, certainty: Certainty) -> ClusterError {
        ClusterError { server: self.client.server.clone(), call, step, kind, certainty }
    }
}

/// What [`bearer`] made a header of.
fn token_of(header: &HeaderValue) -> &str {
    header.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default()
}

/// What an API server takes for its audit event's own id.
const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");

/// How we are named in the logs of clusters and others.
pub(crate) const USER_AGENT: &str = concat!("mayfly/", env!("CARGO_PKG_VERSION"));

fn certainty(departure: &Departure) -> Certainty {
    if departure.withdraw() { Certainty::NeverSent } else { Certainty::Unknown }
}

/// Only a broken connection is worth a second try at once; everything else would fail the same way.
fn may_repeat(repeat: Repeat, error: &ClusterError) -> bool {
    let Kind::Unreachable(reason) = &error.kind else { return false };
    let broke = match reason {
        Unreachable::ConnectionRefused | Unreachable::ConnectionLost | Unreachable::Network { .. } => true,
        Unreachable::NameDoesNotResolve | Unreachable::Blocked { .. } | Unreachable::TimedOut => false,
    };
    broke && (repeat == Repeat::Always || error.certainty == Certainty::NeverSent)
}
