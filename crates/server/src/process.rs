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

#[cfg(test)]
mod tests {
    use std::{env, process::Command, thread};

    use super::*;
    use crate::{
        config::{LogConfig, LogFormat},
        logging,
    };

    const CANARY: &str = "planted-canary-of-a-panic";
    const INSIDE: &str = "MAYFLY_TEST_INSIDE";

    /// The hook is the whole process's, so that the test runs itself once more in one of its own.
    #[test]
    fn a_panic_is_told_by_its_place_and_not_by_what_it_says() {
        if env::var_os(INSIDE).is_some() {
            logging::start(&LogConfig { format: LogFormat::Text, filter: "trace".to_owned() });
            seal_off();
            let broken = thread::spawn(|| panic!("{CANARY}"));
            assert!(broken.join().is_err());
            return;
        }
        let name = "process::tests::a_panic_is_told_by_its_place_and_not_by_what_it_says";
        let told = Command::new(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(INSIDE, "yes")
            .output()
            .unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
        assert!(told.status.success() && text.contains("1 passed"), "{text}");
        assert!(text.contains("a part of the server broke off") && text.contains("process.rs"), "{text}");
        assert!(!text.contains(CANARY), "{text}");
    }
}
