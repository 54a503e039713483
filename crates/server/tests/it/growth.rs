//! Nobody's rights grow by what they do themselves, and nobody gives what they do not hold: random acts of machines that may
//! make roles, give them and move things, each followed by a look at what everybody may do now, and when what was given for
//! a time is over.

use std::collections::{BTreeMap, BTreeSet};

use mayfly_domain::clock::Ambient;
use mayfly_testkit::counts;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, Machine, TestServer, merged};

/// Acts of one life; enough for a role to be made, given, changed and taken away.
const ACTS: usize = 60;
const KINDS: [&str; 8] = [
    "make a role",
    "change a role",
    "remove a role",
    "give",
    "take",
    "rename a folder",
    "rename an environment",
    "label",
];

/// What moves or is labelled may come to where somebody else holds more of it: that is not giving.
const MOVES: [&str; 3] = ["rename a folder", "rename an environment", "label"];
/// Longer than any role is given for a time.
const LONGER_THAN_ANY_TIME: u64 = 3_700;

/// What each machine may do, in their order.
type Everybody = Vec<BTreeSet<String>>;

struct Life {
    server: TestServer,
    chance: Ambient,
    doers: Vec<(Machine, Caller)>,
    /// The slug of each environment, by id.
    environments: BTreeMap<String, String>,
    /// The environment and path of each folder, by id.
    folders: BTreeMap<String, (String, String)>,
    /// The folder of each dynamic secret.
    secrets: BTreeMap<String, String>,
    group: String,
}

/// How often each kind of act was done and refused.
type Tally = BTreeMap<&'static str, (usize, usize)>;

impl Life {
    async fn new(seed: u64) -> Self {
        let server = TestServer::sqlite().await;
        let chance = server.clock.ambient(1_000 + seed);
        let mut life = Self {
            server,
            chance,
            doers: Vec::new(),
            environments: BTreeMap::new(),
            folders: BTreeMap::new(),
            secrets: BTreeMap::new(),
            group: String::new(),
        };
        life.build().await;
        life
    }

    async fn build(&mut self) {
        let (admin, project) = (self.server.as_admin(), self.server.project.clone());
        for slug in ["dev", "prod"] {
            let path = format!("/api/v1/projects/{}/environments/slug/{slug}", project.id);
            let id = text(&admin.get(&path).await.ok()["environment"]["id"]);
            for name in ["a", "b"] {
                let body = json!({"projectId": project.id, "environment": slug, "name": name});
                let folder = text(&admin.post("/api/v2/folders", &body).await.ok()["folder"]["id"]);
                let secret = format!("{slug}-{name}");
                let place = json!({"environmentSlug": slug, "path": format!("/{name}")});
                let request = merged(&self.server.secret_request(&secret), &place);
                admin.post("/api/v1/dynamic-secrets", &request).await.ok();
                self.folders.insert(folder.clone(), (id.clone(), format!("/{name}")));
                self.secrets.insert(secret, folder);
            }
            self.environments.insert(id, slug.to_owned());
        }
        let made = admin.post("/api/v1/groups", &json!({"name": "G", "slug": "g"})).await.ok();
        self.group = text(&made["group"]["id"]);
        let members = format!("/api/v1/projects/{}/memberships/groups/{}", project.id, self.group);
        admin.post(&members, &json!({"role": "viewer"})).await.ok();
        let roles = format!("/api/v1/projects/{}/roles", project.id);
        for (slug, own) in [("lead-dev", "dev"), ("lead-prod", "prod")] {
            let permissions = json!([
                {"subject": "role", "action": ["read", "create", "edit", "delete"]},
                {"subject": "identity", "action": ["read", "create", "edit", "delete"]},
                {"subject": "groups", "action": ["read", "create", "edit", "delete"]},
                {"subject": "secret-folders", "action": ["read", "edit"]},
                {"subject": "environments", "action": ["read", "edit"]},
                {"subject": "dynamic-secrets", "action": ["read-root-credential", "edit-root-credential"]},
                {"subject": "dynamic-secrets", "action": ["lease"], "conditions": {"environment": {"$eq": own}}},
            ]);
            admin.post(&roles, &json!({"slug": slug, "name": slug, "permissions": permissions})).await.ok();
        }
        let ban = json!([{"subject": "dynamic-secrets", "action": ["lease"], "inverted": true,
            "conditions": {"secretPath": {"$eq": "/b"}}}]);
        admin.post(&roles, &json!({"slug": "not-b", "name": "Not b", "permissions": ban})).await.ok();
        for first in [&["lead-dev"][..], &["lead-prod"], &["admin", "not-b"]] {
            let machine = self.server.machine("no-access", &json!({})).await;
            let given: Vec<Value> = first.iter().map(|role| json!({ "role": role })).collect();
            admin.patch(&self.membership("identities", &machine.id), &json!({ "roles": given })).await.ok();
            let caller = self.server.as_nobody().with_token(&machine.token);
            self.doers.push((machine, caller));
        }
        let in_group = format!("/api/v1/groups/{}/members/identities/{}", self.group, self.doers[0].0.id);
        admin.post(&in_group, &json!({})).await.ok();
    }

