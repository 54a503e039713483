//! `mayfly-gateway`: starts the agent.

mod arguments;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};
use mayfly_cluster::{EgressPolicy, ExecutorOptions, TrustRoots, VerificationOff};
use mayfly_domain::{clock::Ambient, gateway::InstanceName, gateway_policy::GatewayPolicy};
use mayfly_gateway::{
    dial::Server,
    identity::Identity,
    keep::{Keeper, State},
    outpost::{Outpost, OwnCluster},
    system,
};
use mayfly_tunnel::{authority::NewKey, enrolment::EnrolmentText};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use arguments::ServerArguments;

/// The agent of Mayfly in a private network: it dials out, and does what its own policy allows
#[derive(Debug, Parser)]
#[command(name = "mayfly-gateway", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Enrol if that is still to be done, and keep a tunnel to the server
    Run(RunArguments),
}

#[derive(Debug, Args)]
struct RunArguments {
    /// Folder that holds the key and the certificate
    #[arg(long, env = "MAYFLY_GATEWAY_STATE", default_value = "/var/lib/mayfly-gateway")]
    state: PathBuf,
    /// File with the enrolment that the dashboard or `mayfly gateway enrol` shows; `MAYFLY_GATEWAY_ENROLMENT` may hold the text itself
    #[arg(long, env = "MAYFLY_GATEWAY_ENROLMENT_FILE")]
    enrolment_file: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArguments,
    /// This process among the gateway's, such as the UID of its pod; drawn by lot unless given
    #[arg(long, env = "MAYFLY_GATEWAY_INSTANCE")]
    instance: Option<InstanceName>,
    /// YAML file with what this gateway lets itself be asked
    #[arg(long, env = "MAYFLY_GATEWAY_POLICY", default_value = "/etc/mayfly-gateway/policy.yaml")]
    policy: PathBuf,
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

/// The whole of one attempt to enrol.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(30);

/// Between two of them.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let CommandLine { command: Command::Run(arguments) } = CommandLine::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_target(false).init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: RunArguments) -> anyhow::Result<()> {
    let ambient = system();
    let policy = read_policy(&arguments.policy)?;
    let cluster = own_cluster(&arguments)?;
    let stopping = stop_on_signals()?;
    let text = enrolment(&arguments)?;
    let kept = Identity::load(&arguments.state)?;
    let server = arguments.server.server(text.as_ref().map(|text| text.server.as_str()))?;
    if let Some(proxy) = server.proxy() {
        tracing::info!(%proxy, "the way to the server leads through a proxy");
    }
    let now = ambient.now();
    let identity = match (kept.filter(|kept| kept.expires_at > now), text) {
        (Some(kept), _) => kept,
        (None, Some(text)) => {
            let enrolling = enrol(&ambient, &server, &text, arguments.instance.clone());
            let Some(enrolled) = stopping.run_until_cancelled(enrolling).await else { return Ok(()) };
            let enrolled = enrolled?;
            enrolled.save(&arguments.state)?;
            tracing::info!(gateway = %enrolled.name.gateway, instance = %enrolled.name.instance, "enrolled");
            enrolled
        }
        (None, None) => bail!(
            "this gateway is not enrolled, or its certificate has ended: give --enrolment-file or MAYFLY_GATEWAY_ENROLMENT"
        ),
    };
    let options = ExecutorOptions {
        ambient: ambient.clone(),
        // Its own API server may be anywhere, this machine included; who set it up said where.
        egress: EgressPolicy { allow: vec!["127.0.0.0/8".parse()?, "::1/128".parse()?], ..EgressPolicy::default() },
        verification_off: VerificationOff::Refused,
        trust_roots: TrustRoots::System,
        token_files: Vec::new(),
    };
    let outpost = Outpost::new(options, cluster, Arc::clone(&policy));
    let (state, _) = watch::channel(State::Dialing { last: None });
    let keeper = Keeper { ambient, server, folder: Some(arguments.state), outpost, policy, state };
    keeper.run(identity, stopping).await;
    Ok(())
}

/// Tries until there is an answer: a server that is away, or a network in between that is, passes by itself.
async fn enrol(
    ambient: &Ambient,
    server: &Server,
    text: &EnrolmentText,
    instance: Option<InstanceName>,
) -> anyhow::Result<Identity> {
    let drawn = || format!("{:08x}", u32::from_be_bytes(ambient.random::<4>())).parse();
    let (instance, key) = (instance.map_or_else(drawn, Ok)?, NewKey::generate()?);
    loop {
        let attempt = Identity::enrol(ambient, server, text, (instance.clone(), &key));
        match ambient.within(ATTEMPT_LIMIT, attempt).await {
            Some(Err(error)) if error.is_passing() => tracing::warn!("{:#}", anyhow::Error::new(error)),
            Some(outcome) => return Ok(outcome?),
            None => tracing::warn!("the server gave no answer within {} s", ATTEMPT_LIMIT.as_secs()),
        }
        ambient.sleep(RETRY_PAUSE).await;
    }
}

fn read_policy(path: &std::path::Path) -> anyhow::Result<Arc<GatewayPolicy>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read the policy `{}`", path.display()))?;
    let policy = serde_saphyr::from_str(&text).with_context(|| format!("the policy `{}`", path.display()))?;
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

/// The enrolment: from a file, or from the environment, but never from an argument, which every user of the machine may see.
fn enrolment(arguments: &RunArguments) -> anyhow::Result<Option<EnrolmentText>> {
    let text = match (&arguments.enrolment_file, std::env::var("MAYFLY_GATEWAY_ENROLMENT")) {
        (Some(path), _) => {
            Some(std::fs::read_to_string(path).with_context(|| format!("read the enrolment `{}`", path.display()))?)
        }
        (None, Ok(text)) => Some(text),
        (None, Err(_)) => None,
    };
    text.map(|text| text.parse().map_err(|invalid| anyhow::anyhow!("the enrolment {invalid}"))).transpose()
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
