//! People, with the mail server and the authenticator of others: what leaves the product has to be understood there.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::Context as _;
use mayfly_e2e::{
    Client, Installation, Mayfly, print,
    waiting::{until, within},
};
use mayfly_testkit::certificates::TestAuthority;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::tools::{own, python_with, run};

const ANA: &str = "ana@example.com";
const PASSWORD: &str = "correct horse battery";
const NEW_PASSWORD: &str = "quite another one";
const PATIENCE: Duration = Duration::from_mins(1);

fn python() -> PathBuf {
    python_with("people", "tools/people.txt").join("bin/python")
}

/// A mail server that asks for a login and, by STARTTLS or from the start, for TLS is the operator's; this one is on the
/// machine, takes what comes, and tells it line by line.
struct MailServer {
    _child: Child,
    lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
    address: String,
}

impl MailServer {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    async fn start_with(arguments: &[&str]) -> Self {
        let python = tokio::task::spawn_blocking(python).await.unwrap();
        let mut command = Command::new(python);
        command.arg(own("tools/mail_server.py")).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = within(PATIENCE, "the mail server starts", lines.next_line()).await.unwrap().unwrap().unwrap();
        let told: Value = serde_json::from_str(&told).unwrap();
        Self { _child: child, lines, address: format!("127.0.0.1:{}", told["port"]) }
    }

