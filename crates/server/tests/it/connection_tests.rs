//! Tests of cluster connections: what is missing is named, nothing is left, and the manifest says what would give it.

use mayfly_domain::plan::ObjectKind;
use mayfly_testkit::{
    both_databases,
    certificates::TestAuthority,
    fake_cluster::{Calls, FakeRight, Fault, When},
};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, NAMESPACE, TestServer, merged};

async fn test(server: &TestServer, connection: &Value, sample: Option<Value>) -> Value {
    let body = sample.map_or_else(|| json!({}), |credential| json!({ "credential": credential }));
    server.as_admin().post(&path(connection), &body).await.ok()["test"].clone()
}

fn path(connection: &Value) -> String {
    format!("/api/v1/cluster-connections/{}/test", connection["id"].as_str().unwrap())
}

fn dynamic() -> Value {
    json!({
        "credentialType": "dynamic", "namespace": NAMESPACE, "roleType": "role",
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    })
}

/// What an administrator of the fake cluster does with a manifest: it gives the issuer what its roles hold.
fn apply(server: &TestServer, user: &str, manifest: &Value) {
    let texts = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap_or_default() };
    for role in manifest["items"].as_array().unwrap() {
        for rule in role["rules"].as_array().into_iter().flatten() {
            for verb in texts(&rule["verbs"]) {
                let right = FakeRight {
                    namespace: role["metadata"]["namespace"].as_str().map(str::to_owned),
                    name: texts(&rule["resourceNames"]).first().cloned(),
                    ..FakeRight::everywhere(&verb, &texts(&rule["resources"])[0])
                };
                server.cluster.grant(user, right);
            }
        }
    }
}

