//! WORKSHOP: the tasks of this repository, run as `cargo xtask <task>`.
//!
//! Each task is a module. What a task makes goes to standard output, what it has to say to standard error, so that
//! `$(cargo xtask …)` works in a shell.

mod cluster;
mod console;
mod progress;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of this repository.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// A real Kubernetes API server on this machine, for tests and for trying things out
    #[command(subcommand)]
    Cluster(cluster::ClusterTask),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match CommandLine::parse().task {
        Task::Cluster(task) => cluster::run(task).await,
    };
    result.unwrap_or_else(|error| {
        console::say(&format!("error: {error:#}"));
        ExitCode::FAILURE
    })
}
