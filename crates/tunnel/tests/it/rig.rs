//! An authority, a server and a gateway, joined by memory.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use mayfly_domain::{
    clock::Ambient,
    gateway::GatewayName,
    gateway_policy::{GatewayOperation, GatewayPolicy},
    ids::{GatewayId, GatewayOperationId, InstallationId, ReplicaId},
};
use mayfly_testkit::{ambient::ambient, clock::TestClock};
use mayfly_tunnel::{
    answering::{Answers, Asked, Session},
    asking::{Opened, Operation, Tunnel},
    authority::{Authority, CertificateRequest, KeyedCertificate, NewKey},
    carrier::Carrier,
    failure::Refusal,
    record::{Epoch, Hello, Welcome},
    registry::Registry,
    tls::{HandshakeFailed, TunnelServer, connect_tunnel},
    trust::TrustBundle,
};
use tokio::{
    io::{DuplexStream, duplex},
    sync::Notify,
};

/// Bytes on the way in one direction.
pub(crate) const WIRE: usize = 64 * 1024;

pub(crate) struct Rig {
    pub(crate) clock: TestClock,
    pub(crate) ambient: Ambient,
    pub(crate) installation: InstallationId,
    pub(crate) authority: Authority,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let clock = TestClock::default();
        let ambient = clock.ambient(1);
        let installation = InstallationId::generate(&ambient);
        let authority = Authority::generate(installation, ambient.now()).unwrap();
        Self { clock, ambient, installation, authority }
    }

    pub(crate) fn trust(&self) -> TrustBundle {
        TrustBundle::new(vec![self.authority.certificate().clone()]).unwrap()
    }

    pub(crate) fn name(&self) -> GatewayName {
        let gateway = GatewayId::generate(&self.ambient);
        GatewayName { installation: self.installation, gateway, instance: "pod-1".parse().unwrap(), generation: 1 }
    }

    /// A gateway's certificate by `authority`.
    pub(crate) fn signed_by(&self, authority: &Authority, name: &GatewayName) -> KeyedCertificate {
        let key = NewKey::generate().unwrap();
        let request = CertificateRequest::read(&key.request().unwrap()).unwrap();
        let certificate = authority.sign_gateway(&request, name, self.ambient.now()).unwrap();
        key.with(certificate)
    }

    pub(crate) fn server(&self) -> TunnelServer {
        let own = self.authority.sign_server(self.ambient.now()).unwrap();
        TunnelServer::new(&self.ambient, &self.trust(), own).unwrap()
    }

    /// Both ends of the inner TLS.
    pub(crate) async fn secured(&self, name: &GatewayName) -> (impl Carrier, impl Carrier) {
        let (near, far) = duplex(WIRE);
        let own = self.signed_by(&self.authority, name);
        let (server, trust) = (self.server(), self.trust());
        let gateway = connect_tunnel(&self.ambient, &trust, own, near);
        let (accepted, connected) = tokio::join!(server.accept(far), gateway);
        (accepted.unwrap().1, connected.unwrap())
    }

    pub(crate) fn hello(&self) -> Hello {
        Hello {
            installation: self.installation,
            replica: ReplicaId::generate(&self.ambient),
            replicas: 1,
            version: "1.2.3".to_owned(),
            features: Vec::new(),
            clock: self.ambient.now(),
            seal_keys: Vec::new(),
        }
    }

    pub(crate) fn welcome(&self, name: &GatewayName) -> Welcome {
        Welcome {
            gateway: name.gateway,
            instance: name.instance.clone(),
            epoch: Epoch { started: self.ambient.now(), connection: 1 },
            version: "1.2.3".to_owned(),
            features: Vec::new(),
            policy: GatewayPolicy::default(),
            policy_digest: "0".repeat(64),
            api_server: None,
            clock: self.ambient.now(),
        }
    }

    /// A whole tunnel.
    pub(crate) async fn tunnel(&self, answers: Arc<dyn Answers>) -> (Opened, Session) {
        let name = self.name();
        let (server, gateway) = Box::pin(self.secured(&name)).await;
        self.tunnel_over(server, gateway, &name, answers).await
    }

    /// A whole tunnel over two ends that are joined already.
    pub(crate) async fn tunnel_over(
        &self,
        server: impl Carrier,
        gateway: impl Carrier,
        name: &GatewayName,
        answers: Arc<dyn Answers>,
    ) -> (Opened, Session) {
        self.tunnel_as(server, gateway, self.welcome(name), answers).await
    }

    /// The same, of a gateway that says `welcome` of itself.
    pub(crate) async fn tunnel_as(
        &self,
        server: impl Carrier,
        gateway: impl Carrier,
        welcome: Welcome,
        answers: Arc<dyn Answers>,
    ) -> (Opened, Session) {
        let opening = Box::pin(Tunnel::open(&self.ambient, server, self.hello()));
        let serving = Box::pin(Session::serve(&self.ambient, gateway, welcome, answers));
        let (opened, session) = tokio::join!(opening, serving);
        (opened.unwrap(), session.unwrap())
    }

    /// A whole tunnel over two ends of memory, the newest of its process in `registry`.
    pub(crate) async fn joins(
        &self,
        registry: &Registry,
        welcome: Welcome,
        answers: Arc<dyn Answers>,
    ) -> (Tunnel, Session) {
        let (near, far) = duplex(WIRE);
        let (opened, session) = self.tunnel_as(near, far, welcome, answers).await;
        assert!(registry.add(&opened.tunnel));
        (opened.tunnel, session)
    }

    pub(crate) fn operation(&self, body: &str) -> Operation {
        Operation {
            id: GatewayOperationId::generate(&self.ambient),
            name: GatewayOperation::Probe,
            attempt: 1,
            lease: None,
            actor: Some("somebody".to_owned()),
            limit: Duration::from_secs(8),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }
}

