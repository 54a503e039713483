//! Keeping a tunnel, until the process is told to stop.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use clap::Args;
use mayfly_cluster::{EgressPolicy, ExecutorOptions, TrustRoots, VerificationOff};
use mayfly_domain::{clock::Ambient, gateway_policy::GatewayPolicy};
use mayfly_gateway::{
    audit::Audit,
    health::{Health, Pulse},
    janitor::Janitor,
    keep::{Keeper, State},
    outpost::{Outpost, OwnCluster},
    seals::SealBook,
    system,
};
use mayfly_tunnel::record::check_shown;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use super::enrol::identity;
use crate::arguments::{EnrolmentArguments, ServerArguments};

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    enrolment: EnrolmentArguments,
    #[command(flatten)]
    server: ServerArguments,
    /// YAML file with what this gateway lets itself be asked
    #[arg(long, env = "MAYFLY_GATEWAY_POLICY", default_value = "/etc/mayfly-gateway/policy.yaml")]
    policy: PathBuf,
    /// Where a line goes for each operation that is done or refused: a file, or `-` for stdout; nowhere unless given
    #[arg(long, env = "MAYFLY_GATEWAY_AUDIT")]
    audit: Option<PathBuf>,
    /// Address to answer probes at, such as `127.0.0.1:8421`: `/livez`, `/readyz` and `/metrics`; nothing listens unless given
    #[arg(long, env = "MAYFLY_GATEWAY_HEALTH")]
    health: Option<SocketAddr>,
    /// Address of the Kubernetes API server; the pod's own unless given
    #[arg(long, env = "MAYFLY_GATEWAY_CLUSTER_URL")]
    cluster_url: Option<String>,
    /// PEM file with its authorities
    #[arg(
        long,
        env = "MAYFLY_GATEWAY_CLUSTER_CA",
        default_value = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
    )]
    cluster_ca: PathBuf,
    /// File with the token of the gateway's account; read anew for each operation
    #[arg(
        long,
        env = "MAYFLY_GATEWAY_CLUSTER_TOKEN",
        default_value = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    )]
    cluster_token: PathBuf,
}

/// Enrols if that is still to be done, and keeps a tunnel until a signal says that it should stop.
pub(crate) async fn perform(arguments: RunArguments) -> anyhow::Result<()> {
    let ambient = system();
    let policy = read_policy(&arguments.policy)?;
    let cluster = own_cluster(&arguments)?;
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

fn executor_options(ambient: &Ambient) -> anyhow::Result<ExecutorOptions> {
    Ok(ExecutorOptions {
        ambient: ambient.clone(),
        // Its own API server may be anywhere, this machine included; who set it up said where.
        egress: EgressPolicy { allow: vec!["127.0.0.0/8".parse()?, "::1/128".parse()?], ..EgressPolicy::default() },
        verification_off: VerificationOff::Refused,
        trust_roots: TrustRoots::System,
        token_files: Vec::new(),
    })
}

fn read_policy(path: &Path) -> anyhow::Result<Arc<GatewayPolicy>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read the policy `{}`", path.display()))?;
    let policy = serde_saphyr::from_str(&text).with_context(|| format!("the policy `{}`", path.display()))?;
    check_shown(&policy).map_err(|refused| anyhow::anyhow!("the policy `{}` {refused}", path.display()))?;
    Ok(Arc::new(policy))
}

fn own_cluster(arguments: &RunArguments) -> anyhow::Result<OwnCluster> {
    let url = arguments.cluster_url.clone().map_or_else(pods_own, Ok)?;
    let ca = std::fs::read_to_string(&arguments.cluster_ca)
        .with_context(|| format!("read the cluster's authorities `{}`", arguments.cluster_ca.display()))?;
    let url = url.parse().map_err(|invalid| anyhow::anyhow!("the cluster's address {invalid}"))?;
    Ok(OwnCluster { url, ca: Some(ca), token_file: arguments.cluster_token.clone() })
}

/// Where a pod finds its API server.
/// <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>
fn pods_own() -> anyhow::Result<String> {
    let (host, port) = (std::env::var("KUBERNETES_SERVICE_HOST"), std::env::var("KUBERNETES_SERVICE_PORT"));
    let (Ok(host), Ok(port)) = (host, port) else { bail!("not in a pod: give --cluster-url") };
    Ok(if host.contains(':') { format!("https://[{host}]:{port}") } else { format!("https://{host}:{port}") })
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
