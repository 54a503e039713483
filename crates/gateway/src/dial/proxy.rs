//! HTTP proxies that are asked to `CONNECT` (RFC 9110 section 9.3.6): which one leads to the server, and its answer.
//!
//! Always `CONNECT`, whatever the server's address begins with: what is inside is a WebSocket either way. A proxy's password is
//! in its address or in a file of its own, and in no text that leaves here.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::{
    client::proxy::matcher::{Intercept, Matcher},
    rt::TokioIo,
};
use mayfly_domain::{clock::Ambient, sensitive::Sensitive};
use mayfly_tunnel::carrier::Carrier;
use rustls::{ClientConfig, pki_types::CertificateDer};

use super::{
    leg::{DialFailed, Leg},
    reach, tls,
};

/// Where a proxy's address comes from.
#[derive(Debug)]
pub enum ProxySource {
    /// It was given, for this server.
    Given(String),
    /// The variables that most programs look at.
    Variables(ProxyVariables),
}

/// Addresses of proxies, and for whom there is none, as the environment says it.
#[derive(Debug, Default)]
pub struct ProxyVariables {
    /// `HTTPS_PROXY`: for servers whose address begins with `https`.
    pub https: Option<Sensitive<String>>,
    /// `HTTP_PROXY`: for the others.
    pub http: Option<Sensitive<String>>,
    /// `ALL_PROXY`: for all that have none of their own.
    pub all: Option<Sensitive<String>>,
    /// `NO_PROXY`: names, addresses and ranges that are reached without one, joined by commas.
    pub none: Option<String>,
}

impl ProxyVariables {
    /// From variables, of which the capital ones count first, as hyper-util and curl have it.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |name: &str| {
            let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
            set(name).or_else(|| set(&name.to_ascii_lowercase()))
        };
        let secret = |name: &str| first(name).map(Sensitive::new);
        let (https, http, all) = (secret("HTTPS_PROXY"), secret("HTTP_PROXY"), secret("ALL_PROXY"));
        Self { https, http, all, none: first("NO_PROXY") }
    }
}

/// Why there is no way through a proxy. No text holds what was given, which may have a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProxy {
    /// No address.
    #[error("`{0}` must be a proxy's address such as `http://proxy.example.com:3128`")]
    Address(&'static str),
    /// Spoken to otherwise.
    #[error("`{0}` names a proxy that is not spoken to by HTTP: one with `http://` or `https://` is needed")]
    Scheme(&'static str),
    /// Everybody on the machine sees arguments.
    #[error(
        "`--proxy` must not hold a password, which every user of the machine could see: give it by \
         `--proxy-password-file`, or the whole address by `HTTPS_PROXY`"
    )]
    PasswordInArgument,
    /// A password alone is nobody's.
    #[error(
        "there is a file with the proxy's password, but no proxy whose address has a name: `http://name@proxy:3128`"
    )]
    PasswordOfNobody,
}

/// A proxy, and by what right it lets us through.
#[derive(Clone)]
pub struct Proxy {
    host: String,
    port: u16,
    /// Its address, as it may be told.
    shown: String,
    tls: Option<Arc<ClientConfig>>,
    authorization: Option<HeaderValue>,
}

impl Proxy {
    /// The one that leads to `server`, if there is one. `password` stands in for that of its address, and `authorities` are
    /// trusted for its TLS instead of the system's.
    pub fn to(
        server: &Uri,
        source: &ProxySource,
        password: Option<&Sensitive<String>>,
        authorities: &[CertificateDer<'static>],
    ) -> Result<Option<Self>, InvalidProxy> {
        let found = match source {
            ProxySource::Given(address) => Some(given(address)?),
            ProxySource::Variables(variables) => {
                let matcher = variables.matcher()?;
                matcher.intercept(server).filter(|_| !variables.is_never())
            }
        };
        let Some(found) = found else { return Ok(None) };
        let (uri, is_secure) = (found.uri(), found.uri().scheme_str() == Some("https"));
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let scheme = if is_secure { "https" } else { "http" };
        Ok(Some(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            shown: format!("{scheme}://{host}:{port}"),
            tls: is_secure.then(|| tls::judged_by(authorities)),
            authorization: authorization(&found, password)?,
        }))
    }

    /// Whether it is spoken to by TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// Has it connect us to `authority`, a host and a port.
    pub(super) async fn connect(&self, ambient: &Ambient, authority: &str) -> Result<Box<dyn Carrier>, DialFailed> {
        let whose = format!("the proxy `{self}`: ");
        let stream = reach(ambient, &whose, &self.host, self.port).await?;
        match &self.tls {
            None => self.ask(ambient, stream, authority).await,
            Some(config) => {
                let leg = (Leg::ProxyTls, whose.as_str());
                let stream = tls::secure(ambient, leg, (&self.host, config), stream).await?;
                self.ask(ambient, stream, authority).await
            }
        }
    }

