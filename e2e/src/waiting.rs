//! Waiting for a condition, with a deadline.

use std::time::Duration;

use anyhow::Context as _;
use mayfly_testkit::ambient::ambient;

/// How often conditions are looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again until `look` finds something. `what` says what is waited for.
///
/// # Errors
/// When `look` fails, or has found nothing after `patience`.
pub async fn until<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let looking = async {
        let mut ticks = tokio::time::interval(PAUSE);
        loop {
            ticks.tick().await;
            if let Some(found) = look().await? {
                return Ok(found);
            }
        }
    };
    within(patience, what, looking).await?
}

/// The outcome of `work`, if it comes in time.
///
/// # Errors
/// When it does not.
pub async fn within<T>(patience: Duration, what: &str, work: impl Future<Output = T>) -> anyhow::Result<T> {
    let done = tokio::select! {
        outcome = work => Some(outcome),
        () = ambient().sleep(patience) => None,
    };
    done.with_context(|| format!("gave up after {patience:?}: {what}"))
}
