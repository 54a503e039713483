//! Watching the transactions of one operation, and spoiling them on purpose: for tests that stop at each of them, or prove
//! that they would notice a mistake. Compiled with the feature `watch` only, which no program of ours has.

use std::{future::Future, sync::Arc};

use futures::future::BoxFuture;

use crate::transaction::{Expect, Transaction};

/// Sees every transaction of an operation twice, by the name of its first statement. Whoever wants to stop the operation
/// there gives a future that never completes, and drops it.
pub trait Watcher: Send + Sync {
    /// Before anything of it happens.
    fn before(&self, transaction: &'static str) -> BoxFuture<'_, Spoil>;

    /// After it was committed, before anybody hears of that.
    fn after(&self, transaction: &'static str) -> BoxFuture<'_, ()>;
}

/// What is wrong with a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoil {
    /// Nothing.
    Nothing,
    /// The step of this statement is forgotten.
    Forget(&'static str),
    /// Nothing is guarded.
    Unguard,
}

tokio::task_local! {
    static WATCHER: Arc<dyn Watcher>;
}

/// Runs `operation` under the eyes of `watcher`.
pub async fn watched<T>(watcher: Arc<dyn Watcher>, operation: impl Future<Output = T>) -> T {
    WATCHER.scope(watcher, operation).await
}

/// The one who watches this operation.
pub(crate) fn watcher() -> Option<Arc<dyn Watcher>> {
    WATCHER.try_with(Arc::clone).ok()
}

pub(crate) fn name_of(transaction: &Transaction) -> &'static str {
    transaction.steps.first().map_or("", |step| step.sql.name())
}

pub(crate) fn spoil(transaction: &mut Transaction, spoil: Spoil) {
    match spoil {
        Spoil::Nothing => {}
        Spoil::Forget(statement) => transaction.steps.retain(|step| step.sql.name() != statement),
        Spoil::Unguard => transaction.steps.iter_mut().for_each(|step| step.expect = Expect::Any),
    }
}
