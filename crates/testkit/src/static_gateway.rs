//! How cargo builds a `mayfly-gateway` that needs nothing of the machine that it runs on, as images have it.

/// What is added to `cargo build`, in the repository's folder. The target is named, or the programs that cargo runs while it builds
/// would become such, too.
pub const ARGUMENTS: [&str; 8] = [
    "--package",
    "mayfly-gateway",
    "--bin",
    "mayfly-gateway",
    "--target",
    "x86_64-unknown-linux-gnu",
    "--target-dir",
    "target/static",
];

/// Set in cargo's environment: a name and its value.
pub const FLAGS: (&str, &str) = ("RUSTFLAGS", "-C target-feature=+crt-static");
