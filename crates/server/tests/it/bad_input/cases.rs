//! The rows themselves, by what they are about.

use http::Method;
use mayfly_testkit::{
    certificates::TestAuthority,
    fake_cluster::{ShownCertificate, with_changed_claims},
};
use serde_json::{Value, json};

use super::{
    SECRET, check,
    rows::{Row, change, connection, create, input, lease},
};
use crate::support::{DEFAULT_DATABASES, NAMESPACE, TestServer, TestServerOptions, merged};

pub(super) async fn check_all(rows: impl Fn(&TestServer) -> Vec<Row>) {
    for database in DEFAULT_DATABASES {
        let server = TestServer::start(TestServerOptions::new(database)).await;
        server.new_secret("ci").await;
        let admin = server.as_admin();
        for row in rows(&server) {
            check(&server, &admin, &row).await;
        }
    }
}

#[tokio::test]
async fn lifetimes() {
    check_all(|server| {
        let ttl = |id, value: Value| create(server, id, &json!({ "defaultTTL": value }));
        let unit = "one number and one of the units s, m, h, d, w, y";
        vec![
            ttl("B001", json!("(absent)")).field("defaultTTL", "required"),
            ttl("B001", json!("")).field("defaultTTL", "such as `1h`"),
            ttl("B002", json!("0")).field("defaultTTL", "must be above zero: at least `1m`"),
            ttl("B002", json!("0s")).field("defaultTTL", "must be above zero: at least `1m`"),
            ttl("B003", json!("-1h")).field("defaultTTL", "must not be negative"),
            ttl("B004", json!("one hour")).field("defaultTTL", unit),
            ttl("B005", json!("30s")).field("defaultTTL", "at least `1m`"),
            ttl("B005", json!("5m")).field("defaultTTL", "at least `10m`").tested(),
            ttl("B006", json!(3600)).field("defaultTTL", "must be text"),
            ttl("B007", json!("1e3s")).field("defaultTTL", unit),
            ttl("B007", json!("0x10m")).field("defaultTTL", unit),
            ttl("B007", json!("1h30m")).field("defaultTTL", "write `90m`"),
            create(server, "B008", &json!({"maxTTL": "11y"})).field("maxTTL", "at most `10y`"),
            create(server, "B008", &json!({"maxTTL": "2d"})).field("maxTTL", "limit of 86400 s"),
            create(server, "B008", &json!({"defaultTTL": "2d", "maxTTL": "(absent)"}))
                .field("defaultTTL", "limit of 86400 s"),
            create(server, "B009", &json!({"defaultTTL": "2h", "maxTTL": "1h"})).field("defaultTTL", "`2h` and `1h`"),
            change(server, "B009", &json!({"defaultTTL": "5h"})).field("data.defaultTTL", "`5h` and `4h`"),
            change(server, "B010", &json!({"maxTTL": "30m"})).field("data.defaultTTL", "`1h` and `30m`"),
            lease(server, "B011", &json!({"ttl": "5h"}))
                .refused(400, "`ttl`: `5h` is above this dynamic secret's Max TTL `4h`"),
            lease(server, "B012", &json!({"ttl": "99999999999999999999h"})).field("ttl", "at most `10y`"),
            lease(server, "B013", &json!({"ttl": []})).field("ttl", "must be text"),
            lease(server, "B013", &json!({"ttl": {}})).field("ttl", "must be text"),
        ]
    })
    .await;
}

#[tokio::test]
async fn names_and_places() {
    check_all(|server| {
        let name = |id, value: &str| create(server, id, &json!({ "name": value }));
        let letters = "lower-case letters, digits and single hyphens";
        let path = |id, value: &str| create(server, id, &json!({ "path": value }));
        let with = |id, change: Value| create(server, id, &change);
        vec![
            name("B014", "").field("name", "must not be empty"),
            name("B015", "My Secret").field("name", letters),
            name("B016", &"a".repeat(65)).field("name", "got 65"),
            name("B017", "../x").field("name", letters),
            name("B018", "näme").field("name", letters),
            name("B019", "ci").refused(400, "already exists; choose another `name`").tested(),
            name("B020", "a\u{0}b").field("name", "control characters (one at position"),
            name("B020", "leases").field("name", "reserved"),
            change(server, "B015", &json!({"newName": "My Secret"})).field("data.newName", letters),
            with("B021", json!({"projectSlug": "(absent)"})).field("projectSlug", "is required"),
            with("B022", json!({"projectSlug": "not-ours"})).refused(404, "project `not-ours` was not found"),
            with("B023", json!({"environmentSlug": "prod "})).refused(404, "environment `prod ` was not found"),
            path("B024", "/a/../b").field("path", "must not contain `.` or `..`"),
            path("B025", "/nowhere").refused(404, "folder `/nowhere` was not found"),
            path("B026", "//x").field("path", "empty segment"),
            path("B027", &format!("/{}", "a".repeat(2000))).field("path", "at most 1024 characters"),
            with("B077", json!({"usernameTemplate": "{{foo}}"})).field("usernameTemplate", "unknown word `foo`"),
            with("B078", json!({"usernameTemplate": "{{randomUsername"})).field("usernameTemplate", "`{{`"),
            with("B079", json!({"usernameTemplate": "a".repeat(70)})).field("usernameTemplate", "which is no name"),
            with("B079", json!({"usernameTemplate": "a_{{random 8}}"})).field("usernameTemplate", "which is no name"),
            with("B083", json!({"metadata": [{"key": "a b", "value": "x"}]})).field("metadata.0", "without blanks"),
            with("B083", json!({"metadata": "x"})).field("metadata", "must be a list"),
        ]
    })
    .await;
}

