//! Many who ask the same.

use futures::{StreamExt as _, stream};

/// How many of them ask at once. With many more, a busy machine rightly refuses some: who finds no connection to the database within a
/// second is told so.
const AT_ONCE: usize = 64;

/// What `count` of them are answered.
pub(crate) async fn crowd<F: Future>(count: usize, ask: impl Fn() -> F) -> Vec<F::Output> {
    stream::iter((0..count).map(|_| ask())).buffer_unordered(AT_ONCE).collect().await
}
