//! Work of a test's own that goes on in a room.

use std::{
    io::{self, Write as _},
    net::TcpListener,
    sync::mpsc,
    thread,
};

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
    /// When there can be no such thread, or it cannot enter the room.
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
        let (tell, entered) = mpsc::channel();
        thread::spawn(move || {
            // Only the thread has to be there: the room may go while it is looked into.
            let outcome = namespace.map_or(Ok(()), |namespace| namespace.enter());
            let is_inside = outcome.is_ok();
            if tell.send(outcome).is_err() || !is_inside {
                return;
            }
            let taken = runtime.block_on(async {
                tokio::select! {
                    taken = take(listener, serve) => taken,
                    // Nothing is sent: it is dropped.
                    _ = closed => Ok(()),
                }
            });
            if let Err(error) = taken {
                // Past what keeps a test's output to itself: whoever connects from now on waits for nothing.
                let _ = writeln!(io::stderr(), "no more connections are taken in a room: {error}");
            }
        });
        entered.recv().context("the thread in a room ended")??;
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::network::{Rig, namespace::Namespace};

    #[test]
    fn a_thread_that_cannot_enter_its_room_is_an_error() {
        if !Rig::make().unwrap().is_apart() {
            return;
        }
        let namespace = Namespace::create("gone").unwrap();
        namespace.remove();
        let room = Room::new(namespace, Ipv4Addr::LOCALHOST);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let refused = room.serve(listener, |_| async {}).unwrap_err();
        assert!(format!("{refused:#}").contains("open a network namespace"), "{refused:#}");
    }
}
