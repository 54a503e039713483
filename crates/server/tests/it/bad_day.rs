//! The bad day: stopping to issue, ending many leases at once, giving up on one. And the limits and keys of ordinary days.

use mayfly_app::Settings;
use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, Fault, Gate, When},
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{Answer, DEFAULT_DATABASES, TestServer, TestServerOptions, crowd, merged};

const LEASES: &str = "/api/v1/dynamic-secrets/leases";

fn id_of(issued: &Value) -> &str {
    issued["lease"]["id"].as_str().unwrap()
}

async fn state(server: &TestServer, issued: &Value) -> Value {
    server.history(&server.as_admin(), id_of(issued)).await.ok()["lease"]["state"].clone()
}

async fn waiting_lease(server: &TestServer) -> Value {
    server.new_dynamic_secret("ci").await;
    let issued = server.issue(&server.as_admin(), "ci").await;
    server.cluster.faults().inject(Calls::DeleteObject, When::Always, Fault::Reset);
    server.as_admin().delete(&format!("{LEASES}/{}", id_of(&issued)), &server.place()).await.ok();
    issued
}

/// A request for a lease whose `call` does not come to its end before the gate opens.
async fn issuing(server: &TestServer, call: Calls) -> (Gate, JoinHandle<Answer>) {
    let gate = Gate::default();
    server.cluster.faults().inject(call, When::Nth(1), Fault::Delay(gate.clone()));
    let before = server.cluster.requests().count(call);
    let (caller, request) = (server.as_admin(), server.lease_request("ci", &json!({})));
    let asking = tokio::spawn(async move { caller.post(LEASES, &request).await });
    server.cluster.requests().wait_for(call, before + 1).await;
    (gate, asking)
}

