//! Callers at work, and what they were told.

use futures::future::join_all;
use mayfly_api::leases::{IssueLeaseRequest, IssuedLease};
use mayfly_e2e::{Refused, Scene};

use super::trigger::Shot;

/// Callers at work at once.
const CALLERS: usize = 12;

/// What a caller asks for.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    pub(super) secret: &'static str,
    pub(super) ttl: &'static str,
    /// Whether it ends the lease as soon as it has it.
    pub(super) is_ended: bool,
}

/// What one wish for a token came to, as its caller saw it.
pub(super) struct Told {
    /// Kept with the lease: the wish's own name.
    pub(super) reason: String,
    pub(super) wish: Wish,
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

/// Issues and ends leases until the server is shot. Callers take the wishes in turns.
pub(super) async fn until_shot(scene: &Scene, shot: &Shot, round: usize, wishes: &'static [Wish]) -> Vec<Told> {
    let work = (0..CALLERS).map(|caller| {
        let (scene, shot) = (scene.clone(), shot.clone());
        let wishes = wishes.iter().cycle().skip(caller % wishes.len());
        tokio::spawn(async move { one_caller(&scene, &shot, &format!("round {round} caller {caller}"), wishes).await })
    });
    join_all(work).await.into_iter().flat_map(Result::unwrap).collect()
}

async fn one_caller(scene: &Scene, shot: &Shot, name: &str, wishes: impl Iterator<Item = &Wish>) -> Vec<Told> {
    let mut told = Vec::new();
    for wish in wishes {
        let reason = format!("{name} wish {}", told.len());
        let answer = unless_shot(scene.issue_as(&request(scene, *wish, &reason)).await, shot);
        let mut one = Told { reason, wish: *wish, answer, end: End::NotTried };
        if let Some(issued) = one.answer.as_ref() {
            shot.note_answer();
            if wish.is_ended {
                let ended = unless_shot(scene.end(&issued.lease.id).await, shot);
                one.end = if ended.is_some() { End::Answered } else { End::Tried };
                shot.note_end();
            }
        }
        let is_over = one.answer.is_none() || one.end == End::Tried;
        told.push(one);
        if is_over {
            break;
        }
    }
    told
}

fn request(scene: &Scene, wish: Wish, reason: &str) -> IssueLeaseRequest {
    IssueLeaseRequest {
        dynamic_secret_name: wish.secret.to_owned(),
        ttl: Some(wish.ttl.to_owned()),
        reason: Some(reason.to_owned()),
        ..scene.lease_request()
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
