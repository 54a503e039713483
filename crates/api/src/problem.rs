//! The one error envelope.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What every answer that is not a success looks like.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Id of the request, also in the server's log.
    #[schema(example = "req-0198c0d2a1b27f3e")]
    pub req_id: String,
    #[schema(example = 404)]
    pub status_code: u16,
    /// A sentence; with status 422 the list of faulty fields.
    pub message: Message,
    /// The family of errors, in the words existing clients know.
    #[schema(example = "NotFound")]
    pub error: String,
    /// Stable word for programs.
    #[schema(example = "dynamic_secret_not_found")]
    pub code: String,
    /// Facts a program may want, such as the permissions that were missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
}

/// The message of a [`Problem`].
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Message {
    Text(String),
    Fields(Vec<FieldIssue>),
}

/// One faulty field.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldIssue {
    /// Stable word for programs.
    #[schema(example = "invalid_duration")]
    pub code: String,
    /// Where, outermost first.
    #[schema(example = json!(["body", "defaultTTL"]))]
    pub path: Vec<String>,
    pub message: String,
}

impl std::fmt::Display for Message {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Fields(fields) => {
                let lines: Vec<String> =
                    fields.iter().map(|issue| format!("`{}` {}", issue.path.join("."), issue.message)).collect();
                formatter.write_str(&lines.join("; "))
            }
        }
    }
}
