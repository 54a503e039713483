//! A fake Kubernetes API server for fast tests: the few calls Mayfly makes, answered as a real one answers them, with
//! switches that make each of them go wrong.
//!
//! [`FaultProxy`] puts the same switches before a real API server, so that one conformance suite holds both to the same
//! behaviour. What the fake does not have, no test should need: those belong to [`real_cluster`](crate::real_cluster).

mod api;
mod body;
mod calls;
mod fault;
mod front_door;
mod gate;
mod proxy;
mod request_log;
mod rights;
mod shown;
mod state;
mod status;
mod tokens;

use std::{io, sync::Arc};

use mayfly_domain::{
    clock::Ambient,
    connection::{Target, Verification},
    ids::ConnectionId,
    sensitive::Sensitive,
};

pub use calls::Calls;
pub use fault::{Fault, Faults, Rewrite, When};
pub use gate::Gate;
pub use proxy::FaultProxy;
pub use request_log::{RequestLog, SeenRequest};
pub use rights::FakeRight;
pub use shown::ShownCertificate;
pub use state::TokenCall;
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
}

impl FakeClusterOptions {
    /// An ordinary cluster.
    pub fn new(ambient: Ambient) -> Self {
        Self { ambient, path_prefix: String::new(), longest_token_seconds: None }
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
        let FakeClusterOptions { ambient, path_prefix, longest_token_seconds } = options;
        let api = Arc::new(Api { state: State::new(ambient, longest_token_seconds), path_prefix });
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
        }
    }

    /// Makes a namespace and returns its UID.
    pub fn add_namespace(&self, name: &str) -> String {
        let object = self.api.state.new_object(&[]);
        let uid = object.uid.clone();
        self.api.state.objects().namespaces.insert(name.to_owned(), object);
        uid
    }

    /// Makes a service account, and its namespace if need be, and returns its UID.
    pub fn add_account(&self, namespace: &str, name: &str) -> String {
        self.add_labelled_account(namespace, name, &[])
    }

    /// Makes a service account with labels.
    pub fn add_labelled_account(&self, namespace: &str, name: &str, labels: &[(&str, &str)]) -> String {
        if !self.api.state.objects().namespaces.contains_key(namespace) {
            self.add_namespace(namespace);
        }
        let object = self.api.state.new_object(labels);
        let uid = object.uid.clone();
        self.api.state.objects().accounts.insert((namespace.to_owned(), name.to_owned()), object);
        uid
    }

    /// Removes a service account. Its tokens are refused from then on.
    pub fn delete_account(&self, namespace: &str, name: &str) {
        self.api.state.objects().accounts.remove(&(namespace.to_owned(), name.to_owned()));
    }

    /// A bearer token for any user name, without end.
    pub fn add_user(&self, user: &str) -> String {
        self.api.state.add_user(user)
    }

    /// A bearer token of a service account that exists, as its own TokenRequest would have given.
    ///
    /// # Panics
    /// When there is no such account.
    pub fn token_of(&self, namespace: &str, name: &str, seconds: i64) -> String {
        let account = (namespace.to_owned(), name.to_owned());
        let issued = self.api.state.issue(&account, &[state::ISSUER.to_owned()], seconds);
        issued.expect("the account exists").token
    }

    /// Makes an account and the smallest issuer for it, `issuer` in the same namespace: it may create tokens of that
    /// account and nothing else. Returns the issuer's bearer token, which lives a day.
    pub fn add_issuer_for(&self, namespace: &str, account: &str) -> String {
        const ISSUER: &str = "issuer";
        const DAY_SECONDS: i64 = 86_400;
        self.add_account(namespace, ISSUER);
        self.add_account(namespace, account);
        let right = FakeRight::within(namespace, "create", "serviceaccounts/token").on(account);
        self.grant(&format!("system:serviceaccount:{namespace}:{ISSUER}"), right);
        self.token_of(namespace, ISSUER, DAY_SECONDS)
    }

    /// Gives a user a right. Everybody may read the version and ask for reviews.
    pub fn grant(&self, user: &str, right: FakeRight) {
        self.api.state.grant(user, right);
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

    /// Changes the certificate for new connections.
    pub fn show(&self, certificate: ShownCertificate) {
        self.door.show(certificate.made_by(&self.authority));
    }
}
