//! A server with somebody in it: an administrator, a project, a dynamic secret.

use mayfly_api::{
    bootstrap::Bootstrapped,
    dynamic_secrets::DynamicSecretBody,
    leases::{IssueLeaseRequest, IssuedLease, LeaseBody, LeasePlaceRequest},
    projects::ProjectBody,
};
use serde_json::{Value, json};

use crate::{Client, ClusterSide, Mayfly, inputs::over};

/// The dynamic secret's environment.
pub const ENVIRONMENT: &str = "prod";
/// The dynamic secret's name.
pub const SECRET: &str = "ci-deployer";
const PROJECT: &str = "web-shop";

/// Where everything is, and a client that may do everything.
#[derive(Clone)]
pub struct Scene {
    /// The administrator's machine identity.
    pub client: Client,
    /// The project's id.
    pub project_id: String,
    /// The project's slug.
    pub project_slug: String,
}

impl Scene {
    /// Bootstraps a new server and makes the project.
    ///
    /// # Errors
    /// When the server refuses something.
    pub async fn bootstrap(mayfly: &Mayfly) -> anyhow::Result<Self> {
        let nobody = mayfly.client()?;
        let setup_code = mayfly.setup_code()?;
        let body = json!({ "email": "ana@example.com", "password": "correct horse battery", "organization": "Acme",
            "setupCode": setup_code });
        let made: Bootstrapped = nobody.post("/api/v1/admin/bootstrap", &body).await?;
        let client = nobody.with_token(&made.identity.credentials.token);
        let body = json!({ "projectName": "Shop", "slug": PROJECT });
        let made: ProjectBody = client.post("/api/v1/projects", &body).await?;
        Ok(Self { client, project_id: made.project.id, project_slug: made.project.slug })
    }

    /// The same, with a dynamic secret in it.
    ///
    /// # Errors
    /// When the server refuses something.
    pub async fn with_secret(mayfly: &Mayfly, side: &ClusterSide) -> anyhow::Result<Self> {
        let scene = Self::bootstrap(mayfly).await?;
        scene.create_secret(side).await?;
        Ok(scene)
    }

    /// Makes a dynamic secret with leases of an hour, or up to a day.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create_secret(&self, side: &ClusterSide) -> anyhow::Result<DynamicSecretBody> {
        self.create_secret_with(&json!({}), side).await
    }

    /// The same, with other inputs over the usual ones.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create_secret_with(&self, inputs: &Value, side: &ClusterSide) -> anyhow::Result<DynamicSecretBody> {
        self.create_secret_named(SECRET, inputs, side).await
    }

    /// The same, under another name.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create_secret_named(
        &self,
        name: &str,
        inputs: &Value,
        side: &ClusterSide,
    ) -> anyhow::Result<DynamicSecretBody> {
        self.client.post("/api/v1/dynamic-secrets", &self.secret_request(name, inputs, side)).await
    }

    /// Inputs with another way to the cluster than the usual one, which is left out as existing clients do it: by nulls.
    #[must_use]
    pub fn reached_by(inputs: &Value) -> Value {
        over(json!({ "url": null, "ca": null, "clusterToken": null, "sslEnabled": null }), inputs)
    }

    /// What a dynamic secret is made with.
    pub fn secret_request(&self, name: &str, inputs: &Value, side: &ClusterSide) -> Value {
        json!({
            "name": name,
            "projectSlug": self.project_slug,
            "environmentSlug": ENVIRONMENT,
            "path": "/",
            "defaultTTL": "1h",
            "maxTTL": "1d",
            "provider": { "type": "kubernetes", "inputs": over(side.inputs(), inputs) },
        })
    }

    /// The scene as another server shows it.
    #[must_use]
    pub fn at(&self, mayfly: &Mayfly) -> Self {
        Self { client: self.client.at(mayfly.url()), ..self.clone() }
    }

    /// Issues a token. `reason` is kept with the lease.
    ///
    /// # Errors
    /// When the server refuses or is gone.
    pub async fn issue(&self, reason: Option<&str>) -> anyhow::Result<IssuedLease> {
        self.issue_as(&IssueLeaseRequest { reason: reason.map(str::to_owned), ..self.lease_request() }).await
    }

    /// Issues what is asked for.
    ///
    /// # Errors
    /// When the server refuses or is gone.
    pub async fn issue_as(&self, request: &IssueLeaseRequest) -> anyhow::Result<IssuedLease> {
        self.client.post("/api/v1/dynamic-secrets/leases", request).await
    }

    /// What [`issue`](Self::issue) asks for, without a reason.
    pub fn lease_request(&self) -> IssueLeaseRequest {
        IssueLeaseRequest {
            dynamic_secret_name: SECRET.to_owned(),
            project_slug: self.project_slug.clone(),
            environment_slug: ENVIRONMENT.to_owned(),
            ..IssueLeaseRequest::default()
        }
    }

    /// Ends a lease before its time.
    ///
    /// # Errors
    /// When the server refuses or is gone.
    pub async fn end(&self, lease_id: &str) -> anyhow::Result<LeaseBody> {
        let place = LeasePlaceRequest {
            project_slug: self.project_slug.clone(),
            environment_slug: ENVIRONMENT.to_owned(),
            ..LeasePlaceRequest::default()
        };
        self.client.delete(&format!("/api/v1/dynamic-secrets/leases/{lease_id}"), &place).await
    }

    /// Where the secret's leases lie, as a query.
    pub fn place_query(&self) -> String {
        format!("projectSlug={}&environmentSlug={ENVIRONMENT}&path=/", self.project_slug)
    }

    /// The token in an answer.
    pub fn token(issued: &IssuedLease) -> Option<&str> {
        issued.data.get("TOKEN").map(String::as_str)
    }

    /// A new machine identity with universal auth and the project's `admin` role: its client id and secret.
    ///
    /// # Errors
    /// When the server refuses something.
    pub async fn add_machine(&self, name: &str) -> anyhow::Result<(String, String)> {
        let text = |value: &Value, path: &str| {
            let found = value.pointer(path).and_then(Value::as_str);
            anyhow::Context::with_context(found, || format!("the answer has no `{path}`")).map(str::to_owned)
        };
        let made: Value = self.client.post("/api/v1/identities", &json!({ "name": name })).await?;
        let id = text(&made, "/identity/id")?;
        let auth = format!("/api/v1/auth/universal-auth/identities/{id}");
        let configured: Value = self.client.post(&auth, &json!({})).await?;
        let secret: Value = self.client.post(&format!("{auth}/client-secrets"), &json!({})).await?;
        let membership = format!("/api/v1/projects/{}/memberships/identities/{id}", self.project_id);
        let _: Value = self.client.post(&membership, &json!({ "role": "admin" })).await?;
        Ok((text(&configured, "/identityUniversalAuth/clientId")?, text(&secret, "/clientSecret")?))
    }
}
