//! Waiting for a condition, with a deadline by the machine's clock: what runs beside the test takes real time.

use std::{future::Future, time::Duration};

/// Far longer than any busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the condition is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until `condition` holds.
///
/// # Panics
/// After half a minute in vain, naming `what`.
#[expect(clippy::disallowed_methods, reason = "the one place where tests wait by the machine's clock")]
pub(crate) async fn wait_until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(PAUSE).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "waited in vain: {what}");
}
