//! Revoke: removes what was made for leases, and verifies that it is gone.
//!
//! In the order bindings, anchor, account, role, each with its UID as a precondition, so that nothing of somebody else is
//! ever removed. An object whose UID we were never told is looked at first: it is ours if it bears the seal of the plan.
//! "Already gone" is as good as removed, once the cluster was seen to be the plan's own. Nothing relies on the cluster's
//! garbage collector.
//!
//! Gone means that the API server said so: it answers a removal with success and no time of deletion only after the object
//! left its storage, and holds back with the object itself where a finalizer waits.
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/>

use mayfly_domain::{
    connection::{ClusterIdentity, Target},
    plan::{LeasePlan, ObjectKind, OwnedObject, PlannedObject},
};
use serde::{Deserialize, Serialize};

use crate::{
    ask::Session,
    error::{Call, Certainty, ClusterError, Kind, Step},
    executor::Executor,
    identity,
    objects::{self, AnyObject, Removal, Trial},
    place::Deadline,
};

/// What to end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revoke<At = Target> {
    /// The connection to use: the newest working one of the lease's cluster.
    pub target: At,
    /// The cluster that they are in, where that is known; in another one nothing is removed.
    pub cluster: Option<ClusterIdentity>,
    /// Whether the connection leads to the address at which they were made. Where only issuer and CA tell clusters apart,
    /// what is not found at another one may be elsewhere.
    pub is_same_address: bool,
    /// What is there or may be there, in the order of removal.
    pub objects: Vec<Doomed>,
}

impl<At> Revoke<At> {
    /// The same at another place.
    pub fn at<Other>(self, target: Other) -> Revoke<Other> {
        let Self { target: _, cluster, is_same_address, objects } = self;
        Revoke { target, cluster, is_same_address, objects }
    }
}

/// An object that is to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doomed {
    /// What it is, as it was planned.
    pub object: PlannedObject,
    /// Its UID, where we were told.
    pub uid: Option<String>,
}

impl Revoke {
    /// Removes those of `objects` that are of `plan`.
    pub fn of(target: Target, plan: &LeasePlan, objects: &[OwnedObject]) -> Self {
        let doomed = |planned: &PlannedObject| {
            let known = objects.iter().find(|object| is_same(object, planned))?;
            Some(Doomed { object: planned.clone(), uid: known.uid.clone() })
        };
        let objects = plan.objects().iter().filter_map(doomed).collect();
        Self { target, cluster: plan.cluster.clone(), is_same_address: true, objects }
    }
}

/// What has been achieved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Objects that were removed now.
    pub removed: Vec<OwnedObject>,
    /// Objects that were not there: gone already, or never made.
    pub absent: Vec<OwnedObject>,
    /// Objects that may still be there. Nothing else of the plan is.
    pub left: Vec<Left>,
}

/// An object that is not gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Which.
    pub object: OwnedObject,
    /// Why.
    pub why: ClusterError,
}

/// Removes what `operation` names.
pub(crate) async fn perform(
    executor: &Executor,
    operation: Revoke,
    deadline: Deadline,
) -> Result<Revoked, ClusterError> {
    let Revoke { target, cluster, is_same_address, objects } = operation;
    let mut revoked = Revoked::default();
    if objects.is_empty() {
        return Ok(revoked);
    }
    let session = Session::open(executor, &target, deadline, Call::DeleteObject)?;
    let kube_system = identity::learn(&session).await?;
    if cluster.as_ref().is_some_and(|expected| identity::is_another(expected, &kube_system)) {
        return Err(session.error(Call::ReadNamespace, Step::Answer, Kind::OtherCluster, Certainty::NeverSent));
    }
    let doubt = cluster.and_then(|expected| {
        let ca_sha256 = &session.client.ca_sha256;
        identity::unrecognized(&expected, &kube_system, identity::Reached { ca_sha256, is_same_address })
    });
    for Doomed { object: planned, uid } in objects {
        let object = planned.owned(uid.clone());
        // After a failure that the next call would meet too there is no use in waiting for it.
        let broken = revoked.left.iter().find(|left| is_broken(&left.why)).map(|left| left.why.clone());
        let done = match broken {
            Some(why) => Err(why),
            None => remove(&session, &planned, uid.as_deref()).await,
        };
        match done {
            Ok(Gone::Removed) => revoked.removed.push(object),
            Ok(Gone::Absent) => match doubt {
                None => revoked.absent.push(object),
                Some(why) => {
                    let kind = Kind::Unrecognized { why: why.to_owned() };
                    let why = session.error(Call::ReadNamespace, Step::Answer, kind, Certainty::Refused);
                    revoked.left.push(Left { object, why });
                }
            },
            Err(why) => revoked.left.push(Left { object, why }),
        }
    }
    Ok(revoked)
}

