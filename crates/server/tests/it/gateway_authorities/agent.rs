//! A gateway, as far as a server knows one: it enrols, comes, renews and answers by an executor of its own.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::future::BoxFuture;
use mayfly_cluster::{Deadline, Executor, Place as _, Probe};
use mayfly_domain::{
    clock::Ambient,
    connection::{Route, Target, Verification},
    error::chain,
    gateway_policy::GatewayPolicy,
    ids::ConnectionId,
    sensitive::Sensitive,
};
use mayfly_testkit::fake_cluster::FakeCluster;
use mayfly_tunnel::{
    answering::{Answers, Asked, Session},
    authority::{Authority, CertificateRequest, NewKey},
    carrier::{self, Carrier},
    enrolment::{self, EnrolmentAnswer, EnrolmentRequest, EnrolmentText, Proof},
    failure::Refusal,
    protocol::{ENROLMENT_PATH, ENROLMENT_SUBPROTOCOL, TUNNEL_PATH, TUNNEL_SUBPROTOCOL},
    record::{Epoch, GatewayRecord, ServerRecord, Welcome},
    tls::{HandshakeFailed, ReadCertificate, connect_enrolment, connect_tunnel, read_certificate},
    trust::{AuthorityPin, TrustBundle},
};
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;

use crate::support::{ACCOUNT, NAMESPACE, TestServer};

/// One process of a gateway, with what it was given.
pub(crate) struct Agent {
    ambient: Ambient,
    address: String,
    answers: Arc<dyn Answers>,
    key: NewKey,
    certificate: CertificateDer<'static>,
    trust: TrustBundle,
    connections: u64,
}

impl Agent {
    /// Enrols by a text that somebody copied.
    pub(crate) async fn enrol(server: &TestServer, text: &str, instance: &str) -> Result<Self, HandshakeFailed> {
        let text: EnrolmentText = text.parse().unwrap();
        let proof = Proof::Token { token: text.token.clone().unwrap() };
        Ok(Self::enrol_by(server, text, proof, instance).await?.expect("it is let in"))
    }

    /// Enrols by `proof`, or hears by which code it is refused.
    pub(crate) async fn enrol_by(
        server: &TestServer,
        text: EnrolmentText,
        proof: Proof,
        instance: &str,
    ) -> Result<Result<Self, String>, HandshakeFailed> {
        let (ambient, address) = (server.ambient.clone(), server.address().to_owned());
        let key = NewKey::generate().unwrap();
        let request = EnrolmentRequest {
            gateway: text.gateway,
            instance: instance.parse().unwrap(),
            proof,
            request: STANDARD.encode(key.request().unwrap()),
            version: "1.2.3".to_owned(),
        };
        let carrier = dial(&address, ENROLMENT_PATH, ENROLMENT_SUBPROTOCOL).await;
        let stream = connect_enrolment(&ambient, text.authority, carrier).await?;
        let answer = enrolment::ask(&ambient, stream, &request).await.unwrap();
        let (certificate, authorities) = match answer {
            EnrolmentAnswer::Enrolled { certificate, authorities } => (certificate, authorities),
            EnrolmentAnswer::Refused { code, .. } => return Ok(Err(code)),
        };
        let (certificate, trust) = (der(&certificate), bundle(&authorities));
        let (executor, cluster) = (server.executor_of_a_gateway(), Arc::clone(&server.cluster));
        let answers = Arc::new(Probing { ambient: ambient.clone(), executor, cluster });
        Ok(Ok(Self { ambient, address, answers, key, certificate, trust, connections: 0 }))
    }

    /// Whoever has the key of `authority` and comes as this one.
    pub(crate) fn forged_by(&self, authority: &Authority) -> Self {
        let key = NewKey::generate().unwrap();
        let request = CertificateRequest::read(&key.request().unwrap()).unwrap();
        let certificate = authority.sign_gateway(&request, &self.says().name, self.ambient.now()).unwrap();
        let (ambient, address, trust) = (self.ambient.clone(), self.address.clone(), self.trust.clone());
        let (answers, connections) = (Arc::clone(&self.answers), self.connections + 1_000);
        Self { ambient, address, answers, key, certificate, trust, connections }
    }

