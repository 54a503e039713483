//! `cargo xtask cluster`, with the real thing behind it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A state directory whose cluster is stopped at the end, whatever the test did.
struct Cluster {
    directory: tempfile::TempDir,
}

impl Cluster {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn run(&self, task: &str, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["cluster", task, "--name", "typed", "--state-dir"]).arg(self.directory.path()).args(more);
        // Reading it would fail.
        command.env("KUBECONFIG", self.directory.path());
        command.output().unwrap()
    }

    fn succeed(&self, task: &str, more: &[&str]) -> String {
        let output = self.run(task, more);
        assert!(output.status.success(), "{task}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn status(&self) -> Value {
        serde_json::from_slice(&self.run("status", &["-o", "json"]).stdout).unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("down", &[]);
    }
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn cluster_goes_up_stays_up_is_reset_and_goes_down() {
    let cluster = Cluster::new();
    assert_eq!(cluster.status()["state"], "stopped");

    let printed = cluster.succeed("up", &["--signing-key", "p256"]);
    let kubeconfig = printed.trim_end();
    assert!(Path::new(kubeconfig).is_file(), "`{kubeconfig}` is no file");
    let first = cluster.status();
    assert_eq!(first["state"], "running", "it ended with the command that started it: {first}");
    assert_eq!((&first["name"], &first["signingKey"]), (&"typed".into(), &"p256".into()));
    assert_eq!(first["kubeconfig"], kubeconfig);

    let again = cluster.run("up", &[]);
    assert!(again.status.success() && said(&again).contains("is up already"), "{}", said(&again));
    assert_eq!(String::from_utf8(again.stdout).unwrap(), printed);
    assert_eq!(cluster.status()["pid"], first["pid"]);
    let other_key = cluster.run("up", &["--signing-key", "rsa"]);
    assert!(!other_key.status.success() && said(&other_key).contains("signs with p256"), "{}", said(&other_key));

    cluster.succeed("reset", &[]);
    let second = cluster.status();
    assert_ne!(second["pid"], first["pid"]);
    assert_eq!((&second["server"], &second["signingKey"]), (&first["server"], &first["signingKey"]));
    assert!(cluster.succeed("status", &[]).contains(first["server"].as_str().unwrap()));

    cluster.succeed("down", &[]);
    assert_eq!(cluster.status()["state"], "stopped");
    assert!(!cluster.run("status", &[]).status.success(), "a stopped cluster's status is a success");
    let idle = cluster.run("down", &[]);
    assert!(idle.status.success() && said(&idle).contains("was not running"), "{}", said(&idle));
}

#[test]
fn bad_values_are_refused_by_name() {
    let cluster = Cluster::new();
    for (more, word) in
        [(["--name", "../up"], "--name"), (["--port", "70000"], "--port"), (["--signing-key", "x"], "p256")]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let output = command.args(["cluster", "up", "--state-dir"]).arg(cluster.directory.path()).args(more).output();
        let output = output.unwrap();
        assert!(!output.status.success() && said(&output).contains(word), "{more:?}: {}", said(&output));
    }
}
