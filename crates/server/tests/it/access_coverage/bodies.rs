//! A good body for each operation that takes one.

use mayfly_domain::access::operation::Operation;
use mayfly_testkit::issuer::{SigningAlgorithm, TestIssuer, TokenSigner};
use serde_json::{Value, json};

use super::world::World;
use crate::support::{PASSWORD, merged};

impl World {
    pub(super) fn body(&self, operation: Operation) -> Value {
        let place = json!({"projectSlug": self.project.slug, "environmentSlug": "prod", "path": "/"});
        let folder = json!({"projectId": self.project.id, "environment": "prod", "path": "/"});
        match operation {
            Operation::CreateIdentity => json!({"name": "another"}),
            Operation::UpdateIdentity => json!({"name": "another name"}),
            Operation::AttachOidcAuth => oidc_auth(&self.issuer),
            Operation::CreateSsoProvider => sso_provider(&self.issuer, &format!("{}-extra", self.project.slug)),
            Operation::AttachKubernetesAuth => kubernetes_auth(),
            Operation::CreateProject => json!({"projectName": "Another"}),
            Operation::UpdateProject | Operation::UpdateRole => json!({"description": "another"}),
            Operation::CreateMembership | Operation::CreateUserMembership | Operation::CreateGroupMembership => {
                json!({"role": "viewer"})
            }
            Operation::UpdateMembership | Operation::UpdateUserMembership | Operation::UpdateGroupMembership => {
                json!({"roles": [{"role": "viewer"}]})
            }
            Operation::CreateRole => json!({"slug": "extra", "name": "Extra", "permissions": []}),
            Operation::ExplainOwnAccess | Operation::ExplainAccess => json!({"projectSlug": self.project.slug}),
            Operation::UpdateEnvironmentPolicy => json!({"requiresReason": true}),
            Operation::DenyRequest => json!({"reason": "a test"}),
            Operation::UpdateGroup | Operation::UpdateSsoProvider => json!({"name": "Another"}),
            Operation::CreateGroup => json!({"name": "Extra", "slug": format!("{}-extra", self.project.slug)}),
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
            Operation::RotateKeys => json!({"kind": "signing"}),
            Operation::CreateAuditStream => {
                json!({"name": format!("{}-extra", self.project.slug), "kind": "syslog", "host": "logs.example.com", "port": 6514})
            }
            Operation::DeleteGatewayAuthority => json!({"isForced": true, "reason": "a test"}),
            Operation::CreateGateway | Operation::CreateGatewayPool => {
                json!({"name": format!("{}-extra", self.project.slug)})
            }
            Operation::UpdateGateway | Operation::UpdateGatewayPool => {
                json!({"name": format!("{}-other", self.project.slug)})
            }
            Operation::AddToGatewayPool => json!({"gatewayId": self.id("gatewayId")}),
            Operation::CreateAuditIntake => json!({"serverUrl": "https://mayfly.example.com"}),
            Operation::ImportClusterAudit | Operation::ReceiveClusterAudit => json!({"items": []}),
            Operation::StopIssuing => {
                json!({"scope": "environment", "targetId": self.staging, "reason": "a test"})
            }
            Operation::InviteUser => json!({"email": format!("{}-extra@example.com", self.project.slug)}),
            Operation::UpdateUser => json!({"role": "member"}),
            Operation::ChangeOwnPassword => json!({"oldPassword": PASSWORD, "newPassword": "quite another one"}),
            Operation::EnrolSecondFactor | Operation::RemoveSecondFactor | Operation::RenewRecoveryCodes => {
                json!({ "password": PASSWORD })
            }
            Operation::RegisterPasskey => self.registration.clone(),
            Operation::RenamePasskey => json!({"name": "phone"}),
            Operation::ConfirmSecondFactor => json!({"code": "123456"}),
            _ => json!({}),
        }
    }
}

pub(super) fn oidc_auth(issuer: &TestIssuer) -> Value {
    json!({"oidcDiscoveryUrl": issuer.url(), "boundIssuer": issuer.url(), "caCert": issuer.ca_pem(),
           "boundAudiences": "mayfly", "boundSubject": "repo:acme/shop:ref:refs/heads/main"})
}

pub(super) fn kubernetes_auth() -> Value {
    json!({"tokenReviewMode": "pinned-keys", "issuer": "https://kubernetes.default.svc", "allowedAudience": "mayfly",
           "publicKeys": TokenSigner::new("key", SigningAlgorithm::Es256).public_pem(), "allowedNamespaces": "ci"})
}

pub(super) fn sso_provider(issuer: &TestIssuer, slug: &str) -> Value {
    json!({"slug": slug, "name": "Acme", "discoveryUrl": issuer.url(), "caCert": issuer.ca_pem(), "clientId": "mayfly"})
}
