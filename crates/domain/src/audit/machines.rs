//! Machine identities, how they sign in, and their access tokens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::role::OrganizationRole,
    ids::{AccessTokenId, ClientSecretId, IdentityId, OutsideAuthId, UniversalAuthId},
};

/// Machine identities, how they sign in, and their access tokens.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum MachineEvent {
    /// A machine signed in.
    LoginIdentityUniversalAuth {
        identity_id: IdentityId,
        identity_universal_auth_id: UniversalAuthId,
        client_secret_id: ClientSecretId,
        identity_access_token_id: AccessTokenId,
    },
    /// A machine signed in with a token of an identity provider.
    LoginIdentityOidcAuth {
        identity_id: IdentityId,
        identity_oidc_auth_id: OutsideAuthId,
        identity_access_token_id: AccessTokenId,
        /// Who the token was of, in the provider's words.
        subject: String,
        /// The claims that the mapping names.
        oidc_claims_received: BTreeMap<String, String>,
    },
    /// A machine signed in with a token of its cluster.
    LoginIdentityKubernetesAuth {
        identity_id: IdentityId,
        identity_kubernetes_auth_id: OutsideAuthId,
        identity_access_token_id: AccessTokenId,
        /// The service account.
        subject: String,
    },
    /// An identity may sign in with tokens of an identity provider now.
    AddIdentityOidcAuth { identity_id: IdentityId, identity_oidc_auth_id: OutsideAuthId },
    /// Which was changed.
    UpdateIdentityOidcAuth {
        identity_id: IdentityId,
        identity_oidc_auth_id: OutsideAuthId,
        updated_fields: Vec<String>,
    },
    /// It may no more.
    RevokeIdentityOidcAuth { identity_id: IdentityId, identity_oidc_auth_id: OutsideAuthId },
    /// An identity may sign in with tokens of a cluster now.
    AddIdentityKubernetesAuth { identity_id: IdentityId, identity_kubernetes_auth_id: OutsideAuthId },
    /// Which was changed.
    UpdateIdentityKubernetesAuth {
        identity_id: IdentityId,
        identity_kubernetes_auth_id: OutsideAuthId,
        updated_fields: Vec<String>,
    },
    /// It may no more.
    RevokeIdentityKubernetesAuth { identity_id: IdentityId, identity_kubernetes_auth_id: OutsideAuthId },
    /// An access token was renewed.
    RenewAccessToken { identity_id: IdentityId, identity_access_token_id: AccessTokenId },
    /// An access token was revoked.
    RevokeAccessToken { identity_id: IdentityId, identity_access_token_id: AccessTokenId },
    /// A machine identity was made.
    CreateIdentity { identity_id: IdentityId, name: String, role: OrganizationRole },
    /// A machine identity was changed.
    UpdateIdentity {
        identity_id: IdentityId,
        updated_fields: Vec<String>,
        role: OrganizationRole,
        /// Whether it is shut out.
        #[serde(default)]
        is_disabled: bool,
    },
    /// A machine identity was removed.
    DeleteIdentity { identity_id: IdentityId, name: String },
    /// An identity may sign in with client secrets now.
    AddIdentityUniversalAuth { identity_id: IdentityId, identity_universal_auth_id: UniversalAuthId },
    /// How it may was changed.
    UpdateIdentityUniversalAuth {
        identity_id: IdentityId,
        identity_universal_auth_id: UniversalAuthId,
        updated_fields: Vec<String>,
    },
    /// It may no more.
    RevokeIdentityUniversalAuth { identity_id: IdentityId, identity_universal_auth_id: UniversalAuthId },
    /// A client secret was made.
    CreateIdentityUniversalAuthClientSecret { identity_id: IdentityId, client_secret_id: ClientSecretId },
    /// A client secret was revoked.
    RevokeIdentityUniversalAuthClientSecret { identity_id: IdentityId, client_secret_id: ClientSecretId },
    /// A locked client id was unlocked.
    ClearIdentityUniversalAuthLockouts { identity_id: IdentityId, deleted: u64 },
    /// Too many wrong client secrets locked a client id for the address they came from.
    LockIdentityUniversalAuth { identity_id: IdentityId, locked_until: Timestamp },
}
