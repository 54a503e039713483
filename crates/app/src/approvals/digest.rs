//! What exactly is agreed to, as one number: the same wish of the same configuration by the same requester gives the same.

use aws_lc_rs::digest::{SHA256, digest};
use mayfly_domain::{approval::ApprovalWish, caller::Actor, hex::hex};

/// SHA-256 over who asks, for what, of which version, and why, in hex.
pub(super) fn of(requester: &Actor, wish: &ApprovalWish, reason: Option<&str>) -> String {
    let who = match requester {
        Actor::Identity { identity_id, .. } => identity_id.to_string(),
        Actor::User { user_id, .. } => user_id.to_string(),
        Actor::Anonymous | Actor::Platform => String::new(),
    };
    let whole = serde_json::json!([who, wish, reason]);
    hex(digest(&SHA256, whole.to_string().as_bytes()).as_ref())
}
