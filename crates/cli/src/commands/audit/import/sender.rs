//! By whose right a cluster's audit log is sent.

use std::{path::Path, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mayfly_api::cluster_requests::{ImportedRequests, RequestImport};
use serde_json::Value;

use crate::{client::ApiClient, error::CliError, secret::Secret, server_url::ServerUrl};

/// What stands before the connection's id in the address of an intake.
const BEFORE: &str = "/api/v1/cluster-connections/";

/// Sends.
pub(super) struct Sender {
    client: ApiClient,
    connection: String,
    /// The last part of the address.
    to: &'static str,
}

impl Sender {
    /// As whoever is signed in.
    pub(super) const fn of_caller(client: ApiClient, connection: String) -> Self {
        Self { client, connection, to: "audit-import" }
    }

    /// As the holder of an intake's kubeconfig.
    pub(super) fn of_intake(path: &Path, patience: Duration) -> Result<Self, CliError> {
        let text = std::fs::read_to_string(path).map_err(|source| CliError::Read { path: path.to_owned(), source })?;
        let content = |what: &str| CliError::Content { path: path.to_owned(), what: what.to_owned() };
        // Not the parser's words: they may repeat the token.
        let config: Value = serde_saphyr::from_str(&text).map_err(|_| content("it is no YAML"))?;
        let field = |pointer: &str| config.pointer(pointer).and_then(Value::as_str);
        let is_none = || content("it is no kubeconfig that `mayfly audit intake create` gave");
        let url = field("/clusters/0/cluster/server").ok_or_else(is_none)?;
        let token = field("/users/0/user/token").ok_or_else(is_none)?;
        let (server, rest) = url.split_once(BEFORE).ok_or_else(is_none)?;
        let connection = rest.strip_suffix("/audit-events").ok_or_else(is_none)?;
        let server: ServerUrl = server.parse().map_err(|error| content(&format!("its server: {error}")))?;
        let ca = field("/clusters/0/cluster/certificate-authority-data").map(|data| BASE64_STANDARD.decode(data));
        let ca = ca.transpose().map_err(|_| content("its certificates are no base64"))?;
        let roots = ca.map(|pem| (path.to_owned(), pem));
        let client = ApiClient::trusting(&server, roots, patience, Some(Secret::new(token.to_owned())))?;
        Ok(Self { client, connection: connection.to_owned(), to: "audit-events" })
    }

    /// Sends events. They count as sent when the server has said so.
    pub(super) async fn send(&self, items: &[Value]) -> Result<ImportedRequests, CliError> {
        let import = RequestImport { items: items.to_vec() };
        self.client.post(&["api", "v1", "cluster-connections", &self.connection, self.to], &import).await
    }
}
