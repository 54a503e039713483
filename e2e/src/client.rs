//! A client of the API: the words of the wire, and nothing clever.

use std::{fmt, time::Duration};

use anyhow::Context as _;
use mayfly_api::{
    audit_logs::{AuditLog, AuditLogList},
    leases::{Lease, LeaseHistory},
};
use reqwest::{ClientBuilder, Method, RequestBuilder, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A connection is used again within that time: a server closes one that it has kept for 75 s without a request, and a
/// request that is on its way by then is lost.
const IDLE_CONNECTION: Duration = Duration::from_secs(30);

/// A client, with an access token or without.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// An answer that is no success.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Value,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.status, self.body)
    }
}

impl std::error::Error for Refused {}

fn builder() -> ClientBuilder {
    reqwest::Client::builder().no_proxy().pool_idle_timeout(IDLE_CONNECTION)
}

impl Client {
    /// Of the server at `url`.
    ///
    /// # Errors
    /// When none can be made.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        Self::of(url, builder())
    }

    /// Of the server at `url`, which the authority of `ca`, PEM, alone vouches for.
    ///
    /// # Errors
    /// When none can be made, or `ca` is no PEM.
    pub fn trusting(url: &str, ca: &str) -> anyhow::Result<Self> {
        let roots = [reqwest::Certificate::from_pem(ca.as_bytes())?];
        Self::of(url, builder().tls_certs_only(roots))
    }

    fn of(url: &str, http: ClientBuilder) -> anyhow::Result<Self> {
        Ok(Self { http: http.build()?, url: url.to_owned(), token: None })
    }

    /// The access token that it shows.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same client with an access token.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// The same token, at another server.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// Reads.
    ///
    /// # Errors
    /// [`Refused`], or when there is no answer.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        Self::answer(self.request(Method::GET, path)).await
    }

    /// Makes something.
    ///
    /// # Errors
    /// [`Refused`], or when there is no answer.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        Self::answer(self.request(Method::POST, path).json(body)).await
    }

    /// Changes something.
    ///
    /// # Errors
    /// [`Refused`], or when there is no answer.
    pub async fn patch<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        Self::answer(self.request(Method::PATCH, path).json(body)).await
    }

    /// Ends something.
    ///
    /// # Errors
    /// [`Refused`], or when there is no answer.
    pub async fn delete<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        Self::answer(self.request(Method::DELETE, path).json(body)).await
    }

    /// The leases of a project, newest first: those in `state` or in every one, and after the lease `after` or all.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn leases(&self, project: &str, state: Option<&str>, after: Option<&str>) -> anyhow::Result<Vec<Lease>> {
        let state = state.map(|state| format!("&state={state}")).unwrap_or_default();
        let first = format!("/api/v1/leases?projectSlug={project}&limit=100{state}");
        let (mut leases, mut path) = (Vec::new(), Some(first.clone()));
        while let Some(next) = path {
            let LeaseHistory { leases: page, next_cursor, .. } = self.get(&next).await?;
            let is_after = |lease: &Lease| after.is_none_or(|after| lease.id.as_str() > after);
            let has_more = page.last().is_some_and(is_after);
            leases.extend(page.into_iter().take_while(is_after));
            path = next_cursor.filter(|_| has_more).map(|cursor| format!("{first}&cursor={cursor}"));
        }
        Ok(leases)
    }

    /// A project's whole audit log, newest first.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn audit_log(&self, project_id: &str) -> anyhow::Result<Vec<AuditLog>> {
        self.audit_log_of(project_id, None).await
    }

    /// The same, only events of one kind.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn audit_log_of(&self, project_id: &str, kind: Option<&str>) -> anyhow::Result<Vec<AuditLog>> {
        const PAGE: usize = 1_000;
        let kind = kind.map(|kind| format!("&eventType={kind}")).unwrap_or_default();
        let mut events: Vec<AuditLog> = Vec::new();
        loop {
            let query = format!("projectId={project_id}{kind}&limit={PAGE}&offset={}", events.len());
            let page: AuditLogList = self.get(&format!("/api/v1/organization/audit-logs?{query}")).await?;
            let is_last = page.audit_logs.len() < PAGE;
            events.extend(page.audit_logs);
            if is_last {
                return Ok(events);
            }
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> anyhow::Result<T> {
        let answer = request.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        if status.is_success() {
            return serde_json::from_slice(&bytes).context("read the server's answer");
        }
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
        Err(Refused { status, body }.into())
    }
}
