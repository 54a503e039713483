//! Roles that a project makes for itself: what they allow and where, through what they come, and what nobody can give.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{Caller, Machine, TestServer, merged};

/// A rule that allows to lease, with conditions.
fn lease(conditions: &Value) -> Value {
    json!({"subject": "dynamic-secrets", "action": ["lease", "read-root-credential"], "conditions": conditions})
}

impl TestServer {
    async fn new_role(&self, by: &Caller, slug: &str, permissions: &Value) -> Value {
        let body = json!({"slug": slug, "name": slug, "permissions": permissions});
        by.post(&format!("/api/v1/projects/{}/roles", self.project.id), &body).await.ok()["role"].clone()
    }

    /// Makes a secret where `place` says.
    async fn secret_at(&self, name: &str, place: &Value) {
        let request = merged(&self.secret_request(name), place);
        self.as_admin().post("/api/v1/dynamic-secrets", &request).await.ok();
    }

    async fn folder(&self, environment: &str, name: &str) -> String {
        let body = json!({"projectId": self.project.id, "environment": environment, "name": name});
        let made = self.as_admin().post("/api/v2/folders", &body).await.ok();
        made["folder"]["id"].as_str().unwrap().to_owned()
    }

    async fn explained(&self, by: &Caller, question: &Value) -> Value {
        let question = merged(&json!({"projectSlug": self.project.slug}), question);
        by.post("/api/v1/access/explain", &question).await.ok()
    }

    fn as_(&self, machine: &Machine) -> Caller {
        self.as_nobody().with_token(&machine.token)
    }

    fn member_path(&self, machine: &Machine) -> String {
        format!("/api/v1/projects/{}/memberships/identities/{}", self.project.id, machine.id)
    }
}