both_databases! {
    async fn what_is_missing_is_named_and_the_manifest_gives_it(server: TestServer) {
        let connection = server.new_connection("staging", &json!({})).await;
        let before = server.cluster.objects();
        let failed = test(&server, &connection, Some(dynamic())).await;
        assert_eq!(failed["isPassed"], false);
        let who = format!("system:serviceaccount:{NAMESPACE}:issuer");
        assert_eq!(failed["who"], who.as_str());
        let missing: Vec<String> = failed["rights"].as_array().unwrap().iter()
            .filter(|right| right["isRequired"] == true && right["isHeld"] == false)
            .map(|right| format!("{} {}", right["verb"].as_str().unwrap(), right["resource"].as_str().unwrap()))
            .collect();
        for right in ["create serviceaccounts", "delete roles", "create rolebindings", "create serviceaccounts/token"] {
            assert!(missing.iter().any(|found| found == right), "{right} is not among {missing:?}");
        }
        assert!(!failed["refused"].as_array().unwrap().is_empty());
        apply(&server, &who, &failed["manifest"]);
        let passed = test(&server, &connection, Some(dynamic())).await;
        assert_eq!((&passed["isPassed"], &passed["problem"]), (&json!(true), &json!(null)), "{passed}");
        assert_eq!((&passed["manifest"], &passed["refused"]), (&json!(null), &json!([])));
        assert_eq!(server.cluster.objects(), before, "something was left in the cluster");
        assert_eq!(server.cluster.requests().count(Calls::Token), 0, "a trial must not make a token");
        let events = server.events().await;
        let tested: Vec<&Value> = events.iter().map(|event| &event["event"])
            .filter(|event| event["type"] == "test-cluster-connection").map(|event| &event["metadata"]).collect();
        assert_eq!(tested.len(), 2);
        assert!(tested.iter().any(|metadata| metadata["missing"] == json!([])));
    }

    async fn an_existing_account_needs_less_and_no_sample_needs_nothing(server: TestServer) {
        let connection = server.new_connection("staging", &json!({})).await;
        let sample = |name: &str| json!({
            "credentialType": "static", "namespace": NAMESPACE, "serviceAccountName": name, "revocable": false,
        });
        let passed = test(&server, &connection, Some(sample(ACCOUNT))).await;
        assert_eq!((&passed["isPassed"], &passed["manifest"]), (&json!(true), &json!(null)), "{passed}");
        let other = test(&server, &connection, Some(sample("another"))).await;
        let rule = &other["manifest"]["items"][0]["rules"];
        let expected = json!([{"apiGroups": [""], "resources": ["serviceaccounts/token"],
            "resourceNames": ["another"], "verbs": ["create"]}]);
        assert_eq!(*rule, expected, "{other}");
        let bare = test(&server, &connection, None).await;
        assert_eq!((&bare["isPassed"], &bare["rights"]), (&json!(true), &json!([])));
        assert!(bare["version"].is_string() && bare["cluster"].is_string());
    }

    async fn a_faulty_sample_is_refused_field_by_field_and_asks_nothing(server: TestServer) {
        let connection = server.new_connection("staging", &json!({})).await;
        let before = server.cluster.requests().count(Calls::All);
        let refused = async |credential: Value| -> Vec<String> {
            let answer = server.as_admin().post(&path(&connection), &json!({ "credential": credential })).await;
            answer.faults().into_iter().map(|fault| fault.0).collect()
        };
        assert_eq!(refused(json!({})).await, ["body.credential.credentialType"]);
        let sample = json!({"credentialType": "dynamic", "roleType": "roll", "namespace": "Team A"});
        assert_eq!(refused(sample).await, ["body.credential.namespace", "body.credential.roleType"]);
        let sample = json!({"credentialType": "static", "namespace": NAMESPACE});
        assert_eq!(refused(sample).await, ["body.credential.serviceAccountName"]);
        assert_eq!(refused(json!("static")).await, ["body.credential"]);
        assert_eq!(server.cluster.requests().count(Calls::All), before);
        let gone = "/api/v1/cluster-connections/018f0000-0000-7000-8000-000000000000/test";
        server.as_admin().post(gone, &json!({})).await.refused(404, "not_found");
    }

    async fn a_cluster_that_is_away_is_told_and_recorded(server: TestServer) {
        let connection = server.new_connection("staging", &json!({})).await;
        // The issuer is made anew, and its old token is nobody's.
        server.cluster.delete_account(NAMESPACE, "issuer");
        server.as_admin().post(&path(&connection), &json!({})).await.refused(400, "cluster_refused");
        let events = server.events().await;
        let last = events.iter().find(|event| event["event"]["type"] == "test-cluster-connection").unwrap();
        assert_eq!(last["event"]["metadata"]["isReached"], false);
    }

    async fn a_connection_is_tested_before_it_is_made_and_is_not_made_by_that(server: TestServer) {
        let path = "/api/v1/cluster-connections/test";
        let request = server.connection_request("staging");
        let passed = server.as_admin().post(path, &request).await.ok()["test"].clone();
        assert_eq!((&passed["isPassed"], &passed["problem"]), (&json!(true), &json!(null)), "{passed}");
        let steps: Vec<&str> =
            passed["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
        assert_eq!(steps, ["connect", "tls", "whoAmI", "rights"]);
        assert!(passed["steps"].as_array().unwrap().iter().all(|step| step["milliseconds"].is_u64()), "{passed}");
        let list = server.as_admin().get("/api/v1/cluster-connections").await.ok();
        assert_eq!(list["clusterConnections"], json!([]));
        let other = TestAuthority::new("somebody else").pem();
        let untrusted = server.as_admin().post(path, &merged(&request, &json!({ "ca": other }))).await;
        untrusted.refused(400, "cluster_refused");
        let details = untrusted.problem()["details"].clone();
        assert_eq!((&details["step"], &details["call"]), (&json!("handshake"), &json!("read_version")));
        assert!(details["certificate"]["issuer"].as_str().unwrap().starts_with("CN="), "{details}");
        assert_eq!(details["certificate"]["sha256"].as_str().unwrap().len(), 64);
        server.as_machine("viewer").await.post(path, &request).await.refused(403, "permission_denied");
        let events = server.events().await;
        let tested: Vec<Value> = events.iter().map(|event| &event["event"])
            .filter(|event| event["type"] == "test-new-connection")
            .map(|event| event["metadata"]["isReached"].clone()).collect();
        assert_eq!(tested.len(), 2, "whoever was not let in tested nothing");
        assert!(tested.contains(&json!(true)) && tested.contains(&json!(false)));
        assert!(!json!(events).to_string().contains(&server.cluster_token), "the token is in the log");
    }

    async fn a_dynamic_secret_is_tested_before_it_is_made_and_says_what_is_missing(server: TestServer) {
        let path = "/api/v1/dynamic-secret-tests";
        let ready = server.dynamic_secret_request("ready");
        let passed = server.as_admin().post(path, &ready).await.ok()["test"].clone();
        assert_eq!((&passed["isPassed"], &passed["manifest"]), (&json!(true), &json!(null)), "{passed}");
        let weak = merged(&ready, &json!({"provider": {"type": "kubernetes", "inputs": merged(
            &ready["provider"]["inputs"], &json!({"clusterToken": server.cluster_token}))}}));
        let failed = server.as_admin().post(path, &weak).await.ok()["test"].clone();
        assert_eq!(failed["isPassed"], false);
        assert!(failed["problem"].as_str().unwrap().contains("lacks the right"), "{failed}");
        let who = failed["who"].as_str().unwrap().to_owned();
        apply(&server, &who, &failed["manifest"]);
        // What would be refused when it is saved is refused here: nobody saw what the role allows.
        let unseen = server.as_admin().post(path, &weak).await.faults();
        assert_eq!(unseen.first().map(|fault| fault.1.as_str()), Some("role_closed"), "{unseen:?}");
        server.cluster.grant(&who, FakeRight::within(NAMESPACE, "get", "roles"));
        let mended = server.as_admin().post(path, &weak).await.ok()["test"].clone();
        assert_eq!(mended["isPassed"], true, "{mended}");
        // What nobody said is decided as it is when it is saved: with this issuer, tokens that cannot be taken back.
        let undecided = server.as_admin().post(path, &server.secret_request("ci")).await.ok()["test"].clone();
        assert_eq!((&undecided["isPassed"], &undecided["manifest"]), (&json!(true), &json!(null)), "{undecided}");
        let shared = server.new_connection("staging", &json!({})).await;
        let mut by_it = ready.clone();
        by_it["provider"]["inputs"] = json!({
            "clusterConnectionId": shared["id"], "credentialType": "static", "namespace": NAMESPACE,
            "serviceAccountName": ACCOUNT, "revocable": false,
        });
        let passed = server.as_admin().post(path, &by_it).await.ok()["test"].clone();
        assert_eq!(passed["isPassed"], true, "{passed}");
        let place = format!("/api/v1/dynamic-secrets?{}", server.place_query());
        assert_eq!(server.as_admin().get(&place).await.ok()["dynamicSecrets"], json!([]), "something was made");
        server.as_machine("viewer").await.post(path, &ready).await.refused(403, "permission_denied");
        assert_eq!(server.cluster.requests().count(Calls::Token), 0, "a test must not make a token");
    }

    async fn a_list_that_was_cut_says_so(server: TestServer) {
        let connection = server.new_connection("staging", &json!({})).await;
        let issuer = format!("system:serviceaccount:{NAMESPACE}:issuer");
        server.cluster.grant(&issuer, FakeRight::within(NAMESPACE, "list", "serviceaccounts"));
        for number in 0..300 {
            server.cluster.add_account(NAMESPACE, &format!("worker-{number:03}"));
        }
        let gone = r#"{"kind":"Status","reason":"Expired","message":"The continue parameter is too old","code":410}"#;
        let fault = Fault::answer(410, "application/json", gone);
        server.cluster.faults().inject(Calls::AccountList, When::Nth(2), fault);
        let id = connection["id"].as_str().unwrap();
        let path = format!("/api/v1/cluster-connections/{id}/accounts?namespace={NAMESPACE}");
        let list = server.as_admin().get(&path).await.ok()["serviceAccounts"].clone();
        assert_eq!(list["items"].as_array().unwrap().len(), 200);
        assert_eq!((&list["isComplete"], &list["isCut"], &list["missing"]), (&json!(false), &json!(true), &Value::Null));
    }

    async fn there_is_a_choice_as_far_as_the_token_may_look(server: TestServer) {
        let connection = server.new_connection("staging", &json!({})).await;
        let admin = server.as_admin();
        let one = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
        let ask = async |what: &str| admin.get(&format!("{one}/{what}")).await.ok();
        let blind = ask("namespaces").await;
        let nothing = json!({"items": [], "isComplete": false, "isCut": false,
            "missing": "`list` on `namespaces` in the whole cluster"});
        assert_eq!(blind["namespaces"], nothing);
        let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
        server.cluster.add_role(Some(NAMESPACE), "pod-reader", rules.clone());
        let issuer = format!("system:serviceaccount:{NAMESPACE}:issuer");
        for resource in ["namespaces", "serviceaccounts", "roles", "clusterroles", "rolebindings", "clusterrolebindings"] {
            for verb in ["get", "list"] {
                server.cluster.grant(&issuer, FakeRight::everywhere(verb, resource));
            }
        }
        let all = |items: Value| json!({"items": items, "isComplete": true, "isCut": false, "missing": null});
        assert!(ask("namespaces").await["namespaces"]["items"].as_array().unwrap().contains(&json!(NAMESPACE)));
        let accounts = ask(&format!("accounts?namespace={NAMESPACE}")).await;
        assert_eq!(accounts["serviceAccounts"], all(json!([ACCOUNT, "issuer"])));
        let roles = ask(&format!("roles?namespace={NAMESPACE}")).await;
        assert_eq!((&roles["roles"], &roles["clusterRoles"]), (&all(json!(["pod-reader"])), &all(json!([]))));

        server.cluster.add_object(ObjectKind::RoleBinding, Some(NAMESPACE), "readers", json!({
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "pod-reader"},
            "subjects": [{"kind": "ServiceAccount", "namespace": NAMESPACE, "name": ACCOUNT}],
        }));
        let seen = ask(&format!("preview?namespace={NAMESPACE}&serviceAccountName={ACCOUNT}")).await["preview"].clone();
        assert_eq!((&seen["source"], &seen["isComplete"]), (&json!("rbac"), &json!(true)));
        assert_eq!((&seen["grants"][0]["rules"], &seen["grants"][0]["namespace"]), (&rules, &json!(NAMESPACE)));
        let role = ask(&format!("preview?namespace={NAMESPACE}&role=pod-reader")).await["preview"].clone();
        assert_eq!((&role["grants"][0]["rules"], &role["grants"][0]["binding"]), (&rules, &json!(null)));
    }

    async fn what_is_wanted_has_to_be_said(server: TestServer) {
        let connection = server.new_connection("staging", &json!({})).await;
        let one = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
        let rows = [
            ("accounts", vec!["query.namespace"]),
            ("roles?namespace=Team%20A", vec!["query.namespace"]),
            ("preview?namespace=team-a", vec!["query.serviceAccountName"]),
            ("preview?namespace=team-a&role=a&serviceAccountName=b", vec!["query.role"]),
            ("preview?namespace=team-a&role=a&roleType=any&x=1", vec!["query.x", "query.roleType"]),
        ];
        for (what, expected) in rows {
            let faults = server.as_admin().get(&format!("{one}/{what}")).await.faults();
            let paths: Vec<&str> = faults.iter().map(|fault| fault.0.as_str()).collect();
            assert_eq!(paths, expected, "{what}");
        }
    }
}
