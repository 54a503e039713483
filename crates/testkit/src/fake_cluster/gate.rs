//! A gate that a test opens by hand.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Holds answers back until the test lets them through. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }
}

impl Gate {
    /// Lets the next `count` through.
    pub fn let_through(&self, count: usize) {
        self.0.add_permits(count);
    }

    /// Lets the next one through, and no more than that if nobody came since the last time.
    pub fn let_one_through(&self) {
        self.0.forget_permits(usize::MAX);
        self.0.add_permits(1);
    }

    /// Lets everything through from now on.
    pub fn open(&self) {
        self.0.close();
    }

    /// Waits to be let through.
    pub(super) async fn pass(&self) {
        // A closed semaphore is an open gate.
        if let Ok(permit) = self.0.acquire().await {
            permit.forget();
        }
    }
}
