//! The audit log through the API: read, counted, exported, watched and verified; and what a cluster's own log adds.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, NAMESPACE, TestServer, merged, wait_until};

const EVENTS: &str = "/api/v1/audit-events";

async fn issue(server: &TestServer, route: &str) -> Value {
    let request = server.lease_request("ci", &json!({}));
    server.as_admin().post(route, &request).await.ok()["lease"].clone()
}

/// An event of the cluster's audit log about a request with the token of `jti`.
fn request_with(id: &str, jti: &str) -> Value {
    json!({
        "level": "Metadata", "auditID": id, "stage": "ResponseComplete", "verb": "get",
        "requestURI": format!("/api/v1/pods/{id}"),
        "user": {"username": "x", "extra": {"authentication.kubernetes.io/credential-id": [format!("JTI={jti}")]}},
        "objectRef": {"resource": "pods", "namespace": "payments", "name": id}, "responseStatus": {"code": 200},
        "sourceIPs": ["192.0.2.3"], "userAgent": "kubectl/v1", "requestReceivedTimestamp": "2100-01-01T00:00:00Z",
    })
}

both_databases! {
    async fn events_are_read_by_page_filter_and_count(server: TestServer) {
        server.new_secret("ci").await;
        let lease = issue(&server, "/api/v1/dynamic-secrets/leases").await;
        // The log is in the order of time.
        server.advance(1);
        let other = issue(&server, "/api/v1/dynamic-secrets/leases/kubernetes").await;
        let (admin, id) = (server.as_admin(), lease["id"].as_str().unwrap());
        // Each way of issuing leaves one event.
        let made = admin.ask(EVENTS, &[("kind", "create-dynamic-secret-lease")]).await.ok();
        let leases: Vec<&str> = made["events"].as_array().unwrap().iter().map(|event| event["leaseId"].as_str().unwrap()).collect();
        assert_eq!(leases, [other["id"].as_str().unwrap(), id]);
        let of_lease = admin.ask(EVENTS, &[("leaseId", id)]).await.ok();
        assert_eq!(of_lease["events"].as_array().unwrap().len(), 1);
        let jti = of_lease["events"][0]["jti"].as_str().unwrap();
        assert_eq!(admin.ask(EVENTS, &[("jti", jti)]).await.ok()["events"], of_lease["events"]);
        server.as_stranger().await.get(EVENTS).await.refused(403, "permission_denied");
        let denied = admin.ask(EVENTS, &[("outcome", "denied")]).await.ok();
        assert_eq!(denied["events"][0]["kind"], "access-denied");
        assert!(denied["events"].as_array().unwrap().iter().all(|event| event["outcome"] == "denied"));
        let connection = server.home.text("SELECT MIN(connection_id) FROM leases").await;
        let of_cluster = admin.ask(EVENTS, &[("connectionId", &connection)]).await.ok();
        assert!(of_cluster["events"].as_array().unwrap().iter().any(|event| event["leaseId"] == id));
        // Pages give all of it, once.
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("limit", "3")];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = admin.ask(EVENTS, &query).await.ok();
            seen.extend(page["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = Some(next.to_owned());
        }
        assert_eq!(i64::try_from(seen.len()).unwrap(), server.home.number("SELECT COUNT(*) FROM audit_events").await);
        assert!(seen.is_sorted_by(|one, next| one > next));
        let facets = admin.get(&format!("{EVENTS}/facets")).await.ok();
        assert_eq!(facets["total"], json!(seen.len()));
        assert_eq!(facets["kinds"]["create-dynamic-secret-lease"], 2);
        assert_eq!(facets["outcomes"]["denied"], 1);
    }

    async fn events_of_one_dynamic_secret_or_with_a_text_are_found_wherever_events_are_read(server: TestServer) {
        let admin = server.as_admin();
        let (ci, _) = (server.new_secret("ci").await, server.new_secret("nightly").await);
        let why = json!({"reason": "Hot_fix of \u{1F980} \"billing\""});
        for (name, more) in [("ci", why), ("nightly", json!({}))] {
            server.issue_with(&admin, name, &more).await.ok();
        }
        let id = ci["id"].as_str().unwrap();
        let gateways = "/api/v1/gateways";
        let made = admin.post(gateways, &json!({"name": "gw-lab"})).await.ok();
        let gateway = made["gateway"]["id"].as_str().unwrap();
        admin.patch(&format!("{gateways}/{gateway}"), &json!({"name": "gw-prod"})).await.ok();
        admin.post(gateways, &json!({"name": "gw-other"})).await.ok();
        let cases: [(&str, &str, &[&str]); 11] = [
            ("gatewayId", gateway, &["create-gateway", "update-gateway"]),
            ("gatewayId", "018f0000-0000-7000-8000-000000000000", &[]),
            ("dynamicSecretId", id, &["create-dynamic-secret", "create-dynamic-secret-lease"]),
            ("q", "nightl", &["create-dynamic-secret", "create-dynamic-secret-lease"]),
            ("q", "hot_FIX", &["create-dynamic-secret-lease"]),
            ("q", "\u{1F980} \"bill", &["create-dynamic-secret-lease"]),
            ("q", "hotxfix", &[]),
            ("q", "dynamicSecretName", &[]),
            ("q", "bootstrap inst", &["bootstrap-instance"]),
            ("q", "bootstrap-inst", &["bootstrap-instance"]),
            ("dynamicSecretId", "018f0000-0000-7000-8000-000000000000", &[]),
        ];
        for (name, value, expected) in cases {
            let listed = admin.ask(EVENTS, &[(name, value)]).await.ok();
            let mut kinds: Vec<&str> = listed["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
            kinds.sort_unstable();
            assert_eq!(kinds, expected, "{name}={value}");
            let counted = admin.ask(&format!("{EVENTS}/facets"), &[(name, value)]).await.ok();
            assert_eq!(counted["total"], expected.len(), "{name}={value}: {counted}");
            let exported = admin.ask(&format!("{EVENTS}/export"), &[(name, value)]).await.text;
            assert_eq!(exported.lines().count(), expected.len(), "{name}={value}: {exported}");
        }
        let machine = server.machine("member", &json!({})).await;
        server.issue(&server.as_nobody().with_token(&machine.token), "ci").await;
        let name = admin.ask(EVENTS, &[("actor", &machine.id)]).await.ok()["events"][0]["actor"]["metadata"]["name"].clone();
        let by = [("q", name.as_str().unwrap()), ("kind", "create-dynamic-secret-lease")];
        assert_eq!(admin.ask(EVENTS, &by).await.ok()["events"].as_array().unwrap().len(), 1, "by {name}");
        for (name, value) in [("dynamicSecretId", "ci"), ("gatewayId", "gw-lab"), ("q", "")] {
            assert_eq!(admin.ask(EVENTS, &[(name, value)]).await.faults()[0].0, format!("query.{name}"));
        }
    }

    async fn an_export_has_every_event_of_its_span_once(server: TestServer) {
        let admin = server.as_admin();
        for number in 0..30 {
            admin.post("/api/v1/identities", &json!({"name": format!("=machine {number}")})).await.ok();
        }
        let lines = admin.get(&format!("{EVENTS}/export")).await.text;
        let count = server.home.number("SELECT COUNT(*) FROM audit_events").await;
        assert_eq!(i64::try_from(lines.lines().count()).unwrap(), count);
        assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
        let csv = admin.get(&format!("{EVENTS}/export?format=csv")).await.text;
        assert_eq!(i64::try_from(csv.split("\r\n").filter(|line| !line.is_empty()).count()).unwrap(), count + 1);
    }

    async fn whoever_watches_goes_on_after_the_last_event(server: TestServer) {
        let admin = server.as_admin();
        admin.post("/api/v1/identities", &json!({"name": "one"})).await.ok();
        let listed = admin.ask(EVENTS, &[("limit", "1")]).await.ok();
        let last = listed["events"][0]["id"].as_str().unwrap().to_owned();
        server.advance(1);
        admin.post("/api/v1/identities", &json!({"name": "two"})).await.ok();
        let live = admin.with_header("last-event-id", &last).get(&format!("{EVENTS}/live?longest=0")).await.text;
        assert!(live.contains("\"name\":\"two\"") && live.contains("id: ") && live.contains("event: audit"), "{live}");
    }

    async fn whoever_begins_to_watch_gets_an_id_to_go_on_after(server: TestServer) {
        let admin = server.as_admin();
        // What comes after an id begins some seconds before it.
        server.advance(30);
        let live = admin.get(&format!("{EVENTS}/live?longest=0")).await.text;
        let id = live.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
        assert!(!live.contains("data:"), "{live}");
        for name in ["one", "two"] {
            admin.post("/api/v1/identities", &json!({"name": name})).await.ok();
        }
        let live = admin.with_header("last-event-id", &id).get(&format!("{EVENTS}/live?longest=0")).await.text;
        assert_eq!(live.matches("event: audit").count(), 2, "{live}");
    }

    async fn one_event_is_read_by_its_id_where_one_may(server: TestServer) {
        server.new_secret("ci").await;
        let (admin, slug) = (server.as_admin(), ("projectId", server.project.id.as_str()));
        let listed = admin.ask(EVENTS, &[("kind", "create-dynamic-secret")]).await.ok()["events"][0].clone();
        let path = format!("{EVENTS}/{}", listed["id"].as_str().unwrap());
        assert_eq!(admin.get(&path).await.ok()["event"], listed);
        assert_eq!(server.as_machine("admin").await.ask(&path, &[slug]).await.ok()["event"], listed);
        server.as_machine("admin").await.get(&path).await.refused(403, "permission_denied");
        let other = server.new_project("other").await;
        admin.ask(&path, &[("projectId", &other.id)]).await.refused(404, "not_found");
        for nothing in ["nonsense", "018f0000-0000-7000-8000-000000000000"] {
            admin.get(&format!("{EVENTS}/{nothing}")).await.refused(404, "not_found");
        }
    }

    async fn a_manipulated_log_is_named_by_the_api(server: TestServer) {
        server.new_secret("ci").await;
        let admin = server.as_admin();
        let verify = "/api/v1/audit-log/verify";
        let whole = admin.post(verify, &json!({})).await.ok();
        assert_eq!((&whole["isIntact"], whole["findings"].as_array().unwrap().len()), (&json!(true), 0));
        server.home.execute("UPDATE audit_events SET metadata = '{}' WHERE kind = 'create-dynamic-secret'").await;
        let found = admin.post(verify, &json!({})).await.ok();
        assert_eq!((&found["isIntact"], &found["findings"][0]["fault"]), (&json!(false), &json!("changed")));
    }

    async fn a_server_verifies_its_log_once_at_a_time(server: TestServer) {
        let admin = server.as_admin();
        let verify = async || admin.post("/api/v1/audit-log/verify", &json!({})).await;
        let eight_meet = async || {
            let told = futures::future::join_all((0..8).map(|_| verify())).await;
            assert!(told.iter().any(|answer| answer.status == 200), "one is answered");
            let refused: Vec<_> = told.iter().filter(|answer| answer.status != 200).collect();
            for answer in &refused {
                answer.refused(409, "verification_runs");
            }
            !refused.is_empty()
        };
        // A verification may be over before the next one is read: eight at once are tried until two meet.
        wait_until("one of eight at once meets another", eight_meet).await;
        verify().await.ok();
    }

    async fn a_lease_shows_what_its_token_did(server: TestServer) {
        let connection = server.new_connection("main", &json!({})).await;
        let inputs = json!({
            "clusterConnectionId": connection["id"], "credentialType": "static", "namespace": NAMESPACE,
            "serviceAccountName": ACCOUNT,
        });
        let request = json!({"name": "ci", "defaultTTL": "1h", "maxTTL": "4h",
            "provider": {"type": "kubernetes", "inputs": inputs}});
        let admin = server.as_admin();
        admin.post("/api/v1/dynamic-secrets", &merged(&server.place(), &request)).await.ok();
        let lease = issue(&server, "/api/v1/dynamic-secrets/leases").await;
        let (id, jti) = (lease["id"].as_str().unwrap(), lease["jti"].as_str().unwrap());
        let of_connection = |what: &str| format!("/api/v1/cluster-connections/{}/{what}", connection["id"].as_str().unwrap());
        let items = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": [
            request_with("a", jti), request_with("b", jti), request_with("c", "foreign"), request_with("d", jti),
            {"stage": "RequestReceived"},
        ]});
        // Nobody sends before there is an intake, and only whoever has its token then.
        let stranger = server.as_nobody().with_token("secret");
        stranger.post(&of_connection("audit-events"), &items).await.refused(401, "access_token_refused");
        let made = admin.post(&of_connection("audit-intake"), &json!({"serverUrl": "https://mayfly.example.com/"})).await.ok();
        let kubeconfig: Value = serde_json::from_str(made["kubeconfig"].as_str().unwrap()).unwrap();
        let url = format!("https://mayfly.example.com{}", of_connection("audit-events"));
        assert_eq!(kubeconfig["clusters"][0]["cluster"]["server"], url);
        let token = kubeconfig["users"][0]["user"]["token"].as_str().unwrap();
        stranger.post(&of_connection("audit-events"), &items).await.refused(401, "access_token_refused");
        admin.post(&of_connection("audit-events"), &items).await.refused(401, "access_token_refused");
        let sender = server.as_nobody().with_token(token);
        sender.get("/api/v1/projects").await.refused(401, "access_token_refused");
        let received = sender.post(&of_connection("audit-events"), &items).await.ok();
        assert_eq!(received, json!({"events": 5, "joined": 3}));
        // What comes twice is there once.
        assert_eq!(sender.post(&of_connection("audit-events"), &items).await.ok()["joined"], 0);
        let more = json!({"items": [request_with("e", jti)]});
        assert_eq!(admin.post(&of_connection("audit-import"), &more).await.ok(), json!({"events": 1, "joined": 1}));
        let path = format!("/api/v1/leases/{id}/requests");
        let slug = ("projectSlug", server.project.slug.as_str());
        let first = admin.ask(&path, &[slug, ("limit", "3")]).await.ok();
        let ids = |page: &Value| -> Vec<String> {
            page["requests"].as_array().unwrap().iter().map(|one| one["auditId"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!((ids(&first), &first["isCut"]), (vec!["a".to_owned(), "b".to_owned(), "d".to_owned()], &json!(false)));
        let cursor = first["nextCursor"].as_str().unwrap();
        assert_eq!(ids(&admin.ask(&path, &[slug, ("cursor", cursor)]).await.ok()), ["e"]);
        assert_eq!(first["requests"][0]["uri"], "/api/v1/pods/a");
        let intake = admin.get(&of_connection("audit-intake")).await.ok();
        assert_eq!((&intake["intake"]["events"], &intake["intake"]["joined"]), (&json!(10), &json!(3)));
        admin.delete(&of_connection("audit-intake"), &json!({})).await.ok();
        sender.post(&of_connection("audit-events"), &items).await.refused(401, "access_token_refused");
        assert!(server.home.bytes().iter().all(|(_, bytes)| !contains(bytes, token.as_bytes())), "the token is not stored");
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
