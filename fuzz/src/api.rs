//! What callers send: bearer tokens, and bodies as far as a role's rules, to the real router on a real database.
#![expect(clippy::indexing_slicing, reason = "a field that a JSON value has not reads as null")]

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use futures::future::BoxFuture;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use mayfly_app::{
    App, AppError, Settings, access_tokens as operations,
    bootstrap::{Bootstrap, bootstrap},
    projects::{self, DefaultEnvironments, NewProject},
};
use mayfly_cluster::{
    ClusterError, Deadline, Discover, Discovered, EgressPolicy, Https, Issue, IssueFailed, Issued, ListOwned,
    OwnedObjects, Place, Probe, ProbeReport, Review, Reviewed, Revoke, Revoked, TrustRoots,
};
use mayfly_domain::{access::permission::Rule, caller::Origin, sensitive::Sensitive};
use mayfly_providers::Providers;
use mayfly_server::{
    http::{self as front, Shared},
    setup_code::SetupCode,
};
use mayfly_store::{DatabaseOptions, Execution, SqliteOptions, Store, StoreOptions};
use mayfly_testkit::clock::TestClock;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// Largest body that is read, in bytes.
const LARGEST_BODY: usize = 256 * 1024;

/// Nobody but the holder of a token that we signed gets in. The first byte says how the rest is made a token of: `e`
/// changes bytes of a good one (two for the place, one for the value), `p` is a payload under a good header and
/// signature, `h` a header before a good payload and signature, and everything else is the token itself.
pub fn access_tokens(data: &[u8]) {
    let server = Server::get();
    let Some(token) = made_of(data, &server.token) else { return };
    let is_good = token == server.token;
    let told = server.runtime.block_on(operations::authenticate(&server.app, &Sensitive::new(token), origin()));
    match told {
        Ok(_) => assert!(is_good, "a token that nobody signed"),
        Err(refused) if matches!(refused.error, AppError::TokenRefused) => {
            assert!(!is_good, "a good token was refused");
        }
        Err(other) => unreachable!("neither accepted nor refused: {other:?}"),
    }
}

fn made_of(data: &[u8], good: &str) -> Option<String> {
    let (how, rest) = data.split_first()?;
    let mut parts = good.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = str::from_utf8(data).ok();
    match how {
        b'e' => {
            let mut bytes = good.as_bytes().to_vec();
            for change in rest.chunks_exact(3) {
                let [high, low, value] = change else { continue };
                let place = usize::from(u16::from_be_bytes([*high, *low])) % bytes.len();
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = *value;
                }
            }
            String::from_utf8(bytes).ok()
        }
        b'p' => Some(format!("{header}.{}.{signature}", base64(rest))),
        b'h' => Some(format!("{}.{payload}.{signature}", base64(rest))),
        _ => whole.map(str::to_owned),
    }
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let groups = bytes.chunks(3).flat_map(|group| {
        let word = group.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        (0..=group.len()).map(move |place| (word >> (18 - 6 * place)) & 63)
    });
    groups.filter_map(|index| SIGNS.get(usize::try_from(index).ok()?)).map(|sign| char::from(*sign)).collect()
}

/// No body makes the server fail. A role that is made of one is what is read back and can be sent again; the same body
/// with a key twice, or nested deeply, is refused.
pub fn request_bodies(data: &[u8]) {
    let server = Server::get();
    server.runtime.block_on(async {
        let (status, answer) = server.send(Method::POST, "", data.to_vec()).await;
        if status.is_success() {
            server.check_role(&answer["role"]).await;
            server.check_bombs(data).await;
            return;
        }
        assert!(status.is_client_error(), "{status} {answer}");
        assert!(answer["reqId"].is_string() && answer["code"].is_string(), "{answer}");
        let is_object = serde_json::from_slice::<Value>(data).is_ok_and(|value| value.is_object());
        let is_malformed = answer["code"] == "malformed_json";
        assert!(is_object || is_malformed || data.is_empty() || data.len() > LARGEST_BODY, "{status} {answer}");
    });
}

/// The application behind its router, with an administrator and a project.
struct Server {
    runtime: tokio::runtime::Runtime,
    app: Arc<App>,
    router: Router,
    token: String,
    roles: String,
    _folder: TempDir,
}