    async fn ask(
        &self,
        ambient: &Ambient,
        stream: impl Carrier,
        authority: &str,
    ) -> Result<Box<dyn Carrier>, DialFailed> {
        let whose = format!("the proxy `{self}`: ");
        let request = self.request(authority).map_err(|error| Leg::Proxy.failed(error.to_string()))?;
        let asked = async {
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            // It has to be driven until it is ours; it ends with whoever asks.
            tokio::spawn(connection.with_upgrades());
            let mut response = sender.send_request(request).await?;
            match response.status() {
                status if status.is_success() => Ok(Ok(hyper::upgrade::on(&mut response).await?)),
                status => Ok::<_, hyper::Error>(Err((status, response.headers().clone()))),
            }
        };
        match Leg::Proxy.go(ambient, &whose, asked).await? {
            Ok(upgraded) => Ok(Box::new(TokioIo::new(upgraded))),
            Err((status, headers)) => Err(self.refused(status, &headers)),
        }
    }

    fn request(&self, authority: &str) -> http::Result<Request<Empty<Bytes>>> {
        let mut request = Request::connect(authority).header(header::HOST, authority).body(Empty::new())?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization.clone());
        }
        Ok(request)
    }

    fn refused(&self, status: StatusCode, headers: &HeaderMap) -> DialFailed {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let why = match (status, &self.authorization) {
            // Tinyproxy says 401 to a wrong one, and 407 only where there is none.
            (StatusCode::PROXY_AUTHENTICATION_REQUIRED | StatusCode::UNAUTHORIZED, Some(_)) => {
                format!("says that the name or the password for it is wrong ({})", status.as_u16())
            }
            (StatusCode::PROXY_AUTHENTICATION_REQUIRED, None) => {
                let wants = text(header::PROXY_AUTHENTICATE).and_then(|scheme| scheme.split(' ').next());
                format!("wants a name and a password (407, {})", wants.unwrap_or("no scheme named"))
            }
            _ => format!("does not let us through: it answers {status}"),
        };
        let retry_after = text(header::RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok());
        DialFailed {
            retry_after: retry_after.map(Duration::from_secs),
            ..Leg::Proxy.failed(format!("the proxy `{self}` {why}"))
        }
    }
}

impl fmt::Display for Proxy {
    /// Its address, without name and password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl ProxyVariables {
    /// Whether nobody is reached by one. The library lets `*` stand for every name, but not for addresses.
    fn is_never(&self) -> bool {
        self.none.as_deref().unwrap_or_default().split(',').any(|entry| entry.trim() == "*")
    }

    /// The library leaves out what it cannot read, and would go without a proxy: that is refused here.
    fn matcher(&self) -> Result<Matcher, InvalidProxy> {
        let value = |name, secret: &Option<Sensitive<String>>| match secret {
            Some(secret) => only(name, secret.expose()).map(|_| secret.expose().clone()),
            None => Ok(String::new()),
        };
        Ok(Matcher::builder()
            .https(value("HTTPS_PROXY", &self.https)?)
            .http(value("HTTP_PROXY", &self.http)?)
            .all(value("ALL_PROXY", &self.all)?)
            .no(self.none.clone().unwrap_or_default())
            .build())
    }
}

fn given(address: &str) -> Result<Intercept, InvalidProxy> {
    let found = only("--proxy", address)?;
    let has_password = name_of(&found).is_some_and(|(_, password)| !password.expose().is_empty());
    if has_password { Err(InvalidProxy::PasswordInArgument) } else { Ok(found) }
}

/// The proxy at `address`, read by the library.
fn only(name: &'static str, address: &str) -> Result<Intercept, InvalidProxy> {
    let anywhere = Uri::from_static("https://anywhere");
    let found = Matcher::builder().all(address).build().intercept(&anywhere).ok_or(InvalidProxy::Address(name))?;
    match found.uri().scheme_str() {
        Some("http" | "https") => Ok(found),
        Some(_) | None => Err(InvalidProxy::Scheme(name)),
    }
}

/// `Basic` (RFC 7617), by the address's name and password, or by its name and `password`.
fn authorization(found: &Intercept, password: Option<&Sensitive<String>>) -> Result<Option<HeaderValue>, InvalidProxy> {
    let Some(password) = password else { return Ok(found.basic_auth().cloned()) };
    let (name, _) = name_of(found).ok_or(InvalidProxy::PasswordOfNobody)?;
    let both = Sensitive::new(format!("{name}:{}", password.expose()));
    let mut header = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(both.expose())))
        .expect("base64 has no byte that a header cannot have");
    header.set_sensitive(true);
    Ok(Some(header))
}

/// Name and password of an address.
fn name_of(found: &Intercept) -> Option<(String, Sensitive<String>)> {
    let encoded = found.basic_auth()?.to_str().ok()?.strip_prefix("Basic ")?;
    let both = Sensitive::new(String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?);
    let (name, password) = both.expose().split_once(':')?;
    Some((name.to_owned(), Sensitive::from(password)))
}
