//! A project with one of everything in it, and requests that fit each route.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use http::Method;
use mayfly_domain::access::operation::{Operation, Requirement};
use mayfly_testkit::{
    authenticator::{Authenticator, KeyKind},
    issuer::{SigningAlgorithm, TestIssuer, TokenSigner},
};
use serde_json::{Value, json};

use super::{
    Route,
    bodies::{kubernetes_auth, oidc_auth, sso_provider},
};
use crate::people::passkeys::{registered, registration};
use crate::support::{ACCOUNT, Caller, NAMESPACE, Person, Project, TestServer, merged};

/// An id that nothing has.
const ABSENT_ID: &str = "018f0000-0000-7000-8000-000000000000";
/// A name that nothing has.
const ABSENT_NAME: &str = "nothing-here";

/// What a request can be about.
#[derive(Clone)]
pub(super) struct World {
    pub(super) project: Project,
    /// By the name of the parameter.
    pub(super) ids: BTreeMap<&'static str, String>,
    /// An identity that is no member and has no login.
    guest: String,
    /// A person who is no member.
    stranger: String,
    /// A group that is no member and has nobody in it.
    other_group: String,
    /// A request that is the organization's own.
    organization_request: String,
    pub(super) secret_request: Value,
    /// The id of an environment with nothing in it.
    pub(super) staging: String,
    pub(super) connection_request: Value,
    /// Somebody without rights, where the world has a person.
    person: Option<Person>,
    /// What adds a passkey of theirs.
    pub(super) registration: Value,
    /// Who asked for what waits, where something does.
    asker: Option<Caller>,
    /// Somebody who decides on what others ask for, where the world has one.
    approver: Option<Person>,
    /// The provider that the machine may sign in with.
    pub(super) issuer: Arc<TestIssuer>,
}

impl World {
    /// A world with a person and with requests that wait for another one's word.
    pub(super) async fn whole(server: &TestServer) -> Self {
        let mut world = Self::with_person(server).await;
        world.ask(server).await;
        world
    }

