//! Stopping: the first signal asks politely, the second ends the process.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancelled by the first SIGTERM or SIGINT. After that the signals have their usual, immediate effect.
pub(crate) fn signals() -> CancellationToken {
    let stopping = CancellationToken::new();
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::warn!("signals cannot be waited for; the server stops at once when it gets one");
        return stopping;
    };
    let token = stopping.clone();
    tokio::spawn(async move {
        either(&mut terminate, &mut interrupt).await;
        tracing::info!("stopping: running requests are finished first; a second signal stops at once");
        token.cancel();
        either(&mut terminate, &mut interrupt).await;
        std::process::abort();
    });
    stopping
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
