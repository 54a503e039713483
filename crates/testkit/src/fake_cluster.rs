//! A fake Kubernetes API server for fast tests: the few calls Mayfly makes, answered as a real one answers them, with
//! switches that make each of them go wrong.
//!
//! [`FaultProxy`] puts the same switches before a real API server, so that one conformance suite holds both to the same
//! behaviour. What the fake does not have, no test should need: those belong to [`real_cluster`](crate::real_cluster).

mod api;
mod body;
mod calls;
mod contents;
mod escalation;
mod fault;
pub(crate) mod front_door;
mod gate;
mod issuers;
mod object;
mod onlooker;
mod proxy;
mod request_log;
mod resources;
mod rights;
pub(crate) mod shown;
mod state;
mod status;
mod store;
mod tokens;

use std::{io, sync::Arc, time::Duration};

use jiff::SignedDuration;
use mayfly_domain::{
    clock::Ambient,
    connection::{Target, Verification},
    ids::ConnectionId,
    sensitive::Sensitive,
};
use tokio::io::DuplexStream;

pub use calls::Calls;
pub use contents::FakeObject;
pub use fault::{Fault, Faults, Rewrite, When};
pub use gate::Gate;
pub use onlooker::{Next, Onlooker};
pub use proxy::FaultProxy;
pub use request_log::{RequestLog, SeenRequest};
pub use rights::FakeRight;
pub use shown::ShownCertificate;
pub use state::{LiveToken, TokenCall};
pub use tokens::with_changed_claims;

use self::{api::Api, front_door::FrontDoor, state::State};
use crate::certificates::TestAuthority;

/// What a fake cluster is started with.
#[derive(Clone, Debug)]
pub struct FakeClusterOptions {
    /// Its time, for tokens, and its chance, for UIDs.
    pub ambient: Ambient,
    /// In front of all its paths, such as `/k8s/clusters/c-1`; usually empty.
    pub path_prefix: String,
    /// The longest life that its tokens get, in seconds; longer ones are shortened.
    pub longest_token_seconds: Option<i64>,
    /// How long a token that was accepted once is accepted without another look, whatever became of its account: none,
    /// so that tests need not wait. On a real API server it is ten seconds, and no flag changes it.
    pub token_cache: Duration,
}

impl FakeClusterOptions {
    /// An ordinary cluster.
    pub fn new(ambient: Ambient) -> Self {
        Self { ambient, path_prefix: String::new(), longest_token_seconds: None, token_cache: Duration::ZERO }
    }
}

/// A fake API server on a free port of 127.0.0.1. It stops when it is dropped.
pub struct FakeCluster {
    door: FrontDoor,
    authority: TestAuthority,
    api: Arc<Api>,
}

impl FakeCluster {
    /// Starts one with a namespace `kube-system` and nothing else.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(options: FakeClusterOptions) -> io::Result<Self> {
        let FakeClusterOptions { ambient, path_prefix, longest_token_seconds, token_cache } = options;
        let token_cache = SignedDuration::try_from(token_cache).unwrap_or(SignedDuration::MAX);
        let state = State::new(ambient, longest_token_seconds, token_cache);
        let api = Arc::new(Api { state, path_prefix });
        let authority = TestAuthority::new("fake cluster");
        let door = FrontDoor::open(ShownCertificate::Good.made_by(&authority), api.clone()).await?;
        let cluster = Self { door, authority, api };
        cluster.add_namespace("kube-system");
        Ok(cluster)
    }

    /// Its address with its path prefix, `https://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("https://{}{}", self.door.address, self.api.path_prefix)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.door.address.port()
    }

    /// The authority that alone vouches for it.
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// A new connection to it with this bearer token.
    ///
    /// # Panics
    /// Never: its address is one that connections accept.
    pub fn target(&self, token: &str) -> Target {
        Target {
            connection: ConnectionId::generate(&self.api.state.ambient),
            version: 1,
            url: self.url().parse().expect("a loopback address with a port"),
            ca: Some(self.ca_pem()),
            verification: Verification::Full,
            credential: Sensitive::from(token),
            token_file: None,
            route: mayfly_domain::connection::Route::Direct,
        }
    }

    /// What goes wrong.
    pub fn faults(&self) -> &Faults {
        &self.door.faults
    }

    /// What arrived.
    pub fn requests(&self) -> &RequestLog {
        &self.door.requests
    }

    /// The `TokenRequest`s that were carried out, oldest first, whether or not anybody saw the answer.
    pub fn token_calls(&self) -> Vec<TokenCall> {
        self.api.state.token_calls()
    }

    /// Every token that would be accepted at this moment, whoever received it, sorted by `jti`. The look leaves no trace:
    /// what the token cache remembers stays as it was.
    pub fn live_tokens(&self) -> Vec<LiveToken> {
        self.api.state.live_tokens()
    }

    /// Every token that it made for its own API, whoever received it and whether or not it is still accepted.
    pub fn tokens_made(&self) -> Vec<String> {
        self.api.state.objects().tokens()
    }

    /// Whether `token` is accepted, as any request with it would be: the token cache remembers the answer.
    pub fn accepts(&self, token: &str) -> bool {
        self.api.state.user_of(token).is_some()
    }

    /// A connection that needs no socket; TLS is to be spoken over it as over any other.
    pub fn connect(&self) -> DuplexStream {
        self.door.connect()
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
