//! Who may send a cluster's audit log: whoever has the token of its connection's intake.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mayfly_domain::{
    access::operation::Operation, audit::ClusterEvent, caller::Caller, ids::ConnectionId, sensitive::Sensitive,
};
use mayfly_store::cluster_requests::Intake;
use serde_json::json;

use crate::{App, AppError, cluster_connections::find, error::OrWhen as _, secret_text};

/// A new intake, with what the API server needs.
#[derive(Clone, Debug)]
pub struct MadeIntake {
    /// The intake.
    pub intake: Intake,
    /// A kubeconfig with its token, which is nowhere else.
    pub kubeconfig: Sensitive<String>,
}

/// Makes an intake; a former one's token counts no more. `server` is the address at which the API server reaches Mayfly.
pub async fn create_intake(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    server: &str,
    server_ca: Option<&str>,
) -> Result<MadeIntake, AppError> {
    let connection = find(app, caller, Operation::CreateAuditIntake, id).await?;
    let token = secret_text::generate(&app.ambient);
    let event = app.event(caller, None, ClusterEvent::CreateAuditIntake { connection_id: connection.id });
    let kept = app.store.cluster_requests();
    kept.put_intake(connection.id, &secret_text::digest_of(token.expose()), &event).await?;
    let intake = kept.intake(connection.id).await?.ok_or_else(|| AppError::not_found("audit intake", &id))?;
    let kubeconfig = kubeconfig(&format!("{server}/api/v1/cluster-connections/{id}/audit-events"), server_ca, &token);
    Ok(MadeIntake { intake, kubeconfig })
}

/// The intake of a connection, where it has one.
pub async fn read_intake(app: &App, caller: &Caller, id: ConnectionId) -> Result<Option<Intake>, AppError> {
    let connection = find(app, caller, Operation::GetClusterConnection, id).await?;
    Ok(app.store.cluster_requests().intake(connection.id).await?)
}

/// Lets nobody send the connection's audit log any more.
pub async fn revoke_intake(app: &App, caller: &Caller, id: ConnectionId) -> Result<(), AppError> {
    let connection = find(app, caller, Operation::RevokeAuditIntake, id).await?;
    let event = app.event(caller, None, ClusterEvent::RevokeAuditIntake { connection_id: connection.id });
    let absent = || AppError::not_found("audit intake", &id);
    app.store.cluster_requests().remove_intake(connection.id, &event).await.or_when_gone(absent)
}

/// JSON, which is YAML too: what the API server's `--audit-webhook-config-file` reads.
fn kubeconfig(url: &str, ca: Option<&str>, token: &Sensitive<String>) -> Sensitive<String> {
    let mut cluster = json!({ "server": url });
    if let (Some(ca), Some(fields)) = (ca, cluster.as_object_mut()) {
        fields.insert("certificate-authority-data".to_owned(), BASE64_STANDARD.encode(ca).into());
    }
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "mayfly", "cluster": cluster}],
        "users": [{"name": "audit", "user": {"token": token.expose()}}],
        "contexts": [{"name": "audit", "context": {"cluster": "mayfly", "user": "audit"}}],
        "current-context": "audit",
    });
    Sensitive::new(serde_json::to_string_pretty(&config).unwrap_or_default() + "\n")
}
