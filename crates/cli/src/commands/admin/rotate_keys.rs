//! `mayfly admin rotate-keys`: exchanging the keys that seal, wrap and sign.

use std::time::Duration;

use clap::Args;
use mayfly_api::key_rotations::{KeyRotation, KeyRotationBody, KeyRotationList};
use serde_json::json;

use crate::{console::Format, context::Context, error::CliError};

/// Exchange the keys that seal what is stored, wrap those, and sign
///
/// Without a flag: data keys and signing keys. Servers go on serving meanwhile. The old keys go when nothing needs them any
/// more; the command waits for that and shows how far it is.
#[derive(Debug, Args)]
pub(crate) struct RotateKeysArguments {
    #[command(flatten)]
    kinds: Kinds,
    /// Begin nothing; show how far rotations are
    #[arg(long, conflicts_with_all = ["data", "master", "signing"])]
    status: bool,
    /// Begin, and do not wait for the end
    #[arg(long, conflicts_with = "status")]
    no_wait: bool,
}

/// Which keys.
#[derive(Debug, Args)]
struct Kinds {
    /// The keys that seal values at rest, one of each project and one of the organization
    #[arg(long)]
    data: bool,
    /// The master key: give the next one to every server as `master_key.next` first
    #[arg(long)]
    master: bool,
    /// The keys that sign access tokens and seal objects in clusters
    #[arg(long)]
    signing: bool,
}

const PATH: [&str; 4] = ["api", "v1", "admin", "key-rotations"];
/// How often a waiting command asks.
const PAUSE: Duration = Duration::from_secs(1);

/// Rotates them, or shows how far that is.
pub(super) async fn run(arguments: &RotateKeysArguments, context: &Context) -> Result<(), CliError> {
    if arguments.status {
        return show(context, &list(context).await?);
    }
    let mut begun = Vec::new();
    for kind in arguments.kinds.chosen() {
        let body: KeyRotationBody = context.client()?.post(&PATH, &json!({"kind": kind})).await?;
        context.console.say(&format!("{kind}: newer keys are in use"));
        begun.push(body.rotation);
    }
    if !arguments.no_wait {
        begun = wait(context, begun).await?;
    }
    show(context, &KeyRotationList { rotations: begun })
}

impl Kinds {
    fn chosen(&self) -> Vec<&'static str> {
        let chosen = [(self.data, "data"), (self.master, "master"), (self.signing, "signing")];
        let kinds: Vec<&str> = chosen.into_iter().filter(|(is_chosen, _)| *is_chosen).map(|(_, kind)| kind).collect();
        if kinds.is_empty() { vec!["data", "signing"] } else { kinds }
    }
}

async fn list(context: &Context) -> Result<KeyRotationList, CliError> {
    context.client()?.get(&PATH, &[]).await
}

/// Until all of `begun` are finished.
async fn wait(context: &Context, mut begun: Vec<KeyRotation>) -> Result<Vec<KeyRotation>, CliError> {
    let mut told = String::new();
    while begun.iter().any(|rotation| rotation.state != "finished") {
        let list = list(context).await?.rotations;
        for rotation in &mut begun {
            // A newer one stands there only once this one is finished.
            match list.iter().find(|found| found.id == rotation.id) {
                Some(found) => rotation.clone_from(found),
                None => "finished".clone_into(&mut rotation.state),
            }
        }
        let running: Vec<String> = begun.iter().filter(|rotation| rotation.state != "finished").map(progress).collect();
        let line = running.join("; ");
        if !line.is_empty() && line != told {
            context.console.say(&line);
            told = line;
        }
        if !running.is_empty() {
            pause().await;
        }
    }
    Ok(begun)
}

#[expect(clippy::disallowed_methods, reason = "a person waits, by their own clock, which no test moves")]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
}

fn progress(rotation: &KeyRotation) -> String {
    let KeyRotation { kind, percent, left, .. } = rotation;
    let remaining = rotation.remaining_seconds.map(|seconds| format!(", about {seconds} s to go")).unwrap_or_default();
    let problem = rotation.problem.as_ref().map(|problem| format!(" ({problem})")).unwrap_or_default();
    format!("{kind}: {percent} %, {left} left{remaining}{problem}")
}

fn show(context: &Context, list: &KeyRotationList) -> Result<(), CliError> {
    match context.console.format {
        Format::Json => context.console.document(list),
        Format::Text | Format::Token | Format::Env if list.rotations.is_empty() => {
            context.console.say("no keys were rotated yet");
            Ok(())
        }
        Format::Text | Format::Token | Format::Env => {
            let headings = ["KEYS", "STATE", "DONE", "LEFT", "TO GO", "SINCE", "PROBLEM"];
            context.console.table(&headings, list.rotations.iter().map(row))
        }
    }
}

fn row(rotation: &KeyRotation) -> Vec<String> {
    vec![
        rotation.kind.clone(),
        rotation.state.clone(),
        format!("{} %", rotation.percent),
        format!("{} of {}", rotation.left, rotation.total),
        rotation.remaining_seconds.map(|seconds| format!("{seconds} s")).unwrap_or_default(),
        rotation.started_at.clone(),
        rotation.problem.clone().unwrap_or_default(),
    ]
}
