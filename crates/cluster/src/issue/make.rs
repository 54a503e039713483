//! Making what a plan needs, side by side where nothing depends on another, and remembering what may be there.

use futures::future::join_all;
use mayfly_domain::{
    kubernetes_name::Namespace,
    plan::{Belongings, LeasePlan, ObjectKind, OwnedObject, PlannedObject},
};

use crate::{
    ask::Session,
    error::{Call, Certainty, ClusterError, Kind, Step},
    objects::{self, AnyObject, Trial, WrittenObject},
    questions::Bound,
};

/// What is known of one planned object.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// It was not asked for, or was definitely refused.
    NotThere,
    /// It was made.
    Made { uid: String },
    /// It was asked for, and no clear answer came.
    Unclear,
}

/// The objects of a plan, as far as they were made.
pub(super) struct Making<'a> {
    plan: &'a LeasePlan,
    states: Vec<(&'a PlannedObject, State)>,
}

impl<'a> Making<'a> {
    pub(super) fn of(plan: &'a LeasePlan) -> Self {
        Self { plan, states: plan.objects().iter().map(|object| (object, State::NotThere)).collect() }
    }

    /// What is there or may be there, in the order of removal.
    pub(super) fn touched(&self) -> Vec<OwnedObject> {
        let touched = self.states.iter().filter_map(|(object, state)| match state {
            State::NotThere => None,
            State::Made { uid } => Some(object.owned(Some(uid.clone()))),
            State::Unclear => Some(object.owned(None)),
        });
        touched.collect()
    }

    /// Makes them all: a role of our own first, because a binding is refused without it, then the rest at once.
    pub(super) async fn make_all(&mut self, session: &Session<'_>) -> Result<Bound, ClusterError> {
        let Some(belongings) = &self.plan.belongings else { return Ok(Bound::default()) };
        let is_role = |kind: ObjectKind| matches!(kind, ObjectKind::Role | ObjectKind::ClusterRole);
        self.make(session, belongings, is_role).await?;
        self.make(session, belongings, |kind| !is_role(kind)).await?;
        Ok(self.bound())
    }

    /// Makes those of some kinds, and waits for all of their answers: what is left behind by a failure must be known.
    async fn make(
        &mut self,
        session: &Session<'_>,
        belongings: &Belongings,
        is_wanted: impl Fn(ObjectKind) -> bool,
    ) -> Result<(), ClusterError> {
        let plan = self.plan;
        let wanted = self.states.iter_mut().filter(|(object, _)| is_wanted(object.kind));
        let creations = wanted.map(|(object, state)| async move {
            let question = objects::create(plan, belongings, object, Trial::No);
            // Whoever is gone before the answer comes leaves it unclear.
            *state = State::Unclear;
            let answer: Result<AnyObject, ClusterError> = session.ask(&question).await;
            let (found, result) = match judge(session, object, answer) {
                (State::NotThere, Err(error)) if is_taken(&error) => {
                    adopt(session, plan, belongings, object, error).await
                }
                judged => judged,
            };
            *state = found;
            result
        });
        // The first refusal is the one to tell: the others may only follow from it.
        join_all(creations).await.into_iter().collect()
    }

    fn bound(&self) -> Bound {
        let uid_of = |kind: ObjectKind| {
            let found = self.states.iter().find(|(object, _)| object.kind == kind)?;
            match &found.1 {
                State::Made { uid } => Some((found.0.name.to_string(), uid.clone())),
                State::NotThere | State::Unclear => None,
            }
        };
        Bound {
            account_uid: uid_of(ObjectKind::ServiceAccount).map(|(_, uid)| uid),
            anchor: uid_of(ObjectKind::Secret),
        }
    }
}

fn judge(
    session: &Session<'_>,
    object: &PlannedObject,
    answer: Result<AnyObject, ClusterError>,
) -> (State, Result<(), ClusterError>) {
    match answer {
        Ok(found) if is_about(&found, object) => match found.metadata.uid {
            Some(uid) if !uid.is_empty() => (State::Made { uid }, Ok(())),
            Some(_) | None => (State::Unclear, Err(odd(session, "it has no UID"))),
        },
        Ok(_) => (State::Unclear, Err(odd(session, "it is about another object"))),
        Err(error) => match error.certainty {
            Certainty::NeverSent | Certainty::Refused => (State::NotThere, Err(error)),
            Certainty::Unknown => (State::Unclear, Err(error)),
        },
    }
}

/// Whether an object of that name is there already.
fn is_taken(error: &ClusterError) -> bool {
    matches!(&error.kind, Kind::Rejected { reason, .. } if reason == "AlreadyExists")
}

/// Takes over an object that has our name, where it bears the seal of this very plan and is as we would have written it: whoever
/// began to carry out the plan before us made it, and is gone. Any other is somebody else's, because the name has the lease's own
/// chance in it, or was changed since. An anchor is never taken over: to read a Secret is to read a secret.
async fn adopt(
    session: &Session<'_>,
    plan: &LeasePlan,
    belongings: &Belongings,
    object: &PlannedObject,
    taken: ClusterError,
) -> (State, Result<(), ClusterError>) {
    if object.kind == ObjectKind::Secret {
        return (State::NotThere, Err(taken));
    }
    let Ok(found) = session.ask::<WrittenObject>(&objects::read(object)).await else {
        return (State::NotThere, Err(taken));
    };
    match found.uid_where_sealed(object) {
        Some(uid) if found.is_as_written(plan, belongings, object) => (State::Made { uid }, Ok(())),
        // Ours, and not to be used: it is removed with the rest.
        Some(uid) => (State::Made { uid }, Err(taken)),
        None => (State::NotThere, Err(taken)),
    }
}

/// Whether an answer is about the object that was asked for, and not about one of that name somewhere else.
fn is_about(found: &AnyObject, object: &PlannedObject) -> bool {
    let namespace = object.namespace.as_ref().map(Namespace::as_str);
    found.metadata.name.as_deref() == Some(object.name.as_str()) && found.metadata.namespace.as_deref() == namespace
}

fn odd(session: &Session<'_>, why: &str) -> ClusterError {
    session.error(Call::CreateObject, Step::Answer, Kind::Unreadable { why: why.to_owned() }, Certainty::Unknown)
}
