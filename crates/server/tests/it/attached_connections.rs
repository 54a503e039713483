//! Dynamic secrets that are pointed at a cluster connection of the organization: who may, within what, and what holds it.

use std::fs;

use mayfly_domain::plan::ObjectKind;
use mayfly_testkit::{
    both_databases,
    fake_cluster::{FakeCluster, FakeClusterOptions},
};
use serde_json::{Value, json};

use crate::support::{Answer, Caller, NAMESPACE, TestServer, merged, owned_in};

const SECRETS: &str = "/api/v1/dynamic-secrets";

fn path_of(connection: &Value) -> String {
    format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap())
}

/// A request for a secret whose leases have accounts of their own, which may read pods.
fn attached(server: &TestServer, name: &str, connection: &Value) -> Value {
    if server.cluster.object(ObjectKind::Role, Some(NAMESPACE), "pod-reader").is_none() {
        let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
        server.cluster.add_role(Some(NAMESPACE), "pod-reader", rules);
    }
    let inputs = json!({
        "credentialType": "dynamic", "clusterConnectionId": connection["id"], "namespace": NAMESPACE,
        "roleType": "role", "role": "pod-reader",
    });
    let secret = json!({
        "name": name, "defaultTTL": "1h", "maxTTL": "4h", "provider": {"type": "kubernetes", "inputs": inputs},
    });
    merged(&server.place(), &secret)
}

fn with(request: &Value, inputs: &Value) -> Value {
    merged(request, &json!({"provider": {"inputs": inputs}}))
}

/// A connection that may make accounts.
async fn connection(server: &TestServer, change: &Value) -> Value {
    let token = json!({"clusterToken": server.cluster.add_dynamic_issuer_everywhere()});
    server.new_connection("staging", &merged(&token, change)).await
}

