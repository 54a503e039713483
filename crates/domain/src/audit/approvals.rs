//! What others have to agree to.

use serde::{Deserialize, Serialize};

use crate::{
    approval::ApprovalWish,
    ids::{ApprovalRequestId, LeaseId},
};

/// What others have to agree to.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ApprovalEvent {
    /// Something was asked for that others have to agree to.
    CreateApprovalRequest { approval_request_id: ApprovalRequestId, wish: ApprovalWish, reason: Option<String> },
    /// Somebody agreed.
    ApproveApprovalRequest {
        approval_request_id: ApprovalRequestId,
        comment: Option<String>,
        /// How many agreed so far.
        approvals: u64,
        /// How many have to.
        approvals_needed: u64,
    },
    /// Somebody refused.
    DenyApprovalRequest { approval_request_id: ApprovalRequestId, why: String },
    /// Whoever asked took it back.
    CancelApprovalRequest { approval_request_id: ApprovalRequestId },
    /// A lease that nobody got gave it back.
    GiveBackApprovalRequest { approval_request_id: ApprovalRequestId, lease_id: LeaseId },
    /// Its time ran out.
    ExpireApprovalRequest { approval_request_id: ApprovalRequestId },
}
