//! The program in `dev/reference-peer`: the wire between servers and gateways, spoken by somebody else.
//!
//! Its commands and the lines that it prints are written in `dev/reference-peer/README.md`. It is built when needed.

use std::path::PathBuf;

use crate::go_program::GoProgram;

const PROGRAM: GoProgram = GoProgram {
    title: "the reference peer",
    name: "mayfly-reference-peer",
    module: "dev/reference-peer",
    homes: "reference-peer-bin",
};

/// The program's path. The first call after a change builds it, in seconds; others that need it meanwhile wait for that.
/// `progress` is told what is going on.
///
/// # Errors
/// When Go is missing (the text says what to install), the build fails, or this is not Linux.
pub async fn ensure_binary(progress: &mut (dyn FnMut(&str) + Send)) -> anyhow::Result<PathBuf> {
    // No debugger will look at it, so symbols would only cost disk.
    PROGRAM.ensure(|_| Ok("-s -w".to_owned()), progress).await
}
