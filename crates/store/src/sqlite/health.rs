//! Whether the file can still be trusted.
//!
//! After a failed flush the kernel may have dropped what it could not write, and a second flush would lie. So the first
//! such failure closes the store for good; the server is expected to stop and a new start reads what is really there.

use tokio::sync::watch;

use crate::error::{DatabaseFault, StoreError};

/// Shared by everything that touches the file.
#[derive(Clone)]
pub(super) struct Health(watch::Sender<Option<DatabaseFault>>);

impl Default for Health {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Health {
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match &*self.0.borrow() {
            None => Ok(()),
            Some(fault) => Err(StoreError::Failed(fault.clone())),
        }
    }

    /// The first failure is the one that is kept.
    pub(super) fn fail(&self, fault: DatabaseFault) {
        self.0.send_if_modified(|state| {
            let first = state.is_none();
            state.get_or_insert(fault);
            first
        });
    }

    pub(super) async fn failed(&self) -> StoreError {
        let mut watching = self.0.subscribe();
        let fault = watching.wait_for(Option::is_some).await.ok().and_then(|state| state.clone());
        StoreError::Failed(fault.expect("we hold the sender, and waited for a fault"))
    }
}
