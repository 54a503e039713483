//! `mayfly sso`, and `mayfly login --sso`.

use serde_json::{Value, json};

use crate::{
    double::{Answer, Double},
    mayfly::Mayfly,
};

const PROVIDERS: &str = "/api/v1/sso/providers";
const REQUESTS: &str = "/api/v1/auth/sso/requests";

fn provider() -> Value {
    json!({"id": "s", "slug": "acme", "name": "Acme", "discoveryUrl": "https://id.example.com", "caCert": "",
           "issuer": "https://id.example.com", "clientId": "mayfly", "hasClientSecret": true, "scopes": ["openid"],
           "emailClaim": "email", "nameClaim": "name", "groupsClaim": "groups",
           "groupMappings": [{"value": "platform", "groupId": "g-1"}], "emailDomains": ["example.com"],
           "emailTrust": "verified", "joining": "refused", "linking": "refused", "passwords": "allowed",
           "isEnabled": true, "redirectUri": "https://mayfly.example.com/api/v1/auth/sso/callback", "createdAt": "t",
           "updatedAt": "t"})
}

async fn server(providers: &[Value]) -> Double {
    let server = Double::start().await;
    server.on(&format!("GET {PROVIDERS}"), Answer::json(&json!({"providers": providers, "nextCursor": null})));
    for what in [format!("POST {PROVIDERS}"), format!("PATCH {PROVIDERS}/acme"), format!("GET {PROVIDERS}/acme")] {
        server.on(&what, Answer::json(&json!({ "provider": provider() })));
    }
    let group =
        json!({"id": "g-1", "orgId": "o", "name": "D", "slug": "deployers", "createdAt": "t", "updatedAt": "t"});
    server.on("GET /api/v1/groups", Answer::json(&json!({"groups": [group], "nextCursor": null})));
    server
}

fn last_body(server: &Double) -> Value {
    server.asked().pop().unwrap().body
}

#[tokio::test]
async fn a_provider_is_made_with_a_secret_that_is_in_no_argument() {
    let server = server(&[]).await;
    let mayfly = Mayfly::at(&server);
    let file = mayfly.file("secret", "s3cret\n");
    let line = "sso set acme --discovery-url https://id.example.com --client-id mayfly --domain example.com \
                --joining no-access --map platform=deployers --map a=b=deployers";
    let run = mayfly.run(&format!("{line} --client-secret-file {file}")).await;
    assert!(run.success().contains("redirectUri      https://mayfly.example.com"), "{run:?}");
    let expected = json!({"slug": "acme", "name": "acme", "discoveryUrl": "https://id.example.com",
        "clientId": "mayfly", "clientSecret": "s3cret", "emailDomains": ["example.com"], "joining": "no-access",
        "groupMappings": [{"value": "platform", "groupId": "g-1"}, {"value": "a=b", "groupId": "g-1"}]});
    assert_eq!(last_body(&server), expected);
    Mayfly::at(&server).with("MAYFLY_CLIENT_SECRET", "of the environment").run(line).await.success();
    assert_eq!(last_body(&server)["clientSecret"], "of the environment");
    mayfly.run(&format!("{line} --public")).await.success();
    assert_eq!(last_body(&server)["clientSecret"], "");
}

#[tokio::test]
async fn only_what_is_named_changes_of_a_provider() {
    let server = server(&[provider()]).await;
    let changed = async |line: &str| {
        let mayfly = Mayfly::at(&server).with("MAYFLY_CLIENT_SECRET", "of the environment");
        mayfly.run(line).await.success();
        last_body(&server)
    };
    assert_eq!(changed("sso set acme --passwords refused").await, json!({"passwords": "refused"}));
    assert_eq!(changed("sso set acme --off").await, json!({"isEnabled": false}));
    let nothing = json!({"groupMappings": [], "emailDomains": []});
    assert_eq!(changed("sso set acme --no-map --no-domain").await, nothing);
    Mayfly::at(&server).run("sso set acme --on --off").await.failure(2);
    Mayfly::at(&server).run("sso set acme --map platform").await.failure(2);
}

#[tokio::test]
async fn a_failed_test_of_a_provider_is_told_and_is_no_success() {
    let server = server(&[provider()]).await;
    let checks = json!([{"name": "discovery", "isPassed": true, "message": "issuer x"},
                        {"name": "pkce", "isPassed": false, "message": "no S256"}]);
    server.on(&format!("POST {PROVIDERS}/acme/test"), Answer::json(&json!({"isPassed": false, "checks": checks})));
    let run = Mayfly::at(&server).run("sso test acme").await;
    assert_ne!(run.code, 0);
    assert!(run.stdout.contains("pkce       failed  no S256"), "{run:?}");
    let list = Mayfly::at(&server).run("sso ls").await;
    assert!(list.success().contains("acme  Acme  https://id.example.com  example.com  on"), "{list:?}");
}

#[tokio::test]
async fn a_sign_in_shows_an_address_and_a_code_and_waits_for_its_session() {
    let server = Double::start().await;
    let asked = json!({"requestId": "r", "provider": {"slug": "acme", "name": "Acme"}, "code": "BCDF-GHJK",
        "url": "https://mayfly.example.com/api/v1/auth/sso/acme/start?request=r", "token": "a secret token",
        "expiresAt": "t", "interval": 1});
    server.on(&format!("POST {REQUESTS}"), Answer::json(&asked));
    let user = json!({"id": "u", "email": "ben@example.com", "name": null, "role": "no-access", "isDisabled": false,
        "hasSecondFactor": false, "createdAt": "t", "updatedAt": "t"});
    let session = json!({"id": "s", "isCurrent": true, "ipAddress": null, "userAgent": "", "createdAt": "t",
        "lastUsedAt": "t", "endsAt": "t", "expiresAt": "2099-01-01T00:00:00Z"});
    let granted = json!({"state": "granted", "signedIn": {"user": user, "session": session, "token": "mfs_secret"}});
    let claim = format!("POST {REQUESTS}/claim");
    server.on(&claim, Answer::json(&json!({"state": "waiting"}))).on(&claim, Answer::json(&granted));
    let mayfly = Mayfly::new();
    let run = mayfly.run(&format!("login {} --sso acme", server.address())).await;
    assert_eq!(run.success(), "");
    assert!(run.stderr.contains("/start?request=r") && run.stderr.contains("BCDF-GHJK"), "{run:?}");
    assert!(!run.stderr.contains("a secret token") && !run.stderr.contains("mfs_secret"), "{run:?}");
    assert!(std::fs::read_to_string(mayfly.session_file()).unwrap().contains("mfs_secret"));
    assert_eq!(server.calls(), [format!("POST {REQUESTS}"), claim.clone(), claim.clone()]);
    let bodies = server.asked();
    assert_eq!((&bodies[0].body["provider"], &bodies[1].body["token"]), (&json!("acme"), &json!("a secret token")));
    let over = Double::start().await;
    over.on(&format!("POST {REQUESTS}"), Answer::json(&asked));
    over.on(&claim, Answer::problem(403, "sso_request_over", "run `mayfly login --sso` again"));
    let run = Mayfly::new().run(&format!("login {} --sso", over.address())).await;
    assert!(run.code != 0 && run.stderr.contains("again"), "{run:?}");
    assert_eq!(over.asked()[0].body["provider"], Value::Null);
}
