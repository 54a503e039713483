//! The installation itself: its database, its keys and its audit log.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AuditStreamId, IdentityId, KeyRotationId, UserId},
    key_rotation::RotationKind,
};

/// The installation itself: its database, its keys and its audit log.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum InstallationEvent {
    /// The first administrator was made.
    BootstrapInstance { user_id: UserId, email: String, identity_id: IdentityId },
    /// This copy of the database is the one to go on with.
    AdoptDatabase {},
    /// New data keys were made; what older ones sealed is sealed anew.
    RotateDataKeys { rotation_id: KeyRotationId },
    /// A new master key was taken; what the old one wrapped is wrapped anew.
    RotateMasterKey {
        rotation_id: KeyRotationId,
        /// The new key's number.
        version: i64,
    },
    /// New keys sign access tokens and seal objects.
    RotateSigningKeys { rotation_id: KeyRotationId },
    /// A rotation is over: the old keys are gone.
    FinishKeyRotation { rotation_id: KeyRotationId, kind: RotationKind },
    /// The audit log is sent to a place outside.
    CreateAuditStream { stream_id: AuditStreamId, name: String, place: String },
    /// It is no more.
    DeleteAuditStream { stream_id: AuditStreamId, name: String },
    /// Events whose time had come were removed, up to a seal.
    RemoveAuditEvents {
        /// The last seal that went.
        through_seal: i64,
        /// Events that went.
        events: i64,
        /// What happened before this was to go.
        before: Timestamp,
    },
}
