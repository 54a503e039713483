//! `status`: whether the cluster runs, and where.

use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};
use mayfly_testkit::real_cluster::{Presence, Summary, presence};
use serde_json::{Value, json};

use super::arguments::Place;
use crate::console;

/// How to print it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Output {
    /// Lines for people
    Text,
    /// One JSON object
    Json,
}

/// Prints the state. Only a cluster that answers counts as a success, for shell scripts.
#[expect(clippy::disallowed_methods, reason = "a person wants to know how long it has been, by the machine's time")]
pub(super) fn status(place: &Place, output: Output) -> anyhow::Result<ExitCode> {
    let state_dir = place.state_dir()?;
    let found = presence(&state_dir)?;
    let now = Timestamp::now();
    match output {
        Output::Text => console::data(&as_text(&place.name, &found, now))?,
        Output::Json => console::data(&as_json(&place.name, &state_dir, &found, now).to_string())?,
    }
    Ok(if matches!(found, Presence::Ready(_)) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_text(name: &str, found: &Presence, now: Timestamp) -> String {
    match found {
        Presence::Stopped => format!("cluster `{name}` is not running"),
        Presence::Starting { .. } => format!("cluster `{name}` is starting or stopping"),
        Presence::Ready(summary) => {
            let Summary { name, server, kubeconfig, process_id, version, signing_key, .. } = summary;
            let (kubeconfig, key, uptime) = (kubeconfig.display(), signing_key.as_str(), uptime(summary, now));
            format!(
                "name         {name}\nserver       {server}\nkubeconfig   {kubeconfig}\nprocess      {process_id}\n\
                 version      {version}\nsigning key  {key}\nuptime       {uptime:#}"
            )
        }
    }
}

fn as_json(name: &str, state_dir: &Path, found: &Presence, now: Timestamp) -> Value {
    match found {
        Presence::Stopped => json!({"name": name, "stateDir": state_dir, "state": "stopped"}),
        Presence::Starting { process_id } => {
            json!({"name": name, "stateDir": state_dir, "state": "starting", "pid": process_id})
        }
        Presence::Ready(summary) => json!({
            "name": summary.name,
            "stateDir": state_dir,
            "state": "running",
            "server": summary.server,
            "kubeconfig": summary.kubeconfig,
            "caFile": summary.authority_file,
            "pid": summary.process_id,
            "version": summary.version,
            "signingKey": summary.signing_key,
            "startedAt": summary.started_at,
            "uptimeSeconds": uptime(summary, now).as_secs(),
        }),
    }
}

/// Whole seconds: nobody reads more.
fn uptime(summary: &Summary, now: Timestamp) -> SignedDuration {
    SignedDuration::from_secs(now.duration_since(summary.started_at).as_secs())
}

#[cfg(test)]
mod tests {
    use mayfly_testkit::real_cluster::SigningKey;

    use super::*;

    fn running() -> Presence {
        Presence::Ready(Summary {
            name: "dev".to_owned(),
            server: "https://127.0.0.1:6443".to_owned(),
            kubeconfig: "/x/kubeconfig".into(),
            authority_file: "/x/ca.crt".into(),
            process_id: 41,
            version: "v1.36.3".to_owned(),
            signing_key: SigningKey::P256,
            started_at: "2026-11-23T10:00:00.7Z".parse().unwrap(),
        })
    }

    fn later() -> Timestamp {
        "2026-11-23T11:02:05Z".parse().unwrap()
    }

    #[test]
    fn people_read_where_it_is_and_for_how_long() {
        let text = as_text("dev", &running(), later());
        assert!(text.contains("server       https://127.0.0.1:6443\n"), "{text}");
        assert!(text.ends_with("uptime       1h 2m 4s"), "{text}");
        assert_eq!(as_text("dev", &Presence::Stopped, later()), "cluster `dev` is not running");
    }

    #[test]
    fn programs_read_the_state_by_one_word() {
        let state_dir = Path::new("/x");
        let starting = Presence::Starting { process_id: None };
        let states = [running(), starting, Presence::Stopped]
            .map(|found| as_json("dev", state_dir, &found, later())["state"].as_str().unwrap().to_owned());
        assert_eq!(states, ["running", "starting", "stopped"]);
        assert_eq!(as_json("dev", state_dir, &running(), later())["uptimeSeconds"], 3724);
    }
}