/// A handshake that must not succeed: what the server and what the gateway say of it.
pub(crate) async fn refused(
    rig: &Rig,
    server: &TunnelServer,
    trust: &TrustBundle,
    own: KeyedCertificate,
) -> (Option<HandshakeFailed>, Option<HandshakeFailed>) {
    let (near, far): (DuplexStream, DuplexStream) = duplex(WIRE);
    let accepting = async { server.accept(far).await.err() };
    let connecting = async {
        match connect_tunnel(&rig.ambient, trust, own, near).await {
            Ok(mut stream) => {
                // In TLS 1.3 the gateway may go on before the server has looked at its certificate.
                use tokio::io::AsyncReadExt as _;
                let _ = stream.read_u8().await;
                None
            }
            Err(error) => Some(error),
        }
    };
    tokio::join!(accepting, connecting)
}

/// Lets every task run that can, until `is_done` or for so long that it never will be.
pub(crate) async fn until(what: &str, mut is_done: impl FnMut() -> bool) {
    for _ in 0..100_000 {
        if is_done() {
            return;
        }
        tokio::task::yield_now().await;
    }
    unreachable!("it never came to: {what}");
}

/// What comes soon, by the machine's own clock.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    let come = ambient().within(Duration::from_secs(10), future).await;
    come.unwrap_or_else(|| unreachable!("it did not come within 10 s"))
}

/// Keeps what it was asked, and answers when it is let.
#[derive(Default)]
pub(crate) struct Held {
    asked: Mutex<Vec<Asked>>,
    pub(crate) go: Notify,
}

impl Held {
    pub(crate) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(crate) fn last(&self) -> Asked {
        self.asked.lock().unwrap().last().unwrap().clone()
    }
}

impl Answers for Held {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        self.asked.lock().unwrap().push(asked);
        Box::pin(async move {
            self.go.notified().await;
            Ok(Bytes::from_static(b"done"))
        })
    }

    fn connect<'a>(
        &'a self,
        _host: &'a str,
        _port: u16,
        _limit: Duration,
    ) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        unreachable!("nobody asks for a byte stream")
    }
}

/// Answers with what was asked.
pub(crate) struct Echo;

impl Answers for Echo {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(async move { Ok(asked.body) })
    }

    fn connect<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        _limit: Duration,
    ) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        Box::pin(async move {
            if host != "api.internal" || port != 6443 {
                return Err(Refusal::of_gateway("policy", format!("`{host}:{port}` is not listed")));
            }
            let (near, far) = duplex(WIRE);
            tokio::spawn(async move {
                let (mut reader, mut writer) = tokio::io::split(far);
                let _ = tokio::io::copy(&mut reader, &mut writer).await;
                let _ = tokio::io::AsyncWriteExt::shutdown(&mut writer).await;
            });
            Ok(Box::new(near) as Box<dyn Carrier>)
        })
    }
}
