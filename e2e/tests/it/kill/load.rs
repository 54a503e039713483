//! Callers at work, and what they were told.

use futures::future::join_all;
use mayfly_api::leases::IssuedLease;
use mayfly_e2e::{Refused, Scene};

use super::trigger::Shot;

/// Every how many leases a caller ends one.
const ENDS_EVERY: usize = 3;

/// What one wish for a token came to, as its caller saw it.
pub(super) struct Told {
    /// Kept with the lease: the wish's own name.
    pub(super) reason: String,
    pub(super) answer: Option<IssuedLease>,
    pub(super) end: End,
}

/// Whether a caller ended its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    NotTried,
    Tried,
    Answered,
}

/// Issues and ends leases until the server is shot.
pub(super) async fn until_shot(scene: &Scene, shot: &Shot, round: usize, callers: usize) -> Vec<Told> {
    let work = (0..callers).map(|caller| {
        let (scene, shot) = (scene.clone(), shot.clone());
        tokio::spawn(async move { one_caller(&scene, &shot, &format!("round {round} caller {caller}")).await })
    });
    join_all(work).await.into_iter().flat_map(Result::unwrap).collect()
}

async fn one_caller(scene: &Scene, shot: &Shot, name: &str) -> Vec<Told> {
    let mut told = Vec::new();
    loop {
        let reason = format!("{name} wish {}", told.len());
        let answer = unless_shot(scene.issue(Some(&reason)).await, shot);
        let mut wish = Told { reason, answer, end: End::NotTried };
        if let Some(issued) = wish.answer.as_ref() {
            shot.note_answer();
            if told.len() % ENDS_EVERY == 0 {
                let ended = unless_shot(scene.end(&issued.lease.id).await, shot);
                wish.end = if ended.is_some() { End::Answered } else { End::Tried };
            }
        }
        let is_over = wish.answer.is_none() || wish.end == End::Tried;
        told.push(wish);
        if is_over {
            return told;
        }
    }
}

/// Nothing once the server is shot; before that, and in answers, nothing may go wrong.
fn unless_shot<T>(result: anyhow::Result<T>, shot: &Shot) -> Option<T> {
    match result {
        Ok(answer) => Some(answer),
        Err(error) if shot.is_fired() && error.downcast_ref::<Refused>().is_none() => None,
        Err(error) => panic!("a living server failed: {error:#}"),
    }
}