    /// The next mail.
    async fn next(&mut self) -> Value {
        let line = within(PATIENCE, "a mail comes", self.lines.next_line()).await.unwrap().unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

/// The secret behind the `#` of the one link in a mail.
#[track_caller]
fn secret_in(mail: &Value, page: &str) -> String {
    let text = mail["text"].as_str().unwrap();
    let start = format!("https://mayfly.example.com/{page}#");
    let (_, rest) = text.split_once(&start).unwrap_or_else(|| panic!("no link to {start} in {text:?}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn bootstrapped(mayfly: &Mayfly) -> Client {
    let body = json!({"email": ANA, "password": PASSWORD, "organization": "Shop"});
    let made: Value = mayfly.client().unwrap().post("/api/v1/admin/bootstrap", &body).await.unwrap();
    mayfly.client().unwrap().with_token(made["identity"]["credentials"]["token"].as_str().unwrap())
}

async fn sign_in(mayfly: &Mayfly, email: &str, password: &str, code: Option<&str>) -> anyhow::Result<Value> {
    let body = json!({"email": email, "password": password, "code": code, "kind": "token"});
    mayfly.client()?.post("/api/v1/auth/login", &body).await
}

#[tokio::test]
async fn links_come_by_mail_and_work() {
    let mut mail_server = MailServer::start().await;
    let url = format!("smtp://{}", mail_server.address);
    let settings = [
        ("MAYFLY_SMTP_URL", url.as_str()),
        ("MAYFLY_SMTP_FROM", "Mayfly <mayfly@example.com>"),
        ("MAYFLY_PUBLIC_URL", "https://mayfly.example.com/"),
    ];
    let mayfly = Installation::sqlite().await.start_with(&settings).await.unwrap();
    let admin = bootstrapped(&mayfly).await;
    let nobody = mayfly.client().unwrap();

    let invite = json!({"email": "ben@example.com", "role": "member", "byMail": true});
    let _: Value = admin.post("/api/v1/users/invitations", &invite).await.unwrap();
    let mail = mail_server.next().await;
    assert_eq!((&mail["from"], &mail["to"]), (&json!("mayfly@example.com"), &json!(["ben@example.com"])));
    let accept = json!({"token": secret_in(&mail, "accept-invitation"), "name": "Ben", "password": PASSWORD});
    let _: Value = nobody.post("/api/v1/users/invitations/accept", &accept).await.unwrap();
    sign_in(&mayfly, "ben@example.com", PASSWORD, None).await.unwrap();

    // Nobody gets no mail: the next one to come is Ben's.
    for email in ["nobody@example.com", "ben@example.com"] {
        let _: Value = nobody.post("/api/v1/auth/password/forgot", &json!({ "email": email })).await.unwrap();
    }
    let mail = mail_server.next().await;
    assert_eq!(mail["to"], json!(["ben@example.com"]));
    assert_eq!(mail["subject"], "Mayfly: Set a new password");
    let token = secret_in(&mail, "reset-password");
    let reset = json!({"token": token, "password": NEW_PASSWORD});
    let _: Value = nobody.post("/api/v1/auth/password/reset", &reset).await.unwrap();
    sign_in(&mayfly, "ben@example.com", NEW_PASSWORD, None).await.unwrap();
    assert!(sign_in(&mayfly, "ben@example.com", PASSWORD, None).await.is_err());
    assert!(!mayfly.log().contains(&token), "a link is in the log");
    mayfly.stop().await.unwrap();
}

/// A mail server whose certificate an authority of its own has signed; the files are in `folder`.
async fn mail_server_with_tls(kind: &str, authority: &TestAuthority, folder: &TempDir) -> MailServer {
    let (certificate, key) = authority.sign_pem_for(&["localhost"]);
    let [certificate_file, key_file] =
        ["tls.crt", "tls.key"].map(|name| folder.path().join(name).display().to_string());
    std::fs::write(&certificate_file, certificate).unwrap();
    std::fs::write(&key_file, key).unwrap();
    MailServer::start_with(&[kind, &certificate_file, &key_file]).await
}

/// A server that sends mail to `url` and trusts `authority` alone, and the link that it was made to send.
async fn sending(url: &str, authority: &TestAuthority, folder: &TempDir) -> (Mayfly, Value) {
    let roots = folder.path().join("roots.pem").display().to_string();
    std::fs::write(&roots, authority.pem()).unwrap();
    let settings = [
        ("MAYFLY_SMTP_URL", url),
        ("MAYFLY_SMTP_FROM", "Mayfly <mayfly@example.com>"),
        ("MAYFLY_PUBLIC_URL", "https://mayfly.example.com/"),
        ("SSL_CERT_FILE", roots.as_str()),
    ];
    let mayfly = Installation::sqlite().await.start_with(&settings).await.unwrap();
    let admin = bootstrapped(&mayfly).await;
    let users: Value = admin.get("/api/v1/users").await.unwrap();
    let path = format!("/api/v1/users/{}/password-reset", users["users"][0]["id"].as_str().unwrap());
    let told: Value = admin.post(&path, &json!({ "byMail": true })).await.unwrap();
    (mayfly, told["link"].clone())
}

/// Mail does not go out, which is told without a password.
async fn sends_nothing(url: &str, authority: &TestAuthority, folder: &TempDir) {
    let (mayfly, _) = sending(url, authority, folder).await;
    let told = until(PATIENCE, "the failure is told", async || {
        Ok(mayfly.log().contains("a mail could not be sent").then_some(()))
    });
    told.await.unwrap();
    assert!(!mayfly.log().contains("planted-"), "{}", mayfly.log());
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn mail_goes_over_tls_to_a_server_that_a_trusted_authority_vouches_for_and_to_no_other() {
    let (own, stranger) = (TestAuthority::new("Mail"), TestAuthority::new("Somebody else"));
    let folder = TempDir::new().unwrap();
    for (kind, scheme, query) in [("tls", "smtps", ""), ("starttls", "smtp", "?tls=required")] {
        let mut mail_server = mail_server_with_tls(kind, &own, &folder).await;
        let port = mail_server.address.rsplit_once(':').unwrap().1.to_owned();
        let url = |password: &str, host: &str| format!("{scheme}://mayfly:{password}@{host}:{port}{query}");
        sends_nothing(&url("planted-mail-password", "localhost"), &stranger, &folder).await;
        // The certificate is for a name.
        sends_nothing(&url("planted-mail-password", "127.0.0.1"), &own, &folder).await;
        sends_nothing(&url("planted-wrong-password", "localhost"), &own, &folder).await;
        let (mayfly, link) = sending(&url("planted-mail-password", "localhost"), &own, &folder).await;
        let mail = mail_server.next().await;
        assert_eq!(mail["to"], json!([ANA]));
        let secret = secret_in(&mail, "reset-password");
        assert!(link.as_str().unwrap().ends_with(&secret), "{kind}: it is the first that came");
        mayfly.stop().await.unwrap();
    }
    // One that offers no TLS gets no mail where TLS is asked for.
    let plain = MailServer::start().await;
    let url = format!("smtp://{}?tls=required", plain.address.replace("127.0.0.1", "localhost"));
    sends_nothing(&url, &own, &folder).await;
}

/// The code that pyotp makes, `later` seconds from now.
async fn code(uri: &str, later: i64) -> String {
    let script = "import pyotp, sys, time; print(pyotp.parse_uri(sys.argv[1]).at(time.time() + int(sys.argv[2])))";
    let (uri, later) = (uri.to_owned(), later.to_string());
    let told = tokio::task::spawn_blocking(move || {
        run(std::process::Command::new(python()).args(["-c", script, &uri, &later]))
    });
    String::from_utf8(told.await.unwrap().stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn an_authenticator_reads_what_it_is_given_and_its_codes_are_right() {
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    bootstrapped(&mayfly).await;
    let signed_in = sign_in(&mayfly, ANA, PASSWORD, None).await.unwrap();
    let ana = mayfly.client().unwrap().with_token(signed_in["token"].as_str().unwrap());
    let enrolled: Value = ana.post("/api/v1/users/me/second-factor", &json!({ "password": PASSWORD })).await.unwrap();
    let uri = enrolled["uri"].as_str().unwrap();
    let confirm = json!({ "code": code(uri, 0).await });
    let _: Value = ana.post("/api/v1/users/me/second-factor/confirm", &confirm).await.unwrap();
    assert!(sign_in(&mayfly, ANA, PASSWORD, None).await.is_err());
    assert!(sign_in(&mayfly, ANA, PASSWORD, Some(&code(uri, 300).await)).await.is_err());
    // The next step's, since the one that confirmed is spent.
    sign_in(&mayfly, ANA, PASSWORD, Some(&code(uri, 30).await)).await.unwrap();
    mayfly.stop().await.unwrap();
}

/// What `mayfly admin recover` prints for an installation.
async fn recover(installation: &Installation, email: &str) -> anyhow::Result<Value> {
    let folder = installation.folder().display().to_string();
    let config = TempDir::new()?;
    let file = config.path().join("mayfly.toml");
    let database = installation.database_url().zip(installation.master_key());
    let database = database.map(|(url, key)| format!("database_url = {url:?}\n[master_key]\nvalue = {key:?}\n"));
    std::fs::write(&file, format!("data_dir = {folder:?}\n{}", database.unwrap_or_default()))?;
    let file = file.display().to_string();
    let told = print(["admin", "recover", "--email", email, "--config", &file, "-o", "json"]).await?;
    serde_json::from_str(&told).context("it prints JSON")
}

async fn an_administrator_is_recovered_on(installation: Installation) {
    let mayfly = installation.start().await.unwrap();
    let admin = bootstrapped(&mayfly).await;
    let nobody = mayfly.client().unwrap();
    for (email, was_made) in [(ANA, false), ("ben@example.com", true)] {
        let told = recover(&installation, email).await.unwrap();
        assert_eq!(told["wasMade"], was_made, "{told}");
        let token = told["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        let reset = json!({"token": token, "password": NEW_PASSWORD});
        let _: Value = nobody.post("/api/v1/auth/password/reset", &reset).await.unwrap();
        let signed_in = sign_in(&mayfly, email, NEW_PASSWORD, None).await.unwrap();
        assert_eq!(signed_in["user"]["role"], "admin");
    }
    // Once nobody but Ben may sign in, he still is made to.
    let users: Value = admin.get("/api/v1/users").await.unwrap();
    let ben = users["users"].as_array().unwrap().iter().find(|user| user["email"] == "ben@example.com").unwrap();
    let path = format!("/api/v1/users/{}", ben["id"].as_str().unwrap());
    let _: Value = admin.patch(&path, &json!({"isDisabled": true, "role": "no-access"})).await.unwrap();
    recover(&installation, "BEN@example.com").await.unwrap();
    let signed_in = sign_in(&mayfly, "ben@example.com", NEW_PASSWORD, None).await.unwrap();
    assert_eq!(signed_in["user"]["role"], "admin");
    let logs = "/api/v1/organization/audit-logs?eventType=recover-administrator";
    let logs: Value = admin.get(logs).await.unwrap();
    assert_eq!(logs["auditLogs"].as_array().unwrap().len(), 3, "{logs}");
    assert_eq!(logs["auditLogs"][0]["actor"]["type"], "platform");
    mayfly.stop().await.unwrap();
    recover(&installation, ANA).await.unwrap();
}

#[tokio::test]
async fn an_administrator_is_recovered_while_the_server_runs_and_when_it_does_not() {
    an_administrator_is_recovered_on(Installation::sqlite().await).await;
    an_administrator_is_recovered_on(Installation::postgres().await).await;
}

#[tokio::test]
async fn nobody_is_recovered_where_there_is_no_server() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path().display().to_string();
    let refused = print(["admin", "recover", "--email", ANA, "--data-dir", &folder]).await.unwrap_err();
    assert!(format!("{refused:#}").contains("there is no database"), "{refused:#}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "nothing is made");
}
