//! Waiting for another process, which no test clock moves: by the machine's own time, with a deadline.

use std::time::Duration;

use anyhow::bail;

/// Long enough to cost nothing, short enough that nobody notices.
const INTERVAL: Duration = Duration::from_millis(20);

/// Looks again and again until `look` finds something, fails, or the patience is over; `wanted` names what was waited
/// for in that error.
pub(crate) async fn until<T>(
    patience: Duration,
    wanted: &str,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let mut ticks = tokio::time::interval(INTERVAL);
    let search = async {
        loop {
            ticks.tick().await;
            if let Some(found) = look()? {
                return Ok(found);
            }
        }
    };
    match within(patience, search).await {
        Some(found) => found,
        None => bail!("waited {} s in vain until {wanted}", patience.as_secs()),
    }
}

/// What the work comes to, or `None` when it takes longer than the patience.
#[expect(clippy::disallowed_methods, reason = "another process works by the machine's time, which no test moves")]
pub(crate) async fn within<T>(patience: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(patience, work).await.ok()
}
