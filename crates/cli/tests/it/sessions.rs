//! `mayfly bootstrap`, `login` and `logout`, and what is kept between them.

use std::fs;

use serde_json::{Value, json};

use crate::{
    answers::granted,
    double::{Answer, Double},
    mayfly::Mayfly,
};

const LOGIN: &str = "POST /api/v1/auth/universal-auth/login";
const REVOKE: &str = "POST /api/v1/auth/token/revoke";
const BOOTSTRAP: &str = "POST /api/v1/admin/bootstrap";
const PROJECTS: &str = "GET /api/v1/projects";

fn none() -> Answer {
    Answer::json(&json!({"projects": []}))
}

async fn server() -> Double {
    let server = Double::start().await;
    let made = json!({
        "message": "m",
        "organization": {"id": "o", "name": "Acme", "slug": "acme", "createdAt": "t", "updatedAt": "t"},
        "user": {"id": "u", "email": "ana@example.com", "username": "ana@example.com", "superAdmin": true},
        "identity": {"id": "i", "name": "Instance Admin Identity", "credentials": {"token": "first-token"}},
    });
    server.on(LOGIN, Answer::json(&granted("session-token"))).on(PROJECTS, none()).on(BOOTSTRAP, Answer::json(&made));
    server.on(REVOKE, Answer::json(&json!({"message": "m"})));
    server
}

#[tokio::test]
async fn a_login_lasts_until_the_logout() {
    let server = server().await;
    let mayfly = Mayfly::new();
    let line = format!("login {} --client-id id", server.address());
    let run = mayfly.run_with_input(&line, "s3cret\n").await;
    assert_eq!(run.success(), "", "the token is no data");
    assert!(
        run.stderr.contains("signed in to http://127.0.0.1")
            && run.stderr.contains("(in 1h 59m)") | run.stderr.contains("(in 2h)"),
        "{run:?}"
    );
    assert_eq!(server.only_body(), json!({"clientId": "id", "clientSecret": "s3cret"}));

    mayfly.run("project ls").await.success();
    assert_eq!(server.asked()[1].authorization.as_deref(), Some("Bearer session-token"));

    mayfly.run("logout").await.success();
    assert_eq!(server.asked()[2].body, json!({"accessToken": "session-token"}));
    let after = mayfly.run(&format!("project ls --server {}", server.address())).await;
    assert!(after.failure(3).contains("mayfly login"), "{after:?}");
    let again = mayfly.run("logout").await;
    assert!(again.success().is_empty() && again.stderr.contains("nobody was signed in"), "{again:?}");
}

#[tokio::test]
async fn client_secret_comes_from_file_environment_or_pipe_in_this_order() {
    let server = server().await;
    let mayfly = Mayfly::new().with("MAYFLY_SERVER", server.address()).with("MAYFLY_CLIENT_SECRET", "from-environment");
    let file = mayfly.file("secret", "from-file\r\n");
    mayfly.run_with_input(&format!("login --client-id id --client-secret-file {file}"), "from-pipe").await.success();
    mayfly.run_with_input("login --client-id id --client-secret-file -", "from-pipe").await.success();
    mayfly.run_with_input("login --client-id id", "unread").await.success();
    let sent: Vec<Value> = server.asked().into_iter().map(|asked| asked.body["clientSecret"].clone()).collect();
    assert_eq!(sent, ["from-file", "from-pipe", "from-environment"]);
}