impl Server {
    fn get() -> &'static Self {
        thread_local! {
            // One of each thread, which lives as long as the process.
            static SERVER: &'static Server = Box::leak(Box::new(Server::new()));
        }
        SERVER.with(|server| *server)
    }

    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime without threads needs nothing");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (app, token, project) = runtime.block_on(begin(&folder)).expect("a server that has just begun works");
        let router = front::router(Shared::new(Arc::clone(&app), Arc::new(SetupCode::spent(folder.path())), None));
        let roles = format!("/api/v1/projects/{project}/roles");
        Self { runtime, app, router, token, roles, _folder: folder }
    }

    /// Sends `body` to a project's roles, or what is below them.
    async fn send(&self, method: Method, below: &str, body: Vec<u8>) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(format!("{}{below}", self.roles));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let request = request.extension(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 1))));
        let request = request.body(Body::from(body)).expect("a method, a path and a body");
        let Ok(response) = self.router.clone().oneshot(request).await;
        let status = response.status();
        let body = response.into_body().collect().await.expect("an answer is read to its end").to_bytes();
        (status, serde_json::from_slice(&body).expect("every answer is JSON"))
    }

    /// A role that was made is the one that is read, its rules can be sent again, and it can be removed.
    async fn check_role(&self, role: &Value) {
        let rules: Vec<Rule> = serde_json::from_value(role["permissions"].clone()).expect("rules");
        crate::reads_back(&rules);
        let id = format!("/{}", role["id"].as_str().expect("an id"));
        let (_, read) = self.send(Method::GET, &id, Vec::new()).await;
        assert_eq!(&read["role"], role);
        let again = json!({"permissions": role["permissions"], "name": role["name"], "slug": role["slug"]}).to_string();
        let (status, changed) = self.send(Method::PATCH, &id, again.into_bytes()).await;
        assert!(status.is_success(), "what was answered cannot be sent: {changed}");
        assert_eq!(changed["role"]["permissions"], role["permissions"]);
        let (status, removed) = self.send(Method::DELETE, &id, Vec::new()).await;
        assert!(status.is_success(), "{removed}");
    }

    /// The fields of `body`, a good one, behind others that make a bad one of it.
    async fn check_bombs(&self, body: &[u8]) {
        let Some(start) = body.iter().position(|byte| *byte == b'{') else { return };
        let fields = body.get(start + 1..).unwrap_or_default();
        let deep = format!("{{\"deep\":{}1{},", "[".repeat(32), "]".repeat(32));
        for bomb in ["{\"slug\":1,", deep.as_str()] {
            let (status, answer) = self.send(Method::POST, "", [bomb.as_bytes(), fields].concat()).await;
            assert_eq!((status.as_u16(), &answer["code"]), (400, &json!("malformed_json")), "{answer}");
        }
    }
}

async fn begin(folder: &TempDir) -> Result<(Arc<App>, String, String), AppError> {
    let ambient = TestClock::default().ambient(1);
    let sqlite = SqliteOptions { folder: folder.path().join("data"), execution: Execution::Inline };
    let database = DatabaseOptions::Sqlite(sqlite);
    let store = Store::open(StoreOptions { database, master_key: None, ambient: ambient.clone() }).await?;
    let https = Https::new(ambient.clone(), EgressPolicy::default(), TrustRoots::Only(Vec::new()));
    let providers = Providers::new(https);
    let app = Arc::new(App::start(store, Arc::new(Nowhere), providers, ambient, Settings::default()).await?);
    let request = Bootstrap {
        email: "ana@example.com".to_owned(),
        password: "correct horse battery".parse().map_err(|_| AppError::Bug("a password"))?,
        organization: "Shop".parse().map_err(|_| AppError::Bug("a name"))?,
    };
    let token = bootstrap(&app, origin(), request).await?.token;
    let caller = operations::authenticate(&app, &token, origin()).await.map_err(|refused| refused.error)?;
    let new = NewProject {
        name: "Shop".parse().map_err(|_| AppError::Bug("a name"))?,
        slug: None,
        description: None,
        has_delete_protection: false,
        environments: DefaultEnvironments::Skip,
    };
    let project = projects::create(&app, &caller, new).await?;
    Ok((app, token.expose().clone(), project.id.to_string()))
}

fn origin() -> Origin {
    Origin { ip_address: Some(Ipv4Addr::LOCALHOST.into()), user_agent: String::new() }
}

/// There is no cluster, and nothing here asks for one.
struct Nowhere;

impl Place for Nowhere {
    fn probe(&self, _: Probe, _: Deadline) -> BoxFuture<'_, Result<ProbeReport, ClusterError>> {
        Box::pin(std::future::pending())
    }

    fn discover(&self, _: Discover, _: Deadline) -> BoxFuture<'_, Result<Discovered, ClusterError>> {
        Box::pin(std::future::pending())
    }

    fn issue(&self, _: Issue, _: Deadline) -> BoxFuture<'_, Result<Issued, IssueFailed>> {
        Box::pin(std::future::pending())
    }

    fn revoke(&self, _: Revoke, _: Deadline) -> BoxFuture<'_, Result<Revoked, ClusterError>> {
        Box::pin(std::future::pending())
    }

    fn review(&self, _: Review, _: Deadline) -> BoxFuture<'_, Result<Reviewed, ClusterError>> {
        Box::pin(std::future::pending())
    }

    fn list_owned(&self, _: ListOwned, _: Deadline) -> BoxFuture<'_, Result<OwnedObjects, ClusterError>> {
        Box::pin(std::future::pending())
    }
}
