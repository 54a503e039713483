//! `mayfly exec`: a command that has a cluster for as long as it runs.

mod child;
mod signals;

use std::{convert::Infallible, ffi::OsString, process::ExitCode};

use clap::Args;
use jiff::SignedDuration;
use tempfile::TempDir;

use self::signals::Signals;
use super::{
    approval,
    lease::{revoke, words},
    wish::LeaseArguments,
};
use crate::{
    client::ApiClient,
    console,
    context::{Context, Place},
    credential::{self, Kept},
    environment::KUBECONFIG,
    error::CliError,
    kubeconfig::{self, Entry, User},
    time,
};

/// Run a command with a cluster of its own, and end the lease after it
///
/// The command finds a kubeconfig in `KUBECONFIG`, which nobody else can read and which is gone when it ends. A token that
/// the cluster cannot take back lives until it expires; that is said.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly exec ci-deployer --project web-shop --env prod -- kubectl apply -f shop.yaml
  mayfly exec ci-deployer --project web-shop --ttl 30m --reason 'release 1.4' -- helm upgrade shop ./chart

Exit codes:
  that of the command; 125 where it was not started, 126 where it cannot be, 127 where it is not there")]
pub(crate) struct ExecArguments {
    #[command(flatten)]
    lease: LeaseArguments,
    /// Leave the lease as it is
    #[arg(long)]
    keep: bool,
    /// What to run
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// The exit code where the command was not started (as of `env` and `timeout` of POSIX systems).
const NOT_STARTED: u8 = 125;

/// When it is said that the lease nears its end.
const WARNINGS: [SignedDuration; 2] = [SignedDuration::from_mins(5), SignedDuration::from_mins(1)];

/// What a command runs with.
struct Ground {
    client: ApiClient,
    kept: Kept,
    /// Removed with what is in it.
    folder: TempDir,
}

/// Runs it. All that can be said is said.
pub(crate) async fn run(arguments: &ExecArguments, context: &Context) -> ExitCode {
    const PREPARING: &str =
        "the server is asked for a lease already, and it is ended as soon as it is there; once more to leave it";
    // First of all: nothing may end this program and leave the lease.
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            console::complain(&format!("error: signals cannot be heard: {error}"));
            return NOT_STARTED.into();
        }
    };
    let prepared = signals.until_told_twice(prepare(arguments, context), PREPARING).await;
    let ground = match prepared.done {
        Some(Ok(ground)) => ground,
        Some(Err(error)) => {
            complain(&error);
            return prepared.told.map_or(NOT_STARTED, signals::code).into();
        }
        None => {
            console::complain("mayfly: there may be a lease now that nobody uses; `mayfly lease ls` shows it");
            return prepared.told.map_or(NOT_STARTED, signals::code).into();
        }
    };
    let code = match prepared.told {
        Some(signal) => signals::code(signal),
        None => run_on(&ground, arguments, &mut signals).await,
    };
    let lease = ground.kept.lease.clone();
    let word = format!("lease {lease} is being ended; once more to leave it as it is");
    if signals.until_told_twice(leave(ground, arguments, context), word).await.done.is_none() {
        console::complain(&format!("lease {lease} was perhaps not ended, and ends by itself then"));
    }
    code.into()
}

/// The command's exit code.
async fn run_on(ground: &Ground, arguments: &ExecArguments, signals: &mut Signals) -> u8 {
    let path = ground.folder.path().join("config");
    tokio::select! {
        code = child::run(&arguments.command, [(KUBECONFIG, path.as_os_str())], signals) => code,
        never = warn(&ground.kept) => match never {},
    }
}

async fn prepare(arguments: &ExecArguments, context: &Context) -> Result<Ground, CliError> {
    let client = context.client()?;
    let kept = credential::acquire_new(&client, &arguments.lease.request(context)?).await;
    let kept = kept.map_err(|error| approval::with_hint_to_repeat(error, context))?;
    let ends = time::moment(&kept.ends_at.to_string(), time::now());
    context.console.say(&format!("lease {} until {ends}", kept.lease));
    if let Some(note) = words::works_only_there(kept.cluster.as_ref()) {
        context.console.say(&note);
    }
    match write(&kept, context) {
        Ok(folder) => Ok(Ground { client, kept, folder }),
        Err(error) => {
            end(&client, &kept, context).await;
            Err(error)
        }
    }
}

/// A folder with a kubeconfig in it, in memory where there is such a place.
fn write(kept: &Kept, context: &Context) -> Result<TempDir, CliError> {
    let cluster = kept.cluster()?;
    let mut builder = tempfile::Builder::new();
    builder.prefix("mayfly-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let in_memory = context.environment.memory_dir().map(|memory| builder.tempdir_in(memory));
    let folder = in_memory.and_then(Result::ok).map_or_else(|| builder.tempdir(), Ok);
    let folder = folder.map_err(|source| CliError::Write { path: std::env::temp_dir(), source })?;
    let user = User::Token(kept.token.expose().to_owned());
    let name = kept.dynamic_secret.clone();
    let entry = Entry { parts: name.clone(), name, namespace: kept.namespace.clone(), cluster, user };
    kubeconfig::write(&folder.path().join("config"), &kubeconfig::alone(&entry))?;
    Ok(folder)
}

/// Says when the end is near, and never ends itself.
async fn warn(kept: &Kept) -> Infallible {
    for before in WARNINGS {
        let wait = kept.left(time::now()) - before;
        // A lease that is shorter than that needs no such word.
        let Ok(wait) = wait.try_into() else { continue };
        time::pause(wait).await;
        console::complain(&format!("mayfly: lease {} ends in {before:#}", kept.lease));
    }
    std::future::pending().await
}

/// Takes away what was there for the command.
async fn leave(ground: Ground, arguments: &ExecArguments, context: &Context) {
    let Ground { client, kept, folder } = ground;
    if let Err(error) = folder.close() {
        console::complain(&format!("note: a kubeconfig was left: {error}"));
    }
    if !arguments.keep {
        end(&client, &kept, context).await;
    }
}

/// Ends the lease, and says so where that is not all there is to it.
async fn end(client: &ApiClient, kept: &Kept, context: &Context) {
    let place = Place { project: &kept.project, environment: &kept.environment, path: &kept.path };
    match revoke::end(client, place, &kept.lease).await {
        Ok(lease) => context.console.say(&format!("lease {}: {}", kept.lease, words::effect_of_ended(&lease))),
        Err(error) => {
            let ends = time::moment(&kept.ends_at.to_string(), time::now());
            console::complain(&format!("lease {} was not ended, and ends by itself {ends}: {error}", kept.lease));
        }
    }
}

fn complain(error: &CliError) {
    error.lines().iter().for_each(|line| console::complain(line));
}
