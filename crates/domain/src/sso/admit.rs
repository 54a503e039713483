//! Who somebody is here whom a provider vouches for.

use super::{EmailTrust, Linking, SsoTerms};
use crate::{access::role::OrganizationRole, email, ids::UserId};

/// What a provider says of somebody, after its token was believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who they are there; never anybody else.
    pub subject: String,
    /// Their address, as it was given.
    pub email: Option<String>,
    /// Whether the provider says that it checked it.
    pub is_email_verified: bool,
    /// What they are called.
    pub name: Option<String>,
    /// What stands for groups.
    pub groups: Vec<String>,
}

/// Somebody's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub user: UserId,
    /// Whether they may not sign in.
    pub is_disabled: bool,
}

/// What is known here of whom the provider means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The account that the subject is linked to.
    pub linked: Option<Account>,
    /// The account that has the address.
    pub of_address: Option<Account>,
    /// Whether that one is linked to another subject of the same provider.
    pub is_anothers: bool,
}

/// How somebody comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// As who they were before.
    Known(UserId),
    /// As who had this address; the subject is linked to that account.
    Linked(UserId, String),
    /// As somebody new, with this address and role.
    Joined(String, OrganizationRole),
}

/// Why somebody is not let in by single sign-on. The text is for whoever tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SsoRefusal {
    /// The browser shows no attempt, or one that is over, was used or is another browser's.
    #[error("this sign-in is over, was used already, or was begun in another browser; begin again")]
    AttemptOver,
    /// There is no such provider, or people do not sign in by it.
    #[error("there is no single sign-on of this name here; see `GET /api/v1/auth/sso` for those there are")]
    NoProvider,
    /// The provider says no.
    #[error("the identity provider did not let you in; ask whoever looks after it")]
    ByProvider,
    /// The provider cannot be asked.
    #[error("the identity provider could not be reached or did not answer as it should; try again in a moment")]
    Unavailable,
    /// What it gave is not believed.
    #[error("what the identity provider gave was not accepted; the audit log says why")]
    NotBelieved(&'static str),
    /// It left groups out, because there were too many.
    #[error(
        "the identity provider left your groups out, because there are too many; have it send only those that matter"
    )]
    GroupsLeftOut,
    /// No address.
    #[error("the identity provider gave no address for you; its claim and the scopes have to be set so that it does")]
    NoEmail,
    /// An address that nobody checked.
    #[error("the identity provider does not say that your address was checked")]
    EmailNotVerified,
    /// An address of a domain that the provider is not believed for.
    #[error("this identity provider is not accepted for addresses of your domain")]
    OtherDomain,
    /// Nobody here, and nobody joins by it.
    #[error("you have no account here, and none is made by single sign-on; ask an administrator to invite you")]
    NobodyHere,
    /// The address is somebody's.
    #[error(
        "your address has an account here that is not linked to single sign-on; sign in as before, or ask an \
         administrator to let accounts of your domain be linked"
    )]
    AccountIsThere,
    /// The address is linked to somebody else there.
    #[error("your address is linked to another account of the identity provider; ask an administrator to unlink it")]
    OtherSubject,
    /// They may not sign in.
    #[error("your account is disabled; ask an administrator")]
    Disabled,
    /// The sign-in of a command line is over or was used.
    #[error("the command line that asked for this is gone or was answered; run `mayfly login --sso` again")]
    RequestOver,
    /// The confirm code is not the one that the command line shows.
    #[error(
        "this is not the code that your command line shows; if you run none, somebody else wants to be let in as you"
    )]
    WrongCode,
}

impl SsoRefusal {
    /// Its problem code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AttemptOver => "sso_attempt_over",
            Self::NoProvider => "sso_no_provider",
            Self::ByProvider => "sso_refused_by_provider",
            Self::Unavailable => "sso_provider_unavailable",
            Self::NotBelieved(_) => "sso_not_believed",
            Self::GroupsLeftOut => "sso_groups_left_out",
            Self::NoEmail => "sso_no_email",
            Self::EmailNotVerified => "sso_email_not_verified",
            Self::OtherDomain => "sso_other_domain",
            Self::NobodyHere => "sso_nobody_here",
            Self::AccountIsThere => "sso_account_is_there",
            Self::OtherSubject => "sso_other_subject",
            Self::Disabled => "sso_disabled",
            Self::RequestOver => "sso_request_over",
            Self::WrongCode => "sso_wrong_code",
        }
    }

    /// Whether it is a stranger's refusal: nobody is vouched for yet.
    pub const fn is_of_a_stranger(self) -> bool {
        matches!(self, Self::AttemptOver | Self::NoProvider | Self::RequestOver | Self::WrongCode)
    }

    /// The reason as the audit log tells it.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::AttemptOver => "single sign-on: no such attempt of this browser",
            Self::NoProvider => "single sign-on: no such provider",
            Self::ByProvider => "single sign-on: refused by the provider",
            Self::Unavailable => "single sign-on: provider not available",
            Self::NotBelieved(reason) => reason,
            Self::GroupsLeftOut => "single sign-on: groups left out by the provider",
            Self::NoEmail => "single sign-on: no address",
            Self::EmailNotVerified => "single sign-on: address not verified",
            Self::OtherDomain => "single sign-on: address of another domain",
            Self::NobodyHere => "single sign-on: nobody here",
            Self::AccountIsThere => "single sign-on: the address has an account that is not linked",
            Self::OtherSubject => "single sign-on: the address is linked to another subject",
            Self::Disabled => "single sign-on: disabled",
            Self::RequestOver => "single sign-on: request of a command line is over",
            Self::WrongCode => "single sign-on: wrong confirm code",
        }
    }
}

/// Who comes in.
///
/// Somebody who is linked comes in whatever their address is by now: the subject is who they are. Everybody else needs an
/// address that the provider is believed for.
pub fn admit(terms: &SsoTerms, said: &Said, standing: &Standing) -> Result<Admitted, SsoRefusal> {
    if let Some(account) = standing.linked {
        return if account.is_disabled { Err(SsoRefusal::Disabled) } else { Ok(Admitted::Known(account.user)) };
    }
    let email = believed_email(terms, said)?;
    match standing.of_address {
        Some(_) if standing.is_anothers => Err(SsoRefusal::OtherSubject),
        Some(account) => match terms.linking {
            Linking::Refused => Err(SsoRefusal::AccountIsThere),
            Linking::ByDomain if account.is_disabled => Err(SsoRefusal::Disabled),
            Linking::ByDomain => Ok(Admitted::Linked(account.user, email)),
        },
        None => match terms.joining.role() {
            None => Err(SsoRefusal::NobodyHere),
            Some(role) => Ok(Admitted::Joined(email, role)),
        },
    }
}

/// The address, in lower case, of whom the provider is believed.
fn believed_email(terms: &SsoTerms, said: &Said) -> Result<String, SsoRefusal> {
    let email = said.email.as_deref().ok_or(SsoRefusal::NoEmail)?;
    let email = email::normalized(email).map_err(|_| SsoRefusal::NoEmail)?;
    if terms.email_trust == EmailTrust::Verified && !said.is_email_verified {
        return Err(SsoRefusal::EmailNotVerified);
    }
    if terms.is_of_a_domain(&email) { Ok(email) } else { Err(SsoRefusal::OtherDomain) }
}
