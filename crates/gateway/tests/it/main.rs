//! The agent's own command: what it says when it cannot begin.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod chart;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod enrolling;
#[cfg(test)]
mod health;
#[cfg(test)]
mod janitor;
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

#[test]
fn a_policy_that_cannot_be_shown_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    let say = |accounts: usize| {
        let each = (0..accounts).map(|n| format!("    - {{ namespace: team-{n:04}, name: deployer-{n:04} }}\n"));
        std::fs::write(&policy, format!("static:\n  accounts:\n{}", each.collect::<String>())).unwrap();
        run(&["run", "--policy", policy.to_str().unwrap()]).1
    };
    let said = say(2_000);
    assert!(said.contains("is too large: it has ") && said.contains("which takes 61440"), "{said}");
    // The control: half of it is read, and something else is missing.
    assert!(say(1_000).contains("not in a pod"));
}
