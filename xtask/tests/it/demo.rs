//! `cargo xtask demo`, where it must not go on.

use std::process::{Command, Output};

fn demo(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    // Nobody reads it.
    command.args(["demo", "--once"]).args(arguments).env("KUBECONFIG", "/nowhere/kubeconfig");
    command.output().unwrap()
}

fn kubeconfig(user: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "current-context: one\ncontexts: [{{name: one, context: {{cluster: c, user: u}}}}]\n\
         clusters: [{{name: c, cluster: {{server: 'https://192.0.2.1:6443'}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
    );
    std::fs::write(file.path(), text).unwrap();
    file
}

#[track_caller]
fn refusal(arguments: &[&str]) -> String {
    let output = demo(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{said}");
    said
}

#[test]
fn somebodys_cluster_is_shown_and_not_touched_where_nobody_can_agree() {
    let file = kubeconfig("token: hunter2");
    let said = refusal(&["--kubeconfig", file.path().to_str().unwrap()]);
    for part in ["https://192.0.2.1:6443", "ServiceAccount mayfly-issuer", "delete the namespace", "add `--yes`"] {
        assert!(said.contains(part), "no `{part}`: {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn credentials_that_run_programs_are_refused() {
    let file = kubeconfig("exec: {command: /bin/false}");
    let said = refusal(&["--yes", "--kubeconfig", file.path().to_str().unwrap()]);
    assert!(said.contains("`exec`") && said.contains("token or a client certificate"), "{said}");
    assert!(refusal(&["--kubeconfig", "/nowhere/else"]).contains("/nowhere/else"));
    assert!(refusal(&["--context", "one"]).contains("--kubeconfig"));
}
