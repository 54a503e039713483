//! Single sign-on of people: the providers, and sign-ins in a browser and for a command line.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A value of the groups claim, and the group here that it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoGroupMapping {
    /// The value itself. A `*` stands for one or more characters between two of `:` and `/`.
    #[schema(example = "platform-*")]
    pub value: String,
    #[schema(format = Uuid)]
    pub group_id: String,
}

/// Everything of a provider but its short name; what is left out keeps its value or its default.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoProviderUpdateRequest {
    /// As it stands on a sign-in page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Acme")]
    pub name: Option<String>,
    /// Where the provider describes itself, with or without `/.well-known/openid-configuration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://id.example.com")]
    pub discovery_url: Option<String>,
    /// PEM certificates that are then the only roots; empty takes them away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_cert: Option<String>,
    /// What the provider calls itself, exactly; its address where this is left out. Cannot be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Who Mayfly is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "mayfly")]
    pub client_id: Option<String>,
    /// By what Mayfly shows it. Without one it is a public client, with PKCE alone. Never shown again; empty takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// `openid`, `email` and `profile` where this is left out; `openid` is always among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// `email` where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_claim: Option<String>,
    /// `name` where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_claim: Option<String>,
    /// `groups` where this is left out; parts joined by dots lead into a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_mappings: Option<Vec<SsoGroupMapping>>,
    /// Domains of the addresses that the provider is believed for. With none of them nobody joins or is linked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["example.com"]))]
    pub email_domains: Option<Vec<String>>,
    /// `verified`, the default: an address counts if the provider says that it checked it. `always`: it always does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_trust: Option<String>,
    /// What becomes of somebody without an account: `refused`, the default, or the account they get: `no-access`, whose
    /// rights follow from groups alone, or `member`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joining: Option<String>,
    /// What becomes of somebody whose address has an account that is not linked: `refused`, the default, or `by-domain`:
    /// it is linked, whatever ways in it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linking: Option<String>,
    /// Whether people of the domains may sign in with a password: `allowed`, the default, or `refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passwords: Option<String>,
    /// Whether people sign in by it. Switched off, it ends the sessions of all whom it vouches for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
}

/// A provider to be made: `slug`, `name`, `discoveryUrl` and `clientId` have to be there.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoProviderRequest {
    /// Short name, as it stands in addresses.
    #[schema(example = "acme")]
    pub slug: String,
    #[serde(flatten)]
    pub more: SsoProviderUpdateRequest,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoProvider {
    #[schema(format = Uuid)]
    pub id: String,
    pub slug: String,
    pub name: String,
    pub discovery_url: String,
    pub ca_cert: String,
    pub issuer: String,
    pub client_id: String,
    /// Whether there is a client secret. It is never shown.
    pub has_client_secret: bool,
    pub scopes: Vec<String>,
    pub email_claim: String,
    pub name_claim: String,
    pub groups_claim: String,
    pub group_mappings: Vec<SsoGroupMapping>,
    pub email_domains: Vec<String>,
    pub email_trust: String,
    pub joining: String,
    pub linking: String,
    pub passwords: String,
    pub is_enabled: bool,
    /// Where the provider has to send people back to: to be entered there, exactly.
    pub redirect_uri: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SsoProviderBody {
    pub provider: SsoProvider,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoProviderList {
    pub providers: Vec<SsoProvider>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoCheck {
    /// `discovery`, `authorizationEndpoint`, `tokenEndpoint`, `pkce`, `clientAuthentication`, `algorithms` or `scopes`.
    pub name: String,
    pub is_passed: bool,
    /// What was found, or what to do.
    pub message: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoTestBody {
    /// Whether all of them passed.
    pub is_passed: bool,
    pub checks: Vec<SsoCheck>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoLink {
    #[schema(format = Uuid)]
    pub user_id: String,
    /// Who they are for the provider.
    pub subject: String,
    /// Their address at the last sign-in, as the provider says.
    pub email: Option<String>,
    #[schema(format = DateTime)]
    pub linked_at: String,
    #[schema(format = DateTime)]
    pub last_sign_in_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SsoLinkBody {
    pub link: SsoLink,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoLinkList {
    pub links: Vec<SsoLink>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// An identity provider that vouches for the caller.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnSsoLink {
    pub provider_slug: String,
    pub provider_name: String,
    /// Whether people may sign in by it now.
    pub is_enabled: bool,
    /// Who one is for the provider.
    pub subject: String,
    /// One's address at the last sign-in, as the provider says.
    pub email: Option<String>,
    /// Whether one could not sign in without it; such a link stays.
    pub is_last_way_in: bool,
    #[schema(format = DateTime)]
    pub linked_at: String,
    #[schema(format = DateTime)]
    pub last_sign_in_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnSsoLinkBody {
    pub link: OwnSsoLink,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnSsoLinkList {
    pub links: Vec<OwnSsoLink>,
}

/// What a sign-in page shows.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInProvider {
    pub slug: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInProviderList {
    pub providers: Vec<SignInProvider>,
}

/// The fields of a form, or of JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoStartRequest {
    /// A path on this server, where the browser goes on afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_path: Option<String>,
    /// The request of a command line that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub request: Option<String>,
}

/// A command line that asks for a sign-in.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct SsoSignInRequest {
    /// The provider's short name; the only one there is where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The machine's name, shown to whoever confirms.
    #[schema(example = "anas-laptop")]
    pub host: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoSignInAsked {
    #[schema(format = Uuid)]
    pub request_id: String,
    /// By which provider.
    pub provider: SignInProvider,
    /// To be opened in a browser.
    pub url: String,
    /// To be shown to the person, who types it there.
    #[schema(example = "BCDF-GHJK")]
    pub code: String,
    /// With which the session is claimed. Shown this once.
    pub token: String,
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// Seconds to wait between two tries to claim it.
    pub interval: u64,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SsoClaimRequest {
    pub token: String,
}

/// The session, once somebody has confirmed; nothing of it before.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoClaimed {
    /// `waiting` or `granted`.
    pub state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_in: Option<crate::sign_in::SignedIn>,
}

/// The fields of a form, or of JSON.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SsoConfirmRequest {
    /// The code that the command line shows.
    pub code: String,
}