#[tokio::test]
async fn cluster_connections() {
    check_all(|server| {
        let with = |id, field: &str, value: Value| connection(server, id, &json!({ (field): value }));
        let limit = |id, field: &str, value: Value| connection(server, id, &json!({"limits": { (field): value }}));
        vec![
            with("B014", "name", json!("")).field("name", "must not be empty"),
            with("B016", "name", json!("a".repeat(65))).field("name", "got 65"),
            with("B020", "name", json!("a\u{0}b")).field("name", "control characters (one at position"),
            with("B030", "url", json!("(absent)")).field("url", "is required"),
            with("B032", "url", json!("http://k8s.example")).field("url", "must start with `https://`"),
            with("B033", "url", json!(format!("https://u:{SECRET}@h"))).field("url", "credentials"),
            with("B034", "url", json!("https://169.254.169.254")).refused(400, "never connects to").tested(),
            with("B039", "url", json!("https://no-such-host.invalid")).refused(400, "could not be reached").tested(),
            with("B043", "clusterToken", json!("")).field("clusterToken", "must not be empty"),
            with("B043", "clusterToken", json!(["a"])).field("clusterToken", "must be text"),
            with("B044", "clusterToken", json!(format!("{SECRET}\nx"))).field("clusterToken", "line break"),
            with("B048", "ca", json!("not pem")).field("ca", "PEM"),
            with("B033", "clientUrl", json!(format!("https://u:{SECRET}@h"))).field("clientUrl", "credentials"),
            with("B048", "clientCa", json!("not pem")).field("clientCa", "PEM"),
            with("B051", "verification", json!("off")).field("verification", "must be true"),
            with("B021", "projectIds", json!("all")).field("projectIds", "must be a list"),
            with("B021", "projectIds", json!(["shop"])).field("projectIds.0", "is not an id"),
            with("B021", "sharedWith", json!("nobody")).field("sharedWith", "`all` or `named`"),
            with("B084", "clusterTokenn", json!(SECRET)).field("clusterTokenn", "is not a field"),
            with("B084", "limits", json!([])).field("limits", "must be an object"),
            limit("B007", "maxTTL", json!("1h30m")).field("limits.maxTTL", "write `90m`"),
            limit("B057", "namespaces", json!(["Team A"])).field("limits.namespaces.0", "lower-case"),
            limit("B057", "roles", json!([])).field("limits.roles", "must not be empty"),
            limit("B057", "bindingShapes", json!(["any"])).field("limits.bindingShapes.0", "cluster-role-everywhere"),
            limit("B084", "wholeCluster", json!("yes")).field("limits.wholeCluster", "must be true or false"),
        ]
    })
    .await;
}

#[tokio::test]
async fn addresses_and_credentials() {
    check_all(|server| {
        let url = |id, value: &str| input(server, id, "url", &json!(value));
        let token = |id, value: &str| input(server, id, "clusterToken", &json!(value));
        let expired = with_changed_claims(&server.cluster_token, |claims| claims["exp"] = json!(1_000_000_000));
        let (at, token_at) = ("provider.inputs.url", "provider.inputs.clusterToken");
        let provider = |id, change: Value| create(server, id, &json!({ "provider": change }));
        vec![
            provider("B028", json!({"type": "kubernetess"})).field("provider.type", "`kubernetes`"),
            provider("B029", json!({"inputs": null})).field("provider.inputs", "is required"),
            provider("B029", json!("x")).field("provider", "must be an object"),
            url("B030", "(absent)").field(at, "is required"),
            url("B031", "example.com:6443").field(at, "must start with `https://`"),
            url("B032", "http://k8s.example").field(at, "must start with `https://`"),
            url("B033", &format!("https://u:{SECRET}@h")).field(at, "credentials"),
            url("B034", "https://169.254.169.254").refused(400, "never connects to").tested(),
            url("B035", "https://[::1]:6443").refused(400, "never connects to").tested(),
            url("B036", "https://0x7f000001").field(at, "four decimal numbers"),
            url("B037", "https://h:70000").field(at, "must be an address"),
            url("B038", "https://h/?a=1#b").field(at, "query or a fragment"),
            url("B039", "https://no-such-host.invalid").refused(400, "could not be reached; check `url`").tested(),
            token("B043", "").field(token_at, "must not be empty"),
            token("B043", "(absent)").field(token_at, "is required"),
            input(server, "B043", "clusterToken", &json!(["a"])).field(token_at, "must be text"),
            token("B044", &format!("{SECRET}\nx")).field(token_at, "line break"),
            token("B045", &format!("Bearer {SECRET}")).field(token_at, "without the word `Bearer`"),
            token("B046", &expired).field(token_at, "expired at 2001-09-09"),
            token("B047", &SECRET.repeat(5_000)).field(token_at, "at most"),
        ]
    })
    .await;
}

