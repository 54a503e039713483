//! People: how they sign in, and who joins and leaves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::SecondFactorUse;
use crate::{
    access::role::OrganizationRole,
    ids::{InvitationId, PasskeyId, SessionId, UserId},
};

/// People: how they sign in, and who joins and leaves.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum PersonEvent {
    /// A person signed in.
    UserLogin {
        user_id: UserId,
        session_id: SessionId,
        second_factor: SecondFactorUse,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passkey_id: Option<PasskeyId>,
    },
    /// So many sign-ins of a person failed that sources which failed are not heard any more for a while.
    GuardUserSignIn { user_id: UserId },
    /// A person ended the session that they showed.
    UserLogout { user_id: UserId, session_id: SessionId },
    /// A session was ended by its person from elsewhere.
    EndUserSession { user_id: UserId, session_id: SessionId },
    /// All sessions of a person were ended, but the one that asked for it where there is one.
    EndUserSessions { user_id: UserId, ended: u64 },
    /// A person changed their password.
    ChangeUserPassword { user_id: UserId },
    /// A link to set a new password was made.
    CreatePasswordLink { user_id: UserId, email: String, by_mail: bool, expires_at: Timestamp },
    /// A person set a new password by such a link.
    ResetUserPassword { user_id: UserId },
    /// A person asked for a second factor, and has to confirm it.
    EnrolSecondFactor { user_id: UserId },
    /// Signing in takes a second factor from now on.
    ConfirmSecondFactor { user_id: UserId },
    /// It takes none any more.
    RemoveSecondFactor { user_id: UserId, email: String },
    /// A person made new recovery codes.
    RenewRecoveryCodes { user_id: UserId },
    /// A person added a passkey to sign in with.
    AddPasskey { user_id: UserId, passkey_id: PasskeyId, name: String, algorithm: String },
    /// They call it otherwise.
    RenamePasskey { user_id: UserId, passkey_id: PasskeyId, name: String },
    /// They removed it.
    RemovePasskey { user_id: UserId, passkey_id: PasskeyId, name: String },
    /// An administrator removed all passkeys of a person.
    ResetPasskeys { user_id: UserId, email: String, removed: u64 },
    /// A passkey counted back, as only a copy of its key explains: it lets nobody in any more.
    SuspectPasskey { user_id: UserId, passkey_id: PasskeyId, name: String, counted: u32, shown: u32 },
    /// A person was invited.
    CreateUserInvitation { invitation_id: InvitationId, email: String, role: OrganizationRole, by_mail: bool },
    /// An invitation was taken back.
    RevokeUserInvitation { invitation_id: InvitationId, email: String },
    /// A person joined, by an invitation.
    AcceptUserInvitation { invitation_id: InvitationId, user_id: UserId, email: String, role: OrganizationRole },
    /// A person's role was changed, or whether they may sign in.
    UpdateUser {
        user_id: UserId,
        email: String,
        updated_fields: Vec<String>,
        role: OrganizationRole,
        is_disabled: bool,
    },
    /// A person was removed.
    DeleteUser { user_id: UserId, email: String },
    /// On the server's own machine, somebody became an administrator, or could not sign in as one and can again.
    RecoverAdministrator { user_id: UserId, email: String, was_made: bool, second_factor_removed: bool },
}
