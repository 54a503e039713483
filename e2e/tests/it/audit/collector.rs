//! A collector that the test holds by the hand: it stops at each step of a delivery.

use std::sync::Arc;

use mayfly_testkit::certificates::TestAuthority;
use rustls::{ServerConfig, sign::SingleCertAndKey};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

pub(super) struct Collector {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    pub(super) ca: String,
}

/// A request that has begun to come.
pub(super) struct Delivery {
    stream: TlsStream<TcpStream>,
    bytes: Vec<u8>,
}

impl Collector {
    pub(super) async fn start() -> Self {
        let authority = TestAuthority::new("Collectors");
        let signed = authority.sign_for(&["127.0.0.1"]);
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(signed)));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Self { listener, acceptor: TlsAcceptor::from(Arc::new(config)), ca: authority.pem() }
    }

    pub(super) fn url(&self) -> String {
        format!("https://127.0.0.1:{}/ingest", self.listener.local_addr().unwrap().port())
    }

    /// The next request, as soon as its first bytes are there.
    pub(super) async fn next(&self) -> Delivery {
        loop {
            let (stream, _) = self.listener.accept().await.unwrap();
            let Ok(mut stream) = self.acceptor.accept(stream).await else { continue };
            let mut bytes = Vec::new();
            if stream.read_buf(&mut bytes).await.is_ok_and(|count| count > 0) {
                return Delivery { stream, bytes };
            }
        }
    }
}

impl Delivery {
    /// The ids of its events, when it has come whole; nothing if it broke off.
    pub(super) async fn ids(&mut self) -> Option<Vec<String>> {
        while !is_whole(&self.bytes) {
            if !self.stream.read_buf(&mut self.bytes).await.is_ok_and(|count| count > 0) {
                return None;
            }
        }
        let text = String::from_utf8(self.bytes.clone()).unwrap();
        let lines = text.split_once("\r\n\r\n").unwrap().1.lines();
        let id =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
        Some(lines.map(id).collect())
    }

    pub(super) async fn answer(mut self, status: &str) {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        let _ = self.stream.write_all(answer.as_bytes()).await;
        let _ = self.stream.shutdown().await;
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    body.len() >= length.parse().unwrap()
}