#[tokio::test]
async fn trust() {
    check_all(|server| {
        let ca = |id, value: &str| input(server, id, "ca", &json!(value));
        let at = "provider.inputs.ca";
        let key = TestAuthority::new("a").private_key_pem();
        let (switch, verify) = ("provider.inputs.sslEnabled", "provider.inputs.sslRejectUnauthorized");
        vec![
            ca("B049", "hello").field(at, "must be a PEM certificate"),
            ca("B050", &key).field(at, "private key"),
            ca("B051", &TestAuthority::expired("old").pem()).field(at, "expired at"),
            ca("B052", &TestAuthority::new("other").pem()).refused(400, "not signed by a CA").tested(),
            ca("B053", &server.cluster.ca_pem().repeat(17)).field(at, "at most 16 certificates, got 17"),
            input(server, "B054", "sslEnabled", &json!("yes")).field(switch, "true or false"),
            input(server, "B055", "sslRejectUnauthorized", &json!(false)).field(verify, "does not allow"),
        ]
    })
    .await;
}

#[tokio::test]
async fn accounts() {
    check_all(|server| {
        let at = |field: &str| format!("provider.inputs.{field}");
        let row =
            |id, field: &str, value: &str, text: &str| input(server, id, field, &json!(value)).field(&at(field), text);
        let all = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
        server.cluster.add_role(None, "cluster-admin", all);
        let issuer = server.cluster.add_dynamic_issuer(&[NAMESPACE]);
        let dynamic = |id, change: Value| {
            let access = json!({"credentialType": "dynamic", "serviceAccountName": "(absent)", "role": "reader",
                "roleType": "role", "clusterToken": issuer});
            create(server, id, &json!({"provider": {"inputs": merged(&access, &change)}}))
        };
        let namespace = |id, name: &str| lease(server, id, &json!({"config": {"namespace": name}}));
        vec![
            row("B056", "credentialType", "Static", "must be `static`"),
            dynamic("B070", json!({"roleType": "admin"})).field(&at("roleType"), "must be `role` or `cluster-role`"),
            dynamic("B071", json!({"role": ""})).field(&at("role"), "is required"),
            dynamic("B071", json!({"role": "(absent)"})).field(&at("role"), "is required"),
            dynamic("B072", json!({"role": "nowhere"})).refused(400, "Role `nowhere`").tested(),
            dynamic("B073", json!({"roleType": "cluster-role", "role": "view"})).field(&at("roleType"), "bindingScope"),
            dynamic("B073", json!({"roleType": "cluster-role", "role": "cluster-admin", "bindingScope": "namespace"}))
                .field(&at("role"), "become more than it is")
                .tested(),
            row("B057", "namespace", "Default", "lower-case"),
            row("B058", "namespace", "a_b", "must not contain '_'"),
            row("B059", "namespace", &"a".repeat(64), "at most 63 characters long, got 64"),
            row("B060", "namespace", "kube-system", "must not begin with `kube-`"),
            row("B061", "namespace", "a,,b", "empty entry (entry 2)"),
            row("B062", "namespace", "a,b", "exactly one namespace"),
            namespace("B064", "other")
                .refused(400, "`config.namespace`: `other` is not allowed for this dynamic secret; allowed: team-a"),
            namespace("B065", " dev ").field("config.namespace", "must not contain"),
            row("B066", "serviceAccountName", "", "must not be empty"),
            row("B067", "serviceAccountName", "system:serviceaccount:a:b", "bare account name"),
            row("B068", "serviceAccountName", "a/../b", "must not contain '/'"),
            row("B074", "audiences", "x", "must be a list"),
            input(server, "B075", "audiences", &json!([""])).field(&at("audiences"), "entry 1"),
            row("B080", "gatewayId", "abc", "is not an id"),
            input(server, "B081", "gatewayId", &json!("018f0000-0000-7000-8000-000000000000"))
                .refused(404, "gateway `018f0000-0000-7000-8000-000000000000` was not found"),
            input(server, "B082", "authMethod", &json!("gateway")).field(&at("gatewayId"), "is required"),
            change(server, "B060", &json!({"inputs": {"namespace": "kube-public"}}))
                .field("data.inputs.namespace", "must not begin with `kube-`"),
            lease(server, "B013", &json!({"config": "x"})).field("config", "must be an object"),
            lease(server, "B014", &json!({"dynamicSecretName": "none"})).refused(404, "`none` was not found"),
        ]
    })
    .await;
}

