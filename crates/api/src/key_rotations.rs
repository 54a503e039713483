//! Rotating keys.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyRotationRequest {
    /// `data`: keys that seal values at rest; `master`: the key that wraps those; `signing`: keys that sign access tokens
    /// and seal objects in clusters.
    pub kind: String,
}

/// A rotation, and how far it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyRotation {
    /// Id.
    pub id: String,
    /// `data`, `master` or `signing`.
    pub kind: String,
    /// `running` or `finished`.
    pub state: String,
    /// What is done, in whole per cent; 100 only once the old keys are gone.
    pub percent: u8,
    /// Values or keys that were to be replaced when it began.
    pub total: u64,
    /// Those that are left.
    pub left: u64,
    /// Seconds from now on, if it goes on as it went; absent where that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_seconds: Option<u64>,
    /// What keeps it from finishing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// When it began.
    pub started_at: String,
    /// When it was finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyRotationBody {
    /// The rotation.
    pub rotation: KeyRotation,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyRotationList {
    /// The newest rotation of each kind.
    pub rotations: Vec<KeyRotation>,
}
