//! Work of a test's own that goes on in a room.

use std::thread;

use anyhow::Context as _;
use tokio::{
    runtime,
    sync::oneshot::{self, Sender},
};

use super::Room;

/// It ends when this is dropped, with all that it has spawned.
#[derive(Debug)]
pub struct Inside(#[expect(dead_code, reason = "it is dropped")] Sender<()>);

impl Room {
    /// Runs `work` in a thread of its own: what it connects to, it connects to from in here.
    ///
    /// # Errors
    /// When there can be no such thread.
    pub fn run<W: Future<Output = ()>>(&self, work: impl FnOnce() -> W + Send + 'static) -> anyhow::Result<Inside> {
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
                    () = work() => {}
                    // Nothing is sent: it is dropped.
                    _ = closed => {}
                }
            });
            anyhow::Ok(())
        });
        Ok(Inside(open))
    }
}
