//! Signing in by identity providers.

use serde::{Deserialize, Serialize};

use crate::{
    access::role::OrganizationRole,
    ids::{SessionId, SsoProviderId, SsoRequestId, UserId},
    sso::SsoTerms,
};

/// Signing in by identity providers.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum SsoEvent {
    /// People may sign in by an identity provider.
    CreateSsoProvider { sso_provider_id: SsoProviderId, slug: String, terms: Box<SsoTerms> },
    /// A provider was changed, or whom it lets in.
    UpdateSsoProvider {
        sso_provider_id: SsoProviderId,
        slug: String,
        updated_fields: Vec<String>,
        terms: Box<SsoTerms>,
        is_enabled: bool,
    },
    /// A provider was removed, and what people had by it.
    DeleteSsoProvider { sso_provider_id: SsoProviderId, slug: String },
    /// A provider vouches for somebody from now on.
    LinkUserSso { user_id: UserId, email: String, sso_provider_id: SsoProviderId, subject: String },
    /// It does no more.
    UnlinkUserSso { user_id: UserId, sso_provider_id: SsoProviderId, subject: String },
    /// Somebody joined whom a provider vouches for.
    JoinUserSso {
        user_id: UserId,
        email: String,
        role: OrganizationRole,
        sso_provider_id: SsoProviderId,
        subject: String,
    },
    /// A person signed in by an identity provider.
    UserLoginSso {
        user_id: UserId,
        session_id: SessionId,
        sso_provider_id: SsoProviderId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sso_request_id: Option<SsoRequestId>,
    },
    /// Somebody whom a provider vouches for, or says that it does, was not let in.
    RefuseUserSso {
        sso_provider_id: SsoProviderId,
        slug: String,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<String>,
    },
    /// A person who signed in may let a command line in, and has to confirm it.
    OfferSsoRequest { user_id: UserId, sso_request_id: SsoRequestId, host: String },
    /// They confirmed it.
    ConfirmSsoRequest { user_id: UserId, sso_request_id: SsoRequestId, host: String },
}