both_databases! {
    async fn a_role_counts_where_its_conditions_say(server: TestServer) {
        let dev = json!({"environmentSlug": "dev"});
        server.secret_at("ci", &dev).await;
        server.secret_at("ci", &json!({})).await;
        server.folder("dev", "k8s").await;
        server.secret_at("deep", &json!({"environmentSlug": "dev", "path": "/k8s"})).await;
        let conditions = json!({"environment": "dev", "secretPath": {"$glob": "/"}});
        server.new_role(&server.as_admin(), "dev-only", &json!([lease(&conditions)])).await;
        let machine = server.machine("dev-only", &json!({})).await;
        let caller = server.as_(&machine);

        server.issue_with(&caller, "ci", &dev).await.ok();
        server.issue_with(&caller, "ci", &json!({})).await.refused(403, "permission_denied");
        let deep = json!({"environmentSlug": "dev", "path": "/k8s"});
        server.issue_with(&caller, "deep", &deep).await.refused(403, "permission_denied");
        // What is not there is refused in the same words: nobody learns what lies where they may not look.
        let absent = server.issue_with(&caller, "absent", &json!({})).await;
        absent.refused(403, "permission_denied");

        let list = |environment: &str| {
            format!("/api/v1/dynamic-secrets?projectSlug={}&environmentSlug={environment}", server.project.slug)
        };
        assert_eq!(caller.get(&list("dev")).await.ok()["dynamicSecrets"].as_array().unwrap().len(), 1);
        caller.get(&list("prod")).await.refused(403, "permission_denied");

        let allowed = server.explained(&caller, &json!({"environmentSlug": "dev"})).await;
        assert_eq!((&allowed["decision"], &allowed["rule"]["role"]), (&json!("allow"), &json!("dev-only")));
        assert_eq!(allowed["rule"]["conditions"]["environment"], json!({"$eq": "dev"}));
        let denied = server.explained(&caller, &json!({"environmentSlug": "prod"})).await;
        assert_eq!(denied["decision"], "deny");
        assert_eq!(denied["reason"], "no rule of their roles allows it");
    }

    async fn labels_decide_and_a_ban_wins_over_every_other_role(server: TestServer) {
        server.secret_at("open", &json!({"metadata": [{"key": "tier", "value": "1"}]})).await;
        server.secret_at("shut", &json!({"metadata": [{"key": "tier", "value": "0"}]})).await;
        let tier = |value: &str| json!({"metadata": {"$elemMatch": {"key": {"$eq": "tier"}, "value": {"$eq": value}}}});
        let ban = merged(&lease(&tier("0")), &json!({"inverted": true}));
        // A misspelt ban would be an allowance.
        let misspelt = merged(&lease(&tier("0")), &json!({"invertd": true}));
        let body = json!({"slug": "misspelt", "name": "Misspelt", "permissions": [misspelt]});
        let path = format!("/api/v1/projects/{}/roles", server.project.id);
        let faults = server.as_admin().post(&path, &body).await.faults();
        assert!(faults[0].2.contains("`invertd`"), "{faults:?}");
        server.new_role(&server.as_admin(), "no-tier-0", &json!([ban])).await;
        let machine = server.machine("member", &json!({})).await;
        let roles = json!({"roles": [{"role": "member"}, {"role": "no-tier-0"}]});
        server.as_admin().patch(&server.member_path(&machine), &roles).await.ok();
        let caller = server.as_(&machine);
        server.issue(&caller, "open").await;
        server.issue_with(&caller, "shut", &json!({})).await.refused(403, "permission_denied");
        let question = json!({"environmentSlug": "prod", "dynamicSecretName": "shut"});
        let denied = server.explained(&caller, &question).await;
        assert_eq!(denied["reason"], "forbidden by line 1 of the role `no-tier-0`");

        // Whoever is banned cannot talk their way out of it by the secret's labels.
        let path = "/api/v1/dynamic-secrets/shut";
        let body = json!({"projectSlug": server.project.slug, "environmentSlug": "prod", "path": "/",
            "data": {"metadata": [{"key": "tier", "value": "1"}]}});
        caller.patch(path, &body).await.refused(403, "rights_would_grow");
        server.as_admin().patch(path, &body).await.ok();
        server.issue(&caller, "shut").await;
    }

    async fn what_a_group_gives_comes_and_goes_with_it(server: TestServer) {
        server.new_secret("ci").await;
        let admin = server.as_admin();
        let machine = server.lone_machine("no-access", &json!({})).await;
        let caller = server.as_(&machine);
        let made = admin.post("/api/v1/groups", &json!({"name": "On call", "slug": "on-call"})).await.ok();
        let group = made["group"]["id"].as_str().unwrap();
        let member = format!("/api/v1/groups/{group}/members/identities/{}", machine.id);
        admin.post(&member, &json!({})).await.ok();
        server.issue_with(&caller, "ci", &json!({})).await.refused(404, "not_found");
        let membership = format!("/api/v1/projects/{}/memberships/groups/{group}", server.project.id);
        admin.post(&membership, &json!({"role": "member"})).await.ok();
        server.issue(&caller, "ci").await;
        let explained = server.explained(&caller, &json!({"environmentSlug": "prod"})).await;
        assert_eq!(explained["reason"], "allowed by line 4 of the role `member`, held through the group `on-call`");
        assert_eq!(caller.get("/api/v1/projects").await.ok()["projects"].as_array().unwrap().len(), 1);
        admin.delete(&member, &json!({})).await.ok();
        server.issue_with(&caller, "ci", &json!({})).await.refused(404, "not_found");
        admin.post(&member, &json!({})).await.ok();
        server.issue(&caller, "ci").await;
        admin.delete(&format!("/api/v1/groups/{group}"), &json!({})).await.ok();
        server.issue_with(&caller, "ci", &json!({})).await.refused(404, "not_found");
    }

    async fn a_role_for_a_time_ends_by_itself(server: TestServer) {
        server.new_secret("ci").await;
        let machine = server.machine("viewer", &json!({})).await;
        let caller = server.as_(&machine);
        let for_an_hour = json!({"role": "member", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h"});
        let roles = json!({"roles": [{"role": "viewer"}, for_an_hour]});
        let given = server.as_admin().patch(&server.member_path(&machine), &roles).await.ok();
        assert_eq!((&given["roles"][1]["isTemporary"], &given["roles"][1]["temporaryRange"]), (&json!(true), &json!("1h")));
        server.issue(&caller, "ci").await;
        server.advance(3_599);
        server.issue(&caller, "ci").await;
        server.advance(1);
        server.issue_with(&caller, "ci", &json!({})).await.refused(403, "permission_denied");
        caller.get(&format!("/api/v1/projects/{}", server.project.id)).await.ok();
    }
}

#[tokio::test]
async fn nobody_makes_or_changes_a_role_beyond_their_own() {
    let server = TestServer::sqlite().await;
    let roles = format!("/api/v1/projects/{}/roles", server.project.id);
    let manage = json!([
        {"subject": "role", "action": ["read", "create", "edit", "delete"]},
        {"subject": "identity", "action": ["read", "create", "edit", "delete"]},
        lease(&json!({"environment": {"$eq": "dev"}})),
    ]);
    server.new_role(&server.as_admin(), "lead", &manage).await;
    let lead = server.machine("lead", &json!({})).await;
    let caller = server.as_(&lead);
    let role = |permissions: Value| json!({"slug": "mine", "name": "Mine", "permissions": permissions});

    for permissions in [
        json!([lease(&json!({}))]),
        json!([lease(&json!({"environment": {"$in": ["dev", "prod"]}}))]),
        json!([{"subject": "dynamic-secrets", "action": ["reveal-root-credential"]}]),
        json!([{"subject": "project", "action": ["read"]}]),
    ] {
        caller.post(&roles, &role(permissions)).await.refused(403, "beyond_own_rights");
    }
    let narrow = lease(&json!({"environment": {"$eq": "dev"}, "secretPath": {"$glob": "/k8s/**"}}));
    let made = caller.post(&roles, &role(json!([narrow.clone()]))).await.ok();
    let path = format!("{roles}/{}", made["role"]["id"].as_str().unwrap());
    caller.patch(&path, &json!({"permissions": [lease(&json!({}))]})).await.refused(403, "beyond_own_rights");
    caller.patch(&path, &json!({"description": "narrow"})).await.ok();
    // Nor by the role that they hold themselves, nor by giving themselves another one.
    let held = caller.get(&format!("{roles}/slug/lead")).await.ok();
    let held = format!("{roles}/{}", held["role"]["id"].as_str().unwrap());
    caller.patch(&held, &json!({"permissions": [lease(&json!({}))]})).await.refused(403, "beyond_own_rights");
    caller.patch(&server.member_path(&lead), &json!({"role": "admin"})).await.refused(403, "role_above_own");
    caller.patch(&server.member_path(&lead), &json!({"roles": [{"role": "lead"}, {"role": "mine"}]})).await.ok();
    caller.delete(&path, &json!({})).await.refused(400, "role_is_held");
    caller.patch(&server.member_path(&lead), &json!({"role": "lead"})).await.ok();
    caller.delete(&path, &json!({})).await.ok();
}

#[tokio::test]
async fn nobody_has_more_than_twenty_roles_or_one_of_them_twice() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    for number in 0..21 {
        server.new_role(&admin, &format!("r{number}"), &json!([lease(&json!({}))])).await;
    }
    let member = server.machine("member", &json!({})).await;
    let path = server.member_path(&member);
    let roles = |count: usize| json!({"roles": (0..count).map(|number| json!({"role": format!("r{number}")})).collect::<Vec<_>>()});
    let faults = admin.patch(&path, &roles(21)).await.faults();
    assert_eq!((faults[0].0.as_str(), faults[0].1.as_str()), ("body.roles", "too_long"));
    admin.patch(&path, &roles(20)).await.ok();
    let twice =
        json!({"roles": [{"role": "r1"}, {"role": "r2"}, {"role": "r1", "isTemporary": true, "temporaryRange": "1h"}]});
    let faults = admin.patch(&path, &twice).await.faults();
    assert_eq!((faults[0].0.as_str(), faults[0].1.as_str()), ("body.roles.2.role", "duplicate"));
}

#[tokio::test]
async fn whoever_is_shut_out_can_do_nothing_whatever_their_roles_say() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    let machine = server.machine("member", &json!({})).await;
    let person = server.person("ben@example.com", "no-access").await;
    let users = format!("/api/v1/projects/{}/memberships/users/{}", server.project.id, person.id);
    admin.post(&users, &json!({"role": "member"})).await.ok();
    let ask = json!({"projectSlug": server.project.slug, "environmentSlug": "prod"});
    let holders = async || {
        let answer = admin.post("/api/v1/access/who-can", &ask).await.ok();
        let ids = answer["holders"].as_array().unwrap().iter().map(|holder| holder["principal"]["id"].clone());
        ids.filter(|id| *id == json!(machine.id) || *id == json!(person.id)).count()
    };
    assert_eq!(holders().await, 2);
    for (kind, id, path) in [("identity", &machine.id, "identities"), ("user", &person.id, "users")] {
        admin.patch(&format!("/api/v1/{path}/{id}"), &json!({"isDisabled": true})).await.ok();
        let about = merged(&ask, &json!({"principal": {"type": kind, "id": id}}));
        let answer = admin.post("/api/v1/access/explain", &about).await.ok();
        let said = (&answer["decision"], &answer["reason"]);
        assert_eq!(said, (&json!("deny"), &json!("disabled: nothing of their roles counts")));
    }
    assert_eq!(holders().await, 0);
}

