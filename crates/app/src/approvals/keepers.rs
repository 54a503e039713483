//! Who stands behind a requester: whoever made what a machine signs in with can act as that machine.

use std::collections::BTreeSet;

use mayfly_domain::{caller::Actor, ids::UserId, membership::Principal};

use crate::{App, AppError};

/// Machines looked at; a longer chain than this is nobody's honest set-up, and all of it counts as theirs.
const MOST: usize = 1_000;

/// Whether `user` is the requester, or can act as the machine that asks: by its own credentials, or by those of a machine that
/// made them, and so on.
pub(super) async fn stands_behind(app: &App, user: UserId, requester: &Actor) -> Result<bool, AppError> {
    let first = match requester {
        Actor::User { user_id, .. } => return Ok(*user_id == user),
        Actor::Identity { identity_id, .. } => *identity_id,
        Actor::Anonymous | Actor::Platform => return Ok(false),
    };
    let (mut seen, mut to_look) = (BTreeSet::from([first]), vec![first]);
    while let Some(identity) = to_look.pop() {
        for keeper in app.store.keepers().of_identity(identity).await? {
            match keeper {
                Principal::User(keeper) if keeper == user => return Ok(true),
                Principal::Identity(keeper) if seen.insert(keeper) => to_look.push(keeper),
                Principal::User(_) | Principal::Identity(_) | Principal::Group(_) => {}
            }
        }
        if seen.len() > MOST {
            return Ok(true);
        }
    }
    Ok(false)
}
