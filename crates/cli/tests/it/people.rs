//! `mayfly login --email`, `mayfly user` and `mayfly session`.

use serde_json::{Value, json};

use crate::{
    double::{Answer, Double},
    mayfly::Mayfly,
};

const LOGIN: &str = "POST /api/v1/auth/login";
const LOGOUT: &str = "POST /api/v1/auth/logout";
const USERS: &str = "GET /api/v1/users";

fn user(id: &str, email: &str) -> Value {
    json!({
        "id": id, "email": email, "name": null, "role": "member", "isDisabled": false, "hasSecondFactor": false,
        "createdAt": "t", "updatedAt": "t",
    })
}

fn session(is_current: bool) -> Value {
    json!({
        "id": "s-1", "isCurrent": is_current, "ipAddress": "192.0.2.1", "userAgent": "mayfly-cli", "createdAt": "t",
        "lastUsedAt": "t1", "endsAt": "t2", "expiresAt": "2126-11-26T12:00:00Z",
    })
}

fn signed_in() -> Answer {
    let body = json!({"user": user("u-1", "ana@example.com"), "session": session(true), "token": "mfs_hunter2"});
    Answer::json(&body)
}

#[tokio::test]
async fn a_person_is_signed_in_until_they_log_out() {
    let server = Double::start().await;
    server.on(LOGIN, signed_in()).on(LOGOUT, Answer::json(&json!({"message": "signed out"})));
    server.on("GET /api/v1/projects", Answer::json(&json!({"projects": []})));
    let mayfly = Mayfly::new();
    let line = format!("login {} --email ana@example.com", server.address());
    let run = mayfly.run_with_input(&line, "s3cret\n").await;
    assert!(run.success().is_empty() && !run.stderr.contains("hunter2"), "{run:?}");
    let wanted = json!({"email": "ana@example.com", "password": "s3cret", "kind": "token"});
    assert_eq!(server.only_body(), wanted);
    mayfly.run("project ls").await.success();
    mayfly.run("logout").await.success();
    let asked = server.asked();
    assert_eq!(asked[1].authorization.as_deref(), Some("Bearer mfs_hunter2"));
    assert_eq!((asked[2].what.as_str(), asked[2].authorization.as_deref()), (LOGOUT, Some("Bearer mfs_hunter2")));
    assert!(!mayfly.session_file().exists());
}

#[tokio::test]
async fn a_code_comes_from_a_file_where_nobody_can_be_asked() {
    let server = Double::start().await;
    server.on(LOGIN, Answer::problem(403, "mfa_required", "send its code"));
    let mayfly = Mayfly::new();
    let line = format!("login {} --email ana@example.com", server.address());
    let run = mayfly.run_with_input(&line, "s3cret\n").await;
    assert!(run.failure(4).contains("send its code"), "{run:?}");
    let server = Double::start().await;
    server.on(LOGIN, signed_in());
    let code = mayfly.file("code", "492039\n");
    let line = format!("login {} --email ana@example.com --code-file {code}", server.address());
    mayfly.run_with_input(&line, "s3cret\n").await.success();
    assert_eq!(server.only_body()["code"], "492039");
}

