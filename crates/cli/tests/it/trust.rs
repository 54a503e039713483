//! Whom the program believes to be the server, before it says a word of what only the server may hear.

use std::sync::{Arc, Mutex};

use mayfly_testkit::certificates::{ServerCertificate, TestAuthority};
use rustls::{ServerConfig, crypto::aws_lc_rs, sign::SingleCertAndKey};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::{answers::granted, mayfly::Mayfly};

/// A TLS server that grants every login and lists no projects. It notes the first line of every request.
struct Secured {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Secured {
    async fn start(certificate: &ServerCertificate) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let shown = SingleCertAndKey::from(certificate.as_ref().clone());
        let acceptor = TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_cert_resolver(Arc::new(shown))));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let task = tokio::spawn(serve(listener, acceptor, Arc::clone(&heard)));
        Self { address, heard, task }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, heard: Arc<Mutex<Vec<String>>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(answer(stream, acceptor.clone(), Arc::clone(&heard)));
    }
}

/// A client that does not trust us breaks off at any point.
async fn answer(stream: TcpStream, acceptor: TlsAcceptor, heard: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut stream = acceptor.accept(stream).await.ok()?;
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
    let first_line = String::from_utf8_lossy(&request).lines().next()?.to_owned();
    let body =
        if first_line.contains("login") { granted("session-token") } else { json!({"projects": []}) }.to_string();
    heard.lock().unwrap().push(first_line);
    let preface = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((preface + &body).as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

#[tokio::test]
async fn a_named_authority_is_trusted_and_remembered_with_the_session() {
    let authority = TestAuthority::new("own");
    let server = Secured::start(&authority.sign_for(&["127.0.0.1"])).await;
    let mayfly = Mayfly::new();
    mayfly.file("ca.crt", &authority.pem());
    let line = format!("login {} --client-id id --server-ca-file ca.crt", server.address);
    mayfly.run_with_input(&line, "s").await.success();
    mayfly.run("project ls").await.success();
    assert_eq!(server.heard().len(), 2, "{:?}", server.heard());
}

#[tokio::test]
async fn whoever_is_not_trusted_hears_nothing() {
    let (authority, stranger) = (TestAuthority::new("own"), TestAuthority::new("own"));
    let cases = [
        ("another authority", stranger.sign_for(&["127.0.0.1"])),
        ("another name", authority.sign_for(&["mayfly.example.com"])),
        ("expired", authority.sign_expired_for(&["127.0.0.1"])),
    ];
    for (case, certificate) in cases {
        let server = Secured::start(&certificate).await;
        let mayfly = Mayfly::new().with("MAYFLY_SERVER", &server.address).with("MAYFLY_TOKEN", "access-token");
        mayfly.file("ca.crt", &authority.pem());
        let run = mayfly.run("project ls --server-ca-file ca.crt").await;
        assert!(run.failure(7).contains("certificate"), "{case}: {run:?}");
        assert_eq!(server.heard(), Vec::<String>::new(), "{case}");
    }
}

#[tokio::test]
async fn a_file_without_certificates_is_no_authority() {
    let mayfly = Mayfly::new().with("MAYFLY_SERVER", "https://127.0.0.1:1").with("MAYFLY_TOKEN", "access-token");
    mayfly.file("empty", "");
    mayfly.file("key", &TestAuthority::new("own").private_key_pem());
    for file in ["empty", "key"] {
        let run = mayfly.run(&format!("project ls --server-ca-file {file}")).await;
        assert!(run.failure(6).contains("it holds no PEM certificate"), "{run:?}");
        assert!(!run.stderr.contains("PRIVATE"), "{run:?}");
    }
    assert!(mayfly.run("project ls --server-ca-file missing").await.failure(1).contains("cannot read `missing`"));
}
