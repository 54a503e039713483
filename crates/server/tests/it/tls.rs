//! The listener's own TLS: versions, certificates that are exchanged while it serves, and files that are of no use.

use std::{fs, path::Path};

use mayfly_server::{
    listener::ListenerOptions,
    tls::{Tls, TlsFiles},
};
use mayfly_testkit::certificates::TestAuthority;
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::listener::until_closed;
use crate::support::{Database, TestServer, TestServerOptions};

struct Files {
    folder: TempDir,
    authority: TestAuthority,
}

impl Files {
    fn new() -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap(), authority: TestAuthority::new("Front door") };
        files.issue();
        files
    }

    /// A new certificate in the place of the one before.
    fn issue(&self) {
        let (certificate, key) = self.authority.sign_pem_for(&["127.0.0.1", "localhost"]);
        fs::write(self.names().certificate, certificate).unwrap();
        fs::write(self.names().key, key).unwrap();
    }

    fn names(&self) -> TlsFiles {
        TlsFiles { certificate: self.folder.path().join("tls.crt"), key: self.folder.path().join("tls.key") }
    }

    fn client(&self, versions: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> reqwest::Client {
        let root = reqwest::Certificate::from_pem(self.authority.pem().as_bytes()).unwrap();
        versions(reqwest::Client::builder().tls_certs_only([root]).no_proxy()).build().unwrap()
    }
}

async fn server(tls: &Tls) -> TestServer {
    let listener = ListenerOptions { tls: Some(tls.clone()), ..ListenerOptions::default() };
    TestServer::bare(TestServerOptions { listener, ..TestServerOptions::new(Database::Sqlite) }).await
}

async fn status(client: &reqwest::Client, server: &TestServer) -> Result<reqwest::Response, reqwest::Error> {
    client.get(format!("https://{}/api/status", server.address())).send().await
}

#[tokio::test]
async fn the_listener_speaks_tls_of_both_versions_and_http_of_both() {
    use reqwest::tls::Version;
    let files = Files::new();
    let tls = Tls::load(files.names()).unwrap();
    let server = server(&tls).await;
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let client = files.client(|builder| builder.tls_version_min(version).tls_version_max(version));
        let answer = status(&client, &server).await.unwrap();
        assert_eq!((answer.status(), answer.version()), (http::StatusCode::OK, http::Version::HTTP_2), "{version:?}");
    }
    let client = files.client(reqwest::ClientBuilder::http1_only);
    assert_eq!(status(&client, &server).await.unwrap().version(), http::Version::HTTP_11);
    let stranger = Files::new().client(|builder| builder);
    assert!(status(&stranger, &server).await.unwrap_err().is_connect(), "another authority has not signed it");
    let plain = reqwest::Client::new().get(format!("http://{}/api/status", server.address())).send().await;
    assert!(plain.is_err(), "nothing is told without TLS");
}

/// Nothing, half of a greeting, and one that promises more than ever comes.
#[tokio::test]
async fn handshakes_that_never_end_lose_their_places_and_others_are_served() {
    let files = Files::new();
    let tls = Tls::load(files.names()).unwrap();
    let server = server(&tls).await;
    let beginnings: [&[u8]; 4] =
        [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01", b"\x16\x03\x01\x00\x05\x01\x00\x40\x00\x03"];
    let mut slow = Vec::new();
    for number in 0..80 {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(beginnings[number % beginnings.len()]).await.unwrap();
        slow.push(stream);
    }
    let client = files.client(|builder| builder);
    status(&client, &server).await.unwrap();
    for stream in &mut slow {
        until_closed(stream).await;
    }
    status(&client, &server).await.unwrap();
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_while_the_server_serves() {
    let files = Files::new();
    let tls = Tls::load(files.names()).unwrap();
    let server = server(&tls).await;
    assert!(!tls.reload().unwrap(), "nothing has changed");
    files.issue();
    assert!(tls.reload().unwrap());
    status(&files.client(|builder| builder), &server).await.unwrap();
    // Half of a pair, as while somebody is copying: the one before stays.
    fs::write(files.names().key, TestAuthority::new("x").private_key_pem()).unwrap();
    assert!(tls.reload().is_err());
    status(&files.client(|builder| builder), &server).await.unwrap();
}

#[test]
fn files_that_are_of_no_use_are_refused_by_name() {
    let files = Files::new();
    let other = Files::new();
    let with = |certificate: &Path, key: &Path| {
        let files = TlsFiles { certificate: certificate.to_owned(), key: key.to_owned() };
        let error = Tls::load(files).err().expect("they are of no use");
        format!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string))
    };
    let (names, others) = (files.names(), other.names());
    let (missing, empty) = (files.folder.path().join("missing"), files.folder.path().join("empty"));
    fs::write(&empty, "").unwrap();
    assert!(with(&missing, &names.key).contains("missing"));
    assert!(with(&names.certificate, &missing).contains("missing"));
    assert!(with(&empty, &names.key).contains("holds no certificate"));
    assert!(with(&names.certificate, &names.certificate).contains("private key"));
    assert!(with(&names.certificate, &others.key).contains("cannot be used"));
}
