//! Environments of a project.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateEnvironmentRequest {
    #[schema(example = "Production")]
    pub name: String,
    #[schema(example = "prod")]
    pub slug: String,
    /// Place in the list, from 1; the end when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub position: Option<i64>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct UpdateEnvironmentRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub position: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnvironmentSummary {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    pub slug: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    pub slug: String,
    pub position: i64,
    #[schema(format = Uuid)]
    pub project_id: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnvironmentBody {
    pub environment: Environment,
}

/// What changed. `workspace` and `projectId` are the same; each is what one generation of clients reads.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangedEnvironment {
    pub message: String,
    pub workspace: String,
    pub project_id: String,
    pub environment: Environment,
    /// After a removal: the leases in it that are not over, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leases_left: Option<Vec<crate::leases::Lease>>,
}
