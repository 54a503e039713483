//! A program of ours that does not outlive whoever started it.

use std::{
    ops::{Deref, DerefMut},
    process::Child,
};

/// A child that is killed, and waited for, when this is dropped.
#[derive(Debug)]
pub(crate) struct OwnChild(pub(crate) Child);

impl Deref for OwnChild {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for OwnChild {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl OwnChild {
    /// Kills it without warning, and waits until it is gone.
    pub(crate) fn end(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for OwnChild {
    fn drop(&mut self) {
        self.end();
    }
}