/// How an object came to be gone.
enum Gone {
    Removed,
    Absent,
}

async fn remove(session: &Session<'_>, planned: &PlannedObject, uid: Option<&str>) -> Result<Gone, ClusterError> {
    let uid = match uid {
        Some(uid) => uid.to_owned(),
        None => match find(session, planned).await? {
            Some(uid) => uid,
            None => return Ok(Gone::Absent),
        },
    };
    let answer: Result<Removal, ClusterError> = session.ask(&objects::delete(planned, Some(&uid), Trial::No)).await;
    match answer {
        Ok(removal) if removal.uid_of(planned) != Some(&uid) => Err(odd(session, Call::DeleteObject)),
        Ok(removal) => match removal.held_by() {
            None => Ok(Gone::Removed),
            Some(finalizers) => {
                let kind = Kind::Held { object: objects::describe(planned), finalizers };
                Err(session.error(Call::DeleteObject, Step::Answer, kind, Certainty::Refused))
            }
        },
        Err(error) if error.is_missing() || is_replaced(&error) => Ok(Gone::Absent),
        Err(error) => Err(error),
    }
}

/// The UID of an object of which only the name is known, if it is there and ours.
async fn find(session: &Session<'_>, planned: &PlannedObject) -> Result<Option<String>, ClusterError> {
    // Reading secrets is a right that nobody should have to give us. The name of an anchor is the lease's own id.
    if planned.kind == ObjectKind::Secret {
        return find_by_trial(session, planned).await;
    }
    let answer: Result<AnyObject, ClusterError> = session.ask(&objects::read(planned)).await;
    match answer {
        Ok(AnyObject { metadata }) => match metadata.uid.as_ref().filter(|uid| !uid.is_empty()) {
            Some(uid) if metadata.name.as_deref() == Some(planned.name.as_str()) => {
                Ok(Some(uid.clone()).filter(|_| objects::bears_seal(&metadata, planned)))
            }
            Some(_) | None => Err(odd(session, Call::ReadObject)),
        },
        Err(error) if error.is_missing() => Ok(None),
        Err(error) if error.is_forbidden() => find_by_trial(session, planned).await,
        Err(error) => Err(error),
    }
}

/// A removal that is only tried tells the UID, and takes no other right than removing. Where the answer shows the object,
/// its seal decides; where it does not, the name has the lease's own chance in it, so that it can only be ours.
async fn find_by_trial(session: &Session<'_>, planned: &PlannedObject) -> Result<Option<String>, ClusterError> {
    let answer: Result<Removal, ClusterError> = session.ask(&objects::delete(planned, None, Trial::Yes)).await;
    match answer {
        Ok(removal) => match removal.uid_of(planned) {
            Some(_) if removal.is_of_another(planned) => Ok(None),
            Some(uid) => Ok(Some(uid.to_owned())),
            None => Err(odd(session, Call::DeleteObject)),
        },
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// An answer about something else is none: the object may be there.
fn odd(session: &Session<'_>, call: Call) -> ClusterError {
    let why = "it is not about the object that was asked about".to_owned();
    session.error(call, Step::Answer, Kind::Unreadable { why }, Certainty::Unknown)
}

/// 409 about the UID: another object has the name now, so ours is gone. Any other conflict is tried again.
fn is_replaced(error: &ClusterError) -> bool {
    const CONFLICT: u16 = 409;
    matches!(&error.kind, Kind::Rejected { status: CONFLICT, message, .. } if message.contains("UID"))
}

/// Whether the next call to the same cluster would fail the same way.
fn is_broken(error: &ClusterError) -> bool {
    matches!(
        error.kind,
        Kind::Misconfigured(_)
            | Kind::Unreachable(_)
            | Kind::Untrusted(_)
            | Kind::UntrustedCertificate { .. }
            | Kind::CredentialRefused
            | Kind::Busy { .. }
    )
}

fn is_same(object: &OwnedObject, planned: &PlannedObject) -> bool {
    object.kind == planned.kind.name() && object.namespace == planned.namespace && object.name == planned.name.as_str()
}
