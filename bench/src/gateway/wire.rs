//! The tunnel alone: both ends in this process, over TCP on loopback, with the inner TLS and a gateway that answers at once.

use std::{process, sync::Arc, time::Duration};

use anyhow::Context as _;
use bytes::Bytes;
use futures::future::{BoxFuture, try_join_all};
use mayfly_domain::{
    clock::Ambient,
    gateway::GatewayName,
    gateway_policy::{GatewayOperation, GatewayPolicy},
    ids::{GatewayId, GatewayOperationId, InstallationId, ReplicaId},
};
use mayfly_testkit::ambient::ambient;
use mayfly_tunnel::{
    answering::{Answers, Asked, Session},
    asking::{Operation, Tunnel},
    authority::{Authority, CertificateRequest, NewKey},
    carrier::Carrier,
    failure::Refusal,
    record::{Epoch, Hello, Welcome},
    tls::{TunnelServer, connect_tunnel},
    trust::TrustBundle,
};
use tokio::{
    io::{AsyncWriteExt as _, duplex, sink},
    net::{TcpListener, TcpStream},
};

use super::{Figure, process::resident};
use crate::{figures::median, load::now};

/// Calls at once.
const IN_FLIGHT: usize = 64;

/// For each of them, in a turn.
const CALLS: usize = 400;

/// About what a request for a token takes.
const BODY: usize = 600;

/// Bytes of one turn of a byte stream.
const BULK: usize = 256 * 1024 * 1024;

/// Tunnels that are open and idle.
const IDLE: u32 = 300;

/// Who signs, and both ends' time.
struct Ends {
    ambient: Ambient,
    authority: Authority,
    name: GatewayName,
}

/// Answers with what was asked, and reads byte streams to nowhere.
struct AtOnce;

impl Answers for AtOnce {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(async move { Ok(asked.body) })
    }

    fn connect<'a>(&'a self, _: &'a str, _: u16, _: Duration) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        Box::pin(async move {
            let (near, mut far) = duplex(256 * 1024);
            tokio::spawn(async move { tokio::io::copy(&mut far, &mut sink()).await });
            Ok(Box::new(near) as Box<dyn Carrier>)
        })
    }
}

pub(crate) async fn figures(turns: usize) -> anyhow::Result<Vec<Figure>> {
    let ends = Ends::new()?;
    let (tunnel, _session) = ends.tunnel().await?;
    calls(&ends, &tunnel).await?;
    let (mut rates, mut bulks) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        rates.push(calls(&ends, &tunnel).await?);
        bulks.push(bulk(&tunnel).await?);
    }
    let own = i32::try_from(process::id())?;
    let before = resident(own)?;
    let mut idle = Vec::new();
    for _ in 0..IDLE {
        idle.push(ends.tunnel().await?);
    }
    let kib = (resident(own)? - before) * 1_024.0 / f64::from(IDLE);
    Ok(vec![
        Figure::new(
            format!("calls a second over one tunnel, {IN_FLIGHT} at once"),
            format!("{:.0}", median(rates)),
            "5 000",
        ),
        Figure::new("a byte stream, MiB/s", format!("{:.0}", median(bulks)), "100"),
        Figure::new("memory of an idle tunnel, both ends, KiB", format!("{kib:.0}"), "200 at the server"),
    ])
}

async fn calls(ends: &Ends, tunnel: &Tunnel) -> anyhow::Result<f64> {
    let began = now();
    let callers = (0..IN_FLIGHT).map(async |_| {
        for _ in 0..CALLS {
            tunnel.call(ends.operation()).await?;
        }
        anyhow::Ok(())
    });
    try_join_all(callers).await?;
    let count = u32::try_from(IN_FLIGHT * CALLS)?;
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}

async fn bulk(tunnel: &Tunnel) -> anyhow::Result<f64> {
    let mut stream = tunnel.connect("api.internal", 6443, Duration::from_secs(8)).await?;
    let piece = vec![7; 64 * 1024];
    let began = now();
    for _ in 0..BULK / piece.len() {
        stream.write_all(&piece).await?;
    }
    stream.shutdown().await?;
    let mib = u32::try_from(BULK / (1024 * 1024))?;
    Ok(f64::from(mib) / began.elapsed().as_secs_f64())
}

impl Ends {
    fn new() -> anyhow::Result<Self> {
        let ambient = ambient();
        let installation = InstallationId::generate(&ambient);
        let authority = Authority::generate(installation, ambient.now())?;
        let gateway = GatewayId::generate(&ambient);
        let name = GatewayName { installation, gateway, instance: "pod-1".parse()?, generation: 1 };
        Ok(Self { ambient, authority, name })
    }

    async fn tunnel(&self) -> anyhow::Result<(Tunnel, Session)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (near, far) = tokio::join!(listener.accept(), TcpStream::connect(listener.local_addr()?));
        let ((near, _), far) = (near?, far?);
        near.set_nodelay(true)?;
        far.set_nodelay(true)?;
        let trust = TrustBundle::new(vec![self.authority.certificate().clone()])?;
        let server = TunnelServer::new(&self.ambient, &trust, self.authority.sign_server(self.ambient.now())?)?;
        let key = NewKey::generate()?;
        let request = CertificateRequest::read(&key.request()?).context("our own request can be read")?;
        let own = key.with(self.authority.sign_gateway(&request, &self.name, self.ambient.now())?);
        let (accepted, connected) = tokio::join!(server.accept(near), connect_tunnel(&self.ambient, &trust, own, far));
        let ((_, server), gateway) = (accepted?, connected?);
        let opening = Tunnel::open(&self.ambient, server, self.hello());
        let serving = Session::serve(&self.ambient, gateway, self.welcome(), Arc::new(AtOnce));
        let (opened, session) = tokio::join!(opening, serving);
        let mut opened = opened?;
        // Nothing is told in these.
        tokio::spawn(async move { while opened.records.recv().await.is_some() {} });
        Ok((opened.tunnel, session?))
    }

    fn hello(&self) -> Hello {
        Hello {
            installation: self.name.installation,
            replica: ReplicaId::generate(&self.ambient),
            replicas: 1,
            version: "0".to_owned(),
            features: Vec::new(),
            clock: self.ambient.now(),
            seal_keys: Vec::new(),
        }
    }

    fn welcome(&self) -> Welcome {
        Welcome {
            gateway: self.name.gateway,
            instance: self.name.instance.clone(),
            epoch: Epoch { started: self.ambient.now(), connection: 1 },
            version: "0".to_owned(),
            features: Vec::new(),
            policy: GatewayPolicy::default(),
            policy_digest: String::new(),
            api_server: None,
            clock: self.ambient.now(),
        }
    }

    fn operation(&self) -> Operation {
        Operation {
            id: GatewayOperationId::generate(&self.ambient),
            name: GatewayOperation::Probe,
            attempt: 1,
            lease: None,
            actor: None,
            limit: Duration::from_secs(8),
            body: Bytes::from_static(&[b' '; BODY]),
        }
    }
}
