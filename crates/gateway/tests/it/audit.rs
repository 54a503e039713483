//! The gateway's own record: what it says, what it never says, and that nobody changes it unnoticed.

use std::{path::Path, process::Command};

use mayfly_gateway::audit::{Audit, Broken, Decision, Outcome, Proven, verify};
use mayfly_testkit::fake_cluster::Calls;
use mayfly_tunnel::answering::Answers as _;
use serde_json::{Value, json};

use crate::post::{NAMESPACE, Post};

fn policy() -> Value {
    json!({ "static": { "accounts": [{ "namespace": NAMESPACE, "name": "deployer" }] }, "burst": 4 })
}

#[tokio::test]
async fn each_operation_has_its_line_and_the_cluster_knows_it_by_the_same_id() {
    let post = Post::with(policy()).await;
    let wanted = post.issue("deployer");
    let (id, answer) = post.ask("issue", &wanted).await;
    let answer: Value = serde_json::from_slice(&answer.unwrap()).unwrap();
    let token = answer.pointer("/Ok/token").and_then(Value::as_str).unwrap();
    post.ask_again(id, "issue", &wanted).await.unwrap();
    let missing = json!({ "target": null, "installation": id.to_string(), "scope": { "namespaces": [NAMESPACE] } });
    let (_, listed) = post.ask("list-owned", &missing).await;
    listed.unwrap();
    let (_, refused) = post.ask("issue", &post.issue("admin")).await;
    assert_eq!(refused.err().unwrap().code, "policy");
    let (_, unknown) = post.ask("exec", &json!({})).await;
    assert_eq!(unknown.err().unwrap().code, "not_known");
    assert!(
        mayfly_gateway::answering::Answering(post.outpost.clone())
            .connect("a.example.com", 443, std::time::Duration::ZERO)
            .await
            .is_err()
    );

    let lines = post.lines();
    let told: Vec<_> =
        lines.iter().map(|line| (line.operation.as_str(), line.decision, line.rule.as_deref(), line.result)).collect();
    assert_eq!(
        told,
        [
            ("issue", Decision::Allowed, Some("static.accounts"), Outcome::Done),
            ("issue", Decision::Repeated, Some("static.accounts"), Outcome::Done),
            ("list-owned", Decision::Allowed, Some("operations"), Outcome::Done),
            ("issue", Decision::Refused, Some("static.accounts"), Outcome::Refused),
            ("exec", Decision::Refused, None, Outcome::Refused),
            ("forward", Decision::Refused, Some("forward.enabled"), Outcome::Refused),
        ]
    );
    assert_eq!((lines[0].id, lines[0].attempt, lines[0].actor.as_deref()), (Some(id), Some(1), Some("user ada")));
    assert_eq!(lines[0].objects, [format!("ServiceAccount {NAMESPACE}/deployer")]);
    assert_eq!(Some(&json!(lines[0].token_expires_at)), answer.pointer("/Ok/grant/token_expires_at"));
    assert_eq!(lines[0].jti.as_deref(), answer.pointer("/Ok/grant/jti").and_then(Value::as_str));
    assert!(lines[0].jti.is_some());
    assert_eq!(lines[5].objects, ["a.example.com:443"]);

    let text = std::fs::read_to_string(post.record()).unwrap();
    let own = std::fs::read_to_string(post.folder.path().join("token")).unwrap();
    // The control: what is looked for is found where it is.
    assert!(answer.to_string().contains(token) && !text.contains(token) && !text.contains(&own));
    let ids: Vec<_> =
        post.cluster.requests().of(Calls::Token).iter().map(|seen| seen.headers().get("audit-id").cloned()).collect();
    assert_eq!(ids.iter().flatten().collect::<Vec<_>>(), [&id.to_string()]);
}

