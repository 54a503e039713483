//! Tasks that go on as long as the server does, also when one of them breaks off.

use std::time::Duration;

use mayfly_domain::clock::Ambient;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Before a task that broke off begins anew: what broke it may still be there.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs what `make` gives in `tasks`, and anew whenever it ends before `stopping`: each looks at what is stored, and so goes on
/// where the one before it was.
pub(super) fn keep_up<Task>(
    tasks: &TaskTracker,
    name: &'static str,
    (ambient, stopping): (Ambient, CancellationToken),
    make: impl Fn() -> Task + Send + Sync + 'static,
) where
    Task: Future<Output = ()> + Send + 'static,
{
    tasks.spawn(async move {
        loop {
            let ended = tokio::spawn(make()).await;
            if stopping.is_cancelled() {
                return;
            }
            match ended {
                Ok(()) => tracing::error!(task = name, "a background task ended; it begins anew"),
                Err(error) => tracing::error!(task = name, %error, "a background task broke off; it begins anew"),
            }
            tokio::select! {
                () = ambient.sleep(PAUSE) => {}
                () = stopping.cancelled() => return,
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use mayfly_testkit::clock::TestClock;

    use super::*;

    #[tokio::test]
    async fn a_task_that_breaks_off_or_ends_begins_anew_until_the_server_stops() {
        let (clock, stopping, tasks) = (TestClock::default(), CancellationToken::new(), TaskTracker::new());
        let (begun, until) = (Arc::new(AtomicUsize::new(0)), stopping.clone());
        let count = Arc::clone(&begun);
        keep_up(&tasks, "test", (clock.ambient(1), stopping.clone()), move || {
            let (number, until) = (count.fetch_add(1, Ordering::SeqCst), until.clone());
            async move {
                assert!(number > 0, "the first one breaks off");
                if number > 1 {
                    until.cancelled().await;
                }
            }
        });
        for turn in 0.. {
            assert!(turn < 10_000, "begun {} times", begun.load(Ordering::SeqCst));
            if begun.load(Ordering::SeqCst) == 3 {
                break;
            }
            clock.advance(PAUSE);
            tokio::task::yield_now().await;
        }
        tasks.close();
        assert!(!tasks.is_empty(), "the third one goes on");
        stopping.cancel();
        tasks.wait().await;
        assert_eq!(begun.load(Ordering::SeqCst), 3);
    }
}