both_databases! {
    async fn a_secret_is_pointed_at_a_connection_and_leases_are_issued_through_it(server: TestServer) {
        let connection = connection(&server, &json!({"clientUrl": "https://public.example:6443"})).await;
        let admin = server.as_admin();
        let made = admin.post(SECRETS, &attached(&server, "ci", &connection)).await.ok()["dynamicSecret"].clone();
        let inputs = &made["inputs"];
        assert_eq!((&inputs["clusterConnectionId"], &inputs["url"]), (&connection["id"], &Value::Null));
        let issued = server.issue(&admin, "ci").await;
        let cluster = &issued["lease"]["cluster"];
        assert_eq!(cluster["server"], "https://public.example:6443", "where its holder finds it");
        assert_eq!(cluster["forClients"], true);
        assert_eq!(server.owned().len(), 2);

        let of = format!("{}/dynamic-secrets", path_of(&connection));
        let using = admin.get(&of).await.ok();
        assert_eq!(using["dynamicSecrets"], json!([{
            "dynamicSecretId": made["id"], "name": "ci", "projectSlug": server.project.slug.as_str(),
            "environmentSlug": "prod", "path": "/",
        }]));
        assert_eq!((&using["nextCursor"], admin.get(&format!("{of}?limit=0")).await.status), (&Value::Null, 422));
        server.as_stranger().await.get(&of).await.refused(403, "permission_denied");

        // Used: it stays, and says by what.
        let refused = admin.delete(&path_of(&connection), &json!({})).await;
        let problem = refused.problem();
        refused.refused(409, "connection_in_use");
        assert_eq!(problem["details"]["dynamicSecrets"][0]["dynamicSecretId"], made["id"]);
        assert_eq!(problem["details"]["dynamicSecrets"][0]["projectSlug"], server.project.slug.as_str());
        assert_eq!(problem["details"]["leaseIds"], json!([issued["lease"]["id"]]));
        let lease = format!("{SECRETS}/leases/{}", issued["lease"]["id"].as_str().unwrap());
        admin.delete(&lease, &server.place()).await.ok();
        admin.delete(&format!("{SECRETS}/ci"), &server.place()).await.ok();
        admin.delete(&path_of(&connection), &json!({})).await.ok();
        admin.get(&path_of(&connection)).await.refused(404, "not_found");
        assert_eq!(server.count_events("delete-cluster-connection").await, 1);
    }

    async fn a_new_token_reaches_every_secret_that_is_pointed_there(server: TestServer) {
        let connection = connection(&server, &json!({})).await;
        let admin = server.as_admin();
        admin.post(SECRETS, &attached(&server, "ci", &connection)).await.ok();
        // The issuer is made anew, and the cluster takes no token of the old one any more.
        let token = server.cluster.add_dynamic_issuer_everywhere();
        server.issue_with(&admin, "ci", &json!({})).await.refused(400, "cluster_refused");
        admin.patch(&path_of(&connection), &json!({"clusterToken": token})).await.ok();
        server.issue(&admin, "ci").await;
    }

    async fn only_who_may_attach_and_only_where_it_is_shared(server: TestServer) {
        let connection = connection(&server, &json!({})).await;
        let request = attached(&server, "ci", &connection);
        let member = server.as_machine("member").await;
        member.post(SECRETS, &request).await.refused(403, "permission_denied");
        server.as_machine("provisioner").await.post(SECRETS, &request).await.ok();
        server.as_admin().patch(&path_of(&connection), &json!({"projectIds": []})).await.ok();
        let another = merged(&request, &json!({"name": "other"}));
        let refused = server.as_admin().post(SECRETS, &another).await;
        refused.refused(404, "not_found");
        let absent = with(&another, &json!({"clusterConnectionId": "018f0000-0000-7000-8000-000000000000"}));
        server.as_admin().post(SECRETS, &absent).await.refused(404, "not_found");
        // What was pointed there before issues nothing more.
        let refused = server.issue_with(&server.as_admin(), "ci", &json!({})).await;
        refused.refused(400, "connection_not_shared");
        assert_eq!(server.owned(), []);
    }

    async fn limits_hold_when_a_secret_is_saved(server: TestServer) {
        let limits = json!({"namespaces": [NAMESPACE], "roles": ["pod-reader"], "bindingShapes": ["role"], "maxTTL": "4h"});
        let connection = connection(&server, &json!({ "limits": limits })).await;
        let admin = server.as_admin();
        let good = attached(&server, "ci", &connection);
        let rows = [
            (json!({"namespace": "team-b"}), "body.provider.inputs.namespace", "`limits.namespaces`"),
            (json!({"namespace": "kube-system"}), "body.provider.inputs.namespace", "`limits.systemNamespaces`"),
            (json!({"role": "other"}), "body.provider.inputs.role", "`limits.roles`"),
            (
                json!({"roleType": "cluster-role", "bindingScope": "namespace", "role": "pod-reader"}),
                "body.provider.inputs.roleType",
                "`limits.bindingShapes`",
            ),
            (json!({"roleType": "cluster-role"}), "body.provider.inputs.roleType", "`limits.wholeCluster`"),
        ];
        for (inputs, path, limit) in rows {
            let faults = admin.post(SECRETS, &with(&good, &inputs)).await.faults();
            let [(at, code, message)] = faults.as_slice() else { panic!("{inputs}: {faults:?}") };
            assert_eq!((at.as_str(), code.as_str()), (path, "connection_limit"), "{message}");
            assert!(message.contains(limit), "{message}");
        }
        let faults = admin.post(SECRETS, &merged(&good, &json!({"maxTTL": "5h"}))).await.faults();
        assert_eq!((faults[0].0.as_str(), faults[0].1.as_str()), ("body.maxTTL", "connection_limit"));
        admin.post(SECRETS, &good).await.ok();
        let change = merged(&server.place(), &json!({"data": {"inputs": {"role": "other"}}}));
        let faults = admin.patch(&format!("{SECRETS}/ci"), &change).await.faults();
        assert_eq!(faults[0].0, "body.data.inputs.role");
    }

    async fn limits_that_were_narrowed_later_hold_at_each_lease(server: TestServer) {
        let connection = connection(&server, &json!({})).await;
        let admin = server.as_admin();
        admin.post(SECRETS, &attached(&server, "ci", &connection)).await.ok();
        server.issue(&admin, "ci").await;
        let rows = [
            (json!({"namespaces": ["team-b"]}), "namespaces"),
            (json!({"roles": ["other"]}), "roles"),
            (json!({"bindingShapes": ["cluster-role-in-namespace"]}), "bindingShapes"),
            (json!({"maxTTL": "30m"}), "maxTTL"),
        ];
        for (limits, limit) in rows {
            admin.patch(&path_of(&connection), &json!({ "limits": limits })).await.ok();
            let owned = server.owned().len();
            let refused = server.issue_with(&admin, "ci", &json!({})).await;
            let problem = refused.problem();
            refused.refused(400, "connection_limit");
            assert_eq!(problem["details"]["limit"], limit);
            assert!(problem["message"].as_str().unwrap().contains(&format!("`limits.{limit}`")), "{problem}");
            assert_eq!(server.owned().len(), owned, "{limit}: something was made");
        }
        admin.patch(&path_of(&connection), &json!({"limits": {"maxTTL": "30m"}})).await.ok();
        server.issue_with(&admin, "ci", &json!({"ttl": "30m"})).await.ok();
    }

    async fn a_dangerous_role_needs_an_opening_and_issues_no_more_once_it_is_closed(server: TestServer) {
        let rules = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]);
        server.cluster.add_role(Some(NAMESPACE), "secret-reader", rules);
        let connection = connection(&server, &json!({})).await;
        let admin = server.as_admin();
        let request = with(&attached(&server, "ci", &connection), &json!({"role": "secret-reader"}));
        assert_eq!(admin.post(SECRETS, &request).await.faults()[0].1, "role_closed");
        admin.patch(&path_of(&connection), &json!({"limits": {"escalatingRoles": true}})).await.ok();
        admin.post(SECRETS, &request).await.ok();
        server.issue(&admin, "ci").await;
        admin.patch(&path_of(&connection), &json!({"limits": {}})).await.ok();
        let refused = server.issue_with(&admin, "ci", &json!({})).await;
        assert_eq!(refused.problem()["details"]["limit"], "escalatingRoles");
    }

    async fn what_belongs_to_the_connection_is_not_changed_by_a_secret_nor_seen_in_it(server: TestServer) {
        let connection = connection(&server, &json!({})).await;
        let admin = server.as_admin();
        let request = attached(&server, "ci", &connection);
        let both = with(&request, &json!({"url": server.cluster.url(), "clusterToken": server.cluster_token}));
        let paths: Vec<String> = admin.post(SECRETS, &both).await.faults().into_iter().map(|fault| fault.0).collect();
        assert_eq!(paths, ["body.provider.inputs.url", "body.provider.inputs.clusterToken"]);
        admin.post(SECRETS, &request).await.ok();
        let change = |inputs: Value| merged(&server.place(), &json!({"data": {"inputs": inputs}}));
        for (name, value) in [("url", server.cluster.url()), ("clusterToken", server.cluster_token.clone())] {
            let faults = admin.patch(&format!("{SECRETS}/ci"), &change(json!({(name): value}))).await.faults();
            assert_eq!((faults[0].0.clone(), faults.len()), (format!("body.data.inputs.{name}"), 1));
        }
        admin.patch(&format!("{SECRETS}/ci"), &change(json!({"clusterConnectionId": connection["id"]}))).await.ok();
        // A provisioner reads tokens of its project's own connections back, and of no other.
        let provisioner = server.as_machine("provisioner").await;
        let seen = provisioner.get(&format!("{SECRETS}/ci?{}", server.place_query())).await.ok();
        assert_eq!(seen["dynamicSecret"]["inputs"]["clusterToken"], Value::Null);
        assert_eq!(server.count_events("reveal-root-credential").await, 0);
    }

    async fn a_secret_is_pointed_elsewhere_and_its_leases_end_where_they_were_issued(server: TestServer) {
        let admin = server.as_admin();
        server.new_dynamic_secret("ci").await;
        let first = server.issue(&admin, "ci").await;
        let there = FakeCluster::start(FakeClusterOptions::new(server.clock.ambient(9))).await.unwrap();
        let reads = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
        there.add_role(Some(NAMESPACE), "pod-reader", reads);
        let way = json!({"url": there.url(), "ca": there.ca_pem(), "clusterToken": there.add_dynamic_issuer_everywhere()});
        let other = server.new_connection("elsewhere", &way).await;
        let point = async |by: &Caller| {
            let change = json!({"data": {"inputs": {"clusterConnectionId": other["id"]}}});
            by.patch(&format!("{SECRETS}/ci"), &merged(&server.place(), &change)).await
        };
        point(&server.as_machine("member").await).await.refused(403, "permission_denied");
        let inputs = point(&admin).await.ok()["dynamicSecret"]["inputs"].clone();
        assert_eq!((&inputs["clusterConnectionId"], &inputs["url"]), (&other["id"], &Value::Null));
        assert_eq!(server.owned().len(), 2, "what was issued before goes on");
        let second = server.issue(&admin, "ci").await;
        assert_eq!((server.owned().len(), owned_in(&there).len()), (2, 2), "the next one is there");
        assert_eq!(second["lease"]["cluster"]["forClients"], false, "nobody said where clients find it");
        for (issued, left) in [(&first, [0, 2]), (&second, [0, 0])] {
            let lease = format!("{SECRETS}/leases/{}", issued["lease"]["id"].as_str().unwrap());
            admin.delete(&lease, &server.place()).await.ok();
            assert_eq!([server.owned().len(), owned_in(&there).len()], left);
        }
    }

    async fn a_token_is_read_from_its_file_each_time(server: TestServer) {
        let admin = server.as_admin();
        let new = |name: &str, change: Value| {
            let request = merged(&server.connection_request(name), &json!({"clusterToken": null}));
            merged(&request, &merged(&json!({"clusterTokenFile": "in-cluster"}), &change))
        };
        let make = async |change: Value| admin.post("/api/v1/cluster-connections", &new("here", change)).await;
        let why = |answer: Answer| answer.problem()["message"].as_str().unwrap().to_owned();
        assert!(why(make(json!({})).await).contains("cannot be read by the server"));
        fs::write(server.token_file(), server.cluster.add_dynamic_issuer_everywhere()).unwrap();
        assert!(why(make(json!({"clusterTokenFile": "other"})).await).contains("connections.token_files"));
        let elsewhere = json!({"url": "https://127.0.0.1:1"});
        assert!(why(make(elsewhere).await).contains("may only be sent to"), "whoever makes connections reads no file");
        let both = make(json!({"clusterToken": server.cluster_token})).await.faults();
        assert_eq!((both[0].0.as_str(), both.len()), ("body.clusterTokenFile", 1));
        let neither = make(json!({"clusterTokenFile": null})).await.faults();
        assert_eq!((neither[0].0.as_str(), neither[0].1.as_str()), ("body.clusterToken", "required"));

        let connection = make(json!({})).await.ok()["clusterConnection"].clone();
        assert_eq!(connection["clusterTokenFile"], "in-cluster");
        admin.post(SECRETS, &attached(&server, "ci", &connection)).await.ok();
        server.issue(&admin, "ci").await;
        // The kubelet puts a new one there, and the old one is not taken any more.
        let token = server.cluster.add_dynamic_issuer_everywhere();
        server.issue_with(&admin, "ci", &json!({})).await.refused(400, "cluster_refused");
        fs::write(server.token_file(), token).unwrap();
        server.issue(&admin, "ci").await;

        let moved = json!({"url": "https://127.0.0.1:1"});
        assert_eq!(admin.patch(&path_of(&connection), &moved).await.faults()[0].1, "credential_needed");
        let stored = json!({"clusterToken": server.cluster.add_dynamic_issuer_everywhere()});
        let changed = admin.patch(&path_of(&connection), &stored).await.ok()["clusterConnection"].clone();
        assert_eq!((&changed["clusterTokenFile"], &changed["version"]), (&Value::Null, &json!(2)));
        fs::remove_file(server.token_file()).unwrap();
        server.issue(&admin, "ci").await;
    }
}
