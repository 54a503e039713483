//! Each failure has its exit code, its one line, and the request id.

use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    double::{Answer, Double},
    mayfly::Mayfly,
};

const ISSUE: &str = "POST /api/v1/dynamic-secrets/leases";

#[tokio::test]
async fn refusals_of_the_server_keep_their_words() {
    let cases = [
        (400, "ttl_refused", 6),
        (400, "cluster_unreachable", 7),
        (400, "cluster_refused", 8),
        (401, "not_signed_in", 3),
        (403, "access_token_expired", 3),
        (403, "permission_denied", 4),
        (404, "not_found", 5),
        (504, "cluster_timed_out", 10),
        (500, "internal_error", 1),
    ];
    for (status, code, exit) in cases {
        let server = Double::start().await;
        server.on(ISSUE, Answer::problem(status, code, "the reason why"));
        let run = Mayfly::at(&server).run("token x --project shop").await;
        assert_eq!(run.failure(exit), "error: the reason why\n  request req-42\n", "{status} {code}");
    }
}

#[tokio::test]
async fn every_faulty_field_is_listed() {
    let server = Double::start().await;
    let issues = json!([
        {"code": "invalid_value", "path": ["body", "ttl"], "message": "needs a unit"},
        {"code": "required", "path": ["body", "config", "namespace"], "message": "is required"},
    ]);
    server.on(ISSUE, Answer::problem(422, "validation_failure", issues));
    let run = Mayfly::at(&server).run("token x --project shop").await;
    let wanted = "error: the server refused 2 values\n  `ttl` needs a unit\n  `config.namespace` is required\n  request req-42\n";
    assert_eq!(run.failure(6), wanted);
}

#[tokio::test]
async fn answers_that_are_not_ours_are_told_apart_and_not_repeated() {
    let cases = [
        (Answer::text(502, "<html>hunter2</html>"), "status 502 Bad Gateway without an explanation"),
        (Answer::text(200, "hunter2"), "its JSON is not as agreed"),
        (Answer::json(&json!({"lease": "hunter2"})), "its JSON is not as agreed"),
        (Answer::redirect("http://127.0.0.1:1/hunter2"), "status 307 Temporary Redirect without an explanation"),
    ];
    for (answer, wanted) in cases {
        let server = Double::start().await;
        server.on(ISSUE, answer);
        let run = Mayfly::at(&server).run("token x --project shop").await;
        assert!(run.failure(1).contains(wanted), "{run:?}");
        assert!(!run.stderr.contains("hunter2"), "{run:?}");
        assert_eq!(server.calls().len(), 1, "it went on elsewhere");
    }
}

#[tokio::test]
async fn a_huge_answer_is_cut_off() {
    let server = Double::start().await;
    server.on(ISSUE, Answer::text(200, &"x".repeat(17 * 1024 * 1024)));
    let run = Mayfly::at(&server).run("token x --project shop").await;
    assert!(run.failure(1).contains("it is too large"), "{run:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let nobody = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let mayfly = Mayfly::new().with("MAYFLY_SERVER", &address).with("MAYFLY_TOKEN", "t");
    let run = mayfly.run("project ls").await;
    assert!(run.failure(7).starts_with(&format!("error: cannot reach `{address}`: ")), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    // It takes connections, in the kernel, and never answers.
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let mayfly = Mayfly::new().with("MAYFLY_SERVER", &address).with("MAYFLY_TOKEN", "t");
    let run = mayfly.run("project ls --timeout 1s").await;
    assert_eq!(run.failure(10), format!("error: `{address}` did not answer within 1s\n"));
}

#[tokio::test]
async fn usage_faults_are_two() {
    let server = Double::start().await;
    let mayfly = Mayfly::at(&server);
    for line in ["", "unknown", "token", "lease revoke", "token x --timeout 0s", "lease ls ..", "lease revoke . -y"] {
        assert_eq!(mayfly.run(line).await.code, 2, "`{line}`");
    }
    let plain = mayfly.run("project ls --server http://mayfly.example.com").await;
    assert!(plain.failure(2).contains("plain http would show access tokens"), "{plain:?}");
    let odd = Mayfly::at(&server).with("MAYFLY_TOKEN", "a\tb\u{1}").run("project ls").await;
    assert!(odd.failure(2).contains("letters that no access token has"), "{odd:?}");
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[cfg(feature = "server")]
#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let mayfly = Mayfly::new();
    let misspelt = mayfly.file("mayfly.toml", "lisen = '127.0.0.1:0'\n");
    let run = mayfly.run(&format!("server --config {misspelt}")).await;
    assert!(run.failure(2).contains("`lisen` is not a setting"), "{run:?}");
    let taken = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = taken.local_addr().unwrap();
    let run = mayfly.run(&format!("server --listen {address} --data-dir data")).await;
    assert!(run.failure(1).contains(&format!("error: cannot listen on `{address}`: ")), "{run:?}");
}

#[cfg(feature = "server")]
#[tokio::test]
async fn a_wrong_database_url_is_refused_and_not_repeated() {
    for (url, code) in [
        ("mysql://u:hunter2@h/db", 2),
        ("postgresql://u:hunter2@h:port/db", 1),
        ("postgresql://u:hunter2@h/db?sslmode=hunter2", 1),
        ("postgresql://u:hunter2@h/db --database-url hunter2", 2),
        ("postgresql://u:hunter2@h/db --database", 2),
    ] {
        let run = Mayfly::new().run(&format!("server --listen 127.0.0.1:0 --database-url {url}")).await;
        assert_eq!(run.code, code, "{url}: {run:?}");
        assert!(run.stderr.contains("database") && !format!("{run:?}").contains("hunter2"), "{run:?}");
    }
}
