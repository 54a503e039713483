//! Ctrl-C and the polite end: whatever was started is ended before we are.

use std::future;

use tokio::signal::unix::{SignalKind, signal};

/// The exit code of a program that was interrupted, as shells have it.
pub(crate) const EXIT_CODE: u8 = 130;

/// Comes when somebody wants us to end.
pub(crate) async fn wait() {
    tokio::select! {
        () = hear(SignalKind::interrupt()) => {}
        () = hear(SignalKind::terminate()) => {}
        () = hear(SignalKind::hangup()) => {}
    }
}

async fn hear(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        // Then it has its usual effect.
        Err(_) => future::pending().await,
    }
}
