//! Leases as people look for them: by who, what, where and when, in one project or in all of them.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{Caller, TestServer, merged};

const HISTORY: &str = "/api/v1/leases";

async fn found(caller: &Caller, fields: &[(&str, &str)]) -> Value {
    caller.ask(HISTORY, fields).await.ok()
}

fn ids(list: &Value) -> Vec<&str> {
    list["leases"].as_array().unwrap().iter().map(|lease| lease["id"].as_str().unwrap()).collect()
}

fn id_of(issued: &Value) -> &str {
    issued["lease"]["id"].as_str().unwrap()
}

both_databases! {
    async fn a_lease_says_where_it_came_from_and_is_found_by_it(server: TestServer) {
        let ci = server.new_secret("ci").await;
        server.new_secret("nightly").await;
        let admin = server.as_admin();
        let reason = json!({"reason": "Incident 7 in Ärzte"});
        let first = server.issue_with(&admin, "ci", &reason).await.ok();
        server.advance(1);
        let second = server.issue(&admin, "nightly").await;
        let all = found(&admin, &[("projectSlug", &server.project.slug)]).await;
        assert_eq!((ids(&all), &all["total"]), (vec![id_of(&second), id_of(&first)], &json!(2)));
        let place = ["dynamicSecretName", "environmentSlug", "path", "projectId"].map(|field| &all["leases"][1][field]);
        let project = json!(server.project.id);
        assert_eq!(place, [&json!("ci"), &json!("prod"), &json!("/"), &project]);
        let secret = ci["id"].as_str().unwrap();
        for (field, value, expected) in [
            ("dynamicSecretId", secret, vec![&first]),
            ("q", "incident", vec![&first]),
            ("q", "in Ärzte", vec![&first]),
            ("q", "night", vec![&second]),
            ("q", "nobody", vec![]),
            ("isOver", "true", vec![]),
            ("isOver", "false", vec![&second, &first]),
            ("hasFailed", "true", vec![]),
            ("endsBy", "2030-01-01T00:00:00Z", vec![]),
        ] {
            let list = found(&admin, &[("projectSlug", &server.project.slug), (field, value)]).await;
            let expected: Vec<&str> = expected.into_iter().map(id_of).collect();
            assert_eq!((ids(&list), list["total"].as_u64()), (expected.clone(), Some(expected.len() as u64)), "{field}={value}");
        }
        admin.ask(HISTORY, &[("state", "gone")]).await.refused(422, "validation_failure");
    }

    async fn leases_of_all_ones_projects_are_one_list(server: TestServer) {
        server.new_secret("ci").await;
        let admin = server.as_admin();
        let other = server.new_project("other").await;
        let place = json!({"projectSlug": other.slug, "environmentSlug": "prod"});
        admin.post("/api/v1/dynamic-secrets", &merged(&server.secret_request("ci"), &place)).await.ok();
        let mut made = Vec::new();
        for number in 0..6 {
            server.advance(1);
            let request = json!({"dynamicSecretName": "ci"});
            let place = if number % 3 == 0 { merged(&server.place(), &place) } else { server.place() };
            let issued = admin.post("/api/v1/dynamic-secrets/leases", &merged(&place, &request)).await.ok();
            made.push(id_of(&issued).to_owned());
        }
        made.reverse();
        let mut listed: Vec<String> = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..10 {
            let mut fields = vec![("limit", "2")];
            fields.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = found(&admin, &fields).await;
            assert_eq!(page["total"], 6);
            listed.extend(ids(&page).into_iter().map(str::to_owned));
            cursor = page["nextCursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(listed, made);
        // Somebody of one project sees that one's, and of those their own.
        let member = server.as_machine("member").await;
        assert_eq!(ids(&found(&member, &[]).await), Vec::<&str>::new());
        let own = server.issue(&member, "ci").await;
        assert_eq!(ids(&found(&member, &[]).await), [id_of(&own)]);
        assert_eq!(ids(&found(&server.as_stranger().await, &[]).await), Vec::<&str>::new());
    }

    async fn a_project_whose_leases_one_may_not_see_hides_no_others_and_fills_no_log(server: TestServer) {
        server.new_secret("ci").await;
        let machine = server.machine("member", &json!({})).await;
        for (slug, role) in [("looked-at", "viewer"), ("provisioned", "provisioner")] {
            let project = server.new_project(slug).await;
            server.join(&machine.id, &project, role).await;
        }
        let caller = server.as_nobody().with_token(&machine.token);
        let own = server.issue(&caller, "ci").await;
        let before = server.count_events("access-denied").await;
        let list = found(&caller, &[]).await;
        assert_eq!((ids(&list), &list["total"]), (vec![id_of(&own)], &json!(1)));
        assert_eq!(server.count_events("access-denied").await, before);
        // Whoever may nowhere is told so, and not shown an empty list.
        server.as_machine("viewer").await.get(HISTORY).await.refused(403, "permission_denied");
        assert_eq!(server.count_events("access-denied").await, before + 1);
    }
}
