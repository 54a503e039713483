//! Whoever loses the last right to lease loses their leases, wherever that right was remembered.

use mayfly_app::leases::end_of_lost_rights;
use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{Caller, Machine, TestServer, merged};

/// The promise.
const WITHIN_SECONDS: i64 = 5;

struct Holder {
    machine: Machine,
    caller: Caller,
}

impl Holder {
    async fn new(server: &TestServer) -> Self {
        let machine = server.machine("member", &json!({})).await;
        let caller = server.as_nobody().with_token(&machine.token);
        Self { machine, caller }
    }

    async fn lease(&self, server: &TestServer, secret: &str) -> String {
        let request = server.lease_request(secret, &json!({}));
        let made = self.caller.post("/api/v1/dynamic-secrets/leases", &request).await.ok();
        made["lease"]["id"].as_str().unwrap().to_owned()
    }

    fn identity(&self) -> String {
        format!("/api/v1/identities/{}", self.machine.id)
    }

    fn membership(&self, server: &TestServer) -> String {
        format!("/api/v1/projects/{}/memberships/identities/{}", server.project.id, self.machine.id)
    }
}

async fn state(server: &TestServer, lease: &str) -> String {
    let path = format!("/api/v1/leases/{lease}?projectSlug={}", server.project.slug);
    server.as_admin().get(&path).await.ok()["lease"]["state"].as_str().unwrap().to_owned()
}

fn named(answer: &Value) -> Vec<&str> {
    let left = answer["leasesLeft"].as_array().unwrap_or_else(|| panic!("no leases are named: {answer}"));
    left.iter().map(|lease| lease["id"].as_str().unwrap()).collect()
}

