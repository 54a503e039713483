//! Where programs of a test run: a namespace with an address, or the machine itself.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;

use super::{Window, namespace::Namespace};

/// For a connection from inside.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// A place for programs. Clones are the same; it is gone with the last.
#[derive(Clone, Debug)]
pub struct Room {
    namespace: Option<Arc<Namespace>>,
    address: Ipv4Addr,
}

impl Room {
    /// The machine itself, by its loopback.
    pub const fn machine() -> Self {
        Self { namespace: None, address: Ipv4Addr::LOCALHOST }
    }

    pub(super) fn new(namespace: Namespace, address: Ipv4Addr) -> Self {
        Self { namespace: Some(Arc::new(namespace)), address }
    }

    /// What `ip netns` knows it by; nothing where it is the machine itself.
    pub fn name(&self) -> Option<&str> {
        self.namespace.as_ref().map(|namespace| namespace.name())
    }

    /// Whether it is not the machine itself.
    pub const fn is_apart(&self) -> bool {
        self.namespace.is_some()
    }

    pub(super) const fn namespace(&self) -> Option<&Arc<Namespace>> {
        self.namespace.as_ref()
    }

    /// By what the neighbours reach it.
    pub const fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// A program that is going to run here.
    pub fn command(&self, program: &Path) -> Command {
        match &self.namespace {
            Some(namespace) => namespace.command(program),
            None => Command::new(program),
        }
    }

    /// A window to a port in here; none where the machine's own loopback is that already.
    ///
    /// # Errors
    /// When no port is free, or the room cannot be looked into.
    pub fn window(&self) -> anyhow::Result<Option<Window>> {
        self.is_apart().then(|| Window::open(self)).transpose()
    }

    /// A listener in here, at an address that the neighbours reach and a free port.
    ///
    /// # Errors
    /// When there is none.
    pub fn listen(&self) -> anyhow::Result<TcpListener> {
        self.inside(|| TcpListener::bind((self.address, 0)).context("find a port in a room"))
    }

    /// A connection from in here.
    ///
    /// # Errors
    /// When nobody is reached within three seconds.
    pub fn connect(&self, to: SocketAddr) -> anyhow::Result<TcpStream> {
        self.inside(|| TcpStream::connect_timeout(&to, CONNECT_LIMIT).with_context(|| format!("connect to {to}")))
    }

    /// Opens something in here.
    pub(super) fn inside<T: Send>(&self, open: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
        match &self.namespace {
            Some(namespace) => namespace.inside(open),
            None => open(),
        }
    }
}
