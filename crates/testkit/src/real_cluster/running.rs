//! A cluster that runs, whoever started it.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use mayfly_domain::sensitive::Sensitive;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use rustix::process::{Pid, Signal, kill_process};

use super::daemon::{Daemon, Data, START_PATIENCE, STOP_PATIENCE};
use super::{ClusterOptions, PlainProgress, Presence, Summary, audit_log, ensure_binary, presence};
use crate::network::{Room, Window};
use crate::waiting;

/// A real cluster with its admin's credentials. One that this process started is killed when this value is dropped,
/// unless it was detached, and stops when this process ends; one that was found running is left alone.
#[derive(Debug)]
pub struct RealCluster {
    options: ClusterOptions,
    summary: Summary,
    authority: String,
    admin_token: Sensitive<String>,
    admin_identity: Sensitive<String>,
    /// Ours, or `None` when another process started it.
    daemon: Option<Daemon>,
    /// By what it is reached from the machine, where it is in a room of its own.
    window: Option<Window>,
    room: Room,
}

impl RealCluster {
    /// Starts a cluster and waits until it is ready, with the data that the state directory holds from before. Builds
    /// the program first if need be.
    ///
    /// # Errors
    /// When it cannot be built, something else holds the state directory or the port, or it is not ready in a minute.
    pub async fn start(options: &ClusterOptions) -> anyhow::Result<Self> {
        Self::launch(options, Data::Keep, &[]).await
    }

    /// As [`start`](Self::start), in `room`, and reached from the machine by a window: under the same address there as inside.
    /// The port that the options name is taken only where the room is the machine itself.
    ///
    /// # Errors
    /// As [`start`](Self::start), and when the room cannot be looked into.
    pub async fn start_in(room: &Room, options: &ClusterOptions) -> anyhow::Result<Self> {
        let Some(window) = room.window()? else { return Self::start(options).await };
        let options = ClusterOptions { port: window.port(), ..options.clone() };
        let cluster = Self::launch_in(room, &options, Data::Keep, &[]).await?;
        Ok(Self { room: room.clone(), window: Some(window), ..cluster })
    }

    /// As [`start`](Self::start), with more `flags` of kube-apiserver, such as `--audit-log-maxsize=1`. They come after
    /// our own, and the last of two that say the same counts. [`restart`](Self::restart) leaves them out.
    ///
    /// # Errors
    /// As [`start`](Self::start), and when kube-apiserver does not take a flag.
    pub async fn start_with(options: &ClusterOptions, flags: &[String]) -> anyhow::Result<Self> {
        Self::launch(options, Data::Keep, flags).await
    }