#[tokio::test]
async fn ends_of_leases() {
    check_all(|server| {
        let end = |id, lease: &str, change: Value| {
            let body = merged(&server.place(), &change);
            Row::new(id, Method::DELETE, &format!("/api/v1/dynamic-secrets/leases/{lease}"), body)
        };
        let absent = "018f0000-0000-7000-8000-000000000000";
        vec![
            end("B084", "abc", json!({})).refused(404, "Dynamic secret lease with ID abc"),
            end("B085", absent, json!({})).refused(404, absent),
            end("B088", absent, json!({"isForced": "true"})).field("isForced", "true or false"),
        ]
    })
    .await;
}

#[tokio::test]
async fn logins() {
    let server = TestServer::sqlite().await;
    let machine = server.lone_machine("no-access", &json!({})).await;
    let path = format!("/api/v1/auth/universal-auth/identities/{}", machine.id);
    let row = |id, body: Value| Row::new(id, Method::PATCH, &path, body);
    let secret = |body: Value| Row::new("B099", Method::POST, &format!("{path}/client-secrets"), body);
    let second = json!({"clientSecretTrustedIps": [{"ipAddress": "::/0"}, {"ipAddress": "10.0.0.1/8"}]});
    let rows = [
        row("B096", json!({"accessTokenMaxTTL": 60})).field("accessTokenTTL", "got 2592000 s and 60 s"),
        row("B097", json!({"accessTokenTrustedIps": []})).field("accessTokenTrustedIps", "at least one entry"),
        row("B097", json!({"accessTokenTrustedIps": [{"ipAddress": "10.0.0.0/33"}]}))
            .field("accessTokenTrustedIps.0", "IP address or a range"),
        row("B098", second).field("clientSecretTrustedIps.1", "did you mean `10.0.0.0/8`"),
        secret(json!({"numUsesLimit": -1})).field("numUsesLimit", "whole number from 0"),
        secret(json!({"numUsesLimit": 1.5})).field("numUsesLimit", "whole number from 0"),
        secret(json!({"ttl": "1h"})).field("ttl", "whole number from 0"),
    ];
    for row in rows {
        check(&server, &server.as_admin(), &row).await;
    }
}

#[tokio::test]
async fn all_faults_of_a_request_come_together() {
    let server = TestServer::sqlite().await;
    let inputs = json!({"url": "http://x", "clusterToken": "", "ca": "hello", "namespace": "A",
        "serviceAccountName": "a b", "audiences": 3});
    let change =
        json!({"name": "", "defaultTTL": "soon", "path": "/../x", "provider": {"type": "a", "inputs": inputs}});
    let faulty = [
        "name",
        "defaultTTL",
        "path",
        "provider.type",
        "provider.inputs.url",
        "provider.inputs.clusterToken",
        "provider.inputs.ca",
        "provider.inputs.namespace",
        "provider.inputs.serviceAccountName",
        "provider.inputs.audiences",
    ];
    let row = faulty.iter().fold(create(&server, "all", &change), |row, path| row.field(path, "must"));
    check(&server, &server.as_admin(), &row).await;

    // What is wrong between fields comes with what is wrong in one.
    let inputs = json!({"url": "(absent)", "sslRejectUnauthorized": false});
    let change = json!({"defaultTTL": "3h", "maxTTL": "2h", "provider": {"inputs": inputs}});
    let row = create(&server, "all", &change)
        .field("defaultTTL", "must not be above `maxTTL`")
        .field("provider.inputs.url", "is required")
        .field("provider.inputs.sslRejectUnauthorized", "does not allow");
    check(&server, &server.as_admin(), &row).await;
}

#[tokio::test]
async fn a_cluster_that_shows_the_certificate_of_another_host_is_named_as_such() {
    let server = TestServer::sqlite().await;
    server.cluster.show(ShownCertificate::WrongName);
    let row = create(&server, "B052", &json!({})).refused(400, "not for this host name").tested();
    check(&server, &server.as_admin(), &row).await;
}
