//! The agent's own command: what it says when it cannot begin.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod enrolling;
#[cfg(test)]
mod health;
#[cfg(test)]
mod post;
#[cfg(test)]
mod proxy;

use std::process::Command;

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly-gateway"));
    let output = command.args(arguments).env_clear().output().expect("the agent was built beside its tests");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn what_is_missing_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    let policy_text = policy.to_str().unwrap();
    let (code, said) = run(&["run", "--policy", policy_text]);
    assert_eq!(code, Some(1));
    assert!(said.contains("read the policy") && said.lines().count() == 1, "{said}");
    std::fs::write(&policy, "static: { accounts: [{ namespace: a, name: b, until: c }] }").unwrap();
    let (_, said) = run(&["run", "--policy", policy_text]);
    assert!(said.contains("until"), "{said}");
    std::fs::write(&policy, "static: {}").unwrap();
    let (_, said) = run(&["run", "--policy", policy_text]);
    assert!(said.contains("not in a pod: give --cluster-url"), "{said}");
}
