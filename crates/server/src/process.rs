//! The process itself: what is in its memory must not leave it when it fails.

use std::panic;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Forbids core dumps and looking into the process from outside, and keeps what a panic carries out of the log: each could
/// show a secret that was being worked with. What the system does not allow is told and left.
pub(crate) fn seal_off() {
    let core = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let dumpable = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    for (what, done) in [("core dumps", core), ("being looked into", dumpable)] {
        if let Err(error) = done {
            tracing::warn!(%error, "{what} cannot be forbidden here");
        }
    }
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a part of the server broke off; what it was given is not shown");
    }));
}
