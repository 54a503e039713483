//! Who is meant: a person, a machine identity or a group, by the words that people use for them.

use std::collections::HashMap;

use clap::Args;

use super::{group, identity, user};
use crate::{
    client::ApiClient,
    console::Format,
    context::Context,
    error::{CliError, Exit},
};

/// What people and machines are called, by their ids.
#[derive(Debug)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    /// Those that whoever asks may see, where they are printed: somebody who may see nobody gets none.
    pub(crate) async fn read(client: &ApiClient, context: &Context) -> Result<Self, CliError> {
        if context.console.format == Format::Json {
            return Ok(Self(HashMap::new()));
        }
        let users = seen(user::all(client).await)?.into_iter().map(|user| (user.id, user.email));
        let identities = seen(identity::all(client).await)?;
        let identities = identities.into_iter().map(|one| (one.identity_id, one.identity.name));
        Ok(Self(users.chain(identities).collect()))
    }

    /// The name, or `-` where it is not known.
    pub(crate) fn of(&self, id: &str) -> &str {
        self.0.get(id).map_or("-", String::as_str)
    }
}

/// Nothing where it is not for this caller.
fn seen<T>(list: Result<Vec<T>, CliError>) -> Result<Vec<T>, CliError> {
    match list {
        Err(CliError::Refused(refusal)) if refusal.exit() == Exit::NotAllowed => Ok(Vec::new()),
        other => other,
    }
}

/// Somebody who can be given roles.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct AnyPrincipal {
    /// A person, by address or id
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    /// A machine identity, by name or id
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
    /// A group, by slug or id
    #[arg(long, value_name = "SLUG")]
    group: Option<String>,
}

/// Somebody who signs in.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct OnePrincipal {
    /// A person, by address or id
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    /// A machine identity, by name or id
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
}

/// Which kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Identity,
    Group,
}

/// Which one.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub(crate) kind: Kind,
    pub(crate) id: String,
}

impl Kind {
    /// One of them, as the API says it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Identity => "identity",
            Self::Group => "group",
        }
    }

    /// All of them, as paths of the API say it.
    pub(crate) const fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Identity => "identities",
            Self::Group => "groups",
        }
    }
}

impl AnyPrincipal {
    /// As it was typed.
    pub(crate) fn typed(&self) -> &str {
        let Self { user, identity, group } = self;
        user.as_deref().or(identity.as_deref()).or(group.as_deref()).unwrap_or_default()
    }

    /// Finds them.
    pub(crate) async fn find(&self, client: &ApiClient) -> Result<Principal, CliError> {
        let Self { user, identity, group } = self;
        if let Some(slug) = group {
            return Ok(Principal { kind: Kind::Group, id: group::id_of(client, slug).await? });
        }
        let signs_in = OnePrincipal { user: user.clone(), identity: identity.clone() };
        let found = signs_in.find(client).await?;
        found.ok_or_else(|| CliError::Usage("who? Name them with `--user`, `--identity` or `--group`".to_owned()))
    }
}

impl OnePrincipal {
    /// As it was typed.
    pub(crate) fn typed(&self) -> &str {
        self.user.as_deref().or(self.identity.as_deref()).unwrap_or_default()
    }

    /// Finds them, where somebody was named.
    pub(crate) async fn find(&self, client: &ApiClient) -> Result<Option<Principal>, CliError> {
        match (&self.user, &self.identity) {
            (Some(who), _) => Ok(Some(Principal { kind: Kind::User, id: user::id_of(client, who).await? })),
            (None, Some(name)) => {
                Ok(Some(Principal { kind: Kind::Identity, id: identity::id_of(client, name).await? }))
            }
            (None, None) => Ok(None),
        }
    }

    /// Finds them; somebody has to be named.
    pub(crate) async fn expect(&self, client: &ApiClient) -> Result<Principal, CliError> {
        let missing = || CliError::Usage("who? Name them with `--user` or `--identity`".to_owned());
        self.find(client).await?.ok_or_else(missing)
    }
}

/// Whether a text is an id and no name: 32 hexadecimal digits in five groups.
pub(crate) fn is_id(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|letter| letter == '-' || letter.is_ascii_hexdigit())
}

/// The one of that name among `found`. Several of one name have to be told apart by their ids.
pub(crate) fn only(found: &[String], what: &str, name: &str) -> Result<String, CliError> {
    match found {
        [id] => Ok(id.clone()),
        [] => Err(CliError::NotFound(format!("there is no {what} `{name}` that you can see"))),
        several => {
            Err(CliError::Usage(format!("`{name}` is the name of several: say which by id: {}", several.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_taken_for_ids() {
        assert!(is_id("018f0000-0000-7000-8000-00000000abCD"));
        for name in ["", "ci", "018f0000-0000-7000-8000-00000000abc", "018f0000-0000-7000-8000-00000000abcx"] {
            assert!(!is_id(name), "`{name}`");
        }
    }

    #[test]
    fn a_name_of_several_is_refused_with_their_ids() {
        assert_eq!(only(&["a".to_owned()], "identity", "ci").unwrap(), "a");
        let told = |found: &[String]| only(found, "identity", "ci").unwrap_err().to_string();
        assert!(told(&[]).contains("no identity `ci`"));
        assert!(told(&["a".to_owned(), "b".to_owned()]).contains("a, b"));
    }
}
