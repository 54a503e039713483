//! Carrying out a plan for an existing account.

use futures::future::{Either, select};
use k8s_openapi::api::authentication::v1::TokenRequest;
use mayfly_domain::{
    connection::ClusterIdentity,
    plan::{Grant, LeasePlan},
};

use super::{
    Issue, Issued, Verify,
    check::{CheckedToken, check},
};
use crate::{
    ask::Session,
    error::{Call, Certainty, ClusterError, Kind, Step, WrongToken},
    executor::Executor,
    identity::{self, KubeSystem},
    place::Deadline,
    questions,
    wait::within,
    who_am_i::ask_who,
};

/// Asks for the token, checks it, and puts the facts about it together.
pub(crate) async fn perform(executor: &Executor, operation: Issue, deadline: Deadline) -> Result<Issued, ClusterError> {
    let Issue { target, plan, verify } = operation;
    let session = Session::open(executor, &target, deadline, Call::CreateToken)?;
    let (answer, kube_system) = match &plan.cluster {
        Some(expected) => create_in(&session, &plan, expected).await?,
        None => create_anywhere(&session, &plan).await?,
    };
    let checked = check(answer, &plan, session.ambient.now()).map_err(|reason| wrong(&session, reason))?;
    let kube_system = identity::of_issuer(&session, kube_system, &checked.issuer).await;
    let cluster = kube_system.identity(&checked.issuer, &session.client.ca_sha256);
    if plan.cluster.as_ref().is_some_and(|expected| identity::contradict(expected, &cluster)) {
        return Err(session.error(Call::CreateToken, Step::Answer, Kind::OtherCluster, Certainty::Unknown));
    }
    let verified = match verify {
        Verify::Ask => Some(verify_token(&session, &plan, &checked).await?),
        Verify::Skip => None,
    };
    let grant = grant(&checked, cluster);
    Ok(Issued { grant, granted_seconds: checked.granted_seconds, token: checked.token, verified })
}

/// For a plan that is pinned to a cluster: nothing is asked of another one. The look costs a call on a client's first
/// use and once a minute.
async fn create_in(
    session: &Session<'_>,
    plan: &LeasePlan,
    expected: &ClusterIdentity,
) -> Result<(TokenRequest, KubeSystem), ClusterError> {
    let kube_system = identity::learn(session).await.map_err(before_the_token)?;
    if let (KubeSystem::Uid(_), ClusterIdentity::KubeSystem(_)) = (&kube_system, expected)
        && identity::contradict(expected, &kube_system.identity("", ""))
    {
        return Err(session.error(Call::ReadNamespace, Step::Answer, Kind::OtherCluster, Certainty::NeverSent));
    }
    let answer = session.ask(&questions::create_token(plan)).await?;
    Ok((answer, kube_system))
}

/// For a plan that knows no cluster yet: both questions at once on a client's first use and once a minute, so that the
/// token is not held up; otherwise there is only one.
async fn create_anywhere(session: &Session<'_>, plan: &LeasePlan) -> Result<(TokenRequest, KubeSystem), ClusterError> {
    let question = questions::create_token(plan);
    let token = Box::pin(session.ask(&question));
    let identity = Box::pin(identity::learn(session));
    match select(token, identity).await {
        Either::Left((answer, identity)) => {
            let answer = answer?;
            let learned = within(session.ambient, identity::GRACE, identity).await;
            Ok((answer, learned.and_then(Result::ok).unwrap_or(KubeSystem::NotReadable)))
        }
        Either::Right((learned, token)) => Ok((token.await?, learned.unwrap_or(KubeSystem::NotReadable))),
    }
}

/// A failed look at the cluster stopped the token call, which therefore never left.
fn before_the_token(error: ClusterError) -> ClusterError {
    ClusterError { certainty: Certainty::NeverSent, ..error }
}

fn wrong(session: &Session<'_>, reason: WrongToken) -> ClusterError {
    session.error(Call::CreateToken, Step::Answer, Kind::WrongToken(reason), Certainty::Unknown)
}

/// Asks the cluster who the token belongs to. Whatever goes wrong here, the token exists.
async fn verify_token(session: &Session<'_>, plan: &LeasePlan, checked: &CheckedToken) -> Result<String, ClusterError> {
    let exists = |error: ClusterError| ClusterError { certainty: Certainty::Unknown, ..error };
    let as_holder = session.with_token(checked.token.expose(), Call::ReviewSelf).map_err(exists)?;
    match ask_who(&as_holder).await {
        Ok(who) if who == plan.account.user_name() => Ok(who),
        Ok(_) => Err(wrong(session, WrongToken::NotAccepted)),
        Err(error) if error.kind == Kind::CredentialRefused => Err(wrong(session, WrongToken::NotAccepted)),
        Err(error) => Err(exists(error)),
    }
}

fn grant(checked: &CheckedToken, cluster: ClusterIdentity) -> Grant {
    Grant {
        token_expires_at: checked.expires_at,
        jti: checked.jti.clone(),
        account_uid: checked.account_uid.clone(),
        cluster,
        objects: Vec::new(),
    }
}
