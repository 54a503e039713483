//! The audit log: what it tells, to whom, and how it is searched.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{Caller, TestServer, merged, paths_and_codes};

const PATH: &str = "/api/v1/organization/audit-logs";

async fn found(caller: &Caller, parameters: &[(&str, &str)]) -> Vec<Value> {
    caller.ask(PATH, parameters).await.ok()["auditLogs"].as_array().unwrap().clone()
}

/// The kinds of some events, sorted: those of one moment are in no order.
fn kinds(events: &[Value]) -> Vec<&str> {
    let mut kinds: Vec<&str> = events.iter().map(|event| event["event"]["type"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    kinds
}

both_databases! {
    async fn events_are_found_by_project_kind_actor_place_and_field(server: TestServer) {
        let admin = server.as_admin();
        let other = server.new_project("other").await;
        let machine = server.machine("member", &json!({})).await;
        let member = server.as_nobody().with_token(&machine.token);
        let folder = json!({"projectId": server.project.id, "environment": "prod", "name": "box"});
        admin.post("/api/v2/folders", &folder).await.ok();
        server.new_secret("ci").await;
        let boxed = merged(&server.secret_request("boxed"), &json!({"path": "/box"}));
        admin.post("/api/v1/dynamic-secrets", &boxed).await.ok();
        let issued = server.issue(&member, "ci").await;

        let mine = found(&admin, &[("projectId", &server.project.id)]).await;
        let expected = ["add-project-identity", "create-dynamic-secret", "create-dynamic-secret",
            "create-dynamic-secret-lease", "create-folder", "create-project"];
        assert_eq!(kinds(&mine), expected);
        assert!(mine.iter().all(|event| event["projectId"] == server.project.id.as_str()));
        assert_eq!(kinds(&found(&admin, &[("projectId", &other.id)]).await), ["create-project"]);
        let listed = found(&admin, &[("eventType", "create-project, create-folder")]).await;
        assert_eq!(kinds(&listed), ["create-folder", "create-project", "create-project"]);
        let own = found(&admin, &[("actor", &machine.id)]).await;
        assert_eq!(kinds(&own), ["create-dynamic-secret-lease", "login-identity-universal-auth"]);
        assert_eq!(kinds(&found(&admin, &[("actorType", "user")]).await), ["bootstrap-instance"]);
        let boxed = found(&admin, &[("secretPath", "/box"), ("environment", "prod")]).await;
        assert_eq!(kinds(&boxed), ["create-dynamic-secret"]);
        assert_eq!(found(&admin, &[("environment", "dev")]).await.len(), 0);
        let key = [("secretKey", "ci"), ("environment", "prod"), ("secretPath", "/"), ("eventMetadata", "a=b,c=d")];
        assert_eq!(found(&admin, &key).await.len(), 0, "no event is about a static secret");
        assert_eq!(found(&admin, &key[..1]).await.len(), 0);
        let field = format!("leaseId={},dynamicSecretName=ci", issued["lease"]["id"].as_str().unwrap());
        let leases = found(&admin, &[("eventMetadata", &field)]).await;
        assert_eq!(kinds(&leases), ["create-dynamic-secret-lease"]);
        assert_eq!(leases[0]["event"]["metadata"]["jti"], issued["lease"]["jti"], "joins it to the cluster's own log");
        for (name, pattern) in [("actor", "%"), ("secretPath", "/%"), ("eventMetadata", "dynamicSecretName=_i")] {
            assert_eq!(found(&admin, &[(name, pattern)]).await.len(), 0, "{name} is no pattern");
        }
    }

    async fn events_are_found_by_the_program_that_was_used(server: TestServer) {
        let machine = server.machine("member", &json!({})).await;
        server.new_secret("ci").await;
        let used = server.as_nobody().with_token(&machine.token);
        let programs = [
            ("infisical-cli", "cli"),
            ("terraform-provider-infisical", "terraform"),
            ("k8-operator", "k8-operator"),
            ("InfisicalPythonSDK/1.0.3", "InfisicalPythonSDK"),
            ("InfisicalNodeSDK", "InfisicalNodeSDK"),
            ("Mozilla/5.0", "web"),
            ("curl/8", "other"),
        ];
        for (agent, _) in programs {
            server.issue(&used.clone().with_agent(agent), "ci").await;
        }
        let admin = server.as_admin();
        let issued = ("eventType", "create-dynamic-secret-lease");
        for (agent, kind) in programs {
            let events = found(&admin, &[issued, ("userAgentType", kind)]).await;
            let told: Vec<_> = events.iter().map(|event| (&event["userAgent"], &event["userAgentType"])).collect();
            assert_eq!(told, [(&json!(agent), &json!(kind))]);
        }
        let used = used.with_agent("infisical-cli");
        for _ in 0..4 {
            server.advance(1);
            server.issue(&used, "ci").await;
        }
        let cli = [issued, ("userAgentType", "cli")];
        let all = found(&admin, &cli).await;
        assert_eq!(all.len(), 5);
        let mut paged = Vec::new();
        for offset in ["0", "2", "4", "6"] {
            paged.extend(found(&admin, &[cli[0], cli[1], ("limit", "2"), ("offset", offset)]).await);
        }
        assert_eq!(paged, all);
        // What Mayfly does by itself, it does with no program.
        server.advance(4 * 3_600);
        server.reap().await;
        assert_eq!(found(&admin, &[("eventType", "expire-dynamic-secret-lease")]).await.len(), 11);
        let expired = [("eventType", "expire-dynamic-secret-lease"), ("userAgentType", "other")];
        assert_eq!(found(&admin, &expired).await.len(), 0);
        let faults = admin.ask(PATH, &[("userAgentType", "CLI")]).await.faults();
        assert_eq!(paths_and_codes(&faults), [("query.userAgentType", "invalid_value")]);
        assert!(faults[0].2.contains("`web`, `cli`, `k8-operator`"), "{faults:?}");
    }

    async fn pages_and_dates_cut_the_log_without_gaps(server: TestServer) {
        let admin = server.as_admin();
        for number in 0..7 {
            server.advance(60);
            server.new_project(&format!("project-{number}")).await;
        }
        let all = found(&admin, &[("eventType", "create-project")]).await;
        assert_eq!(all.len(), 8);
        let times: Vec<&str> = all.iter().map(|event| event["createdAt"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|newer, older| newer > older), "newest first: {times:?}");
        let mut paged = Vec::new();
        for offset in ["0", "3", "6", "9"] {
            paged.extend(found(&admin, &[("eventType", "create-project"), ("limit", "3"), ("offset", offset)]).await);
        }
        assert_eq!(paged, all);
        let between = [("eventType", "create-project"), ("startDate", times[5]), ("endDate", times[3])];
        assert_eq!(found(&admin, &between).await, all[3..=5]);
        // Without a start, the last midnight is one.
        server.advance(86_400);
        assert_eq!(found(&admin, &[]).await.len(), 0);
        let faulty = [
            ("2030-01-03T00:00:00Z", "2030-01-02T00:00:00Z", "must not be after"),
            ("2029-01-01T00:00:00Z", "2030-01-02T00:00:00Z", "three months"),
        ];
        for (start, end, text) in faulty {
            let faults = admin.ask(PATH, &[("startDate", start), ("endDate", end)]).await.faults();
            assert!(faults[0].0 == "query.startDate" && faults[0].2.contains(text), "{faults:?}");
        }
        let faults = admin.ask(PATH, &[("startDate", "yesterday"), ("limit", "1001")]).await.faults();
        assert_eq!(paths_and_codes(&faults), [("query.startDate", "invalid_value"), ("query.limit", "invalid_number")]);
    }

    async fn a_refused_secret_or_token_names_its_machine(server: TestServer) {
        let machine = server.lone_machine("no-access", &json!({"accessTokenNumUsesLimit": 1})).await;
        let (nobody, admin) = (server.as_nobody(), server.as_admin());
        let wrong = json!({"clientId": machine.client_id, "clientSecret": "wrong"});
        let unknown = json!({"clientId": "018f0000-0000-7000-8000-000000000000", "clientSecret": "wrong"});
        for body in [&unknown, &wrong] {
            nobody.post("/api/v1/auth/universal-auth/login", body).await.refused(401, "credentials_refused");
        }
        let holder = server.as_nobody().with_token(&machine.token);
        holder.get("/api/v1/identities/details").await.ok();
        holder.get("/api/v1/identities/details").await.refused(401, "access_token_used_up");
        let revoked = json!({"accessToken": machine.token});
        nobody.post("/api/v1/auth/token/revoke", &revoked).await.ok();
        nobody.post("/api/v1/auth/token/renew", &revoked).await.refused(401, "access_token_refused");
        // The first of a kind is there at once, whomever it names, and what followed with its minute.
        mayfly_app::audit::flush_refusals(server.app()).await.unwrap();
        let events = found(&admin, &[("eventType", "anonymous-access-denied")]).await;
        let mut told: Vec<(String, Option<String>)> = events
            .iter()
            .map(|event| &event["event"]["metadata"])
            .map(|told| {
                let text = |name: &str| told[name].as_str().map(str::to_owned);
                (format!("{}: {}", text("operation").unwrap(), text("reason").unwrap()), text("identityId"))
            })
            .collect();
        told.sort();
        let its = Some(machine.id.clone());
        let expected = [
            ("getOwnIdentity: access token used up", its.clone()),
            ("loginUniversalAuth: wrong credentials", None),
            ("loginUniversalAuth: wrong credentials", its.clone()),
            ("renewAccessToken: access token refused", its),
        ];
        assert_eq!(told, expected.map(|(what, whose)| (what.to_owned(), whose)));
    }

    async fn the_older_path_of_a_project_gives_its_events_with_the_project(server: TestServer) {
        server.new_secret("ci").await;
        let path = format!("/api/v1/workspace/{}/audit-logs", server.project.id);
        let caller = server.as_machine("admin").await;
        let log = caller.ask(&path, &[("eventType", "create-dynamic-secret"), ("limit", "5")]).await.ok();
        let [event] = log["auditLogs"].as_array().unwrap().as_slice() else { panic!("{log}") };
        assert_eq!(event["project"], json!({"name": "Shop", "slug": server.project.slug}));
        let newer = found(&caller, &[("projectId", &server.project.id), ("eventType", "create-dynamic-secret")]).await;
        assert_eq!((&newer[0]["id"], newer[0].get("project")), (&event["id"], None));
        server.as_machine("viewer").await.get(&path).await.refused(403, "permission_denied");
        server.as_stranger().await.get(&path).await.refused(404, "not_found");
    }

    async fn refusals_of_strangers_are_counted_by_the_minute(server: TestServer) {
        let (admin, nobody) = (server.as_admin(), server.as_nobody());
        let count = async || -> Vec<u64> {
            let events = found(&admin, &[("eventType", "anonymous-access-denied")]).await;
            let mut counts: Vec<u64> =
                events.iter().map(|event| event["event"]["metadata"]["count"].as_u64().unwrap()).collect();
            counts.sort_unstable();
            counts
        };
        for _ in 0..50 {
            nobody.get("/api/v1/workspace").await.refused(401, "not_signed_in");
        }
        assert_eq!(count().await, [1], "the first is an event at once, and fifty fill nothing");
        server.advance(60);
        nobody.get("/api/v1/workspace").await.refused(401, "not_signed_in");
        assert_eq!(count().await, [1, 1, 49]);
        let event = &found(&admin, &[("eventType", "anonymous-access-denied"), ("limit", "1")]).await[0];
        assert_eq!(event["actor"]["type"], "unknownUser");
        assert_eq!(event["event"]["metadata"]["operation"], "listProjects");
        assert_eq!(event["ipAddress"].as_str().or(Some("127.0.0.1")), Some("127.0.0.1"));
    }
}

#[tokio::test]
async fn an_event_tells_who_from_where_with_what() {
    let server = TestServer::sqlite().await;
    let machine = server.machine("member", &json!({})).await;
    server.new_secret("ci").await;
    let caller = server.as_nobody().with_token(&machine.token).with_agent("infisical-cli");
    server.issue_with(&caller, "ci", &json!({"reason": "a release"})).await.ok();
    let event = found(&server.as_admin(), &[("eventType", "create-dynamic-secret-lease")]).await.remove(0);
    assert_eq!(event["actor"]["type"], "identity");
    assert_eq!(event["actor"]["metadata"]["identityId"], machine.id.as_str());
    assert_eq!((&event["ipAddress"], &event["userAgent"]), (&json!("127.0.0.1"), &json!("infisical-cli")));
    assert_eq!((&event["userAgentType"], &event["projectName"]), (&json!("cli"), &json!("Shop")));
    assert_eq!(event["event"]["metadata"]["reason"], "a release");
    assert_eq!(event["event"]["metadata"]["secretPath"], "/");
}

#[tokio::test]
async fn a_project_admin_reads_the_projects_part_and_no_more() {
    let server = TestServer::sqlite().await;
    let admin = server.as_machine("admin").await;
    let own = found(&admin, &[("projectId", &server.project.id)]).await;
    assert!(!own.is_empty());
    admin.get(PATH).await.refused(403, "permission_denied");
    let other = server.new_project("other").await;
    admin.ask(PATH, &[("projectId", &other.id)]).await.refused(404, "not_found");
    let member = server.as_machine("member").await;
    member.ask(PATH, &[("projectId", &server.project.id)]).await.refused(403, "permission_denied");
}

#[tokio::test]
async fn no_text_is_taken_for_a_statement() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    let before = server.home.rows().await;
    let payloads = [
        "' OR 1=1 --",
        "'; DROP TABLE leases; --",
        "\" OR \"\"=\"",
        "1) UNION SELECT 1 --",
        "%' AND 1=0 --",
        "\\",
        "\\'",
        "$1",
        "?1",
        ":a",
        "/*",
        "x' || (SELECT 1) || '",
    ];
    for payload in payloads {
        for name in ["actor", "actorType", "environment", "secretPath", "eventType"] {
            assert_eq!(found(&admin, &[(name, payload)]).await.len(), 0, "{name} {payload}");
        }
        assert_eq!(found(&admin, &[("eventMetadata", &format!("reason={payload}"))]).await.len(), 0, "{payload}");
        let search = json!({"search": {"name": {"$contains": payload}}});
        assert_eq!(admin.post("/api/v1/identities/search", &search).await.ok()["totalCount"], 0, "{payload}");
        for (path, parameters) in [
            ("/api/v1/dynamic-secrets", vec![("projectSlug", payload), ("environmentSlug", "prod")]),
            ("/api/v1/dynamic-secrets", vec![("projectSlug", "shop-abc1"), ("environmentSlug", payload)]),
            ("/api/v1/folders", vec![("projectId", payload), ("environment", "prod")]),
        ] {
            admin.ask(path, &parameters).await.refused(404, "not_found");
        }
    }
    assert_eq!(server.home.rows().await, before);
}