    pub(crate) fn says(&self) -> ReadCertificate {
        read_certificate(&self.certificate).unwrap()
    }

    /// The authorities that it believes.
    pub(crate) fn believes(&self) -> Vec<AuthorityPin> {
        self.trust.certificates().iter().map(AuthorityPin::of).collect()
    }

    /// Comes, in place of the tunnel that it had.
    pub(crate) async fn come(&mut self) -> Result<Session, String> {
        self.connections += 1;
        let carrier = dial(&self.address, TUNNEL_PATH, TUNNEL_SUBPROTOCOL).await;
        let own = self.key.with(self.certificate.clone());
        let stream = connect_tunnel(&self.ambient, &self.trust, own, carrier).await.map_err(|error| chain(&error))?;
        let name = self.says().name;
        let welcome = Welcome {
            gateway: name.gateway,
            instance: name.instance,
            epoch: Epoch { started: self.ambient.now(), connection: self.connections },
            version: "1.2.3".to_owned(),
            features: Vec::new(),
            policy: GatewayPolicy::default(),
            policy_digest: "0".repeat(64),
            api_server: None,
            clock: self.ambient.now(),
        };
        Session::serve(&self.ambient, stream, welcome, Arc::clone(&self.answers)).await.map_err(|error| chain(&error))
    }

    /// Asks for the next certificate, over the tunnel that it has.
    pub(crate) async fn renew(&mut self, session: &mut Session) {
        let key = NewKey::generate().unwrap();
        let request = STANDARD.encode(key.request().unwrap());
        session.tell(GatewayRecord::CertificateRequest { request }).await;
        loop {
            match session.records.recv().await.expect("the tunnel is open") {
                ServerRecord::CertificateIssued { certificate, authorities } => {
                    (self.key, self.certificate, self.trust) = (key, der(&certificate), bundle(&authorities));
                    return;
                }
                ServerRecord::CertificateRefused { reason } => unreachable!("{reason}"),
                _ => {}
            }
        }
    }
}

async fn dial(address: &str, path: &str, subprotocol: &'static str) -> Box<dyn Carrier> {
    let stream = TcpStream::connect(address).await.unwrap();
    Box::new(carrier::upgrade(stream, &format!("ws://{address}{path}"), subprotocol).await.unwrap())
}

fn der(text: &str) -> CertificateDer<'static> {
    STANDARD.decode(text).unwrap().into()
}

fn bundle(authorities: &[String]) -> TrustBundle {
    TrustBundle::new(authorities.iter().map(|authority| der(authority)).collect()).unwrap()
}

/// Looks at the cluster, and does nothing else.
struct Probing {
    ambient: Ambient,
    executor: Executor,
    cluster: Arc<FakeCluster>,
}

impl Probing {
    /// With a token that is fresh, as a pod's always is.
    fn target(&self) -> Target {
        Target {
            connection: ConnectionId::generate(&self.ambient),
            version: 1,
            url: self.cluster.url().parse().unwrap(),
            ca: Some(self.cluster.ca_pem().clone()),
            verification: Verification::Full,
            credential: Sensitive::new(self.cluster.add_issuer_for(NAMESPACE, ACCOUNT)),
            token_file: None,
            route: Route::Direct,
        }
    }
}

impl Answers for Probing {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(async move {
            let wanted: Probe<()> = serde_json::from_slice(&asked.body).unwrap();
            let deadline = Deadline::after(&self.ambient, asked.limit);
            let report = self.executor.probe(wanted.at(self.target()), deadline).await;
            Ok(Bytes::from(serde_json::to_vec(&report).unwrap()))
        })
    }

    fn connect<'a>(&'a self, host: &'a str, _: u16, _: Duration) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        Box::pin(async move { Err(Refusal::of_gateway("policy", host)) })
    }
}