both_databases! {
    async fn disabling_removing_and_taking_the_last_right_end_leases_and_name_them(server: TestServer) {
        server.new_secret("ci").await;
        let admin = server.as_admin();
        for way in ["disable", "remove", "leave", "demote"] {
            let (holder, other) = (Holder::new(&server).await, Holder::new(&server).await);
            let (lease, others) = (holder.lease(&server, "ci").await, other.lease(&server, "ci").await);
            let answer = match way {
                "disable" => admin.patch(&holder.identity(), &json!({"isDisabled": true})).await,
                "remove" => admin.delete(&holder.identity(), &json!({})).await,
                "leave" => admin.delete(&holder.membership(&server), &json!({})).await,
                _ => admin.patch(&holder.membership(&server), &json!({"roles": [{"role": "viewer"}]})).await,
            };
            assert_eq!(named(&answer.ok()), [lease.as_str()], "{way}");
            // A plain token of an existing account cannot be taken back: its lease is closed, and says so.
            assert_eq!(state(&server, &lease).await, "closed", "{way}");
            assert_eq!(state(&server, &others).await, "active", "{way}: nobody else's");
            let request = server.lease_request("ci", &json!({}));
            assert_ne!(holder.caller.post("/api/v1/dynamic-secrets/leases", &request).await.status, 200, "{way}");
        }
    }

    async fn leases_run_out_where_that_is_chosen_and_stay_where_the_right_stays(server: TestServer) {
        server.new_secret("ci").await;
        let admin = server.as_admin();
        let holder = Holder::new(&server).await;
        let lease = holder.lease(&server, "ci").await;
        let changed = admin.patch(&holder.membership(&server), &json!({"roles": [{"role": "admin"}]})).await.ok();
        assert!(changed.get("leasesLeft").is_none(), "{changed}");
        let run_out = json!({"roles": [{"role": "viewer"}], "leases": "run-out"});
        let changed = admin.patch(&holder.membership(&server), &run_out).await.ok();
        assert_eq!(named(&changed), [lease.as_str()]);
        admin.patch(&holder.identity(), &json!({"isDisabled": true, "leases": "run-out"})).await.ok();
        assert_eq!(state(&server, &lease).await, "active");
        let wrong = admin.delete(&holder.identity(), &json!({"leases": "keep"})).await.faults();
        assert_eq!(wrong[0].0, "body.leases");
        admin.delete(&holder.identity(), &json!({"leases": "run-out"})).await.ok();
        assert_eq!(state(&server, &lease).await, "active");
    }

    async fn leases_of_people_groups_and_roles_are_named_and_run_out_where_that_is_chosen(server: TestServer) {
        server.new_secret("ci").await;
        let admin = server.as_admin();
        let project = format!("/api/v1/projects/{}", server.project.id);
        let role = json!({"slug": "leaser", "name": "Leaser", "permissions": [{"subject": "dynamic-secrets", "action": ["lease"]}]});
        let role = admin.post(&format!("{project}/roles"), &role).await.ok();
        let role = format!("{project}/roles/{}", role["role"]["id"].as_str().unwrap());
        let nothing = json!([{"subject": "project", "action": ["read"]}]);
        for (number, way) in ["disable", "remove", "leave", "group", "role"].into_iter().enumerate() {
            for (leases, expected) in [("end", "closed"), ("run-out", "active")] {
                let person = server.person(&format!("{way}-{leases}@example.com"), "no-access").await;
                let group = json!({"name": "G", "slug": format!("g-{number}-{leases}")});
                let group = admin.post("/api/v1/groups", &group).await.ok()["group"]["id"].as_str().unwrap().to_owned();
                let given = json!({"roles": [{"role": if way == "role" { "leaser" } else { "member" }}]});
                let member = format!("/api/v1/groups/{group}/members/users/{}", person.id);
                admin.post(&member, &json!({})).await.ok();
                admin.post(&format!("{project}/memberships/groups/{group}"), &given).await.ok();
                let lease = server.issue(&person.caller, "ci").await["lease"]["id"].as_str().unwrap().to_owned();
                let user = format!("/api/v1/users/{}", person.id);
                let choice = json!({ "leases": leases });
                let answer = match way {
                    "disable" => admin.patch(&user, &merged(&choice, &json!({"isDisabled": true}))).await,
                    "remove" => admin.delete(&user, &choice).await,
                    "leave" => admin.delete(&member, &choice).await,
                    "group" => admin.delete(&format!("/api/v1/groups/{group}"), &choice).await,
                    _ => admin.patch(&role, &merged(&choice, &json!({"permissions": nothing}))).await,
                };
                assert_eq!(named(&answer.ok()), [lease.as_str()], "{way}, {leases}");
                assert_eq!(state(&server, &lease).await, expected, "{way}, {leases}");
                if way == "role" {
                    let permissions = json!({"permissions": [{"subject": "dynamic-secrets", "action": ["lease"]}]});
                    let given = admin.patch(&role, &permissions).await.ok();
                    assert!(given.get("leasesLeft").is_none(), "nobody loses by what they are given");
                    admin.delete(&member, &json!({})).await.ok();
                }
            }
        }
        for path in ["/api/v1/groups/x", "/api/v1/users/x"] {
            assert_eq!(admin.delete(path, &json!({"lease": "end"})).await.status, 422, "{path}");
        }
    }

    async fn a_hundred_others_who_lost_theirs_first_keep_nobody_waiting(server: TestServer) {
        server.new_secret("ci").await;
        let holder = Holder::new(&server).await;
        let lease = holder.lease(&server, "ci").await;
        let now = server.ambient.now().as_millisecond();
        // More than are read at once, each of somebody who may be remembered for a while yet.
        for number in 0..230 {
            let id = format!("018f0000-0000-7000-8000-{number:012}");
            let row = format!("INSERT INTO lost_rights (id, organization_id, holder_kind, holder_id, project_id, lost_at)
                SELECT '{id}', id, 'identity', '{id}', NULL, {now} FROM organizations");
            server.home.execute(&row).await;
        }
        // The first cannot be judged, as nobody can read what they were given.
        let broken = Holder::new(&server).await.machine.id;
        server.home.execute(&format!("UPDATE project_members SET roles = 'nonsense' WHERE principal_id = '{broken}'")).await;
        let of_broken = format!("INSERT INTO lost_rights (id, organization_id, holder_kind, holder_id, project_id, lost_at)
            SELECT '018f0000-0000-7000-8000-eeeeeeeeeeee', id, 'identity', '{broken}', '{}', {now} - 1 FROM organizations",
            server.project.id);
        server.home.execute(&of_broken).await;
        let last = format!("INSERT INTO lost_rights (id, organization_id, holder_kind, holder_id, project_id, lost_at)
            SELECT '018f0000-0000-7000-8000-ffffffffffff', id, 'identity', '{}', NULL, {now} FROM organizations", holder.machine.id);
        server.home.execute(&last).await;
        server.home.execute(&format!("UPDATE identities SET is_disabled = TRUE WHERE id = '{}'", holder.machine.id)).await;
        end_of_lost_rights(server.app()).await.unwrap();
        assert_eq!(state(&server, &lease).await, "closed");
        assert_eq!(server.home.number("SELECT COUNT(*) FROM lost_rights").await, 232, "somebody may still remember");
    }

    async fn what_a_crash_left_and_what_was_issued_on_an_old_memory_ends_too(server: TestServer) {
        server.new_secret("ci").await;
        let holder = Holder::new(&server).await;
        let lease = holder.lease(&server, "ci").await;
        // The intent is stored, the change is not: nothing ends, and the intent is forgotten.
        let intent = |id: &str, holder: &str| {
            format!("INSERT INTO lost_rights (id, organization_id, holder_kind, holder_id, project_id, lost_at)
                SELECT '{id}', id, 'identity', '{holder}', NULL, {} FROM organizations", server.ambient.now().as_millisecond())
        };
        server.home.execute(&intent("018f0000-0000-7000-8000-000000000001", &holder.machine.id)).await;
        end_of_lost_rights(server.app()).await.unwrap();
        assert_eq!(state(&server, &lease).await, "active");
        server.advance(16);
        end_of_lost_rights(server.app()).await.unwrap();
        assert_eq!(server.home.number("SELECT COUNT(*) FROM lost_rights").await, 0);
        // The change happened, and the process died before the leases ended.
        server.home.execute(&intent("018f0000-0000-7000-8000-000000000002", &holder.machine.id)).await;
        let disable = format!("UPDATE identities SET is_disabled = TRUE WHERE id = '{}'", holder.machine.id);
        server.home.execute(&disable).await;
        end_of_lost_rights(server.app()).await.unwrap();
        assert_eq!(state(&server, &lease).await, "closed");
        assert_eq!(server.home.number("SELECT COUNT(*) FROM lost_rights").await, 1, "somebody may still remember");
        server.advance(16);
        end_of_lost_rights(server.app()).await.unwrap();
        assert_eq!(server.home.number("SELECT COUNT(*) FROM lost_rights").await, 0);
    }
}

#[tokio::test]
async fn an_identity_cannot_shut_itself_out() {
    let server = TestServer::sqlite().await;
    let own = server.as_admin().get("/api/v1/identities/details").await.ok();
    let path = format!("/api/v1/identities/{}", own["identityDetails"]["id"].as_str().unwrap());
    let faults = server.as_admin().patch(&path, &json!({"isDisabled": true})).await.faults();
    assert_eq!(faults[0].0, "body.isDisabled");
}

/// Two servers on one PostgreSQL, with one clock that the test moves.
#[tokio::test]
async fn rights_take_effect_and_lose_effect_within_five_seconds_on_every_server() {
    let server = TestServer::postgres().await;
    server.new_secret("ci").await;
    let other = server.second().await;
    let admin = server.as_admin();
    let machine = server.lone_machine("no-access", &json!({})).await;
    let elsewhere = other.as_nobody().with_token(&machine.token);
    let project = format!("/api/v1/projects/{}", server.project.id);
    let membership = format!("{project}/memberships/identities/{}", machine.id);
    let status = async || {
        server.advance(1);
        elsewhere.get(&project).await.status
    };
    let identity = format!("/api/v1/identities/{}", machine.id);
    // What each change is, and what the other server must say within the promise.
    for (method, path, body, expected) in [
        (http::Method::GET, &project, json!(null), 404),
        (http::Method::POST, &membership, json!({"role": "member"}), 200),
        (http::Method::DELETE, &membership, json!({}), 404),
        (http::Method::POST, &membership, json!({"role": "viewer"}), 200),
        (http::Method::PATCH, &identity, json!({"isDisabled": true}), 401),
        (http::Method::PATCH, &identity, json!({"isDisabled": false}), 200),
        (http::Method::DELETE, &identity, json!({}), 401),
    ] {
        // It is remembered there.
        let _ = elsewhere.get(&project).await;
        admin.send(method.clone(), path, (!body.is_null()).then_some(&body)).await.ok();
        let began = server.ambient.now();
        while status().await != expected {
            let passed = server.ambient.now().duration_since(began).as_secs();
            assert!(passed <= WITHIN_SECONDS, "{method} {path} {body}: not in effect after {passed} s");
        }
    }
}
