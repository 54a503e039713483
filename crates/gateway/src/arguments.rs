//! What the agent is told on its command line, and what that comes to.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use mayfly_domain::{gateway::InstanceName, gateway_policy::GatewayPolicy, sensitive::Sensitive};
use mayfly_gateway::{
    dial::{InvalidServer, Proxy, ProxySource, ProxyVariables, Server},
    outpost::OwnCluster,
};
use mayfly_tunnel::{enrolment::EnrolmentText, record::check_shown};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

/// Where the server is, and by which way.
#[derive(Debug, Args)]
pub(crate) struct ServerArguments {
    /// The server's address, where it is another than the enrolment says
    #[arg(long, env = "MAYFLY_GATEWAY_SERVER")]
    pub(crate) server: Option<String>,
    /// PEM file with authorities to trust for the server's outer TLS, instead of the system's
    #[arg(long, env = "MAYFLY_GATEWAY_SERVER_CA")]
    server_ca: Option<PathBuf>,
    /// Proxy to go through, such as `http://name@proxy.example.com:3128`; else `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say so
    #[arg(long)]
    proxy: Option<String>,
    /// File with the password for the proxy's name
    #[arg(long, env = "MAYFLY_GATEWAY_PROXY_PASSWORD_FILE")]
    proxy_password_file: Option<PathBuf>,
    /// PEM file with authorities to trust for the TLS of a proxy whose address begins with `https`, instead of the system's
    #[arg(long, env = "MAYFLY_GATEWAY_PROXY_CA")]
    proxy_ca: Option<PathBuf>,
}

impl ServerArguments {
    /// The server and the way there; `told` is the address that an enrolment says.
    pub(crate) fn server(&self, told: Option<&str>) -> anyhow::Result<Server> {
        let address = self.server.as_deref().or(told);
        let address = address.context("where is the server? give --server, or an enrolment that says so")?;
        let uri = address.parse().map_err(|_| InvalidServer).with_context(|| format!("the server `{address}`"))?;
        let server = Server::new(&uri, &authorities(self.server_ca.as_deref())?);
        let server = server.with_context(|| format!("the server `{address}`"))?;
        let source = match &self.proxy {
            Some(address) => ProxySource::Given(address.clone()),
            None => ProxySource::Variables(ProxyVariables::read(|name| std::env::var(name).ok())),
        };
        let password = self.proxy_password_file.as_deref().map(read_password).transpose()?;
        let proxy = Proxy::to(&uri, &source, password.as_ref(), &authorities(self.proxy_ca.as_deref())?)?;
        Ok(server.through(proxy))
    }
}

/// What a gateway keeps, and by what it comes to it.
#[derive(Debug, Args)]
pub(crate) struct EnrolmentArguments {
    /// Folder that holds the key and the certificate
    #[arg(long, env = "MAYFLY_GATEWAY_STATE", default_value = "/var/lib/mayfly-gateway")]
    pub(crate) state: PathBuf,
    /// File with the enrolment that the dashboard or `mayfly gateway enrol` shows; `MAYFLY_GATEWAY_ENROLMENT` may hold the text itself
    #[arg(long, env = "MAYFLY_GATEWAY_ENROLMENT_FILE")]
    enrolment_file: Option<PathBuf>,
    /// File with the projected token of the service account that this process runs as, where that proves who it is
    #[arg(long, env = "MAYFLY_GATEWAY_ACCOUNT_TOKEN", default_value = "/var/run/secrets/mayfly-gateway/token")]
    pub(crate) account_token: PathBuf,
    /// This process among the gateway's, such as the UID of its pod; drawn by lot unless given
    #[arg(long, env = "MAYFLY_GATEWAY_INSTANCE")]
    pub(crate) instance: Option<InstanceName>,
}

impl EnrolmentArguments {
    /// The enrolment: from a file, or from the environment, but never from an argument, which every user of the machine may see.
    pub(crate) fn text(&self) -> anyhow::Result<Option<EnrolmentText>> {
        let text = match (&self.enrolment_file, std::env::var("MAYFLY_GATEWAY_ENROLMENT")) {
            (Some(path), _) => Some(
                std::fs::read_to_string(path).with_context(|| format!("read the enrolment `{}`", path.display()))?,
            ),
            (None, Ok(text)) => Some(text),
            (None, Err(_)) => None,
        };
        text.map(|text| text.parse().map_err(|invalid| anyhow::anyhow!("the enrolment {invalid}"))).transpose()
    }
}

/// What a gateway lets itself be asked, and the API server that it speaks to.
#[derive(Debug, Args)]
pub(crate) struct PostArguments {
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

impl PostArguments {
    /// The policy, if it is one and can be shown.
    pub(crate) fn policy(&self) -> anyhow::Result<Arc<GatewayPolicy>> {
        let path = self.policy.display();
        let text = std::fs::read_to_string(&self.policy).with_context(|| format!("read the policy `{path}`"))?;
        let policy = serde_saphyr::from_str(&text).with_context(|| format!("the policy `{path}`"))?;
        check_shown(&policy).map_err(|refused| anyhow::anyhow!("the policy `{path}` {refused}"))?;
        Ok(Arc::new(policy))
    }

    /// The API server, and as whom it is spoken to.
    pub(crate) fn cluster(&self) -> anyhow::Result<OwnCluster> {
        let url = self.cluster_url.clone().map_or_else(pods_own, Ok)?;
        let ca = std::fs::read_to_string(&self.cluster_ca)
            .with_context(|| format!("read the cluster's authorities `{}`", self.cluster_ca.display()))?;
        let url = url.parse().map_err(|invalid| anyhow::anyhow!("the cluster's address {invalid}"))?;
        Ok(OwnCluster { url, ca: Some(ca), token_file: self.cluster_token.clone() })
    }
}

/// Where a pod finds its API server.
/// <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>
fn pods_own() -> anyhow::Result<String> {
    let (host, port) = (std::env::var("KUBERNETES_SERVICE_HOST"), std::env::var("KUBERNETES_SERVICE_PORT"));
    let (Ok(host), Ok(port)) = (host, port) else { bail!("not in a pod: give --cluster-url") };
    Ok(if host.contains(':') { format!("https://[{host}]:{port}") } else { format!("https://{host}:{port}") })
}

fn read_password(path: &Path) -> anyhow::Result<Sensitive<String>> {
    let text = std::fs::read_to_string(path).map(Sensitive::new);
    let text = text.with_context(|| format!("read the proxy's password `{}`", path.display()))?;
    // Editors end a file with a line's end.
    let password = Sensitive::from(text.expose().trim_end_matches(['\r', '\n']));
    ensure!(!password.expose().is_empty(), "`{}` is empty: it has to hold the proxy's password", path.display());
    Ok(password)
}

fn authorities(path: Option<&Path>) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.with_context(|| format!("read the authorities `{}`", path.display()))?;
    ensure!(!read.is_empty(), "`{}` holds no certificate, so nobody could be believed", path.display());
    Ok(read)
}