    /// The same with a person who is signed in, and an invitation. Two passwords are hashed for it.
    pub(super) async fn with_person(server: &TestServer) -> Self {
        let mut world = Self::new(server).await;
        let slug = world.project.slug.clone();
        let person = server.person(&format!("{slug}@example.com"), "no-access").await;
        server.invite(&format!("{slug}-invited@example.com"), "member").await;
        let waiting = server.as_admin().get("/api/v1/users/invitations").await.ok();
        let invitation = waiting["invitations"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
        let sessions = person.caller.get("/api/v1/auth/sessions").await.ok();
        let session = sessions["sessions"][0]["id"].as_str().unwrap().to_owned();
        let passkey = registered(&person.caller, &mut Authenticator::new(KeyKind::EdDsa)).await;
        let passkey = passkey["id"].as_str().unwrap().to_owned();
        let registration = registration(&person.caller, &mut Authenticator::new(KeyKind::EdDsa), |_| ()).await;
        world.ids.extend([
            ("personId", person.id.clone()),
            ("invitationId", invitation),
            ("sessionId", session),
            ("passkeyId", passkey),
        ]);
        Self { person: Some(person), registration, ..world }
    }

    /// The same with requests that wait for `approver`.
    pub(super) async fn with_approver(server: &TestServer, approver: &Person) -> Self {
        let mut world = Self::new(server).await;
        world.ask(server).await;
        world.decided_by(server, approver).await
    }

    /// The same with somebody who may decide on what waits.
    pub(super) async fn decided_by(self, server: &TestServer, approver: &Person) -> Self {
        if self.approver.is_some() {
            return self;
        }
        let member = format!("/api/v1/projects/{}/memberships/users/{}", self.project.id, approver.id);
        server.as_admin().post(&member, &json!({"role": "admin"})).await.ok();
        Self { approver: Some(approver.clone()), ..self }
    }

    /// The request for a lease is approved.
    pub(super) async fn approved(&self) {
        let path = format!("/api/v1/projects/{}/approval-requests/{}", self.project.id, self.id("requestId"));
        let approver = &self.approver.as_ref().expect("somebody who decides").caller;
        approver.post(&format!("{path}/approve"), &json!({})).await.ok();
    }

    /// Asks for a lease and for a change of a connection that another person has to agree to.
    async fn ask(&mut self, server: &TestServer) {
        // Whoever asks has few requests that wait, so each world has its own.
        let machine = server.lone_machine("admin", &json!({})).await;
        server.join(&machine.id, &self.project, "admin").await;
        let asker = server.as_nobody().with_token(&machine.token);
        let admin = server.as_admin();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let approval = json!({"approvals": 1, "validFor": "1h"});
        // Of a connection: an environment that asks for approval could not be removed, nor could its project.
        let name = format!("guarded-{}", self.project.slug);
        let guarded = server
            .new_connection(&name, &json!({"projectIds": [self.project.id], "limits": { "approval": approval }}))
            .await;
        let inputs = json!({"provider": {"inputs": {"clusterConnectionId": guarded["id"]}}});
        let through = merged(&self.secret_request, &inputs);
        let mut in_staging = merged(&through, &json!({"environmentSlug": "staging"}));
        let inputs = in_staging["provider"]["inputs"].as_object_mut().unwrap();
        inputs.retain(|field, _| !["url", "ca", "clusterToken", "sslEnabled"].contains(&field.as_str()));
        admin.post("/api/v1/dynamic-secrets", &in_staging).await.ok();
        let in_staging = json!({"projectSlug": self.project.slug, "environmentSlug": "staging"});
        let in_staging = server.lease_request("ci", &in_staging);
        let answer = asker.post("/api/v1/dynamic-secrets/leases", &in_staging).await.problem();
        self.ids.insert("requestId", text(&answer["details"]["approvalRequestId"]));
        let strict = json!({"limits": { "approval": approval }});
        let path = format!("/api/v1/cluster-connections/{}", self.id("connectionId"));
        admin.patch(&path, &strict).await.ok();
        let answer = asker.patch(&path, &json!({"limits": {}})).await.problem();
        self.organization_request = text(&answer["details"]["approvalRequestId"]);
        self.asker = Some(asker);
    }

    /// The administrator of everything here, who is also who asked, where that counts.
    pub(super) fn owner(&self, server: &TestServer, route: &Route) -> Caller {
        let own = self.asker.as_ref().filter(|_| route.pattern.contains("/approval-requests/"));
        own.cloned().unwrap_or_else(|| server.as_admin())
    }

    /// One who may do it: what is about a person takes a person, and so does the word on what another asks for.
    pub(super) fn allowed(&self, server: &TestServer, route: &Route) -> Caller {
        let decides = route.pattern.ends_with("/approve") || route.pattern.ends_with("/deny");
        let needed = match route.operation.requirement() {
            _ if decides => &self.approver,
            Requirement::Person => &self.person,
            _ => &None,
        };
        needed.as_ref().map_or_else(|| self.owner(server, route), |person| person.caller.clone())
    }

    pub(super) async fn new(server: &TestServer) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let (project, admin) = (server.new_project(&format!("world-{number}")).await, server.as_admin());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let machine = server.lone_machine("no-access", &json!({})).await;
        server.join(&machine.id, &project, "member").await;
        let path = format!("/api/v1/projects/{}/memberships/identities/{}", project.id, machine.id);
        let membership = text(&admin.get(&path).await.ok()["identityMembership"]["id"]);
        let path = format!("/api/v1/auth/universal-auth/identities/{}/client-secrets", machine.id);
        let client_secret = text(&admin.get(&path).await.ok()["clientSecretData"][0]["id"]);
        let prod = environment(server, &project, "prod").await;
        let request = json!({"projectId": project.id, "environment": "prod", "name": "box"});
        let folder = text(&admin.post("/api/v2/folders", &request).await.ok()["folder"]["id"]);
        let secret_request = merged(&server.secret_request("ci"), &json!({"projectSlug": project.slug}));
        admin.post("/api/v1/dynamic-secrets", &secret_request).await.ok();
        let request = server.lease_request("ci", &json!({"projectSlug": project.slug}));
        let lease = text(&admin.post("/api/v1/dynamic-secrets/leases", &request).await.ok()["lease"]["id"]);
        let guest = admin.post("/api/v1/identities", &json!({"name": "guest"})).await.ok();
        let [staging, dev] =
            [environment(server, &project, "staging").await, environment(server, &project, "dev").await];
        let stop = json!({"scope": "environment", "targetId": dev, "reason": "a test"});
        let stop = text(&admin.post("/api/v1/stops", &stop).await.ok()["stop"]["id"]);
        let connection_request = server.connection_request("extra");
        let request = merged(&connection_request, &json!({"name": project.slug}));
        let made = admin.post("/api/v1/cluster-connections", &request).await.ok();
        let connection = text(&made["clusterConnection"]["id"]);
        let (user, stranger) = (person(server, number, "a").await, person(server, number, "b").await);
        let members = format!("/api/v1/projects/{}/memberships", project.id);
        admin.post(&format!("{members}/users/{user}"), &json!({"role": "viewer"})).await.ok();
        let (group, other_group) = groups(server, number, &machine.id).await;
        admin.post(&format!("{members}/groups/{group}"), &json!({"role": "viewer"})).await.ok();
        let (role, gateway) = (role(server, &project).await, gateway(server, &project).await);
        let issuer = outside_methods(server, &machine.id).await;
        let request = json!({"name": project.slug, "kind": "https", "url": "https://collector.example.com/"});
        let stream = text(&admin.post("/api/v1/audit-streams", &request).await.ok()["auditStream"]["id"]);
        let event = text(&admin.get("/api/v1/audit-events?limit=1").await.ok()["events"][0]["id"]);
        admin.post("/api/v1/sso/providers", &sso_provider(&issuer, &project.slug)).await.ok();
        let ids = [
            ("eventId", event),
            ("authorityId", authority(server).await),
            ("gatewayId", gateway.clone()),
            ("enrolmentId", enrolment(server, &gateway).await),
            ("poolId", gateway_pool(server, &project).await),
            ("provider", project.slug.clone()),
            ("streamId", stream),
            ("userId", user.clone()),
            ("groupId", group),
            ("roleId", role),
            ("memberType", "identities".to_owned()),
            ("memberId", machine.id.clone()),
            ("stopId", stop),
            ("connectionId", connection),
            ("identityId", machine.id),
            ("clientSecretId", client_secret),
            ("membershipId", membership),
            ("environmentId", prod),
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
            stranger,
            other_group,
            organization_request: String::new(),
            secret_request,
            staging,
            connection_request,
            person: None,
            registration: json!({}),
            asker: None,
            approver: None,
            issuer,
        }
    }

