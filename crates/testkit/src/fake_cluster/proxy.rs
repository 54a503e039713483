//! The same faults in front of any API server.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response, StatusCode, header};

use super::{
    fault::Faults,
    front_door::{FrontDoor, Upstream},
    onlooker::Onlooker,
    request_log::RequestLog,
    shown::ShownCertificate,
};
use crate::certificates::TestAuthority;

/// Ends TLS with a certificate of its own and passes requests on, bearer token and all.
pub struct FaultProxy {
    door: FrontDoor,
    authority: TestAuthority,
}

impl FaultProxy {
    /// A proxy in front of `server` (`https://host:port`), whose certificate `ca_pem` vouches for.
    ///
    /// # Errors
    /// When no port is free.
    ///
    /// # Panics
    /// When `ca_pem` is not a certificate.
    pub async fn start(server: &str, ca_pem: &str) -> io::Result<Self> {
        let certificate = reqwest::Certificate::from_pem(ca_pem.as_bytes()).expect("a PEM certificate");
        let client = reqwest::Client::builder()
            .tls_certs_only([certificate])
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("the settings fit together");
        let authority = TestAuthority::new("fault proxy");
        let onward = Onward { client, server: server.to_owned() };
        let door = FrontDoor::open(ShownCertificate::Good.made_by(&authority), Arc::new(onward)).await?;
        Ok(Self { door, authority })
    }

    /// Its address, `https://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("https://{}", self.door.address)
    }

    /// The authority that vouches for it.
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// What goes wrong.
    pub fn faults(&self) -> &Faults {
        &self.door.faults
    }

    /// What arrived.
    pub fn requests(&self) -> &RequestLog {
        &self.door.requests
    }

    /// Lets somebody look on at every call, and takes the one before away.
    pub fn look_on(&self, onlooker: Option<Arc<dyn Onlooker>>) {
        self.door.looking.set(onlooker);
    }

    /// Changes the certificate for new connections.
    pub fn show(&self, certificate: ShownCertificate) {
        self.door.show(certificate.made_by(&self.authority));
    }
}

struct Onward {
    client: reqwest::Client,
    server: String,
}

impl Upstream for Onward {
    fn act(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        Box::pin(async move {
            self.pass_on(request).await.unwrap_or_else(|error| {
                let mut response = Response::new(Bytes::from(format!("the proxied server failed: {error}")));
                *response.status_mut() = StatusCode::BAD_GATEWAY;
                response
            })
        })
    }
}

impl Onward {
    async fn pass_on(&self, request: Request<Bytes>) -> reqwest::Result<Response<Bytes>> {
        let (mut head, body) = request.into_parts();
        // The host is the upstream's, and so is the framing.
        for name in [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
            head.headers.remove(name);
        }
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{}{path}", self.server);
        let answer = self.client.request(head.method, url).headers(head.headers).body(body).send().await?;
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
            headers.remove(name);
        }
        let mut response = Response::new(answer.bytes().await?);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}