#[tokio::test]
async fn one_signs_in_as_a_person_or_as_a_machine() {
    let server = Double::start().await;
    let mayfly = Mayfly::at(&server);
    mayfly.run("login").await.failure(2);
    mayfly.run("login --email a@example.com --client-id c").await.failure(2);
    mayfly.run("login --client-id c --password-file f").await.failure(2);
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn a_person_is_named_by_id_or_by_address() {
    let server = Double::start().await;
    let page = |users: Value, next: Value| Answer::json(&json!({"users": users, "nextCursor": next}));
    server.on(USERS, page(json!([user("u-1", "ana@example.com")]), json!("u-1")));
    server.on(USERS, page(json!([user("u-2", "ben@example.com")]), Value::Null));
    let changed = Answer::json(&json!({"user": user("u-2", "ben@example.com")}));
    server.on("PATCH /api/v1/users/u-2", changed);
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("user set Ben@example.com --role admin").await;
    assert!(run.success().contains("ben@example.com"), "{run:?}");
    let calls = [USERS.to_owned(), format!("{USERS}?cursor=u-1"), "PATCH /api/v1/users/u-2".to_owned()];
    assert_eq!(server.calls(), calls);
    assert_eq!(server.asked()[2].body, json!({"role": "admin"}));
    mayfly.run("user disable u-2").await.success();
    mayfly.run("user enable u-2").await.success();
    let bodies: Vec<Value> = server.asked().into_iter().skip(3).map(|asked| asked.body).collect();
    assert_eq!(bodies, [json!({"isDisabled": true}), json!({"isDisabled": false})]);
    mayfly.run("user set u-2").await.failure(2);
}

#[tokio::test]
async fn a_link_is_printed_and_nothing_else() {
    let server = Double::start().await;
    let invitation =
        json!({"id": "i-1", "email": "ben@example.com", "role": "member", "createdAt": "t", "expiresAt": "t"});
    let invited = json!({"invitation": invitation, "link": "https://m.example/accept-invitation#hunter2"});
    server.on("POST /api/v1/users/invitations", Answer::json(&invited));
    let link = json!({"link": "https://m.example/reset-password#hunter2", "expiresAt": "t"});
    server.on("POST /api/v1/users/u-2/password-reset", Answer::json(&link));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("user invite ben@example.com").await;
    assert_eq!(run.success(), "https://m.example/accept-invitation#hunter2\n");
    assert_eq!(server.asked()[0].body, json!({"email": "ben@example.com", "role": "member"}));
    let run = mayfly.run("user reset-password u-2 --by-mail").await;
    assert_eq!(run.success(), "https://m.example/reset-password#hunter2\n");
    assert_eq!(server.asked()[1].body, json!({"byMail": true}));
}

#[tokio::test]
async fn whoever_has_a_link_joins_without_a_browser() {
    let server = Double::start().await;
    let joined = Answer::json(&json!({"user": user("u-2", "ben@example.com")}));
    server.on("POST /api/v1/users/invitations/accept", joined);
    let mayfly = Mayfly::at(&server);
    let (link, password) =
        (mayfly.file("link", "https://m.example/accept-invitation#hunter2\n"), mayfly.file("p", "four words\n"));
    let run = mayfly.run(&format!("user accept --name Ben --link-file {link} --password-file {password}")).await;
    assert!(run.success().is_empty() && run.stderr.contains("mayfly login --email ben@example.com"), "{run:?}");
    assert_eq!(server.only_body(), json!({"token": "hunter2", "name": "Ben", "password": "four words"}));
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let server = Double::start().await;
    server.on("GET /api/v1/auth/sessions", Answer::json(&json!({"sessions": [session(true)]})));
    server.on("DELETE /api/v1/auth/sessions/s-1", Answer::json(&json!({"ended": 1})));
    server.on("POST /api/v1/auth/sessions/end-others", Answer::json(&json!({"ended": 3})));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("session ls").await;
    let wanted =
        "ID   THIS ONE  FROM       LAST USED  ENDS  PROGRAM\ns-1  yes       192.0.2.1  t1         t2    mayfly-cli\n";
    assert_eq!(run.success(), wanted);
    assert_eq!(mayfly.run("session rm s-1").await.success(), "1\n");
    assert_eq!(mayfly.run("session rm --others -o json").await.json()["ended"], 3);
    mayfly.run("session rm").await.failure(2);
    mayfly.run("session rm s-1 --others").await.failure(2);
}

#[tokio::test]
async fn a_person_is_removed_only_when_that_is_said() {
    let server = Double::start().await;
    server.on("DELETE /api/v1/users/u-2", Answer::json(&json!({"user": user("u-2", "ben@example.com")})));
    let mayfly = Mayfly::at(&server);
    assert!(mayfly.run("user rm u-2").await.failure(2).contains("nobody was removed: add `-y`"));
    assert_eq!(mayfly.run("user rm u-2 -y").await.success(), "ben@example.com\n");
}

#[tokio::test]
async fn passkeys_are_listed_and_removed_only_when_that_is_said() {
    let server = Double::start().await;
    let passkey = json!({
        "id": "p-1", "name": "laptop", "algorithm": "ES256", "transports": ["internal"],
        "aaguid": "00000000-0000-0000-0000-000000000000", "isBackupEligible": true, "isBackedUp": true,
        "createdAt": "t1", "lastUsedAt": "t2", "suspectedAt": null,
    });
    server.on("GET /api/v1/users/u-2/passkeys", Answer::json(&json!({ "passkeys": [passkey] })));
    server.on("DELETE /api/v1/users/u-2/passkeys", Answer::json(&json!({"user": user("u-2", "ben@example.com")})));
    let mayfly = Mayfly::at(&server);
    let shown = mayfly.run("user passkeys u-2").await.success().to_owned();
    let rows: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1], ["p-1", "laptop", "ES256", "yes", "t1", "t2"], "{shown}");
    assert!(mayfly.run("user reset-passkeys u-2").await.failure(2).contains("nothing was removed: add `-y`"));
    assert_eq!(mayfly.run("user reset-passkeys u-2 -y").await.success(), "ben@example.com\n");
}