both_databases! {
    async fn nothing_is_issued_where_it_is_stopped(server: TestServer) {
        let admin = server.as_admin();
        let secret = server.new_secret("ci").await;
        server.new_secret("other").await;
        let connections = admin.get("/api/v1/cluster-connections").await.ok();
        let all = connections["clusterConnections"].as_array().unwrap();
        let connection = all.iter().find(|connection| connection["dynamicSecretId"] == secret["id"]).unwrap();
        let environment = format!("/api/v1/projects/{}/environments/slug/prod", server.project.id);
        let environment = admin.get(&environment).await.ok()["environment"]["id"].clone();
        for (scope, target, stops_other) in [
            ("everywhere", Value::Null, true),
            ("environment", environment, true),
            ("cluster-connection", connection["id"].clone(), false),
            ("dynamic-secret", secret["id"].clone(), false),
        ] {
            let body = json!({"scope": scope, "targetId": target, "reason": "a laptop was stolen"});
            let stop = admin.post("/api/v1/stops", &body).await.ok()["stop"].clone();
            admin.post("/api/v1/stops", &body).await.refused(409, "stopped_already");
            assert_eq!(admin.get("/api/v1/stops").await.ok()["stops"], json!([stop]));
            let refused = server.issue_with(&admin, "ci", &json!({})).await;
            assert!(refused.refused(409, "issuing_stopped").contains("a laptop was stolen"), "{scope}");
            let other = server.issue_with(&admin, "other", &json!({})).await;
            assert_eq!(other.status, if stops_other { 409 } else { 200 }, "{scope}");
            admin.delete(&format!("/api/v1/stops/{}", stop["id"].as_str().unwrap()), &json!({})).await.ok();
            server.issue(&admin, "ci").await;
        }
        assert_eq!((server.count_events("stop-issuing").await, server.count_events("lift-stop").await), (4, 4));
    }

    async fn stops_are_listed_in_pages(server: TestServer) {
        let (admin, mut made) = (server.as_admin(), Vec::new());
        for name in ["one", "two", "three"] {
            let secret = server.new_secret(name).await;
            let stop = json!({"scope": "dynamic-secret", "targetId": secret["id"], "reason": name});
            // Ids are ordered by time.
            server.advance(1);
            made.push(admin.post("/api/v1/stops", &stop).await.ok()["stop"].clone());
        }
        let first = admin.get("/api/v1/stops?limit=2").await.ok();
        assert_eq!(first, json!({"stops": &made[..2], "nextCursor": made[1]["id"]}));
        let second = admin.get(&format!("/api/v1/stops?limit=2&cursor={}", made[1]["id"].as_str().unwrap())).await.ok();
        assert_eq!(second, json!({"stops": &made[2..], "nextCursor": null}));
        assert_eq!(admin.get("/api/v1/stops").await.ok(), json!({"stops": made, "nextCursor": null}));
        for (query, field) in [("limit=0", "limit"), ("limit=101", "limit"), ("cursor=x", "cursor")] {
            assert_eq!(admin.get(&format!("/api/v1/stops?{query}")).await.faults()[0].0, format!("query.{field}"));
        }
    }

    async fn a_waiting_lease_says_since_when_and_when_it_is_tried_again(server: TestServer) {
        let issued = waiting_lease(&server).await;
        let seen = async || server.history(&server.as_admin(), id_of(&issued)).await.ok()["lease"].clone();
        let first = seen().await;
        let time = |lease: &Value, field: &str| lease[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert!(time(&first, "nextAttemptAt") > time(&first, "endingSince"), "{first}");
        assert_eq!(first["attempts"], 1);
        server.advance(3600);
        server.reap().await;
        let later = seen().await;
        assert_eq!(later["endingSince"], first["endingSince"]);
        assert!(time(&later, "nextAttemptAt") > time(&first, "nextAttemptAt"), "{later}");
        assert_eq!(later["attempts"], 2);
        server.cluster.faults().clear();
        server.advance(3600);
        server.reap().await;
        let over = seen().await;
        assert_eq!((&over["state"], over.get("endingSince"), over.get("nextAttemptAt")), (&json!("ended"), None, None));
    }

    async fn a_stop_of_what_is_not_there_is_refused(server: TestServer) {
        let admin = server.as_admin();
        let absent = "018f0000-0000-7000-8000-000000000000";
        let stop = |scope: &str, target: Value, reason: &str| json!({"scope": scope, "targetId": target, "reason": reason});
        for scope in ["environment", "cluster-connection", "dynamic-secret"] {
            admin.post("/api/v1/stops", &stop(scope, json!(absent), "why")).await.refused(404, "not_found");
        }
        for (body, field) in [
            (stop("project", json!(absent), "why"), "scope"),
            (stop("everywhere", json!(absent), "why"), "targetId"),
            (stop("environment", Value::Null, "why"), "targetId"),
            (stop("everywhere", Value::Null, " "), "reason"),
        ] {
            let answer = admin.post("/api/v1/stops", &body).await;
            let faults = answer.faults();
            assert!(answer.status == 422 && faults.iter().any(|fault| fault.0.contains(field)), "{field}: {faults:?}");
        }
        assert_eq!(admin.get("/api/v1/stops").await.ok()["stops"], json!([]));
        let nobodys = format!("/api/v1/stops/{absent}");
        admin.delete(&nobodys, &json!({})).await.refused(404, "not_found");
    }

    async fn all_that_somebody_holds_is_ended_after_a_look(server: TestServer) {
        let admin = server.as_admin();
        let (thief, other) = (server.machine("member", &json!({})).await, server.as_machine("member").await);
        server.new_secret("static").await;
        server.new_dynamic_secret("ci").await;
        let as_thief = server.as_nobody().with_token(&thief.token);
        let stolen = [server.issue(&as_thief, "ci").await, server.issue(&as_thief, "static").await];
        let kept = server.issue(&other, "ci").await;
        let body = json!({"holderId": thief.id, "reason": "a laptop was stolen"});
        let seen = admin.post("/api/v1/leases/end", &body).await.ok();
        let counts = |seen: &Value| [&seen["found"], &seen["ending"], &seen["closed"]].map(|number| number.as_u64().unwrap());
        assert_eq!((&seen["isDryRun"], counts(&seen)), (&json!(true), [2, 1, 1]));
        assert_eq!(state(&server, &stolen[0]).await, "active", "a look ends nothing");
        other.post("/api/v1/leases/end", &body).await.refused(403, "permission_denied");

        let body = json!({"holderId": thief.id, "reason": "a laptop was stolen", "dryRun": false});
        let done = admin.post("/api/v1/leases/end", &body).await.ok();
        assert_eq!((&done["isDryRun"], counts(&done)), (&json!(false), [2, 1, 1]));
        server.reap().await;
        assert_eq!((state(&server, &stolen[0]).await, state(&server, &stolen[1]).await), (json!("ended"), json!("closed")));
        assert_eq!(state(&server, &kept).await, "active");
        assert_eq!(server.owned().len(), 2, "the other's");
        assert_eq!(server.count_events("end-leases").await, 1);
        let again = admin.post("/api/v1/leases/end", &body).await.ok();
        assert_eq!(counts(&again), [0, 0, 0]);
    }

    async fn everything_is_ended_only_in_so_many_words(server: TestServer) {
        let admin = server.as_admin();
        server.new_dynamic_secret("ci").await;
        let old = server.issue(&admin, "ci").await;
        server.advance(60);
        let since = server.ambient.now().to_string();
        let new = server.issue(&admin, "ci").await;
        for body in [json!({"dryRun": false, "reason": "r"}), json!({"since": since, "everything": true, "reason": "r"})] {
            assert_eq!(admin.post("/api/v1/leases/end", &body).await.status, 422, "{body}");
        }
        let body = json!({"since": since, "dryRun": false, "reason": "a key was in a log since then"});
        assert_eq!(admin.post("/api/v1/leases/end", &body).await.ok()["found"], 1);
        server.reap().await;
        assert_eq!((state(&server, &old).await, state(&server, &new).await), (json!("active"), json!("ended")));
        let body = json!({"everything": true, "dryRun": false, "reason": "the end"});
        assert_eq!(admin.post("/api/v1/leases/end", &body).await.ok()["found"], 1);
        server.reap().await;
        assert_eq!(server.owned(), []);
    }

    async fn what_is_being_issued_is_handed_to_nobody_once_all_is_ended(server: TestServer) {
        let admin = server.as_admin();
        server.new_dynamic_secret("ci").await;
        let (gate, asking) = issuing(&server, Calls::Token).await;
        let everything = json!({"everything": true, "dryRun": false, "reason": "the end"});
        let looked = admin.post("/api/v1/leases/end", &merged(&everything, &json!({"dryRun": true}))).await.ok();
        assert_eq!((&looked["found"], &looked["cancelled"]), (&json!(1), &json!(1)));
        let ended = admin.post("/api/v1/leases/end", &everything).await.ok();
        assert_eq!((&ended["found"], &ended["cancelled"], &ended["ending"]), (&json!(1), &json!(1), &json!(0)));
        gate.open();
        assert_ne!(asking.await.unwrap().status, 200);
        assert_eq!(server.owned(), []);
        server.issue(&admin, "ci").await;
    }

    async fn what_is_being_issued_and_ended_by_its_id_is_handed_to_nobody_and_somebody_did_it(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let (gate, asking) = issuing(&server, Calls::CreateAccount).await;
        let reserved = server.as_admin().ask("/api/v1/leases", &[("state", "reserved")]).await.ok();
        let path = format!("/api/v1/leases/{}/end", reserved["leases"][0]["id"].as_str().unwrap());
        server.as_admin().post(&path, &json!({"projectSlug": server.project.slug})).await.ok();
        assert_eq!(server.count_events("delete-dynamic-secret-lease").await, 1);
        gate.open();
        assert_ne!(asking.await.unwrap().status, 200);
        server.reap().await;
        assert_eq!(server.owned(), []);
    }

    async fn what_is_being_issued_is_handed_to_nobody_once_it_is_stopped(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let (gate, asking) = issuing(&server, Calls::Token).await;
        let stop = json!({"scope": "everywhere", "reason": "a laptop was stolen"});
        server.as_admin().post("/api/v1/stops", &stop).await.ok();
        gate.open();
        assert!(asking.await.unwrap().refused(409, "issuing_stopped").contains("a laptop was stolen"));
        assert_eq!(server.owned(), []);
    }

    async fn one_spoiled_lease_keeps_no_other_from_ending(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let issued = [server.issue(&server.as_admin(), "ci").await, server.issue(&server.as_admin(), "ci").await];
        let spoil = format!("UPDATE leases SET plan = 'spoiled' WHERE id = '{}'", id_of(&issued[1]));
        server.home.execute(&spoil).await;
        let everything = json!({"everything": true, "dryRun": false, "reason": "the end"});
        let ended = server.as_admin().post("/api/v1/leases/end", &everything).await.ok();
        assert_eq!(ended["ending"], 1);
        server.reap().await;
        assert_eq!((state(&server, &issued[0]).await, server.owned().len()), (json!("ended"), 2));
    }

    async fn a_lease_whose_lane_is_shut_can_be_given_up(server: TestServer) {
        let admin = server.as_admin();
        server.new_dynamic_secret("ci").await;
        let mut waiting = Vec::new();
        for _ in 0..8 {
            waiting.push(server.issue(&admin, "ci").await);
        }
        server.cluster.faults().inject(Calls::All, When::Always, Fault::Reset);
        server.advance(2 * 3600);
        server.reap().await;
        for issued in &waiting {
            let lease = server.history(&admin, id_of(issued)).await.ok()["lease"].clone();
            assert_eq!(lease["status"], "Failed to delete", "{lease}");
            let body = json!({"projectSlug": server.project.slug, "reason": "the cluster was thrown away"});
            let path = format!("/api/v1/leases/{}/forget", id_of(issued));
            assert_eq!(admin.post(&path, &body).await.ok()["lease"]["outcome"], "forgotten");
        }
    }

    async fn what_was_made_for_a_reservation_that_was_taken_over_is_removed(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let (gate, asking) = issuing(&server, Calls::CreateAccount).await;
        // Another server, whose clock is ahead, takes it for abandoned, and finds nothing.
        server.home.execute("UPDATE lease_states SET due_at = 1 WHERE state = 'reserved'").await;
        server.reap().await;
        gate.open();
        assert_ne!(asking.await.unwrap().status, 200);
        assert_eq!(server.owned(), []);
    }

    async fn giving_up_takes_a_reason_and_names_what_stays(server: TestServer) {
        let issued = waiting_lease(&server).await;
        let (admin, path) = (server.as_admin(), format!("/api/v1/leases/{}/forget", id_of(&issued)));
        let body = json!({"projectSlug": server.project.slug, "reason": "the cluster was thrown away"});
        assert_eq!(admin.post(&path, &json!({"projectSlug": server.project.slug})).await.status, 422);
        let viewer = server.as_machine("viewer").await;
        viewer.post(&path, &body).await.refused(403, "permission_denied");
        let forgotten = admin.post(&path, &body).await.ok()["lease"].clone();
        assert_eq!((&forgotten["state"], &forgotten["outcome"]), (&json!("ended"), &json!("forgotten")));
        admin.post(&path, &body).await.refused(409, "nothing_to_forget");
        let events = server.events().await;
        let told = events.iter().find(|event| event["event"]["type"] == "forget-dynamic-secret-lease").unwrap();
        assert_eq!(told["event"]["metadata"]["left"].as_array().unwrap().len(), 2);
        assert_eq!(told["event"]["metadata"]["reason"], "the cluster was thrown away");
        server.advance(3600);
        server.reap().await;
        assert_eq!(server.owned().len(), 2, "nobody tries any more");
        server.cluster.faults().clear();
        mayfly_app::sweep::sweep_all(server.app()).await.unwrap();
        assert_eq!(server.owned(), [], "the cluster came back after all, and the sweep found it");
    }

    async fn a_live_lease_is_not_forgotten(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let issued = server.issue(&server.as_admin(), "ci").await;
        let path = format!("/api/v1/leases/{}/forget", id_of(&issued));
        let body = json!({"projectSlug": server.project.slug, "reason": "why"});
        server.as_admin().post(&path, &body).await.refused(409, "nothing_to_forget");
        assert_eq!(state(&server, &issued).await, "active");
    }

    async fn a_request_with_a_key_issues_once(server: TestServer) {
        server.new_secret("ci").await;
        let (member, other) = (server.as_machine("member").await, server.as_machine("member").await);
        let ask = async |caller: &crate::support::Caller, key: &str, body: &Value| {
            caller.clone().with_header("idempotency-key", key).post(LEASES, &server.lease_request("ci", body)).await
        };
        let issued = ask(&member, "deploy-7", &json!({})).await.ok();
        let again = ask(&member, "deploy-7", &json!({})).await;
        again.refused(409, "idempotency_key_used");
        assert_eq!(again.problem()["details"]["leaseId"], id_of(&issued));
        assert!(!again.text.contains("eyJ"), "the token is shown once");
        ask(&member, "deploy-7", &json!({"ttl": "2h"})).await.refused(409, "idempotency_key_reused");
        let of_other = ask(&other, "deploy-7", &json!({})).await.ok();
        assert_ne!(id_of(&of_other), id_of(&issued), "another caller's key is another key");
        for bad in ["", &"k".repeat(129)] {
            assert_eq!(ask(&member, bad, &json!({})).await.status, 422, "{bad}");
        }
        assert_eq!(ask(&member, &"k".repeat(128), &json!({})).await.status, 200);
        server.advance(24 * 3600);
        let member = server.as_machine("member").await;
        ask(&member, "deploy-8", &json!({})).await.ok();
        let count = "SELECT COUNT(*) FROM idempotency_keys";
        let before = server.home.number(count).await;
        mayfly_app::leases::forget_old_keys(server.app()).await.unwrap();
        assert_eq!((before, server.home.number(count).await), (4, 1), "those of a day ago are forgotten");
    }

    async fn a_replacement_that_is_asked_for_again_tells_what_the_first_one_made(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let admin = server.as_admin();
        let old = server.issue(&admin, "ci").await;
        let request = server.lease_request("ci", &json!({"replaces": id_of(&old)}));
        let ask = async || admin.clone().with_header("idempotency-key", "deploy-7").post(LEASES, &request).await;
        let new = ask().await.ok();
        let again = ask().await;
        assert_eq!(again.problem()["details"]["leaseId"], new["lease"]["id"]);
        again.refused(409, "idempotency_key_used");
        assert_eq!(server.owned().len(), 2, "the new one's");
    }

    async fn a_key_whose_request_failed_says_that_there_is_no_token(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let admin = server.as_admin();
        let ask = async || {
            let keyed = admin.clone().with_header("idempotency-key", "deploy-8");
            keyed.post(LEASES, &server.lease_request("ci", &json!({}))).await
        };
        server.cluster.faults().inject(Calls::Token, When::Nth(1), Fault::answer(403, "application/json", "{}"));
        assert_eq!(ask().await.status, 400);
        assert!(ask().await.refused(409, "idempotency_key_used").contains("no token was given out; take a new key"));
    }

    async fn a_lease_is_replaced_in_one_call(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let member = server.as_machine("member").await;
        let old = server.issue(&member, "ci").await;
        let new = server.issue_with(&member, "ci", &json!({"replaces": id_of(&old)})).await.ok();
        assert_eq!((&new["replaced"]["id"], &new["replaced"]["state"]), (&old["lease"]["id"], &json!("ended")));
        assert_eq!(server.owned().len(), 2, "those of the new one");
        let absent = server.issue_with(&member, "ci", &json!({"replaces": id_of(&old)})).await;
        absent.refused(404, "lease_not_found");
        let other = server.as_machine("member").await;
        let of_other = server.issue_with(&other, "ci", &json!({"replaces": id_of(&new)})).await;
        of_other.refused(404, "lease_not_found");
        assert_eq!(server.owned().len(), 2, "nothing was issued for a lease that is not one's own");
        server.cluster.faults().inject(Calls::Token, When::Always, Fault::answer(403, "application/json", "{}"));
        assert_eq!(server.issue_with(&member, "ci", &json!({"replaces": id_of(&new)})).await.status, 400);
        assert_eq!(state(&server, &new).await, "active", "what could not be replaced stays");
    }
}

#[tokio::test]
async fn there_are_no_more_live_leases_than_allowed() {
    for database in DEFAULT_DATABASES {
        let settings =
            Settings { most_leases_of_secret: Some(3), most_leases_of_holder: Some(2), ..Settings::default() };
        let server = TestServer::start(TestServerOptions { settings, ..TestServerOptions::new(database) }).await;
        server.new_dynamic_secret("ci").await;
        let (one, other) = (server.as_machine("member").await, server.as_machine("member").await);
        let asked = crowd(8, || async { server.issue_with(&one, "ci", &json!({})).await }).await;
        let issued: Vec<_> = asked.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(issued.len(), 2, "however many ask at once");
        for answer in asked.iter().filter(|answer| answer.status != 200) {
            assert!(answer.refused(400, "too_many_leases").contains("you have 2"));
        }
        server.issue(&other, "ci").await;
        let full = server.issue_with(&other, "ci", &json!({})).await;
        assert!(full.refused(400, "too_many_leases").contains("this dynamic secret has 3"));
        let first = issued[0].ok();
        server.issue_with(&one, "ci", &json!({"replaces": id_of(&first)})).await.ok();
        server.issue_with(&one, "ci", &json!({})).await.refused(400, "too_many_leases");
    }
}

#[tokio::test]
async fn of_five_hundred_who_ask_exactly_as_many_get_a_lease_as_may() {
    const MOST: u32 = 7;
    for database in DEFAULT_DATABASES {
        let settings = Settings { most_leases_of_secret: Some(MOST), ..Settings::default() };
        let server = TestServer::start(TestServerOptions { settings, ..TestServerOptions::new(database) }).await;
        server.new_dynamic_secret("ci").await;
        let caller = server.as_machine("member").await;
        let answers = crowd(500, || async { server.issue_with(&caller, "ci", &json!({})).await }).await;
        let (issued, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(
            (issued.len(), refused.len()),
            (usize::try_from(MOST).unwrap(), 500 - usize::try_from(MOST).unwrap())
        );
        for answer in refused {
            answer.refused(400, "too_many_leases");
        }
        assert_eq!(server.owned().len(), 2 * issued.len(), "an account and a binding for each, and nothing of others");
    }
}
