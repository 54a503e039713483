//! `cargo xtask demo`: from nothing to a token that a real cluster accepts, and refuses where it should.
//!
//! [`story`] is what happens, in order. What it starts stands on the [`Stage`], which is cleared at the end, after a
//! failure and on Ctrl-C alike. Mayfly is used as its users do, through the command line; the cluster is asked
//! directly what it makes of the token.

mod account;
mod api;
mod arguments;
mod cluster;
mod command_line;
mod home;
mod kubeconfig;
mod objects;
mod secrets;
mod server;
mod stage;
mod story;

use std::{
    path::{self, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, ensure};

pub(crate) use arguments::{DemoArguments, DevArguments};

use cluster::{Choice, Consent};
use home::Home;
use kubeconfig::Kubeconfig;
use stage::Stage;
use story::{Ending, Script};

use crate::{
    build::{self, Profile},
    console, interruption, web,
};

/// Plays it. With `--once` the exit code says whether everything was as it should be.
pub(crate) async fn run(arguments: DemoArguments) -> anyhow::Result<ExitCode> {
    play(arguments, Beside::Nothing).await
}

/// Plays it, and serves the dashboard's sources beside it.
pub(crate) async fn develop(arguments: DevArguments) -> anyhow::Result<ExitCode> {
    play(DemoArguments { port: arguments.port, ..DemoArguments::default() }, Beside::Sources).await
}

/// What runs beside the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    Nothing,
    /// The dashboard from its sources, by the dev server.
    Sources,
}

async fn play(arguments: DemoArguments, beside: Beside) -> anyhow::Result<ExitCode> {
    // Nothing is touched before its owner has agreed.
    let cluster = choose(&arguments)?;
    let ending = if arguments.once { Ending::AtOnce } else { Ending::WhenAsked };
    let mut stage = Stage::new(match ending {
        Ending::AtOnce => Home::passing()?,
        Ending::WhenAsked => Home::kept()?,
    });
    let playing = async {
        let mayfly = find_or_build(arguments.mayfly).await?;
        let port = arguments.port.or(arguments.once.then_some(0));
        story::play(&Script { mayfly, cluster, port, ending }, &mut stage).await?;
        match (ending, beside) {
            (Ending::AtOnce, _) => Ok(()),
            (Ending::WhenAsked, Beside::Nothing) => stage.watch().await,
            (Ending::WhenAsked, Beside::Sources) => {
                let address = stage.address()?;
                tokio::select! {
                    ended = stage.watch() => ended,
                    ended = web::serve_sources(&address) => ended,
                }
            }
        }
    };
    let outcome = tokio::select! {
        outcome = playing => outcome.map(|()| ExitCode::SUCCESS),
        () = interruption::wait() => Ok(interrupted(ending)),
    };
    let cleared = tokio::select! {
        cleared = stage.clear() => cleared,
        // Whoever asks twice does not want to wait: dropping the stage kills what is left.
        () = interruption::wait() => Ok(()),
    };
    let code = outcome?;
    cleared?;
    Ok(code)
}

/// Ctrl-C is how a demo that keeps running ends, and no failure of it.
fn interrupted(ending: Ending) -> ExitCode {
    match ending {
        Ending::AtOnce => ExitCode::from(interruption::EXIT_CODE),
        Ending::WhenAsked => ExitCode::SUCCESS,
    }
}

/// Plays it once with a `mayfly` that is built already. What it started ends also when this is dropped.
pub(crate) async fn check(mayfly: PathBuf) -> anyhow::Result<()> {
    ensure!(mayfly.is_file(), "`{}` is not built", mayfly.display());
    let script = Script { mayfly, cluster: Choice::Own, port: Some(0), ending: Ending::AtOnce };
    let mut stage = Stage::new(Home::passing()?);
    let played = story::play(&script, &mut stage).await;
    let cleared = stage.clear().await;
    played.and(cleared)
}

fn choose(arguments: &DemoArguments) -> anyhow::Result<Choice> {
    let Some(path) = &arguments.kubeconfig else { return Ok(Choice::Own) };
    let kubeconfig = Kubeconfig::read(path, arguments.context.as_deref())?;
    cluster::agree(&kubeconfig, if arguments.yes { Consent::Given } else { Consent::ToBeAskedFor })?;
    Ok(Choice::Other(Box::new(kubeconfig)))
}

async fn find_or_build(mayfly: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(path) = mayfly {
        return path::absolute(&path).with_context(|| format!("find `{}`", path.display()));
    }
    console::say("building mayfly");
    build::with_dashboard(Profile::Debug).await.context("build mayfly")
}