    fn membership(&self, kind: &str, id: &str) -> String {
        format!("/api/v1/projects/{}/memberships/{kind}/{id}", self.server.project.id)
    }

    fn below(&self, count: usize) -> usize {
        usize::from(self.chance.random::<1>()[0]) % count
    }

    fn one_of<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// Everything that somebody may do now, with each dynamic secret where it is now.
    async fn rights(&self, caller: &Caller) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let of_project = json!({"projectSlug": self.server.project.slug});
        for (secret, folder) in &self.secrets {
            let (environment, path) = &self.folders[folder];
            let place = json!({"environmentSlug": self.environments[environment], "path": path,
                "dynamicSecretName": secret});
            let answer = caller.post("/api/v1/access/rights", &merged(&of_project, &place)).await;
            // Whoever is no member any more may do nothing.
            if answer.status == 404 {
                return BTreeSet::new();
            }
            for right in answer.ok()["rights"].as_array().unwrap() {
                if right["decision"] == "allow" {
                    let at = if right["subject"] == "dynamic-secrets" { secret.as_str() } else { "" };
                    // Where a folder lies is its place, so that a folder has rights of its own.
                    let at = if right["subject"] == "secret-folders" { folder } else { at };
                    found.insert(format!("{} {} {at}", right["subject"], right["action"]));
                }
            }
        }
        found
    }

    async fn everybody(&self) -> Everybody {
        let mut found = Vec::new();
        for (_, caller) in &self.doers {
            found.push(self.rights(caller).await);
        }
        found
    }

    fn rules(&self) -> Value {
        let rule = || {
            let environment = self.one_of(&[Value::Null, json!("dev"), json!("prod"), json!({"$ne": "prod"})]).clone();
            let paths = [Value::Null, json!({"$glob": "/**"}), json!({"$eq": "/a"}), json!({"$glob": "/c*"})];
            let path = self.one_of(&paths);
            let mut conditions = serde_json::Map::new();
            if !environment.is_null() {
                conditions.insert("environment".to_owned(), environment);
            }
            if !path.is_null() {
                conditions.insert("secretPath".to_owned(), path.clone());
            }
            if self.below(3) == 0 {
                let value = self.one_of(&["0", "1"]);
                let label = json!({"$elemMatch": {"key": {"$eq": "tier"}, "value": {"$eq": value}}});
                conditions.insert("metadata".to_owned(), label);
            }
            let action = self.one_of(&["lease", "read-root-credential", "edit-root-credential", "manage-leases"]);
            json!({"subject": "dynamic-secrets", "action": [action], "inverted": self.below(3) == 0,
                "conditions": conditions})
        };
        (0..=self.below(2)).map(|_| rule()).collect()
    }

    async fn roles(&self) -> Vec<(String, String)> {
        let path = format!("/api/v1/projects/{}/roles", self.server.project.id);
        let roles = self.server.as_admin().get(&path).await.ok();
        let pair = |role: &Value| (text(&role["id"]), text(&role["slug"]));
        roles["roles"].as_array().unwrap().iter().map(pair).collect()
    }

    /// Some roles, now and then one for a time.
    async fn wish(&self) -> Value {
        let roles = self.roles().await;
        let one = || {
            let (_, slug) = self.one_of(&roles);
            match self.below(4) {
                0 => json!({"role": slug, "isTemporary": true, "temporaryRange": "1h"}),
                _ => json!({ "role": slug }),
            }
        };
        json!({"roles": (0..=self.below(2)).map(|_| one()).collect::<Vec<_>>()})
    }

    async fn act(&mut self, kind: &str, caller: &Caller, number: usize) -> Answer {
        let project = &self.server.project;
        let own_roles = format!("/api/v1/projects/{}/roles", project.id);
        let somebody = || match self.below(4) {
            0 => self.membership("groups", &self.group),
            _ => self.membership("identities", &self.one_of(&self.doers).0.id),
        };
        match kind {
            "make a role" => {
                let body = json!({"slug": format!("r{number}"), "name": "R", "permissions": self.rules()});
                caller.post(&own_roles, &body).await
            }
            "change a role" | "remove a role" => {
                let roles = self.roles().await;
                let customs: Vec<_> = roles.iter().filter(|(id, slug)| id != slug).collect();
                let path = format!("{own_roles}/{}", self.one_of(&customs).0);
                match kind {
                    "change a role" => caller.patch(&path, &json!({"permissions": self.rules()})).await,
                    _ => caller.delete(&path, &json!({})).await,
                }
            }
            "give" => {
                let (path, body) = (somebody(), self.wish().await);
                let changed = caller.patch(&path, &body).await;
                if changed.status == 404 { caller.post(&path, &body).await } else { changed }
            }
            "take" => caller.delete(&somebody(), &json!({})).await,
            "rename a folder" => {
                let ids: Vec<_> = self.folders.keys().cloned().collect();
                let id = self.one_of(&ids).clone();
                let environment = self.environments[&self.folders[&id].0].clone();
                let body = json!({"projectId": project.id, "environment": environment, "path": "/",
                    "name": self.one_of(&["a", "b", "c", "d"])});
                let answer = caller.patch(&format!("/api/v2/folders/{id}"), &body).await;
                if answer.status == 200 {
                    self.folders.get_mut(&id).unwrap().1 = format!("/{}", text(&body["name"]));
                }
                answer
            }
            "rename an environment" => {
                let ids: Vec<_> = self.environments.keys().cloned().collect();
                let id = self.one_of(&ids).clone();
                let slug = (*self.one_of(&["dev", "prod", "qa"])).to_owned();
                let path = format!("/api/v1/projects/{}/environments/{id}", project.id);
                let answer = caller.patch(&path, &json!({ "slug": slug })).await;
                if answer.status == 200 {
                    self.environments.insert(id, slug);
                }
                answer
            }
            _ => {
                let names: Vec<_> = self.secrets.keys().cloned().collect();
                let name = self.one_of(&names);
                let (environment, path) = &self.folders[&self.secrets[name]];
                let labels = json!([{"key": "tier", "value": self.one_of(&["0", "1"])}]);
                let body = json!({"projectSlug": project.slug, "environmentSlug": self.environments[environment],
                    "path": path, "data": {"metadata": labels}});
                caller.patch(&format!("/api/v1/dynamic-secrets/{name}"), &body).await
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Refuses gains of the doer, and of everybody else what the doer did not hold.
fn check(before: &Everybody, now: &Everybody, doer: usize, (kind, what): (&str, &str)) {
    for (somebody, (old, new)) in before.iter().zip(now).enumerate() {
        let gained: Vec<_> = new.difference(old).collect();
        let is_held = |right: &&String| somebody != doer && before[doer].contains(*right);
        let is_right = gained.iter().all(is_held) || (somebody != doer && MOVES.contains(&kind));
        assert!(is_right, "{what}: number {doer} gave {gained:?} to number {somebody}");
    }
}

async fn live(seed: u64, tally: &mut Tally) {
    let mut life = Life::new(seed).await;
    for number in 0..ACTS {
        let kind = *life.one_of(&KINDS);
        let doer = life.below(life.doers.len());
        let caller = life.doers[doer].1.clone();
        // Now and then nothing is given for a time when the act begins, and whatever runs out afterwards is the act's.
        let is_settled = life.below(3) == 0;
        if is_settled {
            life.server.advance(LONGER_THAN_ANY_TIME);
        }
        let before = life.everybody().await;
        let answer = life.act(kind, &caller, number).await;
        let what = format!("life {seed}, act {number}, to {kind} ({}, {})", answer.asked, answer.status);
        check(&before, &life.everybody().await, doer, (kind, &what));
        let (done, refused) = tally.entry(kind).or_default();
        match answer.status {
            200 => *done += 1,
            400 | 403 | 404 | 409 | 422 => *refused += 1,
            status => panic!("{what}: {status} {}", answer.text),
        }
        if is_settled && answer.status == 200 {
            life.server.advance(LONGER_THAN_ANY_TIME);
            check(&before, &life.everybody().await, doer, (kind, &format!("{what}, an hour later")));
        }
    }
}

#[tokio::test]
async fn nobodys_rights_grow_by_their_own_acts() {
    let mut tally = Tally::new();
    for seed in 0..counts::of(counts::GROWTH) {
        live(u64::try_from(seed).unwrap(), &mut tally).await;
    }
    println!("{tally:?}");
    for kind in KINDS {
        let (done, refused) = tally[kind];
        assert!(done > 0 && refused > 0, "to {kind} was done {done} times and refused {refused} times");
    }
}
