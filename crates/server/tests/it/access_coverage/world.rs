//! A project with one of everything in it, and requests that fit each route.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use http::Method;
use mayfly_domain::access::operation::Operation;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, NAMESPACE, Project, TestServer, merged};

/// An id that nothing has.
const ABSENT_ID: &str = "018f0000-0000-7000-8000-000000000000";
/// A name that nothing has.
const ABSENT_NAME: &str = "nothing-here";

/// What a request can be about.
#[derive(Clone)]
pub(super) struct World {
    pub(super) project: Project,
    /// By the name of the parameter.
    ids: BTreeMap<&'static str, String>,
    /// An identity that is no member and has no login.
    guest: String,
    secret_request: Value,
    /// The id of an environment with nothing in it.
    staging: String,
    connection_request: Value,
}

impl World {
    pub(super) async fn new(server: &TestServer) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let project = server.new_project(&format!("world-{}", NEXT.fetch_add(1, Ordering::Relaxed))).await;
        let admin = server.as_admin();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let machine = server.lone_machine("no-access", &json!({})).await;
        server.join(&machine.id, &project, "member").await;
        let path = format!("/api/v1/projects/{}/memberships/identities/{}", project.id, machine.id);
        let membership = text(&admin.get(&path).await.ok()["identityMembership"]["id"]);
        let path = format!("/api/v1/auth/universal-auth/identities/{}/client-secrets", machine.id);
        let client_secret = text(&admin.get(&path).await.ok()["clientSecretData"][0]["id"]);
        let path = format!("/api/v1/projects/{}/environments/slug/prod", project.id);
        let environment = text(&admin.get(&path).await.ok()["environment"]["id"]);
        let request = json!({"projectId": project.id, "environment": "prod", "name": "box"});
        let folder = text(&admin.post("/api/v2/folders", &request).await.ok()["folder"]["id"]);
        let secret_request = merged(&server.secret_request("ci"), &json!({"projectSlug": project.slug}));
        admin.post("/api/v1/dynamic-secrets", &secret_request).await.ok();
        let request = server.lease_request("ci", &json!({"projectSlug": project.slug}));
        let lease = text(&admin.post("/api/v1/dynamic-secrets/leases", &request).await.ok()["lease"]["id"]);
        let guest = admin.post("/api/v1/identities", &json!({"name": "guest"})).await.ok();
        let staging = format!("/api/v1/projects/{}/environments/slug/staging", project.id);
        let staging = text(&admin.get(&staging).await.ok()["environment"]["id"]);
        let dev = format!("/api/v1/projects/{}/environments/slug/dev", project.id);
        let dev = text(&admin.get(&dev).await.ok()["environment"]["id"]);
        let stop = json!({"scope": "environment", "targetId": dev, "reason": "a test"});
        let stop = text(&admin.post("/api/v1/stops", &stop).await.ok()["stop"]["id"]);
        let connection_request = server.connection_request("extra");
        let request = merged(&connection_request, &json!({"name": project.slug}));
        let made = admin.post("/api/v1/cluster-connections", &request).await.ok();
        let connection = text(&made["clusterConnection"]["id"]);
        let request = json!({"name": project.slug, "kind": "https", "url": "https://collector.example.com/"});
        let stream = text(&admin.post("/api/v1/audit-streams", &request).await.ok()["auditStream"]["id"]);
        let ids = [
            ("streamId", stream),
            ("stopId", stop),
            ("connectionId", connection),
            ("identityId", machine.id),
            ("clientSecretId", client_secret),
            ("membershipId", membership),
            ("environmentId", environment),
            ("folderId", folder),
            ("leaseId", lease),
            ("name", "ci".to_owned()),
            ("environment", "prod".to_owned()),
            ("path", "%2Fbox".to_owned()),
        ];
        Self {
            project,
            ids: ids.into(),
            guest: text(&guest["identity"]["id"]),
            secret_request,
            staging,
            connection_request,
        }
    }

    /// The id that stands for a parameter of a path.
    pub(super) fn id(&self, parameter: &str) -> &str {
        &self.ids[parameter]
    }

    /// The same with ids and names that nothing has.
    pub(super) fn absent(&self) -> Self {
        let absent = |name: &str| if name.ends_with("Id") { ABSENT_ID } else { ABSENT_NAME }.to_owned();
        Self {
            project: Project { id: ABSENT_ID.to_owned(), slug: ABSENT_NAME.to_owned() },
            ids: self.ids.keys().map(|name| (*name, absent(name))).collect(),
            guest: ABSENT_ID.to_owned(),
            staging: ABSENT_ID.to_owned(),
            secret_request: merged(&self.secret_request, &json!({ "projectSlug": ABSENT_NAME })),
            connection_request: self.connection_request.clone(),
        }
    }

    /// An answer without the ids and names that were asked for.
    pub(super) fn anonymous(&self, answer: &Value) -> String {
        let own = self.ids.values().filter(|id| id.len() == ABSENT_ID.len()).chain([
            &self.project.id,
            &self.project.slug,
            &self.guest,
        ]);
        own.fold(answer.to_string(), |text, id| text.replace(id, "[asked]"))
    }

    /// The path and body of a good request.
    pub(super) fn request(&self, method: &Method, pattern: &str, operation: Operation) -> (String, Value) {
        let is_new = matches!(operation, Operation::CreateMembership | Operation::AttachUniversalAuth);
        let slug = if pattern.contains("environments/slug") { "prod" } else { &self.project.slug };
        let mut path = pattern.replace("{projectId}", &self.project.id).replace("{slug}", slug);
        for (name, id) in &self.ids {
            let id = if is_new && *name == "identityId" { &self.guest } else { id };
            path = path.replace(&format!("{{{name}}}"), id);
        }
        if *method == Method::GET {
            path = format!("{path}?{}", self.query(pattern));
        }
        (path, self.body(operation))
    }

    fn query(&self, pattern: &str) -> String {
        let slug = &self.project.slug;
        match pattern {
            _ if pattern.ends_with("/folders") => format!("projectId={}&environment=prod&path=%2F", self.project.id),
            _ if pattern.contains("/dynamic-secrets") => format!("projectSlug={slug}&environmentSlug=prod&path=%2F"),
            _ if pattern.ends_with("/live") => "longest=0".to_owned(),
            _ if pattern.contains("/leases") => format!("projectSlug={slug}"),
            _ if pattern.ends_with("/accounts") || pattern.ends_with("/roles") => format!("namespace={NAMESPACE}"),
            _ if pattern.ends_with("/preview") => format!("namespace={NAMESPACE}&serviceAccountName={ACCOUNT}"),
            _ => String::new(),
        }
    }

    fn body(&self, operation: Operation) -> Value {
        let place = json!({"projectSlug": self.project.slug, "environmentSlug": "prod", "path": "/"});
        let folder = json!({"projectId": self.project.id, "environment": "prod", "path": "/"});
        match operation {
            Operation::CreateIdentity => json!({"name": "another"}),
            Operation::UpdateIdentity => json!({"name": "another name"}),
            Operation::CreateProject => json!({"projectName": "Another"}),
            Operation::UpdateProject => json!({"description": "another"}),
            Operation::CreateMembership => json!({"role": "viewer"}),
            Operation::UpdateMembership => json!({"roles": [{"role": "viewer"}]}),
            Operation::CreateEnvironment => json!({"name": "Extra", "slug": "extra"}),
            Operation::UpdateEnvironment => json!({"name": "Other"}),
            Operation::CreateFolder => merged(&folder, &json!({"name": "extra"})),
            Operation::UpdateFolder => merged(&folder, &json!({"description": "other"})),
            Operation::DeleteFolder => folder,
            Operation::CreateClusterConnection => {
                merged(&self.connection_request, &json!({"name": format!("{}-extra", self.project.slug)}))
            }
            Operation::UpdateClusterConnection => json!({"sharedWith": "all"}),
            Operation::CreateDynamicSecret => merged(&self.secret_request, &json!({"name": "extra"})),
            Operation::UpdateDynamicSecret => merged(&place, &json!({"data": {"defaultTTL": "30m"}})),
            Operation::IssueLease => merged(&place, &json!({"dynamicSecretName": "ci"})),
            Operation::DeleteDynamicSecret | Operation::RenewLease | Operation::RevokeLease => place,
            Operation::ForgetLease => json!({"projectSlug": self.project.slug, "reason": "a test"}),
            Operation::EndLeases => json!({"projectId": self.project.id, "dryRun": false, "reason": "a test"}),
            Operation::CreateAuditStream => {
                json!({"name": format!("{}-extra", self.project.slug), "kind": "syslog", "host": "logs.example.com", "port": 6514})
            }
            Operation::CreateAuditIntake => json!({"serverUrl": "https://mayfly.example.com"}),
            Operation::ImportClusterAudit | Operation::ReceiveClusterAudit => json!({"items": []}),
            Operation::StopIssuing => {
                json!({"scope": "environment", "targetId": self.staging, "reason": "a test"})
            }
            _ => json!({}),
        }
    }

    /// How many events an operation leaves: one, and one for each lease and dynamic secret that goes with it.
    pub(super) fn events_of(operation: Operation, is_reading: bool) -> i64 {
        match operation {
            // Nothing lies around, the database is where it was, and no lease waits.
            Operation::SweepCluster | Operation::AdoptDatabase | Operation::ForgetLease => 0,
            // There is no intake to revoke, and verifying changes nothing.
            Operation::RevokeAuditIntake | Operation::VerifyAuditLog => 0,
            _ if is_reading => 0,
            Operation::EndLeases | Operation::DeleteDynamicSecret => 2,
            Operation::DeleteEnvironment | Operation::DeleteProject => 3,
            _ => 1,
        }
    }
}
