//! What a list shows is what its readers may read, one by one, under roles of random rules: pages and counts included.

use std::collections::BTreeMap;

use mayfly_domain::clock::Ambient;
use mayfly_testkit::counts;
use serde_json::{Value, json};

use crate::support::{Caller, TestServer, merged};

const ENVIRONMENTS: [&str; 2] = ["dev", "prod"];
const PATHS: [&str; 3] = ["/", "/a", "/a/b"];
/// Longer than what was held is remembered.
const REMEMBERED: u64 = 3;

/// A secret, where it is.
type Place = (&'static str, &'static str);

struct Ground {
    server: TestServer,
    chance: Ambient,
    caller: Caller,
    /// The names in each place.
    secrets: BTreeMap<Place, Vec<String>>,
}

impl Ground {
    async fn new() -> Self {
        let server = TestServer::sqlite().await;
        let (admin, chance) = (server.as_admin(), server.clock.ambient(77));
        let mut secrets = BTreeMap::new();
        for environment in ENVIRONMENTS {
            for (parent, name) in [("/", "a"), ("/a", "b")] {
                let body =
                    json!({"projectId": server.project.id, "environment": environment, "name": name, "path": parent});
                admin.post("/api/v2/folders", &body).await.ok();
            }
            for path in PATHS {
                let names: Vec<String> = (0..3).map(|tier| format!("s{tier}")).collect();
                for (tier, name) in names.iter().enumerate() {
                    let more = json!({"environmentSlug": environment, "path": path,
                        "metadata": [{"key": "tier", "value": tier.to_string()}]});
                    let request = merged(&server.secret_request(name), &more);
                    admin.post("/api/v1/dynamic-secrets", &request).await.ok();
                }
                secrets.insert((environment, path), names);
            }
        }
        let roles = format!("/api/v1/projects/{}/roles", server.project.id);
        admin.post(&roles, &json!({"slug": "random", "name": "Random", "permissions": []})).await.ok();
        let caller = server.as_machine("random").await;
        Self { server, chance, caller, secrets }
    }

    fn below(&self, count: u8) -> u8 {
        self.chance.random::<1>()[0] % count
    }

    fn one_of<'a>(&self, all: &[&'a str]) -> &'a str {
        all[usize::from(self.below(u8::try_from(all.len()).unwrap()))]
    }

    /// A rule about dynamic secrets: some actions, with conditions or without, to allow or to forbid.
    fn rule(&self) -> Value {
        let all = ["read-root-credential", "lease", "create-root-credential", "edit-root-credential"];
        let mut actions = vec![self.one_of(&all[..2])];
        if self.below(2) == 0 {
            actions.push(self.one_of(&all));
            actions.dedup();
        }
        let mut conditions = json!({});
        if self.below(2) == 0 {
            conditions["environment"] = json!({"$eq": self.one_of(&ENVIRONMENTS)});
        }
        if self.below(2) == 0 {
            let glob = self.one_of(&["/", "/*", "/**", "/a", "/a/*", "/a/**"]);
            conditions["secretPath"] = json!({ "$glob": glob });
        }
        if self.below(3) == 0 {
            let tier = self.one_of(&["0", "1", "2"]);
            conditions["metadata"] = json!({"$elemMatch": {"key": {"$eq": "tier"}, "value": {"$eq": tier}}});
        }
        json!({"subject": "dynamic-secrets", "action": actions, "conditions": conditions,
            "inverted": self.below(4) == 0})
    }

    async fn give(&self, rules: &[Value]) {
        let path = format!("/api/v1/projects/{}/roles/slug/random", self.server.project.id);
        let role = self.server.as_admin().get(&path).await.ok();
        let id = role["role"]["id"].as_str().unwrap();
        let path = format!("/api/v1/projects/{}/roles/{id}", self.server.project.id);
        self.server.as_admin().patch(&path, &json!({ "permissions": rules })).await.ok();
        self.server.advance(REMEMBERED);
    }

    fn query(&self, (environment, path): Place) -> Vec<(&'static str, String)> {
        let slug = self.server.project.slug.clone();
        vec![("projectSlug", slug), ("environmentSlug", environment.to_owned()), ("path", path.to_owned())]
    }

    /// What the list of a place shows, all pages together; nothing where it is refused.
    async fn listed(&self, place: Place) -> Vec<String> {
        let query = self.query(place);
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.caller.ask("/api/v1/dynamic-secrets", &query).await;
        if answer.status == 403 {
            return Vec::new();
        }
        let list = answer.ok();
        let mut names: Vec<String> = list["dynamicSecrets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }

    /// What may be read of a place, one by one.
    async fn readable(&self, place: Place) -> Vec<String> {
        let mut names = Vec::new();
        for name in &self.secrets[&place] {
            let query = self.query(place);
            let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = self.caller.ask(&format!("/api/v1/dynamic-secrets/{name}"), &query).await;
            assert!([200, 403, 404].contains(&answer.status), "{answer:?}");
            if answer.status == 200 {
                names.push(name.clone());
            }
        }
        names
    }
}

#[tokio::test]
async fn a_list_under_random_roles_is_what_may_be_read_one_by_one() {
    let ground = Ground::new().await;
    let (mut shown, mut hidden, mut partly) = (0, 0, 0);
    for number in 0..counts::of(counts::RANDOM_ROLES) {
        let rules: Vec<Value> = (0..=ground.below(3)).map(|_| ground.rule()).collect();
        ground.give(&rules).await;
        for place in ground.secrets.keys().copied() {
            let (listed, readable) = (ground.listed(place).await, ground.readable(place).await);
            assert_eq!(listed, readable, "role {number} at {place:?}: {}", json!(rules));
            match listed.len() {
                0 => hidden += 1,
                3 => shown += 1,
                _ => partly += 1,
            }
        }
    }
    println!("{shown} lists were whole, {partly} in part, {hidden} empty");
    assert!(shown > 0 && hidden > 0, "roles that allow and roles that do not");
}