    /// The same with the gateway in the pool.
    pub(super) async fn with_pooled_gateway(server: &TestServer) -> Self {
        let world = Self::new(server).await;
        let path = format!("/api/v1/gateway-pools/{}/memberships", world.id("poolId"));
        server.as_admin().post(&path, &json!({"gatewayId": world.id("gatewayId")})).await.ok();
        world
    }

    /// The same with one authority for gateways, beside which there is room for the next.
    pub(super) async fn with_one_authority(server: &TestServer) -> Self {
        let world = Self::new(server).await;
        let path = format!("{AUTHORITIES}/{}", world.id("authorityId"));
        server.as_admin().delete(&path, &json!({"isForced": true, "reason": "a test"})).await.ok();
        world
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
            stranger: ABSENT_ID.to_owned(),
            other_group: ABSENT_ID.to_owned(),
            organization_request: ABSENT_ID.to_owned(),
            staging: ABSENT_ID.to_owned(),
            secret_request: merged(&self.secret_request, &json!({ "projectSlug": ABSENT_NAME })),
            connection_request: self.connection_request.clone(),
            person: self.person.clone(),
            registration: self.registration.clone(),
            asker: self.asker.clone(),
            approver: self.approver.clone(),
            issuer: Arc::clone(&self.issuer),
        }
    }

    /// An answer without the ids and names that were asked for.
    pub(super) fn anonymous(&self, answer: &Value) -> String {
        let own = self.ids.values().filter(|id| id.len() == ABSENT_ID.len()).chain([
            &self.project.id,
            &self.project.slug,
            &self.guest,
            &self.stranger,
            &self.other_group,
        ]);
        own.fold(answer.to_string(), |text, id| text.replace(id, "[asked]"))
    }

    /// The path and body of a good request.
    pub(super) fn request(&self, method: &Method, pattern: &str, operation: Operation) -> (String, Value) {
        let slug = match pattern {
            _ if pattern.contains("environments/slug") => "prod",
            _ if pattern.contains("roles/slug") => "reader",
            _ => &self.project.slug,
        };
        let mut path = pattern.replace("{projectId}", &self.project.id).replace("{slug}", slug);
        for (name, id) in &self.ids {
            let id = match (operation, *name) {
                (
                    Operation::CreateMembership
                    | Operation::AttachUniversalAuth
                    | Operation::AttachOidcAuth
                    | Operation::AttachKubernetesAuth,
                    "identityId",
                ) => &self.guest,
                (Operation::CreateUserMembership, "userId") => &self.stranger,
                (Operation::CreateGroupMembership, "groupId") => &self.other_group,
                (Operation::UpdateGroup, "memberId") if *method == Method::POST => &self.guest,
                (_, "userId") if pattern.starts_with("/api/v1/users") => self.id("personId"),
                (Operation::DecideOrganizationRequests, "requestId") => &self.organization_request,
                (_, _) => id,
            };
            path = path.replace(&format!("{{{name}}}"), id);
        }
        if *method == Method::GET {
            path = format!("{path}?{}", self.query(pattern));
        }
        // Who is in a group is said by the path.
        let body = match pattern {
            _ if pattern.contains("/members/") => json!({}),
            _ if pattern.ends_with("/deny") => json!({"reason": "a test"}),
            _ if pattern.ends_with("/leases/{leaseId}/end") => json!({"projectSlug": self.project.slug}),
            _ => self.body(operation),
        };
        (path, body)
    }

    fn query(&self, pattern: &str) -> String {
        let slug = &self.project.slug;
        match pattern {
            _ if pattern.ends_with("/folders") => format!("projectId={}&environment=prod&path=%2F", self.project.id),
            _ if pattern.contains("/dynamic-secrets") && !pattern.contains("/cluster-connections") => {
                format!("projectSlug={slug}&environmentSlug=prod&path=%2F")
            }
            _ if pattern.ends_with("/live") || pattern.ends_with("/events") => "longest=0".to_owned(),
            _ if pattern.contains("/leases") => format!("projectSlug={slug}"),
            _ if pattern.ends_with("/accounts") || pattern.ends_with("/roles") => format!("namespace={NAMESPACE}"),
            _ if pattern.ends_with("/preview") => format!("namespace={NAMESPACE}&serviceAccountName={ACCOUNT}"),
            _ => String::new(),
        }
    }

    /// Whether a route only reads, whatever its method.
    pub(super) fn is_reading(route: &Route) -> bool {
        let asks = [
            Operation::TestSsoProvider,
            Operation::SearchIdentities,
            Operation::ExplainOwnAccess,
            Operation::ExplainAccess,
        ];
        route.method == Method::GET || asks.contains(&route.operation)
    }

    /// How many events an operation leaves: one, and one for each lease and dynamic secret that goes with it.
    pub(super) fn events_of(route: &Route) -> i64 {
        match route.operation {
            // Nothing lies around, the database is where it was, no lease waits, there is no second factor and no intake, a
            // challenge is no change, and verifying changes nothing.
            Operation::SweepCluster
            | Operation::AdoptDatabase
            | Operation::ForgetLease
            | Operation::ConfirmSecondFactor
            | Operation::RemoveSecondFactor
            | Operation::RenewRecoveryCodes
            | Operation::ResetUserSecondFactor
            | Operation::BeginPasskeyRegistration
            | Operation::RevokeAuditIntake
            | Operation::TestSsoProvider
            | Operation::DeleteSsoLink
            | Operation::DeleteOwnSsoLink
            | Operation::VerifyAuditLog => 0,
            // Who looked at a lease is told.
            Operation::GetLease => 1,
            _ if Self::is_reading(route) => 0,
            Operation::EndLeases | Operation::DeleteDynamicSecret => 2,
            Operation::DeleteEnvironment | Operation::DeleteProject => 3,
            _ => 1,
        }
    }
}

