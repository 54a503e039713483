//! `mayfly exec`: a command with a cluster of its own.

use std::{fs, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{
    answers::{TOKEN, closed, issued},
    double::{Answer, Double},
    mayfly::Mayfly,
};

const ISSUE: &str = "POST /api/v1/dynamic-secrets/leases";
const END: &str = "DELETE /api/v1/dynamic-secrets/leases/l-1";
const LINE: &str = "exec ci-deployer --project shop";

async fn server() -> Double {
    let server = Double::start().await;
    let mut answer = issued();
    answer["lease"]["cluster"] = json!({"server": "https://k8s.example.com:6443", "caData": null, "forClients": true});
    server.on(ISSUE, Answer::json(&answer)).on(END, Answer::json(&json!({"lease": closed("l-1")})));
    server
}

#[tokio::test]
async fn the_command_has_a_private_kubeconfig_and_its_exit_code_is_the_answer() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    mayfly.file("do.sh", "cp \"$KUBECONFIG\" seen; stat -c %a \"$KUBECONFIG\" \"$(dirname \"$KUBECONFIG\")\"; echo \"$KUBECONFIG\"; exit 7");
    let run = mayfly.run(&format!("{LINE} -- /bin/sh do.sh")).await;
    assert_eq!(run.code, 7, "{run:?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(&lines[..2], ["600", "700"]);
    assert!(!fs::exists(lines[2]).unwrap(), "the kubeconfig was left");
    let config: Value = serde_saphyr::from_str(&fs::read_to_string(mayfly.home().join("seen")).unwrap()).unwrap();
    assert_eq!(config["users"][0]["user"]["token"], TOKEN);
    assert_eq!(config["contexts"][0]["context"]["namespace"], "shop");
    assert_eq!(server.calls(), [ISSUE, END]);
    assert!(!run.stderr.contains(TOKEN), "{run:?}");
}

#[tokio::test]
async fn a_lease_that_shall_stay_stays() {
    let server = server().await;
    let run = Mayfly::at(&server).run(&format!("{LINE} --keep -- /bin/true")).await;
    assert_eq!((run.success(), server.calls()), ("", vec![ISSUE.to_owned()]));
}

#[tokio::test]
async fn what_cannot_be_started_is_told_from_what_failed_and_leaves_no_lease() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    mayfly.file("plain", "no program");
    for (command, code) in [("./not-there", 127), ("./plain", 126)] {
        let run = mayfly.run(&format!("{LINE} -- {command}")).await;
        assert!(run.failure(code).contains("cannot be run"), "{run:?}");
    }
    assert_eq!(server.calls(), [ISSUE, END, ISSUE, END]);
    let refusing = Double::start().await;
    refusing.on(ISSUE, Answer::problem(403, "access_denied", "you may not"));
    let run = Mayfly::at(&refusing).run(&format!("{LINE} -- /bin/true")).await;
    assert!(run.failure(125).contains("you may not"), "{run:?}");
}

#[tokio::test]
async fn a_lease_that_cannot_be_ended_is_told_and_changes_no_exit_code() {
    let server = Double::start().await;
    let mut answer = issued();
    answer["lease"]["cluster"] = json!({"server": "https://k8s.example.com:6443", "caData": null, "forClients": true});
    server.on(ISSUE, Answer::json(&answer)).on(END, Answer::problem(503, "busy", "try later"));
    let run = Mayfly::at(&server).run(&format!("{LINE} -- /bin/false")).await;
    assert!(run.failure(1).contains("was not ended, and ends by itself"), "{run:?}");
}

#[tokio::test]
async fn signals_reach_the_command_and_the_lease_ends_after_it() {
    for (signal, code) in [(Signal::TERM, 21), (Signal::INT, 22), (Signal::HUP, 23)] {
        let server = server().await;
        let mayfly = Mayfly::at(&server);
        let script = "trap 'exit 21' TERM; trap 'exit 22' INT; trap 'exit 23' HUP; echo ready; while :; do /bin/sleep 0.05; done";
        mayfly.file("wait.sh", script);
        let mut command = mayfly.command(&format!("{LINE} -- /bin/sh wait.sh"));
        let mut child = command.stdin(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("ready"));
        let process = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
        kill_process(process, signal).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a program that does not end would hang the test")]
        let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await.unwrap().unwrap();
        assert_eq!(ended.code(), Some(code));
        assert_eq!(server.calls(), [ISSUE, END]);
    }
}

#[tokio::test]
async fn a_command_that_a_signal_ended_is_told_as_shells_do() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    mayfly.file("die.sh", "kill -9 $$");
    assert_eq!(mayfly.run(&format!("{LINE} -- /bin/sh die.sh")).await.code, 137);
}

#[tokio::test]
async fn nothing_to_run_is_a_mistake() {
    let server = server().await;
    let run = Mayfly::at(&server).run(LINE).await;
    assert!(run.failure(2).contains("<COMMAND>"), "{run:?}");
    assert_eq!(server.calls(), Vec::<String>::new());
}
