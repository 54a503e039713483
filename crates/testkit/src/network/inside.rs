//! Work of a test's own that goes on in a room.

use std::{io, net::TcpListener, thread};

use anyhow::Context as _;
use tokio::{
    net::TcpStream,
    runtime,
    sync::oneshot::{self, Sender},
};

use super::Room;

/// It ends when this is dropped, with all that it has spawned.
#[derive(Debug)]
pub struct Inside(#[expect(dead_code, reason = "it is dropped")] Sender<()>);

impl Room {
    /// Takes connections to `listener`, wherever that was opened, and serves each in a thread of its own: what `serve` connects to, it
    /// connects to from in here.
    ///
    /// # Errors
    /// When there can be no such thread.
    pub fn serve<W>(
        &self,
        listener: TcpListener,
        serve: impl Fn(TcpStream) -> W + Send + 'static,
    ) -> anyhow::Result<Inside>
    where
        W: Future<Output: Send> + Send + 'static,
    {
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().context("start a thread in a room")?;
        let (open, closed) = oneshot::channel();
        let namespace = self.namespace().cloned();
        thread::spawn(move || {
            // Only the thread has to be there: the room may go while it is looked into.
            if let Some(namespace) = namespace {
                namespace.enter()?;
            }
            runtime.block_on(async {
                tokio::select! {
                    taken = take(listener, serve) => taken,
                    // Nothing is sent: it is dropped.
                    _ = closed => Ok(()),
                }
            })?;
            anyhow::Ok(())
        });
        Ok(Inside(open))
    }
}

async fn take<W>(listener: TcpListener, serve: impl Fn(TcpStream) -> W) -> io::Result<()>
where
    W: Future<Output: Send> + Send + 'static,
{
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        tokio::spawn(serve(listener.accept().await?.0));
    }
}
