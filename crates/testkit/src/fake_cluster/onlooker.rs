//! Somebody who sees every call twice, before and after it is carried out, and may stop it there.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{calls::Calls, fault::Fault};

/// Sees every call. It comes before the faults that are injected by hand.
pub trait Onlooker: Send + Sync {
    /// A call arrived and is not carried out yet. What is to go wrong with it, if anything is.
    fn arrived(&self, call: Option<Calls>) -> Option<Fault>;

    /// It was carried out, and its answer is about to leave.
    fn carried_out(&self, call: Option<Calls>) -> Next;
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It leaves.
    Answer,
    /// It never does.
    Hang,
}

/// The one who looks on, if anybody does.
#[derive(Clone, Default)]
pub(super) struct Looking(Arc<Mutex<Option<Arc<dyn Onlooker>>>>);

impl Looking {
    pub(super) fn set(&self, onlooker: Option<Arc<dyn Onlooker>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = onlooker;
    }

    pub(super) fn get(&self) -> Option<Arc<dyn Onlooker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Looking {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Looking")
    }
}
