//! `mayfly credential`, `mayfly kubeconfig` and `mayfly cache`: what kubectl is given.

use std::{fs, path::PathBuf, process::Stdio, time::Duration};

use futures::future::join_all;
use mayfly_testkit::certificates::TestAuthority;
use serde_json::{Value, json};

use crate::{
    answers::{TOKEN, issued, lease},
    double::{Answer, Double},
    mayfly::{Mayfly, Run},
};

const ISSUE: &str = "POST /api/v1/dynamic-secrets/leases";
const ASK: &str = "GET /api/v1/leases/l-1";
const LINE: &str = "credential ci-deployer --project shop";
const EXEC_INFO: &str = "KUBERNETES_EXEC_INFO";
const KUBECTL: &str =
    r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}"#;

async fn server() -> Double {
    let server = Double::start().await;
    server.on(ISSUE, Answer::json(&issued()));
    server
}

/// An answer with another lease and token.
fn another(id: &str, token: &str) -> Answer {
    let mut answer = issued();
    answer["lease"]["id"] = json!(id);
    answer["data"]["TOKEN"] = json!(token);
    Answer::json(&answer)
}

impl Mayfly {
    /// Somebody whose tokens are kept in their home.
    fn keeping(server: &Double) -> Self {
        let mayfly = Self::at(server);
        let cache = mayfly.home().join("cache").display().to_string();
        mayfly.with("KUBECACHEDIR", &cache)
    }

