//! The first administrator.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a server keeps its files unless it is told otherwise.
pub const DATA_DIR: &str = "mayfly-data";
/// The file in that folder with the code that the first call needs.
pub const SETUP_CODE_FILE: &str = "setup-code";

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BootstrapRequest {
    #[schema(example = "ana@example.com")]
    pub email: String,
    /// 12 to 128 characters.
    pub password: String,
    /// Name of the organization.
    #[schema(example = "Acme")]
    pub organization: String,
    /// What is in the file `setup-code` of the server's data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_code: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Bootstrapped {
    pub message: String,
    pub organization: BootstrappedOrganization,
    pub user: BootstrappedUser,
    pub identity: BootstrappedIdentity,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BootstrappedOrganization {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    pub slug: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BootstrappedUser {
    #[schema(format = Uuid)]
    pub id: String,
    pub email: String,
    pub username: String,
    pub super_admin: bool,
}

/// A machine identity with the organization's admin role.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct BootstrappedIdentity {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    pub credentials: BootstrappedCredentials,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct BootstrappedCredentials {
    /// Its access token, shown this once.
    pub token: String,
}
