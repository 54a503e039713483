//! Who stands behind a requester: whoever made what a machine signs in with can act as that machine, and whoever made the link by
//! which a person came in may be that person.

use std::collections::BTreeSet;

use mayfly_domain::{caller::Actor, ids::UserId, membership::Principal};

use crate::{App, AppError};

/// Machines looked at; a longer chain than this is nobody's honest set-up, and all of it counts as theirs.
const MOST: usize = 1_000;

/// Why somebody's word on a request may be the requester's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bond {
    /// They can act as the machine that asks.
    Machine,
    /// One of them made the invitation or the password link of the other: both accounts may be one person's.
    Account,
}

impl Bond {
    /// For whoever wants to decide.
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Machine => "you can act as the machine that asks for it",
            Self::Account => {
                "one of you made the link by which the other joined or set a password, so both accounts may be one \
                 person's; ask somebody whom another person invited"
            }
        }
    }
}

/// What ties `user` to the requester, if anything does.
pub(super) async fn bond(app: &App, user: UserId, requester: &Actor) -> Result<Option<Bond>, AppError> {
    let requester = match requester {
        Actor::User { user_id, .. } => Principal::User(*user_id),
        Actor::Identity { identity_id, .. } => Principal::Identity(*identity_id),
        Actor::Anonymous | Actor::Platform => return Ok(None),
    };
    let person = Principal::User(user);
    if can_act_as(app, person, vec![requester]).await? {
        return Ok(Some(Bond::Machine));
    }
    let made_them = can_act_as(app, requester, app.store.keepers().of_user(user).await?).await?;
    let was_made = match requester {
        Principal::User(id) => can_act_as(app, person, app.store.keepers().of_user(id).await?).await?,
        Principal::Identity(_) | Principal::Group(_) => false,
    };
    Ok((made_them || was_made).then_some(Bond::Account))
}

/// Whether `who` is one of `others`, or can act as one of them that is a machine: by its own credentials, or by those of a
/// machine that made them, and so on.
async fn can_act_as(app: &App, who: Principal, others: Vec<Principal>) -> Result<bool, AppError> {
    let (mut seen, mut to_look) = (BTreeSet::new(), others);
    while let Some(other) = to_look.pop() {
        if other == who || seen.len() > MOST {
            return Ok(true);
        }
        if let Principal::Identity(machine) = other
            && seen.insert(machine)
        {
            to_look.extend(app.store.keepers().of_identity(machine).await?);
        }
    }
    Ok(false)
}
