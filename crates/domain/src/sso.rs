//! Single sign-on of people: their company's identity provider, and what a sign-in there gives here.
//!
//! A provider vouches for a *subject*, a text that it never gives to anybody else. A [link](self::admit::Standing) says
//! which person here that is, and is made once; after that the address may change, and the subject may not. Groups follow
//! from what the provider says at each sign-in ([`SsoTerms::groups_of`]); nobody becomes an administrator by it.

mod admit;
mod parts;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use admit::{Account, Admitted, Said, SsoRefusal, Standing, admit};
pub use parts::{EmailDomain, InvalidEmailDomain, InvalidReturnPath, ReturnPath};

use crate::{
    access::role::OrganizationRole,
    claim_pattern::ClaimPattern,
    connection::ClusterUrl,
    ids::{GroupId, OrganizationId, SsoProviderId},
    slug::{DisplayName, SsoSlug},
};

/// An identity provider by which people sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoProvider {
    /// Id.
    pub id: SsoProviderId,
    /// Whose people.
    pub organization: OrganizationId,
    /// Short name, as it stands in addresses.
    pub slug: SsoSlug,
    /// Name, as it stands on a sign-in page.
    pub name: DisplayName,
    /// Where it is, and whom it lets in.
    pub terms: SsoTerms,
    /// Whether people sign in by it.
    pub is_enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Where a provider is and whom it lets in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SsoTerms {
    /// Where it is, and who we are there.
    pub endpoint: SsoEndpoint,
    /// What it is asked for; `openid` is always among it.
    pub scopes: Vec<String>,
    /// Where it says what.
    pub claims: ClaimNames,
    /// Which of its values stands for which group here.
    pub mappings: Vec<GroupMapping>,
    /// Domains of the addresses that it is believed for. With none of them nobody joins, and no account is linked.
    pub email_domains: Vec<EmailDomain>,
    /// Whether an address counts only if the provider says that it checked it.
    pub email_trust: EmailTrust,
    /// What becomes of somebody who has no account here.
    pub joining: Joining,
    /// What becomes of somebody whose address has one.
    pub linking: Linking,
    /// Whether people of its domains may sign in with a password.
    pub passwords: PasswordUse,
}

/// Where a provider is, and who we are there. A client secret opens beside exactly this.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SsoEndpoint {
    /// Where it describes itself.
    pub discovery_url: ClusterUrl,
    /// PEM certificates that are then the only roots.
    pub ca: Option<String>,
    /// What it calls itself, exactly.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
}

impl SsoEndpoint {
    const WELL_KNOWN: &str = "/.well-known/openid-configuration";

    /// What a provider calls itself whose address is `url`: that address, without the well-known part (`OpenID` Connect
    /// Discovery 1.0 section 4.3).
    pub fn usual_issuer(url: &ClusterUrl) -> String {
        url.as_str().strip_suffix(Self::WELL_KNOWN).unwrap_or(url.as_str()).to_owned()
    }

    /// What a client secret is bound to: all of this.
    pub fn bind_text(&self) -> String {
        let parts =
            [self.discovery_url.as_str(), self.ca.as_deref().unwrap_or_default(), &self.issuer, &self.client_id];
        parts.map(|part| format!("{}:{part}", part.len())).concat()
    }
}

/// Names of claims, or paths into them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimNames {
    /// The address.
    pub email: String,
    /// What somebody is called.
    pub name: String,
    /// A text or a list of texts that stand for groups.
    pub groups: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self { email: "email".to_owned(), name: "name".to_owned(), groups: "groups".to_owned() }
    }
}

/// Whoever has a value that fits is in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupMapping {
    /// The value, or a pattern.
    pub value: ClaimPattern,
    /// The group.
    pub group: GroupId,
}

macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($(#[$case_meta:meta])* $case:ident = $word:literal,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$case_meta])* #[serde(rename = $word)] $case,)+ }

        impl $name {
            /// Its word on the wire.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$case => $word,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$case),)+
                    _ => Err(format!("must be one of {}", [$(concat!("`", $word, "`")),+].join(", "))),
                }
            }
        }
    )+};
}

words! {
    /// Whether an address counts.
    EmailTrust {
        /// If the provider says that it checked it (`email_verified`).
        Verified = "verified",
        /// Always: the provider gives its people their addresses.
        Always = "always",
    }

    /// Whether people may sign in with a password.
    PasswordUse {
        /// As before.
        Allowed = "allowed",
        /// Not those of the provider's domains, unless they were recovered on the server's own machine.
        Refused = "refused",
    }

    /// What becomes of somebody who has no account here.
    Joining {
        /// They are refused: whoever is to come is invited.
        Refused = "refused",
        /// They get one without rights in the organization; what they may do follows from their groups.
        NoAccess = "no-access",
        /// They get one, as a member of the organization.
        Member = "member",
    }

    /// What becomes of somebody whose address has an account that is not linked.
    Linking {
        /// They are refused: the account is somebody's, and has its own ways in.
        Refused = "refused",
        /// It is linked, if its address is of one of the provider's domains; whatever ways in it has.
        ByDomain = "by-domain",
    }
}

impl Joining {
    /// The role in the organization of whoever joins; nobody does where there is none.
    pub const fn role(self) -> Option<OrganizationRole> {
        match self {
            Self::Refused => None,
            Self::NoAccess => Some(OrganizationRole::NoAccess),
            Self::Member => Some(OrganizationRole::Member),
        }
    }
}

impl SsoTerms {
    /// Most scopes, mappings and domains, each.
    pub const MOST: usize = 500;

    /// The groups of somebody for whom the provider gives these values.
    pub fn groups_of(&self, values: &[String]) -> BTreeSet<GroupId> {
        let fits = |mapping: &&GroupMapping| values.iter().any(|value| mapping.value.matches(value));
        self.mappings.iter().filter(fits).map(|mapping| mapping.group).collect()
    }

    /// Every group that something stands for.
    pub fn mapped_groups(&self) -> BTreeSet<GroupId> {
        self.mappings.iter().map(|mapping| mapping.group).collect()
    }

    /// Whether the provider is believed for this address, which is in lower case.
    pub fn is_of_a_domain(&self, email: &str) -> bool {
        email.rsplit_once('@').is_some_and(|(_, host)| self.email_domains.iter().any(|domain| domain.as_str() == host))
    }

    /// Whether whoever has this address may not sign in with a password.
    pub fn refuses_password_of(&self, email: &str) -> bool {
        self.passwords == PasswordUse::Refused && self.is_of_a_domain(email)
    }
}
