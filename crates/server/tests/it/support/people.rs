//! The people and machines who call the server.

use serde_json::{Value, json};

use super::{Caller, Project, TestServer};

/// A machine identity that can log in.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) token: String,
}

const UNIVERSAL_AUTH: &str = "/api/v1/auth/universal-auth";

impl TestServer {
    /// The organization's first administrator, who made the project and so is its admin.
    pub(crate) fn as_admin(&self) -> Caller {
        self.as_nobody().with_token(&self.admin_token)
    }

    /// A machine with a role in the project and none in the organization.
    pub(crate) async fn as_machine(&self, role: &str) -> Caller {
        let machine = self.machine(role, &json!({})).await;
        self.as_nobody().with_token(&machine.token)
    }

    /// A machine that is signed in and belongs to no project.
    pub(crate) async fn as_stranger(&self) -> Caller {
        let machine = self.lone_machine("no-access", &json!({})).await;
        self.as_nobody().with_token(&machine.token)
    }

    /// A machine with a role in the project, that logs in as `settings` say.
    pub(crate) async fn machine(&self, role: &str, settings: &Value) -> Machine {
        let machine = self.lone_machine("no-access", settings).await;
        self.join(&machine.id, &self.project, role).await;
        machine
    }

    /// A machine with a role in the organization and in no project.
    pub(crate) async fn lone_machine(&self, role: &str, settings: &Value) -> Machine {
        let admin = self.as_admin();
        let made = admin.post("/api/v1/identities", &json!({"name": format!("a {role}"), "role": role})).await.ok();
        let id = made["identity"]["id"].as_str().unwrap().to_owned();
        let auth = admin.post(&format!("{UNIVERSAL_AUTH}/identities/{id}"), settings).await.ok();
        let path = format!("{UNIVERSAL_AUTH}/identities/{id}/client-secrets");
        let secret = admin.post(&path, &json!({})).await.ok();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut machine = Machine {
            id,
            client_id: text(&auth["identityUniversalAuth"]["clientId"]),
            client_secret: text(&secret["clientSecret"]),
            token: String::new(),
        };
        machine.token = text(&self.log_in(&machine).await["accessToken"]);
        machine
    }

    /// What a login answers.
    pub(crate) async fn log_in(&self, machine: &Machine) -> Value {
        let body = json!({"clientId": machine.client_id, "clientSecret": machine.client_secret});
        self.as_nobody().post(&format!("{UNIVERSAL_AUTH}/login"), &body).await.ok()
    }

    /// Makes an identity a member of a project.
    pub(crate) async fn join(&self, identity: &str, project: &Project, role: &str) {
        let path = format!("/api/v1/projects/{}/memberships/identities/{identity}", project.id);
        self.as_admin().post(&path, &json!({ "role": role })).await.ok();
    }

    /// A project with the three usual environments.
    pub(crate) async fn new_project(&self, slug: &str) -> Project {
        let body = json!({"projectName": "Shop", "slug": slug});
        let made = self.as_admin().post("/api/v1/projects", &body).await.ok();
        Project { id: made["project"]["id"].as_str().unwrap().to_owned(), slug: slug.to_owned() }
    }

    /// Every audit event so far, oldest first; those of one moment in no order.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let parameters = [("limit", "1000"), ("startDate", "2030-01-01T00:00:00Z")];
        let logs = self.as_admin().ask("/api/v1/organization/audit-logs", &parameters).await.ok();
        let mut events = logs["auditLogs"].as_array().unwrap().clone();
        events.reverse();
        events
    }

    /// How many events of a kind there are.
    pub(crate) async fn count_events(&self, kind: &str) -> usize {
        self.events().await.iter().filter(|event| event["event"]["type"] == kind).count()
    }
}