    /// Runs a line as kubectl does: each time by a process of its own, which starts it so many times.
    async fn run_by_another(&self, line: &str, times: usize) -> Run {
        let command = self.command(line);
        let program = command.as_std().get_program().to_owned();
        let mut shell = tokio::process::Command::new("/bin/sh");
        let script = format!("for n in {}; do \"$0\" \"$@\" || exit $?; done", "n ".repeat(times));
        shell.arg("-c").arg(script).arg(program).args(command.as_std().get_args());
        shell.env_clear();
        shell.envs(command.as_std().get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
        let output = shell.stdin(Stdio::null()).current_dir(self.home()).output().await.unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// All files beside kept tokens, and these.
    fn cached(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.home().join("cache/mayfly/credentials")) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// The files of kept tokens.
    fn kept(&self) -> Vec<PathBuf> {
        let mut paths = self.cached();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths
    }

    /// Changes fields of the only token that is kept.
    fn change_kept(&self, fields: &Value) {
        let path = self.kept().pop().unwrap();
        let mut kept: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        kept.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        fs::write(path, kept.to_string()).unwrap();
    }
}

/// How many tokens were issued.
fn issued_by(server: &Double) -> usize {
    server.calls().iter().filter(|call| **call == ISSUE).count()
}

fn tokens(run: &Run) -> Vec<String> {
    let token = |line: &str| {
        let said: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (&said["apiVersion"], &said["kind"]),
            (&json!("client.authentication.k8s.io/v1"), &json!("ExecCredential"))
        );
        said["status"]["token"].as_str().unwrap().to_owned()
    };
    run.success().lines().map(token).collect()
}

#[tokio::test]
async fn kubectl_is_given_a_token_with_its_end() {
    let server = server().await;
    let info =
        r#"{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","spec":{"interactive":true}}"#;
    let run = Mayfly::keeping(&server).with(EXEC_INFO, info).run(LINE).await;
    let wanted = json!({
        "apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential",
        "status": {"expirationTimestamp": "2099-01-01T10:00:00Z", "token": TOKEN},
    });
    assert_eq!(serde_json::from_str::<Value>(run.success()).unwrap(), wanted);
    assert_eq!(run.stderr, "");
    let old = r#"{"apiVersion":"client.authentication.k8s.io/v1alpha1"}"#;
    let refused = Mayfly::keeping(&server).with(EXEC_INFO, old).run(LINE).await;
    assert!(refused.failure(2).contains("v1alpha1"), "{refused:?}");
}

#[tokio::test]
async fn runs_of_kubectl_share_a_lease_and_at_once_too() {
    let server = server().await;
    let mayfly = Mayfly::keeping(&server);
    let runs = join_all((0..12).map(|_| mayfly.run_by_another(LINE, 1))).await;
    for run in &runs {
        assert_eq!(tokens(run), [TOKEN], "{run:?}");
    }
    assert_eq!(server.calls(), [ISSUE], "one lease for all, and nothing else is asked");
    let other = mayfly.run_by_another(&format!("{LINE} --ttl 30m"), 1).await;
    assert_eq!((tokens(&other).len(), issued_by(&server)), (1, 2), "another wish is another lease");
    let others = Mayfly::keeping(&server).with("KUBECACHEDIR", &mayfly.home().join("cache").display().to_string());
    tokens(&others.with("MAYFLY_TOKEN", "of-somebody-else").run_by_another(LINE, 1).await);
    assert_eq!(issued_by(&server), 3, "and so is another caller");
    tokens(&mayfly.run_by_another(&format!("{LINE} --reason incident"), 1).await);
    assert_eq!(issued_by(&server), 4, "and another reason: the audit log has the one that was given");
}

#[tokio::test]
async fn what_comes_again_was_refused_and_gets_a_new_one_once() {
    let server = server().await;
    server.on(ISSUE, another("l-2", "second"));
    let mayfly = Mayfly::keeping(&server);
    let kubectl = mayfly.with(EXEC_INFO, KUBECTL);
    assert_eq!(tokens(&kubectl.run_by_another(LINE, 3).await), [TOKEN, "second", "second"]);
    assert_eq!(tokens(&kubectl.run_by_another(LINE, 1).await), ["second"]);
    assert_eq!(issued_by(&server), 2);
}

#[tokio::test]
async fn what_is_typed_again_gets_the_same() {
    let server = server().await;
    let mayfly = Mayfly::keeping(&server);
    assert_eq!(tokens(&mayfly.run_by_another(LINE, 3).await), [TOKEN; 3]);
    assert_eq!(issued_by(&server), 1);
}

#[tokio::test]
async fn once_a_minute_the_server_is_asked_whether_it_lives() {
    let server = server().await;
    let mayfly = Mayfly::keeping(&server);
    mayfly.run_by_another(LINE, 1).await.success();
    mayfly.change_kept(&json!({"askedAt": "2026-11-23T12:00:00Z"}));
    server.on(ASK, Answer::json(&json!({"lease": lease("l-1")})));
    assert_eq!(tokens(&mayfly.run_by_another(LINE, 1).await), [TOKEN]);
    assert_eq!(tokens(&mayfly.run_by_another(LINE, 1).await), [TOKEN]);
    let asked = server.calls().iter().filter(|call| call.starts_with(ASK)).count();
    assert_eq!(asked, 1, "once a minute: {:?}", server.calls());
}

#[tokio::test]
async fn a_lease_that_ended_is_not_handed_out() {
    let mut ended = lease("l-1");
    ended["state"] = json!("ended");
    let refusals = [Answer::problem(404, "not_found", "no"), Answer::problem(403, "permission_denied", "no")];
    for gone in refusals.into_iter().chain([Answer::json(&json!({"lease": ended}))]) {
        let server = server().await;
        server.on(ISSUE, another("l-2", "fresh")).on(ASK, gone);
        let mayfly = Mayfly::keeping(&server);
        assert_eq!(tokens(&mayfly.run_by_another(LINE, 1).await), [TOKEN]);
        mayfly.change_kept(&json!({"askedAt": "2026-11-23T12:00:00Z"}));
        assert_eq!(tokens(&mayfly.run_by_another(LINE, 1).await), ["fresh"]);
    }
}

#[tokio::test]
async fn a_server_that_is_away_does_not_keep_kubectl_from_its_token() {
    let server = server().await;
    let mayfly = Mayfly::keeping(&server);
    mayfly.run_by_another(LINE, 1).await.success();
    mayfly.change_kept(&json!({"askedAt": "2026-11-23T12:00:00Z"}));
    drop(server);
    assert_eq!(tokens(&mayfly.run_by_another(LINE, 1).await), [TOKEN]);
    mayfly.change_kept(&json!({"endsAt": "2026-11-23T12:00:00Z"}));
    let refused = mayfly.run_by_another(LINE, 1).await;
    assert!(refused.failure(7).starts_with("error: cannot reach"), "{refused:?}");
}

#[tokio::test]
async fn a_file_that_no_longer_holds_a_token_is_as_good_as_none() {
    let server = server().await;
    let mayfly = Mayfly::keeping(&server);
    mayfly.run_by_another(LINE, 1).await.success();
    for text in ["", "{", r#"{"version": 2}"#] {
        fs::write(mayfly.kept().pop().unwrap(), text).unwrap();
        assert_eq!(tokens(&mayfly.run_by_another(LINE, 1).await), [TOKEN]);
    }
    assert_eq!(issued_by(&server), 4);
}

#[tokio::test]
async fn where_nothing_can_be_kept_tokens_are_issued_all_the_same() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    let file = mayfly.file("taken", "");
    let mayfly = mayfly.with("KUBECACHEDIR", &file);
    let run = mayfly.run(LINE).await;
    assert_eq!(tokens(&run), [TOKEN]);
    assert!(run.stderr.starts_with("note: tokens cannot be kept"), "{run:?}");
}

