//! The two ways out: data on standard output, everything else on standard error.

use std::{
    io::{self, Write},
    os::fd::AsFd as _,
    process::Stdio,
};

use anyhow::Context;

/// Prints a line of data.
pub(crate) fn data(line: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{line}").context("write to standard output")
}

/// Tells the person at the keyboard something.
pub(crate) fn say(line: &str) {
    // If nobody can be told, nobody can be told that either.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Standard error, for a program whose standard output is no data of ours.
pub(crate) fn standard_error() -> anyhow::Result<Stdio> {
    let handle = io::stderr().as_fd().try_clone_to_owned().context("hand standard error on")?;
    Ok(handle.into())
}
