//! Calls to the server's API.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use mayfly_api::problem::Problem;
use reqwest::{
    Certificate, Client, ClientBuilder, Method, RequestBuilder, Response,
    header::{HeaderValue, USER_AGENT},
    redirect,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    credential,
    error::CliError,
    refusal::Refusal,
    secret::Secret,
    server_url::{Reach, ServerUrl},
    time,
};

/// The server's audit log knows this program by the word before the slash.
const AGENT: &str = concat!("mayfly-cli/", env!("CARGO_PKG_VERSION"));

/// The largest answer, in bytes. A page of leases is a hundredth of it; what is larger is not ours to keep in memory.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// A connection is used again within that time: below the 60 s after which most proxies close one, and the 75 s of the
/// server, so that no request is sent into a connection that is being closed.
const IDLE_CONNECTION: Duration = Duration::from_secs(45);

/// A server, as one caller reaches it.
#[derive(Debug)]
pub(crate) struct ApiClient {
    http: Client,
    server: ServerUrl,
    /// Nobody, or the holder of an access token.
    token: Option<Secret>,
    patience: Duration,
}

/// How to reach a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connection<'a> {
    pub(crate) server: &'a ServerUrl,
    /// PEM certificates that are then the only ones trusted.
    pub(crate) ca_file: Option<&'a Path>,
    /// The longest wait for one answer.
    pub(crate) patience: Duration,
}

impl ApiClient {
    /// A client that calls as the holder of `token`, or as nobody.
    pub(crate) fn new(connection: Connection<'_>, token: Option<Secret>) -> Result<Self, CliError> {
        let Connection { server, ca_file, patience } = connection;
        let read = |path: &Path| {
            let pem = fs::read(path).map_err(|source| CliError::Read { path: path.to_owned(), source })?;
            Ok::<_, CliError>((path.to_owned(), pem))
        };
        Self::trusting(server, ca_file.map(read).transpose()?, patience, token)
    }

    /// The same, trusting the PEM certificates of a file that was read.
    pub(crate) fn trusting(
        server: &ServerUrl,
        roots: Option<(PathBuf, Vec<u8>)>,
        patience: Duration,
        token: Option<Secret>,
    ) -> Result<Self, CliError> {
        // A redirect would take the access token to where it does not belong.
        let builder = Client::builder().redirect(redirect::Policy::none()).timeout(patience);
        let builder = builder.pool_idle_timeout(IDLE_CONNECTION);
        let builder = match roots {
            Some((path, pem)) => builder.tls_certs_only(certificates(&path, &pem)?),
            None => builder,
        };
        let builder = match server.reach() {
            Reach::ThisMachine => builder.no_proxy(),
            Reach::Network => builder,
        };
        let http = ClientBuilder::build(builder).map_err(CliError::Client)?;
        Ok(Self { http, server: server.clone(), token, patience })
    }

    /// The same client, for an answer that takes long.
    #[must_use]
    pub(crate) fn waiting(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The server it calls.
    pub(crate) const fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// Who calls, and where, as the cache tells callers apart.
    pub(crate) fn account(&self) -> String {
        credential::account(&self.server, self.token.as_ref().unwrap_or(&Secret::new(String::new())))
    }

    /// Reads something.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, CliError> {
        self.send(self.request(Method::GET, path)?.query(query)).await
    }

    /// Makes something.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &[&str], body: &impl Serialize) -> Result<T, CliError> {
        self.send(self.request(Method::POST, path)?.json(body)).await
    }

    /// Changes something.
    pub(crate) async fn patch<T: DeserializeOwned>(&self, path: &[&str], body: &impl Serialize) -> Result<T, CliError> {
        self.send(self.request(Method::PATCH, path)?.json(body)).await
    }

    /// Ends something.
    pub(crate) async fn delete<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, CliError> {
        self.send(self.request(Method::DELETE, path)?.json(body)).await
    }

    /// Reads an answer line by line, however long it is. `last` is what it goes on after, where it can.
    pub(crate) async fn lines(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        last: Option<&str>,
        each: &mut dyn FnMut(&str) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        const NO_END: Duration = Duration::from_hours(24);
        // A server that has nothing to say says so every 15 seconds.
        const QUIET: Duration = Duration::from_mins(1);
        let request = self.request(Method::GET, path)?.query(query).timeout(NO_END);
        let request = last.into_iter().fold(request, |request, id| request.header("last-event-id", id));
        let mut response = request.send().await.map_err(|error| self.failure(error))?;
        if !response.status().is_success() {
            let status = response.status();
            let body = self.read(response).await?;
            return Err(serde_json::from_slice::<Problem>(&body).map_or_else(
                |_| self.absurd(format!("status {status} without an explanation")),
                |problem| Refusal::new(problem).into(),
            ));
        }
        let mut rest = Vec::new();
        loop {
            let chunk = tokio::select! {
                chunk = response.chunk() => chunk.map_err(|error| self.failure(error))?,
                () = time::pause(QUIET) => return Err(self.late(QUIET)),
            };
            let Some(chunk) = chunk else { break };
            rest.extend_from_slice(&chunk);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = rest.drain(..=end).collect();
                each(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']))?;
            }
            if rest.len() > LARGEST_ANSWER {
                return Err(self.absurd("it has a line that is too long".to_owned()));
            }
        }
        if rest.is_empty() { Ok(()) } else { each(&String::from_utf8_lossy(&rest)) }
    }

    fn request(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, CliError> {
        let url = self.server.join(path.iter().copied());
        let request = self.http.request(method, url).header(USER_AGENT, AGENT).timeout(self.patience);
        let Some(token) = &self.token else { return Ok(request) };
        let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_| CliError::Usage("the access token has letters that no access token has".to_owned()))?;
        header.set_sensitive(true);
        Ok(request.header(reqwest::header::AUTHORIZATION, header))
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, CliError> {
        let response = request.send().await.map_err(|error| self.failure(error))?;
        let status = response.status();
        let body = self.read(response).await?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| {
                // Not the parser's words: they may repeat a token.
                self.absurd(format!("its JSON is not as agreed (line {}, column {})", error.line(), error.column()))
            });
        }
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => Err(Refusal::new(problem).into()),
            Err(_) => Err(self.absurd(format!("status {status} without an explanation"))),
        }
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, CliError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(error))? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(self.absurd("it is too large".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failure(&self, error: reqwest::Error) -> CliError {
        if error.is_timeout() {
            return self.late(self.patience);
        }
        CliError::Unreachable { server: self.server.to_string(), source: error.without_url() }
    }

    /// That nothing was answered for so long.
    pub(crate) fn late(&self, patience: Duration) -> CliError {
        let patience = format!("{:#}", jiff::SignedDuration::try_from(patience).unwrap_or_default());
        CliError::TimedOut { server: self.server.to_string(), patience }
    }

    /// That an answer is not Mayfly's.
    pub(crate) fn absurd(&self, what: String) -> CliError {
        CliError::Absurd { server: self.server.to_string(), what }
    }
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<Certificate>, CliError> {
    let content = |what: &str| CliError::Content { path: path.to_owned(), what: what.to_owned() };
    let found = Certificate::from_pem_bundle(pem).map_err(|_| content("its certificates cannot be read"))?;
    if found.is_empty() {
        return Err(content("it holds no PEM certificate"));
    }
    Ok(found)
}
