//! Why somebody may or may not do something, and who can.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::roles::PermissionRule;

/// Somebody who can be given roles.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Principal {
    /// `user` or `identity`.
    #[serde(rename = "type")]
    pub kind: String,
    #[schema(format = Uuid)]
    pub id: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainRequest {
    pub project_slug: String,
    /// Who; oneself where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// `dynamic-secrets` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// `lease` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Where absent, the answer is whether there is any place at which it may be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_slug: Option<String>,
    /// `/` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// With it, the labels of that dynamic secret count too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_secret_name: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RightsRequest {
    pub project_slug: String,
    /// Who; oneself where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// Where absent, the answer is whether there is any place at which it may be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_slug: Option<String>,
    /// `/` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_secret_name: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RightList {
    pub rights: Vec<Explanation>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhoCanRequest {
    pub project_slug: String,
    /// `dynamic-secrets` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// `lease` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_slug: Option<String>,
    /// `/` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_secret_name: Option<String>,
    /// The last page's `nextCursor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    pub principal: Principal,
    pub subject: String,
    #[schema(value_type = String)]
    pub action: serde_json::Value,
    /// `allow` or `deny`.
    pub decision: String,
    /// In a sentence.
    pub reason: String,
    /// The rule that decided; null where no rule speaks of it.
    pub rule: Option<DecidingRule>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecidingRule {
    /// The role's slug.
    pub role: String,
    /// The group that the role came through; null where it was given directly.
    pub group: Option<String>,
    /// The rule's place in the role, from 1.
    pub line: u64,
    #[serde(flatten)]
    pub rule: PermissionRule,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhoCanList {
    pub holders: Vec<Explanation>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}