async fn role(server: &TestServer, project: &Project) -> String {
    let permissions = json!([{"subject": "dynamic-secrets", "action": "read-root-credential"}]);
    let role = json!({"slug": "reader", "name": "Reader", "permissions": permissions});
    let made = server.as_admin().post(&format!("/api/v1/projects/{}/roles", project.id), &role).await.ok();
    made["role"]["id"].as_str().unwrap().to_owned()
}

const AUTHORITIES: &str = "/api/v1/gateway-authorities";

/// The older of the installation's two.
async fn authority(server: &TestServer) -> String {
    let mut there = server.as_admin().get(AUTHORITIES).await.ok();
    while there["gatewayAuthorities"].as_array().unwrap().len() < 2 {
        there = server.as_admin().post(AUTHORITIES, &json!({})).await.ok();
    }
    there["gatewayAuthorities"][1]["id"].as_str().unwrap().to_owned()
}

async fn gateway(server: &TestServer, project: &Project) -> String {
    let made = server.as_admin().post("/api/v1/gateways", &json!({"name": project.slug})).await.ok();
    made["gateway"]["id"].as_str().unwrap().to_owned()
}

async fn enrolment(server: &TestServer, gateway: &str) -> String {
    let made = server.as_admin().post(&format!("/api/v1/gateways/{gateway}/enrolments"), &json!({})).await.ok();
    made["enrolment"]["id"].as_str().unwrap().to_owned()
}

