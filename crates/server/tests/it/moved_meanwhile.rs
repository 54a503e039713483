//! Nothing comes to where its maker may do more with it by moving while it is made: what was judged in one place is not
//! written in another.

use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, Fault, Gate, When},
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{Answer, Caller, TestServer, merged};

const SECRETS: &str = "/api/v1/dynamic-secrets";

/// Makes and edits in `/draft`, leases in `/open` and what is labelled so, and may rename folders and environments.
fn mover() -> Value {
    let rule = |actions: &[&str], conditions: &Value| json!({"subject": "dynamic-secrets", "action": actions, "conditions": conditions});
    let draft = json!({"secretPath": {"$glob": "/draft*"}, "environment": {"$eq": "prod"}});
    json!([
        rule(&["read-root-credential", "create-root-credential", "edit-root-credential"], &draft),
        rule(&["lease"], &json!({"secretPath": {"$glob": "/open*"}})),
        rule(&["lease"], &json!({"environment": {"$eq": "sandbox"}})),
        {"subject": "secret-folders", "action": ["read", "edit"]},
        {"subject": "environments", "action": ["read", "edit"]},
        {"subject": "project", "action": ["read"]},
    ])
}

struct Scene {
    server: TestServer,
    caller: Caller,
    folder: String,
    environment: String,
}

impl Scene {
    async fn new(server: TestServer) -> Self {
        let admin = server.as_admin();
        let body = json!({"projectId": server.project.id, "environment": "prod", "name": "draft"});
        let folder = admin.post("/api/v2/folders", &body).await.ok()["folder"]["id"].as_str().unwrap().to_owned();
        let roles = format!("/api/v1/projects/{}/roles", server.project.id);
        let role = json!({"slug": "mover", "name": "Mover", "permissions": mover()});
        admin.post(&roles, &role).await.ok();
        let caller = server.as_machine("mover").await;
        let prod = format!("/api/v1/projects/{}/environments/slug/prod", server.project.id);
        let prod = caller.get(&prod).await.ok()["environment"]["id"].as_str().unwrap().to_owned();
        let environment = format!("/api/v1/projects/{}/environments/{prod}", server.project.id);
        Self { server, caller, folder, environment }
    }

    fn request(&self, name: &str) -> Value {
        merged(&self.server.secret_request(name), &json!({"path": "/draft"}))
    }

    async fn call(&self, name: &str) -> Answer {
        let body = json!({"projectId": self.server.project.id, "environment": "prod", "path": "/", "name": name});
        self.caller.patch(&format!("/api/v2/folders/{}", self.folder), &body).await
    }

    /// Begins, and comes back when it has been judged and the cluster is being asked.
    async fn begun(&self, of: Option<&str>, body: Value) -> (Gate, JoinHandle<Answer>) {
        let (gate, seen) = (Gate::default(), self.server.cluster.requests().count(Calls::Version));
        self.server.cluster.faults().inject(Calls::Version, When::Nth(1), Fault::Delay(gate.clone()));
        let (caller, of) = (self.caller.clone(), of.map(str::to_owned));
        let asking = tokio::spawn(async move {
            match of {
                Some(path) => caller.patch(&path, &body).await,
                None => caller.post(SECRETS, &body).await,
            }
        });
        self.server.cluster.requests().wait_for(Calls::Version, seen + 1).await;
        (gate, asking)
    }
}

both_databases! {
    async fn a_dynamic_secret_is_not_made_where_its_folder_was_moved_meanwhile(server: TestServer) {
        let scene = Scene::new(server).await;
        let (gate, asking) = scene.begun(None, scene.request("ci")).await;
        scene.call("open").await.ok();
        gate.open();
        asking.await.unwrap().refused(409, "changed_meanwhile");
        scene.call("draft").await.ok();
        let (gate, asking) = scene.begun(None, scene.request("ci")).await;
        scene.caller.patch(&scene.environment, &json!({"slug": "sandbox"})).await.ok();
        gate.open();
        asking.await.unwrap().refused(409, "changed_meanwhile");
        scene.server.as_admin().patch(&scene.environment, &json!({"slug": "prod"})).await.ok();
        scene.caller.post(SECRETS, &scene.request("ci")).await.ok();
        // Once it is there, what its maker may do with it keeps it from moving.
        scene.call("open").await.refused(403, "rights_would_grow");
    }

    async fn labels_are_not_changed_where_the_secret_was_moved_meanwhile(server: TestServer) {
        let scene = Scene::new(server).await;
        scene.caller.post(SECRETS, &scene.request("ci")).await.ok();
        let data = json!({"metadata": [{"key": "a", "value": "b"}], "inputs": {"audiences": ["here"]}});
        let place = merged(&scene.server.place(), &json!({"path": "/draft"}));
        let change = merged(&place, &json!({"data": data}));
        let path = format!("{SECRETS}/ci");
        let (gate, asking) = scene.begun(Some(&path), change.clone()).await;
        scene.call("draft-2").await.ok();
        gate.open();
        asking.await.unwrap().refused(409, "changed_meanwhile");
        scene.caller.patch(&path, &merged(&change, &json!({"path": "/draft-2"}))).await.ok();
    }
}