#[tokio::test]
async fn what_the_cluster_refuses_and_what_there_is_no_room_for_is_written_down() {
    let post = Post::with(policy()).await;
    post.cluster.delete_account(NAMESPACE, "deployer");
    post.ask("issue", &post.issue("deployer")).await.1.unwrap();
    for _ in 0..3 {
        post.ask("issue", &post.issue("deployer")).await.1.unwrap();
    }
    assert_eq!(post.ask("issue", &post.issue("deployer")).await.1.err().unwrap().code, "overloaded");
    let lines = post.lines();
    assert_eq!((lines[0].decision, lines[0].result), (Decision::Allowed, Outcome::Failed));
    assert!(lines[0].why.as_ref().unwrap().contains("deployer"), "{:?}", lines[0].why);
    assert_eq!((lines[4].decision, lines[4].result), (Decision::Refused, Outcome::Refused));
}

fn proven(text: &str) -> Result<Proven, Broken> {
    verify(text.as_bytes())
}

#[tokio::test]
async fn whoever_changes_removes_or_moves_a_line_is_found_out() {
    let post = Post::with(policy()).await;
    for _ in 0..3 {
        post.ask("issue", &post.issue("admin")).await.1.err().unwrap();
    }
    let text = std::fs::read_to_string(post.record()).unwrap();
    let whole = proven(&text).unwrap();
    assert_eq!((whole.lines, whole.begun, whole.chains), (4, 1, 1));
    let lines: Vec<&str> = text.lines().collect();
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let changed = lines[1].replace("admin", "other");
    for (bad, at) in [
        (joined(&[lines[0], &changed, lines[2], lines[3]]), 3),
        (joined(&[lines[0], lines[2], lines[3]]), 2),
        (joined(&[lines[0], lines[2], lines[1], lines[3]]), 2),
        (joined(&[lines[0], lines[1], lines[1], lines[2], lines[3]]), 3),
        (joined(&lines[1..]), 1),
    ] {
        assert!(matches!(proven(&bad), Err(Broken::Unlinked { line }) if line == at), "{bad}");
    }
    assert!(matches!(proven(&joined(&[lines[0], "nonsense", lines[2]])), Err(Broken::Odd { line: 2, .. })));
    assert!(matches!(proven(""), Err(Broken::Empty)));
    // What is missing at the end shows by the last hash alone.
    assert_ne!(proven(&joined(&lines[..3])).unwrap().head, whole.head);
}

#[tokio::test]
async fn a_record_goes_on_over_starts_and_over_a_line_that_was_cut_off() {
    let post = Post::with(policy()).await;
    post.ask("issue", &post.issue("admin")).await.1.err().unwrap();
    let begin = || drop(Audit::file(&post.ambient, &post.record()).unwrap());
    begin();
    let text = std::fs::read_to_string(post.record()).unwrap();
    assert_eq!(proven(&text).map(|whole| (whole.lines, whole.begun, whole.chains)).unwrap(), (3, 2, 1));
    // The process dies in the middle of a line.
    std::fs::write(post.record(), text.get(..text.len() - 20).unwrap()).unwrap();
    let torn = std::fs::read_to_string(post.record()).unwrap();
    assert!(matches!(proven(&torn), Err(Broken::Torn { line: 3 })));
    begin();
    let whole = proven(&std::fs::read_to_string(post.record()).unwrap()).unwrap();
    assert_eq!((whole.lines, whole.begun, whole.torn), (4, 2, vec![3]));
}

fn verified(path: &Path) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly-gateway"));
    let output = command.args(["audit", "verify"]).arg(path).env_clear().output().expect("it was built beside this");
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[tokio::test]
async fn the_command_proves_a_record_and_names_the_line_that_does_not_follow() {
    let post = Post::with(policy()).await;
    for _ in 0..2 {
        post.ask("issue", &post.issue("admin")).await.1.err().unwrap();
    }
    let (is_proven, said) = verified(&post.record());
    assert!(is_proven && said.contains("3 lines hold together"), "{said}");
    let text = std::fs::read_to_string(post.record()).unwrap();
    std::fs::write(post.record(), text.replacen("admin", "other", 1)).unwrap();
    let (is_proven, said) = verified(&post.record());
    assert!(!is_proven && said.contains("line 3 does not follow line 2"), "{said}");
}