async fn gateway_pool(server: &TestServer, project: &Project) -> String {
    let made = server.as_admin().post("/api/v1/gateway-pools", &json!({"name": project.slug})).await.ok();
    made["id"].as_str().unwrap().to_owned()
}

/// Adds a person behind the server's back.
async fn person(server: &TestServer, number: u64, letter: &str) -> String {
    let id = format!("018f0000-0000-7000-9000-{number:011}{letter}");
    let statement = format!(
        "INSERT INTO users (id, organization_id, email, password_hash, role, created_at, is_disabled, updated_at)
         SELECT '{id}', id, '{letter}{number}@example.com', '', 'no-access', 0, FALSE, 0 FROM organizations"
    );
    server.home.execute(&statement).await;
    id
}

/// Makes a group with `member` in it, and another one with nobody.
async fn groups(server: &TestServer, number: u64, member: &str) -> (String, String) {
    let group = async |slug: String| {
        let made = server.as_admin().post("/api/v1/groups", &json!({"name": "Group", "slug": slug})).await.ok();
        made["group"]["id"].as_str().unwrap().to_owned()
    };
    let (group, other) = (group(format!("group-{number}")).await, group(format!("other-{number}")).await);
    let path = format!("/api/v1/groups/{group}/members/identities/{member}");
    server.as_admin().post(&path, &json!({})).await.ok();
    (group, other)
}

/// Lets `machine` sign in with tokens from outside, also with those of the issuer.
async fn outside_methods(server: &TestServer, machine: &str) -> Arc<TestIssuer> {
    let issuer = Arc::new(TestIssuer::start().await.unwrap());
    issuer.set_keys(&[&TokenSigner::new("key", SigningAlgorithm::Es256)]);
    for (method, body) in [("oidc-auth", oidc_auth(&issuer)), ("kubernetes-auth", kubernetes_auth())] {
        server.as_admin().post(&format!("/api/v1/auth/{method}/identities/{machine}"), &body).await.ok();
    }
    issuer
}

/// The id of an environment of a project.
async fn environment(server: &TestServer, project: &Project, slug: &str) -> String {
    let path = format!("/api/v1/projects/{}/environments/slug/{slug}", project.id);
    server.as_admin().get(&path).await.ok()["environment"]["id"].as_str().unwrap().to_owned()
}
