//! `/api/status`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether the server is up, and what it offers.
#[expect(clippy::struct_excessive_bools, reason = "the shape existing clients know")]
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    #[schema(format = DateTime)]
    pub date: String,
    #[schema(example = "Ok")]
    pub message: String,
    /// Version of the server.
    pub version: String,
    /// Whether the first administrator was made.
    pub is_bootstrapped: bool,
    /// Whether the database is a copy or was restored, so that nothing is issued or ended until it is adopted.
    pub is_held: bool,
    pub email_configured: bool,
    pub invite_only_signup: bool,
    pub redis_configured: bool,
    pub secret_scanning_configured: bool,
    pub audit_log_storage_disabled: bool,
}
