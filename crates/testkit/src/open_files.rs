//! How many files a process may have open: tests with very many connections need more than a machine allows at first.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Allows so many, to this process and to those that it starts from now on.
///
/// # Panics
/// When the machine does not.
pub fn allow(wanted: usize) {
    let files = getrlimit(Resource::Nofile);
    let wanted = u64::try_from(wanted).expect("a number of files is small");
    assert!(files.maximum.is_none_or(|most| most >= wanted), "this machine allows too few open files: {files:?}");
    if files.current.is_some_and(|now| now < wanted) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..files }).expect("it is below the maximum");
    }
}
