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

/// The first administrator.
pub(crate) const ANA: &str = "ana@example.com";
/// Her password.
pub(crate) const ANAS_PASSWORD: &str = "correct horse battery";
/// Of everybody else, at first.
pub(crate) const PASSWORD: &str = "four words and a fifth";

/// A person who has joined and is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    /// The token of their session.
    pub(crate) token: String,
    pub(crate) caller: Caller,
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

    /// What a sign-in with a token in its answer answers.
    pub(crate) async fn try_sign_in(&self, caller: &Caller, email: &str, password: &str) -> super::Answer {
        let body = json!({"email": email, "password": password, "kind": "token"});
        caller.post("/api/v1/auth/login", &body).await
    }

    /// The token of a new session.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> String {
        let signed_in = self.try_sign_in(&self.as_nobody(), email, password).await.ok();
        signed_in["token"].as_str().unwrap().to_owned()
    }

    /// The first administrator, signed in anew.
    pub(crate) async fn ana(&self) -> Person {
        let token = self.sign_in(ANA, ANAS_PASSWORD).await;
        let caller = self.as_nobody().with_token(&token);
        let own = caller.get("/api/v1/users/me").await.ok();
        Person { id: own["user"]["id"].as_str().unwrap().to_owned(), token, caller }
    }

    /// Somebody who was invited with a role in the organization, has joined and is signed in.
    pub(crate) async fn person(&self, email: &str, role: &str) -> Person {
        let link = self.invite(email, role).await;
        let body = json!({"token": link, "name": "Somebody", "password": PASSWORD});
        let joined = self.as_nobody().post("/api/v1/users/invitations/accept", &body).await.ok();
        let token = self.sign_in(email, PASSWORD).await;
        let caller = self.as_nobody().with_token(&token);
        Person { id: joined["user"]["id"].as_str().unwrap().to_owned(), token, caller }
    }

    /// The secret of an invitation's link.
    pub(crate) async fn invite(&self, email: &str, role: &str) -> String {
        let body = json!({"email": email, "role": role});
        let invited = self.as_admin().post("/api/v1/users/invitations", &body).await.ok();
        invited["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned()
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
