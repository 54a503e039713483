//! Cluster connections of the organization: made, changed, listed, and removed once nothing uses them.

use mayfly_testkit::{both_databases, fake_cluster::Calls};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, NAMESPACE, TestServer, merged};

const PATH: &str = "/api/v1/cluster-connections";

fn one(connection: &Value) -> String {
    format!("{PATH}/{}", connection["id"].as_str().unwrap())
}

both_databases! {
    async fn one_comes_back_as_it_was_made_and_without_its_token(server: TestServer) {
        let limits = json!({
            "namespaces": [NAMESPACE], "serviceAccounts": [ACCOUNT], "roles": ["view"],
            "bindingShapes": ["role", "cluster-role-in-namespace"], "maxTTL": "8h", "systemNamespaces": false,
            "escalatingRoles": false, "wholeCluster": true,
        });
        let change = json!({"limits": limits, "clientUrl": "https://public.example:6443"});
        let made = server.new_connection("staging", &change).await;
        assert_eq!((&made["name"], &made["version"], &made["verification"]), (&json!("staging"), &json!(1), &json!("full")));
        assert_eq!((&made["limits"], &made["clientUrl"]), (&limits, &change["clientUrl"]));
        assert_eq!((&made["sharedWith"], &made["projectIds"]), (&json!("named"), &json!([server.project.id])));
        let seen = server.as_admin().get(&one(&made)).await.ok();
        assert_eq!(seen["clusterConnection"], made);
        assert!(!seen.to_string().contains(&server.cluster_token), "the token came back");
        assert!(made["cluster"].is_string(), "it was tried");
        assert_eq!(server.count_events("create-cluster-connection").await, 1);
    }

    async fn a_list_has_pages_and_a_name_is_taken_once(server: TestServer) {
        for name in ["one", "two", "three"] {
            // Ids of one moment are in no order.
            server.advance(1);
            server.new_connection(name, &json!({})).await;
        }
        let admin = server.as_admin();
        let (mut names, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("{PATH}?limit=2{cursor}")).await.ok();
            let list = page["clusterConnections"].as_array().unwrap();
            assert!(list.len() <= 2);
            names.extend(list.iter().map(|connection| connection["name"].as_str().unwrap().to_owned()));
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(names, ["one", "two", "three"]);
        admin.post(PATH, &server.connection_request("two")).await.refused(400, "name_taken");
        let third = admin.get(PATH).await.ok()["clusterConnections"][2].clone();
        admin.patch(&one(&third), &json!({"name": "one"})).await.refused(400, "name_taken");
    }

    async fn a_new_token_is_tried_before_it_is_swapped(server: TestServer) {
        let made = server.new_connection("staging", &json!({})).await;
        let admin = server.as_admin();
        let bad = "nobody-knows-this-token";
        let refused = admin.patch(&one(&made), &json!({"clusterToken": bad})).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(admin.get(&one(&made)).await.ok()["clusterConnection"]["version"], 1, "nothing was swapped");
        let token = server.cluster.add_issuer_for(NAMESPACE, ACCOUNT);
        let changed = admin.patch(&one(&made), &json!({"clusterToken": token})).await.ok();
        assert_eq!(changed["clusterConnection"]["version"], 2);
        assert!(!changed.to_string().contains(&token), "the token came back");
        assert_eq!(server.count_events("update-cluster-connection").await, 1);
    }

    async fn a_stored_token_only_goes_where_it_was_given_for(server: TestServer) {
        let made = server.new_connection("staging", &json!({})).await;
        for change in [json!({"url": "https://elsewhere.example"}), json!({"ca": null})] {
            let before = server.cluster.requests().count(Calls::All);
            let faults = server.as_admin().patch(&one(&made), &change).await.faults();
            assert_eq!((faults[0].0.as_str(), faults[0].1.as_str()), ("body.clusterToken", "credential_needed"));
            assert_eq!(server.cluster.requests().count(Calls::All), before);
        }
        let renamed = json!({"name": "other", "sharedWith": "all", "limits": {"maxTTL": "2h"}});
        let changed = server.as_admin().patch(&one(&made), &renamed).await.ok()["clusterConnection"].clone();
        assert_eq!((&changed["name"], &changed["version"]), (&json!("other"), &json!(1)));
        assert_eq!((&changed["sharedWith"], &changed["projectIds"]), (&json!("all"), &json!([])));
    }

    async fn one_that_came_with_a_dynamic_secret_is_listed_and_stays_with_it(server: TestServer) {
        let secret = server.new_secret("ci").await;
        let admin = server.as_admin();
        let private = admin.get(PATH).await.ok()["clusterConnections"][0].clone();
        assert_eq!((&private["name"], &private["dynamicSecretId"]), (&json!(null), &secret["id"]));
        admin.patch(&one(&private), &json!({"name": "mine"})).await.refused(400, "connection_private");
        admin.delete(&one(&private), &json!({})).await.refused(400, "connection_private");
    }

    async fn faults_of_all_fields_come_together(server: TestServer) {
        let body = merged(&server.connection_request("x"), &json!({
            "name": "", "url": "http://plain", "verification": "perhaps", "sharedWith": "everybody", "surprise": 1,
            "limits": {"namespaces": [], "bindingShapes": ["any"], "maxTTL": "1h30m", "wholeCluster": "yes", "x": 1},
        }));
        let faults = server.as_admin().post(PATH, &body).await.faults();
        let paths: Vec<&str> = faults.iter().map(|fault| fault.0.trim_start_matches("body.")).collect();
        let expected = [
            "surprise", "name", "url", "verification", "sharedWith", "limits.x", "limits.namespaces",
            "limits.bindingShapes.0", "limits.maxTTL", "limits.wholeCluster",
        ];
        assert_eq!(paths, expected);
        let off = merged(&server.connection_request("x"), &json!({"verification": "off"}));
        let faults = server.as_admin().post(PATH, &off).await.faults();
        assert_eq!((faults[0].0.as_str(), faults[0].1.as_str()), ("body.verification", "verification_required"));
        let both = merged(&server.connection_request("x"), &json!({"sharedWith": "all"}));
        assert_eq!(server.as_admin().post(PATH, &both).await.faults()[0].0, "body.projectIds");
    }
}