#[tokio::test]
async fn a_run_that_stands_still_keeps_no_other_for_longer_than_its_patience() {
    let server = server().await;
    let mayfly = Mayfly::keeping(&server);
    mayfly.run(LINE).await.success();
    let lock = fs::File::open(mayfly.kept().pop().unwrap().with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let mut waiting = mayfly.command(&format!("{LINE} --timeout 1s"));
    waiting.stdin(Stdio::null()).kill_on_drop(true);
    #[expect(clippy::disallowed_methods, reason = "a program that does not end would hang the test")]
    let ended = tokio::time::timeout(Duration::from_secs(30), waiting.output()).await.unwrap().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), told.contains("within 1s")), (Some(10), true), "{told}");
    drop(lock);
    assert_eq!(tokens(&mayfly.run(LINE).await).len(), 1);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_on_the_first_line() {
    let server = Double::start().await;
    server.on(ISSUE, Answer::problem(401, "access_token_expired", "the access token has expired: sign in again"));
    let refused = Mayfly::keeping(&server).run(LINE).await;
    assert!(refused.failure(3).lines().next().unwrap().contains("sign in again"), "{refused:?}");
    let shut_out = self::server().await;
    shut_out.on(ASK, Answer::problem(401, "session_ended", "the session is over: sign in again"));
    let mayfly = Mayfly::keeping(&shut_out);
    mayfly.run(LINE).await.success();
    mayfly.change_kept(&json!({"askedAt": "2026-11-23T12:00:00Z"}));
    assert!(mayfly.run(LINE).await.failure(3).contains("sign in again"), "a kept token was handed out");
    let nobody = Mayfly::new().with("MAYFLY_SERVER", server.address()).run(LINE).await;
    assert!(nobody.failure(3).contains("mayfly login"), "{nobody:?}");
}