    /// As [`start`](Self::start), with the data, keys and logs of earlier runs wiped first. The port is kept, and the
    /// type of the signing key unless another is asked for.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_afresh(options: &ClusterOptions) -> anyhow::Result<Self> {
        Self::launch(options, Data::Wipe, &[]).await
    }

    /// Takes hold of a cluster that runs already; `None` when none is ready in that directory.
    ///
    /// # Errors
    /// When the state directory cannot be read.
    pub fn attach(state_dir: &Path) -> anyhow::Result<Option<Self>> {
        match presence(state_dir)? {
            Presence::Ready(summary) => Self::assemble(state_dir, summary, None).map(Some),
            Presence::Starting { .. } | Presence::Stopped => Ok(None),
        }
    }

    async fn launch(options: &ClusterOptions, data: Data, flags: &[String]) -> anyhow::Result<Self> {
        Self::launch_in(&Room::machine(), options, data, flags).await
    }

    async fn launch_in(room: &Room, options: &ClusterOptions, data: Data, flags: &[String]) -> anyhow::Result<Self> {
        let mut progress = PlainProgress::new("building the test cluster, once");
        let binary = ensure_binary(&mut |text| progress.show(text)).await?;
        let (daemon, summary) = Daemon::start(&binary, options, data, flags, room).await?;
        Self::assemble(&options.state_dir, summary, Some(daemon))
    }

    fn assemble(state_dir: &Path, summary: Summary, daemon: Option<Daemon>) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let path = state_dir.join(name);
            fs::read_to_string(&path).with_context(|| format!("read `{}`", path.display()))
        };
        let options = ClusterOptions {
            name: summary.name.clone(),
            state_dir: state_dir.to_owned(),
            port: port_of(&summary.server)?,
            signing_key: Some(summary.signing_key),
        };
        Ok(Self {
            options,
            authority: read("ca.crt")?,
            admin_token: Sensitive::new(read("admin-token")?.trim().to_owned()),
            admin_identity: Sensitive::new(read("admin.pem")?),
            summary,
            daemon,
            window: None,
            room: Room::machine(),
        })
    }

    /// The API server's address, `https://127.0.0.1:PORT`.
    pub fn server(&self) -> &str {
        &self.summary.server
    }

    /// The authority that alone vouches for the API server, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.authority
    }

    /// The admin's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.summary.kubeconfig
    }

    /// The admin's bearer token. The admin may do everything.
    pub fn admin_token(&self) -> &str {
        self.admin_token.expose()
    }

    /// The same admin's client certificate and key, as PEM one after the other.
    pub fn admin_identity_pem(&self) -> &str {
        self.admin_identity.expose()
    }

    /// Everything else the cluster says of itself.
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// What would start this cluster again where it is: its name, directory, port and key.
    pub const fn options(&self) -> &ClusterOptions {
        &self.options
    }

    /// An HTTP client that trusts this cluster alone. It carries no credentials.
    ///
    /// # Errors
    /// When the authority is not PEM.
    pub fn client(&self) -> anyhow::Result<reqwest::Client> {
        Ok(self.client_builder()?.build()?)
    }

    /// The same client with the admin's token on every request.
    ///
    /// # Errors
    /// When the authority is not PEM.
    pub fn admin_client(&self) -> anyhow::Result<reqwest::Client> {
        let mut header = HeaderValue::try_from(format!("Bearer {}", self.admin_token()))?;
        header.set_sensitive(true);
        Ok(self.client_builder()?.default_headers(HeaderMap::from_iter([(AUTHORIZATION, header)])).build()?)
    }

    fn client_builder(&self) -> anyhow::Result<reqwest::ClientBuilder> {
        let authority = reqwest::Certificate::from_pem(self.authority.as_bytes())?;
        Ok(reqwest::Client::builder().tls_certs_only([authority]).no_proxy())
    }

    /// Every request so far whose answer was sent, oldest first, as `audit.k8s.io/v1` events. Bodies are not recorded.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn audit_log(&self) -> anyhow::Result<Vec<serde_json::Value>> {
        self.audit_log_about("")
    }

    /// Those of the events whose line holds `text`, such as a path. Only they are parsed: a log that many tests write
    /// to is long.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn audit_log_about(&self, text: &str) -> anyhow::Result<Vec<serde_json::Value>> {
        audit_log::read(&self.options.state_dir, text)
    }

    /// Stops the cluster, whoever started it, and waits for its end. Its data stay.
    ///
    /// # Errors
    /// When it does not end in good order.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        match self.daemon.take() {
            Some(daemon) => daemon.stop().await,
            None => stop_in(&self.options.state_dir).await.map(drop),
        }
    }

    /// The number of the process that it is, API server and all.
    pub const fn process_id(&self) -> u32 {
        self.summary.process_id
    }

    /// Stops the cluster and starts it again with its data, at the same address.
    ///
    /// # Errors
    /// When another process started it, or it does not stop or start. After an error it is not running.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.restart_with(&[]).await
    }

    /// As [`restart`](Self::restart), and the cluster signs tokens by a fresh key from then on. Those of the key before still count.
    ///
    /// # Errors
    /// As [`restart`](Self::restart), and when the key cannot be written.
    pub async fn restart_with_next_key(&mut self) -> anyhow::Result<()> {
        let key = rcgen::KeyPair::generate().context("make a key")?;
        let path = |name: &str| self.options.state_dir.join(name);
        let (private, public) = (path("next-signing.key"), path("next-signing.pub"));
        fs::write(&private, key.serialize_pem()).context("write the key")?;
        fs::write(&public, key.public_key_pem()).context("write the key's public half")?;
        let flags = [
            format!("--service-account-signing-key-file={}", private.display()),
            // Beside the one that the program names itself.
            format!("--service-account-key-file={}", public.display()),
        ];
        self.restart_with(&flags).await
    }

    async fn restart_with(&mut self, flags: &[String]) -> anyhow::Result<()> {
        ensure!(self.daemon.is_some(), "only the process that started a cluster can restart it");
        if let Some(daemon) = self.daemon.take() {
            daemon.stop().await?;
        }
        let (room, window) = (self.room.clone(), self.window.take());
        let cluster = Self::launch_in(&room, &self.options, Data::Keep, flags).await?;
        *self = Self { window, room, ..cluster };
        Ok(())
    }

    /// Lets the cluster run on after this process ended.
    ///
    /// # Errors
    /// When it has ended meanwhile.
    pub fn detach(mut self) -> anyhow::Result<()> {
        self.daemon.take().map_or(Ok(()), Daemon::detach)
    }
}

/// Waits while a cluster is starting, or ending, and says what came of it.
///
/// # Errors
/// When the directory cannot be read, or nothing comes of it in a minute.
pub async fn settled(state_dir: &Path) -> anyhow::Result<Presence> {
    waiting::until(START_PATIENCE, "the test cluster is ready or has ended", || {
        let found = presence(state_dir)?;
        Ok((!matches!(found, Presence::Starting { .. })).then_some(found))
    })
    .await
}

/// Stops whatever runs in a state directory, ready or not, and waits for its end. Its data stay.
///
/// # Errors
/// When the directory cannot be read, or the cluster does not end.
pub async fn stop_in(state_dir: &Path) -> anyhow::Result<Stopped> {
    let process_id = match presence(state_dir)? {
        Presence::Stopped => return Ok(Stopped::WasNotRunning),
        Presence::Ready(summary) => Some(summary.process_id),
        Presence::Starting { process_id } => process_id,
    };
    let process = process_id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let process = process.context("the cluster has only just begun to start: try again")?;
    kill_process(process, Signal::TERM).context("tell the test cluster to stop")?;
    waiting::until(STOP_PATIENCE, "the test cluster ends", || {
        Ok((presence(state_dir)? == Presence::Stopped).then_some(Stopped::Ended))
    })
    .await
}

/// What [`stop_in`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// A cluster was running and has ended.
    Ended,
    /// None was running.
    WasNotRunning,
}

fn port_of(server: &str) -> anyhow::Result<u16> {
    let port = server.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    port.with_context(|| format!("the test cluster's address `{server}` has no port"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_is_what_follows_the_last_colon() {
        assert_eq!(port_of("https://127.0.0.1:6443").unwrap(), 6443);
        assert_eq!(port_of("https://[::1]:6444").unwrap(), 6444);
        assert!(port_of("https://localhost").is_err());
    }
}
