//! The proxy of a company's edge: tinyproxy, which asks for a name and a password.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
    time::Duration,
};

use anyhow::Context as _;
use tempfile::TempDir;

use super::Room;
use crate::{child::OwnChild, debian, waiting::until};

const PROGRAM: &str = "/usr/bin/tinyproxy";
const SETTINGS: &str = "tinyproxy.conf";

/// In rooms of their own nobody else takes it.
const PORT: u16 = 3128;

/// From its start to its first connection.
const START_LIMIT: Duration = Duration::from_secs(10);

/// A proxy that passes `CONNECT` on for who knows its name and password. It ends when it is dropped.
#[derive(Debug)]
pub struct CompanyProxy {
    child: OwnChild,
    address: SocketAddr,
    files: TempDir,
}

/// Installs the program where it is missing and we may.
pub(super) fn provide() -> anyhow::Result<()> {
    debian::provide(|| debian::there(Path::new(PROGRAM)), "tinyproxy-bin", "install tinyproxy").map(drop)
}

impl CompanyProxy {
    /// Starts one in `room`.
    ///
    /// # Errors
    /// When tinyproxy cannot be installed or does not come up.
    pub async fn start(room: &Room, name: &str, password: &str) -> anyhow::Result<Self> {
        provide()?;
        let port = if room.is_apart() { PORT } else { free_port()? };
        let files = tempfile::tempdir().context("make a folder for the proxy")?;
        let settings = files.path().join(SETTINGS);
        let log = files.path().join("log");
        let text = format!(
            "Port {port}\nListen {}\nTimeout 600\nMaxClients 100\nBasicAuth {name} {password}\nLogFile \"{}\"\nLogLevel Info\n",
            room.address(),
            log.display(),
        );
        fs::write(&settings, text).context("write the proxy's settings")?;
        let proxy = Self { child: spawn(room, &settings)?, address: (room.address(), port).into(), files };
        proxy.is_there(room).await?;
        Ok(proxy)
    }

    /// Kills it without warning, with all that it passes on, and starts it again at the same address.
    ///
    /// # Errors
    /// When it does not come up again.
    pub async fn restart(&mut self, room: &Room) -> anyhow::Result<()> {
        self.child.end();
        self.child = spawn(room, &self.files.path().join(SETTINGS))?;
        self.is_there(room).await
    }

    async fn is_there(&self, room: &Room) -> anyhow::Result<()> {
        let look = || Ok(room.connect(self.address).ok().map(drop));
        until(START_LIMIT, "the proxy takes connections", look).await
    }

    /// Its address, `http://host:port`, with what stands before the host, such as `name:password@`.
    pub fn url_with(&self, who: &str) -> String {
        format!("http://{who}{}", self.address)
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

fn spawn(room: &Room, settings: &Path) -> anyhow::Result<OwnChild> {
    let mut command = room.command(Path::new(PROGRAM));
    command.arg("-d").arg("-c").arg(settings).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(OwnChild(command.spawn().context("start the proxy")?))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