#[tokio::test]
async fn kept_tokens_are_their_owners_and_are_not_shown() {
    let server = server().await;
    let mayfly = Mayfly::keeping(&server);
    assert_eq!(mayfly.run("cache ls").await.success(), "");
    mayfly.run_by_another(LINE, 1).await.success();
    #[cfg(unix)]
    for path in fs::read_dir(mayfly.home().join("cache/mayfly/credentials")).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(path.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let listed = mayfly.run("cache ls").await;
    assert!(listed.success().contains("ci-deployer") && !listed.stdout.contains(TOKEN), "{listed:?}");
    let document = mayfly.run("cache ls -o json").await;
    assert_eq!(document.json()["tokens"][0]["lease"], "l-1");
    assert!(!document.stdout.contains(TOKEN));
    assert_eq!(mayfly.run("cache clear -o json").await.json()["forgotten"], 1);
    assert!(mayfly.kept().is_empty());
}

#[tokio::test]
async fn what_is_over_is_swept_away_with_its_lock_and_what_was_left_unfinished() {
    let server = server().await;
    let mayfly = Mayfly::keeping(&server);
    mayfly.run(LINE).await.success();
    mayfly.change_kept(&json!({"version": 99, "endsAt": "2026-11-23T12:00:00Z"}));
    fs::write(mayfly.kept().pop().unwrap().with_extension("json.4711"), TOKEN).unwrap();
    mayfly.run(&format!("{LINE} --ttl 30m")).await.success();
    assert_eq!((mayfly.kept().len(), mayfly.cached().len()), (1, 2), "{:?}", mayfly.cached());
    mayfly.run(&format!("{LINE} --ttl 20m")).await.success();
    assert_eq!((mayfly.kept().len(), mayfly.cached().len()), (2, 4), "what is good stays");
}

#[tokio::test]
async fn clearing_forgets_what_others_wrote_too() {
    let server = server().await;
    let mayfly = Mayfly::keeping(&server);
    mayfly.run(LINE).await.success();
    mayfly.change_kept(&json!({"version": 99}));
    fs::write(mayfly.kept().pop().unwrap().with_extension("json.4711"), TOKEN).unwrap();
    assert_eq!(mayfly.run("cache clear -o json").await.json()["forgotten"], 1);
    let left = mayfly.cached();
    assert!(left.iter().all(|path| path.extension().unwrap() == "lock"), "{left:?}");
}

#[tokio::test]
async fn signing_out_forgets_ones_own() {
    let server = server().await;
    server.on("POST /api/v1/auth/logout", Answer::json(&json!({"message": "signed out"})));
    let mayfly = Mayfly::keeping(&server);
    mayfly.run_by_another(LINE, 1).await.success();
    let cache = mayfly.home().join("cache").display().to_string();
    let signed_in = Mayfly::new().with("KUBECACHEDIR", &cache);
    fs::create_dir_all(signed_in.session_file().parent().unwrap()).unwrap();
    let session = json!({"version": 1, "server": server.address(), "accessToken": "mfs_x"});
    fs::write(signed_in.session_file(), session.to_string()).unwrap();
    signed_in.run_by_another(LINE, 1).await.success();
    assert_eq!(mayfly.kept().len(), 2);
    signed_in.run("logout").await.success();
    assert_eq!(mayfly.kept().len(), 1, "somebody else's stays");
}

fn with_cluster() -> Answer {
    let mut answer = issued();
    answer["lease"]["cluster"] =
        json!({"server": "https://k8s.example.com:6443", "caData": "Q0E=", "forClients": true});
    Answer::json(&answer)
}

#[tokio::test]
async fn a_kubeconfig_holds_the_call_and_no_token() {
    let server = Double::start().await;
    server.on(ISSUE, with_cluster());
    let mayfly = Mayfly::keeping(&server);
    let run = mayfly.run("kubeconfig ci-deployer --project shop --env prod --ttl 30m --min-left 5m").await;
    let config: Value = serde_saphyr::from_str(run.success()).unwrap();
    assert!(!run.stdout.contains(TOKEN), "{run:?}");
    assert_eq!(config["current-context"], "mayfly-shop-prod-ci-deployer");
    let cluster = json!({"server": "https://k8s.example.com:6443", "certificate-authority-data": "Q0E="});
    assert_eq!(config["clusters"][0]["cluster"], cluster);
    assert_eq!(config["contexts"][0]["context"]["namespace"], "shop");
    let exec = &config["users"][0]["user"]["exec"];
    let wanted = json!([
        "credential",
        "ci-deployer",
        format!("--server={}", server.address()),
        "--project=shop",
        "--env=prod",
        "--path=/",
        "--ttl=30m",
        "--min-left=5m"
    ]);
    assert_eq!((&exec["command"], &exec["args"]), (&json!("mayfly"), &wanted));
    assert_eq!((&exec["interactiveMode"], &exec["provideClusterInfo"]), (&json!("Never"), &json!(false)));
    assert!(exec["installHint"].as_str().unwrap().contains("mayfly login"));
    let call: Vec<&str> = wanted.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let call = call.join(" ");
    assert_eq!(tokens(&mayfly.run_by_another(&call, 1).await), [TOKEN]);
    assert_eq!(issued_by(&server), 1, "the first call of kubectl finds the token of this one");
}

#[tokio::test]
async fn a_kubeconfig_with_a_token_is_a_private_file() {
    let server = Double::start().await;
    server.on(ISSUE, with_cluster());
    let mayfly = Mayfly::keeping(&server);
    let line = "kubeconfig ci-deployer --project shop --mode token --file ci.yaml --context ci";
    let run = mayfly.run(line).await;
    assert_eq!(run.success(), "");
    assert!(run.stderr.contains("context ci is in ci.yaml"), "{run:?}");
    let config: Value = serde_saphyr::from_str(&fs::read_to_string(mayfly.home().join("ci.yaml")).unwrap()).unwrap();
    assert_eq!(config["users"], json!([{"name": "mayfly:ci", "user": {"token": TOKEN}}]));
    assert_eq!(config["contexts"][0]["name"], "ci");
    mayfly.run(line).await.success();
}

#[tokio::test]
async fn a_file_with_more_than_the_context_is_not_replaced() {
    let server = Double::start().await;
    server.on(ISSUE, with_cluster());
    let mayfly = Mayfly::keeping(&server);
    let theirs = [
        ("contexts:\n- name: theirs\n  context: {cluster: a, user: b}\n", 2),
        ("users:\n- name: theirs\n", 2),
        ("replicas: 3\n", 2),
        ("apiVersion: v1\npreferences: {colors: true}\n", 2),
        ("some: [notes", 6),
    ];
    for (text, code) in theirs {
        let path = mayfly.file("own.yaml", text);
        mayfly.run("kubeconfig ci-deployer --project shop --file own.yaml").await.failure(code);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    // A person may have a cluster of the context's name.
    let own = mayfly.file("own.yaml", "clusters:\n- name: default\n");
    mayfly.run("kubeconfig ci-deployer --project shop --context default --file own.yaml").await.failure(2);
    assert_eq!(fs::read_to_string(&own).unwrap(), "clusters:\n- name: default\n");
    mayfly.file("notes", "no kubeconfig at all");
    let refused = mayfly.run("kubeconfig ci-deployer --project shop --file notes").await;
    assert!(refused.failure(2).contains("`--merge`"), "{refused:?}");
}

#[tokio::test]
async fn a_kubeconfig_trusts_for_the_server_what_its_making_trusted() {
    let server = Double::start().await;
    server.on(ISSUE, with_cluster());
    let mayfly = Mayfly::keeping(&server);
    let file = mayfly.file("ca.pem", &TestAuthority::new("own").pem());
    let run = mayfly.run("kubeconfig ci-deployer --project shop --server-ca-file ca.pem").await;
    let config: Value = serde_saphyr::from_str(run.success()).unwrap();
    let args = config["users"][0]["user"]["exec"]["args"].as_array().unwrap().clone();
    assert!(args.contains(&json!(format!("--server-ca-file={file}"))), "{args:?}");
}

#[tokio::test]
async fn who_merges_at_once_loses_nothing() {
    let server = Double::start().await;
    server.on(ISSUE, with_cluster());
    let mayfly = Mayfly::keeping(&server);
    let path = mayfly.home().join("own.yaml");
    let mayfly = mayfly.with("KUBECONFIG", &path.display().to_string());
    let lines: Vec<_> =
        (0..8).map(|n| format!("kubeconfig ci-deployer --project shop --merge --context c{n}")).collect();
    for run in join_all(lines.iter().map(|line| mayfly.run(line))).await {
        run.success();
    }
    let read = || fs::read_to_string(&path).unwrap();
    let config: Value = serde_saphyr::from_str(&read()).unwrap();
    assert_eq!(config["contexts"].as_array().unwrap().len(), 8);
    let (before, lock) = (read(), mayfly.file("own.yaml.lock", ""));
    let refused = mayfly.run("kubeconfig ci-deployer --project shop --merge --context c9").await;
    assert!(refused.failure(2).contains(&format!("remove `{lock}`")), "{refused:?}");
    assert_eq!(read(), before, "kubectl was changing it");
}

#[tokio::test]
async fn merged_it_leaves_what_others_put_there() {
    let server = Double::start().await;
    server.on(ISSUE, with_cluster());
    let mayfly = Mayfly::keeping(&server);
    let theirs = "apiVersion: v1\nkind: Config\ncurrent-context: theirs\ncontexts:\n- name: theirs\n  context: {cluster: a, user: b}\n";
    let path = mayfly.file("own.yaml", theirs);
    let mayfly = mayfly.with("KUBECONFIG", &path);
    let read = || -> Value { serde_saphyr::from_str(&fs::read_to_string(&path).unwrap()).unwrap() };
    mayfly.run("kubeconfig ci-deployer --project shop --merge").await.success();
    let names = |config: &Value| {
        config["contexts"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&read()), ["theirs", "mayfly-shop-dev-ci-deployer"]);
    assert_eq!(read()["current-context"], "theirs");
    let used = mayfly.run_by_another("kubeconfig ci-deployer --project shop --merge --use -o json", 1).await;
    assert_eq!(used.json()["context"], "mayfly-shop-dev-ci-deployer");
    assert_eq!((names(&read()).len(), &read()["current-context"]), (2, &json!("mayfly-shop-dev-ci-deployer")));
    fs::write(&path, "contexts: none\n").unwrap();
    let refused = mayfly.run_by_another("kubeconfig ci-deployer --project shop --merge", 1).await;
    assert!(refused.failure(6).contains("left as it is"), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "contexts: none\n");
}

#[tokio::test]
async fn a_home_without_a_kubeconfig_gets_one() {
    let server = Double::start().await;
    server.on(ISSUE, with_cluster());
    let mayfly = Mayfly::keeping(&server);
    let home = mayfly.home().join("new-home");
    let mayfly = mayfly.with("HOME", &home.display().to_string());
    mayfly.run("kubeconfig ci-deployer --project shop --merge --use").await.success();
    let config: Value = serde_saphyr::from_str(&fs::read_to_string(home.join(".kube/config")).unwrap()).unwrap();
    assert_eq!(config["current-context"], "mayfly-shop-dev-ci-deployer");
}
