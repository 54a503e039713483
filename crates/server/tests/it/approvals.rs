//! Another person's word: who gives it, for exactly what, once, and for how long.

mod accounts;
mod deciding;
mod loosening;
mod meanwhile;
mod notices;
mod policies;
mod using;

use serde_json::{Value, json};

use crate::support::{Answer, Caller, Machine, Person, TestServer};

/// A project whose `prod` asks for the word of others, a machine that asks, and a person who decides.
struct Scene {
    server: TestServer,
    asker: Machine,
    caller: Caller,
    /// A machine that may do everything, and that invited nobody.
    owner: Caller,
    approver: Person,
    policy: String,
}

impl Scene {
    async fn new(server: TestServer, approvals: u8) -> Self {
        server.new_secret("ci").await;
        let asker = server.machine("member", &json!({})).await;
        let caller = server.as_nobody().with_token(&asker.token);
        let approver = server.person("cleo@example.com", "member").await;
        let machine = server.lone_machine("admin", &json!({})).await;
        server.join(&machine.id, &server.project, "admin").await;
        let owner = server.as_nobody().with_token(&machine.token);
        let scene = Self { policy: policy_of(&server).await, server, asker, caller, owner, approver };
        scene.admit(&scene.approver, "admin").await;
        scene.ask_for(&json!({"approval": {"approvals": approvals, "validFor": "1h"}})).await.ok();
        scene
    }

    /// Changes the policy.
    async fn ask_for(&self, rules: &Value) -> Answer {
        self.owner.patch(&self.policy, rules).await
    }

    async fn admit(&self, person: &Person, role: &str) {
        let path = format!("/api/v1/projects/{}/memberships/users/{}", self.server.project.id, person.id);
        self.server.as_admin().post(&path, &json!({ "role": role })).await.ok();
    }

    async fn issue(&self) -> Answer {
        self.server.issue_with(&self.caller, "ci", &json!({})).await
    }

    /// Asks for a lease that has to wait, and says for which request.
    async fn waits(&self) -> String {
        waiting(&self.issue().await)
    }

    fn path(&self, request: &str) -> String {
        format!("/api/v1/projects/{}/approval-requests/{request}", self.server.project.id)
    }

    async fn approve(&self, by: &Caller, request: &str) -> Answer {
        by.post(&format!("{}/approve", self.path(request)), &json!({"comment": "go on"})).await
    }

    /// The request as somebody who may decide on it sees it.
    async fn seen(&self, request: &str) -> Value {
        self.server.as_admin().get(&self.path(request)).await.ok()["approvalRequest"].clone()
    }

    async fn state(&self, request: &str) -> String {
        self.seen(request).await["state"].as_str().unwrap().to_owned()
    }
}

async fn policy_of(server: &TestServer) -> String {
    let path = format!("/api/v1/projects/{}/environments", server.project.id);
    let found = server.as_admin().get(&format!("{path}/slug/prod")).await.ok();
    format!("{path}/{}/policy", found["environment"]["id"].as_str().unwrap())
}

/// The request that an answer says to wait for.
#[track_caller]
fn waiting(answer: &Answer) -> String {
    answer.refused(403, "approval_required");
    answer.problem()["details"]["approvalRequestId"].as_str().unwrap().to_owned()
}