#[tokio::test]
async fn without_a_client_secret_nothing_is_sent() {
    let server = server().await;
    let run = Mayfly::new().with("MAYFLY_SERVER", server.address()).run("login --client-id id").await;
    assert!(run.failure(2).contains("there is no client secret"), "{run:?}");
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_session_token_goes_to_its_own_server_alone() {
    let (server, stranger) = (server().await, server().await);
    let mayfly = Mayfly::new();
    mayfly.run_with_input(&format!("login {} --client-id id", server.address()), "s").await.success();
    let run = mayfly.run(&format!("project ls --server {}", stranger.address())).await;
    assert!(run.failure(3).contains(stranger.address()), "{run:?}");
    assert_eq!(stranger.calls(), Vec::<String>::new());
    // Written differently, it is the same server.
    mayfly.run(&format!("project ls --server {}/", server.address())).await.success();
}

#[tokio::test]
async fn the_environments_token_comes_before_the_sessions() {
    let server = server().await;
    let mayfly = Mayfly::new().with("MAYFLY_TOKEN", "other-token");
    let run = mayfly.run_with_input(&format!("login {} --client-id id", server.address()), "s").await;
    assert!(run.stderr.contains("`MAYFLY_TOKEN` is set"), "{run:?}");
    mayfly.run("project ls").await.success();
    assert_eq!(server.asked()[1].authorization.as_deref(), Some("Bearer other-token"));
}

#[tokio::test]
async fn a_refused_login_leaves_the_session_as_it_was() {
    let server = server().await;
    let mayfly = Mayfly::new();
    let line = format!("login {} --client-id id", server.address());
    mayfly.run_with_input(&line, "s").await.success();
    let before = fs::read_to_string(mayfly.session_file()).unwrap();
    let refusing = Double::start().await;
    refusing.on(LOGIN, Answer::problem(401, "credentials_refused", "wrong client id or secret"));
    let line = format!("login {} --client-id id", refusing.address());
    mayfly.run_with_input(&line, "hunter2").await.failure(3);
    assert_eq!(fs::read_to_string(mayfly.session_file()).unwrap(), before);
}

#[tokio::test]
async fn logout_forgets_in_any_case_and_says_what_it_could_not_do() {
    for (code, exit) in [("access_token_refused", 0), ("access_token_expired", 0), ("store_unavailable", 9)] {
        let server = Double::start().await;
        server.on(LOGIN, Answer::json(&granted("session-token"))).on(REVOKE, Answer::problem(401, code, "why"));
        let mayfly = Mayfly::new();
        mayfly.run_with_input(&format!("login {} --client-id id", server.address()), "s").await.success();
        let run = mayfly.run("logout").await;
        assert_eq!((run.code, mayfly.session_file().exists()), (exit, false), "{code}: {run:?}");
        assert_eq!(run.stderr.contains("was not revoked and stays valid until"), exit == 9, "{run:?}");
    }
}

#[tokio::test]
async fn a_cache_that_cannot_be_read_hides_no_token_that_stays_valid() {
    for (answer, exit) in
        [(Answer::problem(401, "store_unavailable", "why"), 9), (Answer::json(&json!({"message": "m"})), 1)]
    {
        let server = Double::start().await;
        server.on(LOGIN, Answer::json(&granted("session-token"))).on(REVOKE, answer);
        let mayfly = Mayfly::new();
        let home = mayfly.home().display().to_string();
        let mayfly = mayfly.with("KUBECACHEDIR", &home);
        mayfly.file("mayfly", "no folder");
        mayfly.run_with_input(&format!("login {} --client-id id", server.address()), "s").await.success();
        let run = mayfly.run("logout").await;
        assert!(run.failure(exit).contains("mayfly/credentials"), "{run:?}");
        assert_eq!(run.stderr.contains("was not revoked and stays valid until"), exit == 9, "{run:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_session() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = server().await;
    let mayfly = Mayfly::new();
    mayfly.run_with_input(&format!("login {} --client-id id", server.address()), "s").await.success();
    assert_eq!(fs::metadata(mayfly.session_file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn bootstrap_prints_the_token_and_keeps_nothing() {
    let server = server().await;
    let mayfly = Mayfly::new().with("MAYFLY_SERVER", server.address());
    let code = mayfly.file("code", "c0de\n");
    let line = format!("bootstrap --email ana@example.com --organization Acme --setup-code-file {code}");
    let run = mayfly.run_with_input(&line, "correct horse battery\n").await;
    assert_eq!(run.success(), "first-token\n");
    let wanted = json!({
        "email": "ana@example.com", "password": "correct horse battery", "organization": "Acme", "setupCode": "c0de"
    });
    assert_eq!(server.only_body(), wanted);
    assert!(!mayfly.session_file().exists());
    let document = mayfly.run_with_input(&format!("{line} -o json"), "x").await.json();
    assert_eq!(document["identity"]["credentials"]["token"], "first-token");
}

#[tokio::test]
async fn bootstrap_reads_the_setup_code_where_a_server_on_this_machine_keeps_it() {
    let server = server().await;
    let mayfly = Mayfly::new().with("MAYFLY_SERVER", server.address());
    let folder = tempfile::tempdir().unwrap();
    let line = format!("bootstrap --email a@b --organization Acme --data-dir {}", folder.path().display());
    mayfly.run_with_input(&line, "correct horse battery\n").await.success();
    assert_eq!(server.asked()[0].body.get("setupCode"), None, "there is none yet");
    fs::write(folder.path().join("setup-code"), "c0de\n").unwrap();
    mayfly.run_with_input(&line, "correct horse battery\n").await.success();
    assert_eq!(server.asked()[1].body["setupCode"], "c0de");
}

#[tokio::test]
async fn bootstrap_with_login_keeps_the_token_and_does_not_print_it() {
    let server = server().await;
    let mayfly = Mayfly::new();
    let password = mayfly.file("password", "correct horse battery\n");
    let line = format!(
        "bootstrap --server {} --email a@b --organization Acme --login --password-file {password}",
        server.address()
    );
    let run = mayfly.run(&line).await;
    assert_eq!(run.success(), "");
    assert!(!run.stderr.contains("first-token"), "{run:?}");
    mayfly.run("project ls").await.success();
    assert_eq!(server.asked()[1].authorization.as_deref(), Some("Bearer first-token"));
}
