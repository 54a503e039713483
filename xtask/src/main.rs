//! WORKSHOP: the tasks of this repository, run as `cargo xtask <task>`.
//!
//! Each task is a module. What a task makes goes to standard output, what it has to say to standard error, so that
//! `$(cargo xtask …)` works in a shell.

mod bench;
mod build;
mod chart;
mod cluster;
mod console;
mod demo;
mod fuzz;
mod generate;
mod interruption;
mod paths;
mod pictures;
mod program;
mod progress;
mod rig;
mod test;
mod web;

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
    Bench(bench::BenchArguments),
    Build(build::BuildArguments),
    Fuzz(fuzz::FuzzArguments),
    /// Write the files that are made from the code: `api/openapi.json`, and the types of it in `web/src/api/schema.ts`
    Generate,
    Test(test::TestArguments),
    Demo(demo::DemoArguments),
    Dev(demo::DevArguments),
    Pictures(pictures::PicturesArguments),
    /// A private network with a real Kubernetes API server and a proxy before it, until Ctrl-C
    Rig,
    /// A real Kubernetes API server on this machine, for tests and for trying things out
    #[command(subcommand)]
    Cluster(cluster::ClusterTask),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match CommandLine::parse().task {
        // It has more to do at its end than to drop what it started.
        Task::Demo(arguments) => demo::run(arguments).await,
        Task::Dev(arguments) => demo::develop(arguments).await,
        other => tokio::select! {
            result = perform(other) => result,
            () = interruption::wait() => Ok(ExitCode::from(interruption::EXIT_CODE)),
        },
    };
    result.unwrap_or_else(|error| {
        console::say(&format!("error: {error:#}"));
        ExitCode::FAILURE
    })
}

async fn perform(task: Task) -> anyhow::Result<ExitCode> {
    match task {
        Task::Bench(arguments) => bench::run(&arguments).await,
        Task::Build(arguments) => build::run(&arguments).await,
        Task::Fuzz(arguments) => fuzz::run(&arguments).await,
        Task::Generate => generate::run().await,
        Task::Test(arguments) => test::run(&arguments).await,
        Task::Demo(arguments) => demo::run(arguments).await,
        Task::Dev(arguments) => demo::develop(arguments).await,
        Task::Pictures(arguments) => pictures::run(&arguments).await,
        Task::Rig => rig::run().await,
        Task::Cluster(task) => cluster::run(task).await,
    }
}