#[tokio::test]
async fn a_rename_brings_nothing_to_where_its_maker_may_do_more() {
    let server = TestServer::sqlite().await;
    let folder = server.folder("prod", "shut").await;
    server.secret_at("ci", &json!({"path": "/shut"})).await;
    let permissions = json!([
        lease(&json!({"secretPath": {"$glob": "/open/**"}})),
        {"subject": "secret-folders", "action": ["read", "edit"]},
        {"subject": "environments", "action": ["read", "edit"]},
        {"subject": "project", "action": ["read"]},
        lease(&json!({"environment": {"$eq": "sandbox"}})),
    ]);
    server.new_role(&server.as_admin(), "mover", &permissions).await;
    let caller = server.as_machine("mover").await;
    let rename = json!({"projectId": server.project.id, "environment": "prod", "path": "/", "name": "open"});
    let path = format!("/api/v2/folders/{folder}");
    caller.patch(&path, &rename).await.refused(403, "rights_would_grow");
    let harmless = merged(&rename, &json!({"name": "closed"}));
    caller.patch(&path, &harmless).await.ok();
    let prod = format!("/api/v1/projects/{}/environments/slug/prod", server.project.id);
    let prod = caller.get(&prod).await.ok()["environment"]["id"].as_str().unwrap().to_owned();
    let environment = format!("/api/v1/projects/{}/environments/{prod}", server.project.id);
    caller.patch(&environment, &json!({"slug": "sandbox"})).await.refused(403, "rights_would_grow");
    caller.patch(&environment, &json!({"slug": "production"})).await.ok();
    server.as_admin().patch(&environment, &json!({"slug": "sandbox"})).await.ok();
    let events = server.events().await;
    let renamed = events.iter().map(|event| &event["event"]).filter(|event| event["type"] == "update-environment");
    let slugs = renamed.map(|event| (&event["metadata"]["oldSlug"], &event["metadata"]["newSlug"]));
    let mut slugs: Vec<_> = slugs.map(|(old, new)| format!("{old} to {new}")).collect();
    slugs.sort_unstable();
    assert_eq!(slugs, [r#""prod" to "production""#, r#""production" to "sandbox""#]);
}

#[tokio::test]
async fn a_rename_waits_for_no_ban_to_end() {
    let server = TestServer::sqlite().await;
    let folder = server.folder("prod", "shut").await;
    server.secret_at("ci", &json!({"path": "/shut"})).await;
    let admin = server.as_admin();
    let mover = json!([
        lease(&json!({"secretPath": {"$glob": "/open/**"}})),
        {"subject": "secret-folders", "action": ["read", "edit"]},
        {"subject": "project", "action": ["read"]},
    ]);
    server.new_role(&admin, "mover", &mover).await;
    let ban = merged(&lease(&json!({})), &json!({"inverted": true}));
    server.new_role(&admin, "banned", &json!([ban])).await;
    let machine = server.machine("mover", &json!({})).await;
    // For an hour nothing would be gained by the new name, and afterwards it would.
    let roles = json!({"roles": [{"role": "mover"}, {"role": "banned", "isTemporary": true, "temporaryRange": "1h"}]});
    admin.patch(&server.member_path(&machine), &roles).await.ok();
    let rename = json!({"projectId": server.project.id, "environment": "prod", "path": "/", "name": "open"});
    let path = format!("/api/v2/folders/{folder}");
    server.as_(&machine).patch(&path, &rename).await.refused(403, "rights_would_grow");
    server.as_(&machine).patch(&path, &merged(&rename, &json!({"name": "closed"}))).await.ok();
}

#[tokio::test]
async fn everybody_asks_about_themselves_and_only_readers_of_roles_about_others() {
    let server = TestServer::sqlite().await;
    let member = server.machine("member", &json!({})).await;
    let stranger = server.lone_machine("no-access", &json!({})).await;
    let about = |machine: &Machine| json!({"projectSlug": server.project.slug, "principal": {"type": "identity", "id": machine.id}});
    let nothing = server.as_machine("no-access").await;
    let denied = server.explained(&nothing, &json!({})).await;
    assert_eq!(denied["decision"], "deny");
    nothing.post("/api/v1/access/explain", &about(&member)).await.refused(403, "permission_denied");
    let asked = server.as_machine("viewer").await;
    assert_eq!(asked.post("/api/v1/access/explain", &about(&member)).await.ok()["decision"], "allow");
    let answer = asked.post("/api/v1/access/explain", &about(&stranger)).await.ok();
    assert_eq!((&answer["decision"], &answer["reason"]), (&json!("deny"), &json!("not a member of the project")));
    server.as_(&stranger).post("/api/v1/access/explain", &about(&stranger)).await.refused(404, "not_found");

    let ask = json!({"projectSlug": server.project.slug, "environmentSlug": "prod", "limit": 1});
    let first = asked.post("/api/v1/access/who-can", &ask).await.ok();
    let next = merged(&ask, &json!({"cursor": first["nextCursor"]}));
    let second = asked.post("/api/v1/access/who-can", &next).await.ok();
    let holders = [&first["holders"][0]["principal"]["id"], &second["holders"][0]["principal"]["id"]];
    assert!(holders.contains(&&json!(member.id)), "{holders:?}");
    assert_eq!(second["nextCursor"], Value::Null);

    let rights = json!({"projectSlug": server.project.slug, "environmentSlug": "prod"});
    let rights = server.as_(&member).post("/api/v1/access/rights", &rights).await.ok();
    let lease = |right: &&Value| right["action"] == "lease";
    let found = rights["rights"].as_array().unwrap().iter().find(lease).unwrap();
    assert_eq!((&found["decision"], &found["rule"]["role"]), (&json!("allow"), &json!("member")));
}

#[tokio::test]
async fn leases_of_others_are_seen_and_ended_where_one_manages_them() {
    let server = TestServer::sqlite().await;
    for environment in ["dev", "prod"] {
        server.secret_at("ci", &json!({"environmentSlug": environment})).await;
    }
    let mut leases = Vec::new();
    for number in 0..6 {
        let environment = if number % 2 == 0 { "dev" } else { "prod" };
        let issued = server.issue_with(&server.as_admin(), "ci", &json!({"environmentSlug": environment})).await.ok();
        leases.push(issued["lease"]["id"].as_str().unwrap().to_owned());
        // Lists are in the order of time.
        server.advance(1);
    }
    let manage = json!({"subject": "dynamic-secrets", "action": ["manage-leases"],
        "conditions": {"environment": {"$eq": "dev"}}});
    server.new_role(&server.as_admin(), "watch", &json!([manage])).await;
    let caller = server.as_machine("watch").await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/leases?projectSlug={}&limit=2{cursor}", server.project.slug);
        let page = caller.get(&path).await.ok();
        seen.extend(page["leases"].as_array().unwrap().iter().map(|lease| lease["id"].as_str().unwrap().to_owned()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<String> = leases.iter().step_by(2).rev().cloned().collect();
    assert_eq!(seen, expected);
    let place =
        |environment: &str| json!({"projectSlug": server.project.slug, "environmentSlug": environment, "path": "/"});
    let end = |id: &str| format!("/api/v1/dynamic-secrets/leases/{id}");
    caller.delete(&end(&leases[1]), &place("prod")).await.refused(403, "permission_denied");
    caller.delete(&end(&leases[0]), &place("dev")).await.ok();
}
