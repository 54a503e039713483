//! A window into a room: a port that is the same on the machine's loopback and in the room.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    thread,
};

use anyhow::Context as _;
use tokio::{
    net::TcpStream,
    runtime,
    sync::oneshot::{self, Sender},
};

use super::namespace::Namespace;

/// Passes connections to a port of 127.0.0.1 into a room, to the same port of its loopback. It closes when it is dropped.
#[derive(Debug)]
pub struct Window {
    port: u16,
    _open: Sender<()>,
}

impl Window {
    pub(super) fn open(namespace: &Arc<Namespace>) -> anyhow::Result<Self> {
        // A socket stays where it was opened, wherever its thread goes.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a port for a window")?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let runtime = runtime::Builder::new_current_thread().enable_all().build().context("start a window")?;
        let (open, closed) = oneshot::channel();
        let namespace = Arc::clone(namespace);
        thread::spawn(move || {
            namespace.enter()?;
            // Only the thread has to be there: the room may go while it is looked into.
            drop(namespace);
            runtime.block_on(async {
                tokio::select! {
                    passed = pass(listener, port) => passed,
                    // Nothing is sent: it is dropped.
                    _ = closed => Ok(()),
                }
            })?;
            anyhow::Ok(())
        });
        Ok(Self { port, _open: open })
    }

    /// The port, outside and inside.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

async fn pass(listener: TcpListener, port: u16) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (mut outside, _) = listener.accept().await?;
        tokio::spawn(async move {
            let mut inside = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
            tokio::io::copy_bidirectional(&mut outside, &mut inside).await
        });
    }
}
