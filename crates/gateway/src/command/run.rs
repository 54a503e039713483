//! Keeping a tunnel, until the process is told to stop.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use clap::Args;
use mayfly_cluster::{EgressPolicy, ExecutorOptions, TrustRoots, VerificationOff};
use mayfly_domain::clock::Ambient;
use mayfly_gateway::{
    audit::Audit,
    health::{Health, Pulse},
    janitor::Janitor,
    keep::{Keeper, State},
    outpost::Outpost,
    seals::SealBook,
};
use mayfly_system::system;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use super::enrol::identity;
use crate::arguments::{EnrolmentArguments, PostArguments, ServerArguments};

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    enrolment: EnrolmentArguments,
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    post: PostArguments,
    /// Where a line goes for each operation that is done or refused: a file, or `-` for stdout; nowhere unless given
    #[arg(long, env = "MAYFLY_GATEWAY_AUDIT")]
    audit: Option<PathBuf>,
    /// Address to answer probes at, such as `127.0.0.1:8421`: `/livez`, `/readyz` and `/metrics`; nothing listens unless given
    #[arg(long, env = "MAYFLY_GATEWAY_HEALTH")]
    health: Option<SocketAddr>,
}

/// Enrols if that is still to be done, and keeps a tunnel until a signal says that it should stop.
pub(crate) async fn perform(arguments: RunArguments) -> anyhow::Result<()> {
    let ambient = system();
    let policy = arguments.post.policy()?;
    let cluster = arguments.post.cluster()?;
    let stopping = stop_on_signals()?;
    let text = arguments.enrolment.text()?;
    let server = arguments.server.server(text.as_ref().map(|text| text.server.as_str()))?;
    if let Some(proxy) = server.proxy() {
        tracing::info!(%proxy, "the way to the server leads through a proxy");
    }
    let audit = audit(&ambient, arguments.audit.as_deref())?;
    let outpost = Outpost::new(executor_options(&ambient)?, cluster, Arc::clone(&policy), audit);
    let (state, seen) = watch::channel(State::Enrolling);
    let pulse = Pulse::new(&ambient);
    if let Some(address) = arguments.health {
        let health = Health { pulse: pulse.clone(), state: seen, tally: Arc::clone(outpost.tally()) };
        let address = health.serve(address).await.with_context(|| format!("listen for probes at `{address}`"))?;
        tracing::info!(%address, "probes are answered");
    }
    let coming = identity(&pulse, &server, &arguments.enrolment, text.as_ref());
    let Some(identity) = stopping.run_until_cancelled(coming).await else { return Ok(()) };
    let identity = identity?;
    let seals = Arc::new(SealBook::load(Some(&arguments.enrolment.state))?);
    let janitor = Janitor { outpost: Arc::clone(&outpost), seals: Arc::clone(&seals) };
    tokio::spawn(janitor.run(stopping.clone()));
    let keeper =
        Keeper { seals, ambient, server, folder: Some(arguments.enrolment.state), outpost, policy, state, pulse };
    keeper.run(identity, stopping).await;
    Ok(())
}

fn audit(ambient: &Ambient, to: Option<&Path>) -> anyhow::Result<Audit> {
    match to {
        None => Ok(Audit::none(ambient)),
        Some(path) if path == Path::new("-") => Audit::stdout(ambient).context("write the record to stdout"),
        Some(path) => Audit::file(ambient, path).with_context(|| format!("write the record `{}`", path.display())),
    }
}

/// What speaks to the gateway's own API server is made from.
pub(crate) fn executor_options(ambient: &Ambient) -> anyhow::Result<ExecutorOptions> {
    Ok(ExecutorOptions {
        ambient: ambient.clone(),
        // Its own API server may be anywhere, this machine included; who set it up said where.
        egress: EgressPolicy { allow: vec!["127.0.0.0/8".parse()?, "::1/128".parse()?], ..EgressPolicy::default() },
        verification_off: VerificationOff::Refused,
        trust_roots: TrustRoots::System,
        token_files: Vec::new(),
    })
}

fn stop_on_signals() -> anyhow::Result<CancellationToken> {
    let stopping = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let token = stopping.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        token.cancel();
    });
    Ok(stopping)
}
