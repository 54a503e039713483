//! People's sign-ins and sessions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{passkeys::AuthenticationResponse, users::User};

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordLoginRequest {
    #[schema(example = "ana@example.com")]
    pub email: String,
    pub password: String,
    /// A code of the second factor, or a recovery code. Asked for by `mfa_required`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What a passkey answered to `/api/v1/auth/passkeys/second-factor-options`, in place of a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<AuthenticationResponse>,
    /// `cookie`, which is the default and for browsers, or `token`: then the answer holds a token to be shown as an access
    /// token is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// A session that just began. It comes as a cookie, or with its token.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SignedIn {
    pub user: User,
    pub session: Session,
    /// Shown this once, to whoever shows tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    #[schema(format = Uuid)]
    pub id: String,
    /// Whether it is the one that this request showed.
    pub is_current: bool,
    /// From where it began.
    pub ip_address: Option<String>,
    /// With which program.
    pub user_agent: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last used, up to a minute late.
    #[schema(format = DateTime)]
    pub last_used_at: String,
    /// When it ends, unless it is used before.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// When it ends at the latest.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionList {
    pub sessions: Vec<Session>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EndedSessions {
    /// How many there were.
    pub ended: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInMessage {
    pub message: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ForgotPasswordRequest {
    #[schema(example = "ana@example.com")]
    pub email: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ResetPasswordRequest {
    /// What stands behind the `#` of the link.
    pub token: String,
    /// 12 to 128 characters, and not a common one.
    pub password: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangePasswordRequest {
    pub old_password: String,
    /// 12 to 128 characters, and not a common one.
    pub new_password: String,
}

/// The password, shown once more.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct PasswordRequest {
    pub password: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SecondFactorCodeRequest {
    #[schema(example = "492039")]
    pub code: String,
}

/// What an authenticator is given, this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct EnrolledSecondFactor {
    /// Base 32, for typing.
    pub secret: String,
    /// `otpauth://…`, for a QR code.
    pub uri: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmedSecondFactor {
    /// Each good for one sign-in without the authenticator. Shown this once.
    pub recovery_codes: Vec<String>,
    #[serde(flatten)]
    pub signed_in: SignedIn,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewRecoveryCodes {
    pub recovery_codes: Vec<String>,
}
