//! `mayfly exec`: a command with a cluster of its own.

use std::{fs, process::Stdio, sync::Arc, time::Duration};

use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStderr},
};

use crate::{
    answers::{TOKEN, closed, issued},
    double::{Answer, Double, Gate},
    mayfly::Mayfly,
};

const ISSUE: &str = "POST /api/v1/dynamic-secrets/leases";
const END: &str = "DELETE /api/v1/dynamic-secrets/leases/l-1";
const LINE: &str = "exec ci-deployer --project shop";

fn with_cluster() -> Value {
    let mut answer = issued();
    answer["lease"]["cluster"] = json!({"server": "https://k8s.example.com:6443", "caData": null, "forClients": true});
    answer
}

async fn server() -> Double {
    let server = Double::start().await;
    server.on(ISSUE, Answer::json(&with_cluster())).on(END, Answer::json(&json!({"lease": closed("l-1")})));
    server
}

/// The program as it runs.
struct Running {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// Starts it where no terminal is in front of it, whatever started this test.
    fn start(mayfly: &Mayfly, line: &str) -> Self {
        let mut command = mayfly.command(line);
        let mut child = command.stdin(Stdio::null()).process_group(0).kill_on_drop(true).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, said }
    }

    fn tell(&self, signal: Signal) {
        let process = Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap()).unwrap();
        kill_process(process, signal).unwrap();
    }

    /// Waits until it has said so.
    async fn says(&mut self, text: &str) {
        let says = async { while !self.said.next_line().await.unwrap().expect(text).contains(text) {} };
        within_patience(says).await;
    }

    async fn code(mut self) -> Option<i32> {
        within_patience(self.child.wait()).await.unwrap().code()
    }
}

async fn within_patience<T>(work: impl Future<Output = T>) -> T {
    #[expect(clippy::disallowed_methods, reason = "a program that does not end would hang the test")]
    tokio::time::timeout(Duration::from_secs(30), work).await.unwrap()
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
    server.on(ISSUE, Answer::json(&with_cluster())).on(END, Answer::problem(503, "busy", "try later"));
    let run = Mayfly::at(&server).run(&format!("{LINE} -- /bin/false")).await;
    assert!(run.failure(1).contains("was not ended, and ends by itself"), "{run:?}");
}

#[tokio::test]
async fn signals_reach_the_command_and_the_lease_ends_after_it() {
    for signal in [Signal::INT, Signal::QUIT, Signal::TERM, Signal::HUP, Signal::USR1, Signal::USR2] {
        let number = signal.as_raw();
        let server = server().await;
        let mayfly = Mayfly::at(&server);
        let trap = format!("trap 'exit {}' {number}; echo ready >&2; while :; do /bin/sleep 0.05; done", 20 + number);
        mayfly.file("wait.sh", &trap);
        let mut running = Running::start(&mayfly, &format!("{LINE} -- /bin/sh wait.sh"));
        running.says("ready").await;
        running.tell(signal);
        assert_eq!(running.code().await, Some(20 + number));
        assert_eq!(server.calls(), [ISSUE, END]);
    }
}

#[tokio::test]
async fn a_signal_before_the_command_keeps_it_from_starting_and_leaves_no_lease() {
    let (server, gate) = (Double::start().await, Arc::<Gate>::default());
    server
        .on(ISSUE, Answer::json(&with_cluster()).behind(&gate))
        .on(END, Answer::json(&json!({"lease": closed("l-1")})));
    let mayfly = Mayfly::at(&server);
    let mut running = Running::start(&mayfly, &format!("{LINE} -- /bin/touch started"));
    within_patience(gate.asked.notified()).await;
    running.tell(Signal::TERM);
    running.says("once more to leave it").await;
    gate.open.notify_one();
    assert_eq!(running.code().await, Some(128 + 15));
    assert_eq!(server.calls(), [ISSUE, END]);
    assert!(!mayfly.home().join("started").exists());
}

#[tokio::test]
async fn whoever_does_not_wait_for_a_server_that_is_away_says_so_twice() {
    let (server, gate) = (Double::start().await, Arc::<Gate>::default());
    server.on(ISSUE, Answer::json(&with_cluster())).on(END, Answer::problem(503, "busy", "later").behind(&gate));
    let mayfly = Mayfly::at(&server);
    let mut running = Running::start(&mayfly, &format!("{LINE} --timeout 1h -- /bin/sh -c true"));
    within_patience(gate.asked.notified()).await;
    running.tell(Signal::INT);
    running.says("once more to leave it as it is").await;
    running.tell(Signal::INT);
    running.says("perhaps not ended").await;
    assert_eq!(running.code().await, Some(0), "the code is the command's");
}

/// Within which the program has its lease. A moment that has passed by then is not announced.
const TO_START: SignedDuration = SignedDuration::from_secs(12);

#[tokio::test]
async fn the_end_of_the_lease_is_told_five_minutes_and_one_minute_before() {
    let told = async |minutes: i64| {
        let server = Double::start().await;
        let mut answer = with_cluster();
        #[expect(clippy::disallowed_methods, reason = "the program compares it with its own clock")]
        let ends = Timestamp::now() + SignedDuration::from_secs(60 * minutes) + TO_START;
        answer["lease"]["expireAt"] = json!(ends.to_string());
        server.on(ISSUE, Answer::json(&answer)).on(END, Answer::json(&json!({"lease": closed("l-1")})));
        let mayfly = Mayfly::at(&server);
        mayfly.file("wait.sh", "while :; do /bin/sleep 0.05; done");
        let mut running = Running::start(&mayfly, &format!("{LINE} -- /bin/sh wait.sh"));
        running.says(&format!("lease l-1 ends in {minutes}m")).await;
        running.tell(Signal::TERM);
        assert_eq!(running.code().await, Some(128 + 15));
    };
    join(told(5), told(1)).await;
}

#[tokio::test]
async fn a_command_that_a_signal_ended_is_told_as_shells_do() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    mayfly.file("die.sh", "kill -9 $$");
    assert_eq!(mayfly.run(&format!("{LINE} -- /bin/sh die.sh")).await.code, 137);
}

#[tokio::test]
async fn what_to_type_is_told_where_another_person_has_to_agree() {
    let server = Double::start().await;
    let asked = Answer::problem(403, "approval_required", "somebody else has to agree");
    server.on(ISSUE, asked.with_details(&json!({"approvalRequestId": "r-1"})));
    let mayfly = Mayfly::at(&server);
    for (line, code) in [(format!("{LINE} -- /bin/true"), 125), ("credential ci-deployer --project shop".to_owned(), 4)]
    {
        let run = mayfly.run(&line).await;
        let told = run.failure(code);
        assert!(told.contains("`mayfly approval approve r-1 --project shop`, then you type this again"), "{told}");
    }
}

#[tokio::test]
async fn nothing_to_run_is_a_mistake() {
    let server = server().await;
    let run = Mayfly::at(&server).run(LINE).await;
    assert!(run.failure(2).contains("<COMMAND>"), "{run:?}");
    assert_eq!(server.calls(), Vec::<String>::new());
}
