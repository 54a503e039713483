//! Carrying out a plan: look, make what has to be made, ask for the token, check it.

use futures::future::{Either, select, try_join3};
use k8s_openapi::api::{authentication::v1::TokenRequest, core::v1::Namespace};
use mayfly_domain::{
    connection::ClusterIdentity,
    plan::{Grant, LeasePlan},
};

use super::{
    Issue, IssueFailed, Issued, Undelivered, Verify,
    check::{CheckedToken, check},
    make::Making,
};
use crate::{
    ask::Session,
    error::{Call, Certainty, ClusterError, Kind, Step, WrongToken},
    executor::Executor,
    identity::{self, KubeSystem},
    place::Deadline,
    questions::{self, Bound},
    roles,
    who_am_i::ask_who,
};

/// Carries out the plan, or says what is left of it.
pub(crate) async fn perform(executor: &Executor, operation: Issue, deadline: Deadline) -> Result<Issued, IssueFailed> {
    let Issue { target, plan, verify } = operation;
    let session = Session::open(executor, &target, deadline, Call::CreateToken).map_err(IssueFailed::before_all)?;
    let session = session.called(plan.lease.into());
    let mut making = Making::of(&plan);
    match carry_out(&session, &plan, verify, &mut making).await {
        Ok(issued) => Ok(issued),
        Err(error) => Err(IssueFailed { touched: making.touched(), error }),
    }
}

async fn carry_out(
    session: &Session<'_>,
    plan: &LeasePlan,
    verify: Verify,
    making: &mut Making<'_>,
) -> Result<Issued, ClusterError> {
    let Answered { answer, kube_system, bound, rules_sha256 } = match (&plan.belongings, &plan.cluster) {
        (Some(_), _) => create_with_belongings(session, plan, making).await?,
        (None, Some(expected)) => create_in(session, plan, expected).await?,
        (None, None) => create_anywhere(session, plan).await?,
    };
    let checked = check(answer, plan, &bound, session.ambient.now()).map_err(|reason| wrong(session, reason))?;
    let kube_system = identity::of_issuer(session, kube_system, &checked.issuer).await;
    let cluster = kube_system.identity(&checked.issuer, &session.client.ca_sha256);
    if plan.cluster.as_ref().is_some_and(|expected| identity::contradict(expected, &cluster)) {
        return Err(session.error(Call::CreateToken, Step::Answer, Kind::OtherCluster, Certainty::Unknown));
    }
    let verified = match verify {
        Verify::Ask => Some(verify_token(session, plan, &checked).await?),
        Verify::Skip => None,
    };
    let grant = Grant {
        token_expires_at: checked.expires_at,
        jti: checked.jti.clone(),
        account_uid: checked.account_uid.clone(),
        cluster,
        objects: making.touched(),
        rules_sha256,
    };
    let (granted_seconds, undelivered) = (checked.granted_seconds, Undelivered::None);
    Ok(Issued { grant, granted_seconds, token: checked.token, verified, undelivered, carried_out_by: None })
}

/// An answer to a token call, and what was seen on the way.
struct Answered {
    answer: TokenRequest,
    kube_system: KubeSystem,
    bound: Bound,
    rules_sha256: Option<String>,
}

impl Answered {
    fn plain(answer: TokenRequest, kube_system: KubeSystem) -> Self {
        Self { answer, kube_system, bound: Bound::default(), rules_sha256: None }
    }
}

/// For a plan that makes objects: all that can be looked at is looked at side by side, before anything is made.
async fn create_with_belongings(
    session: &Session<'_>,
    plan: &LeasePlan,
    making: &mut Making<'_>,
) -> Result<Answered, ClusterError> {
    let look = try_join3(look_at_cluster(session, plan), roles::check(session, plan), look_at_namespace(session, plan));
    let (kube_system, rules_sha256, seen) = look.await.map_err(before_the_token)?;
    let bound = making.make_all(session).await.map_err(before_the_token)?;
    // Labels may have gone while it was made, or the whole namespace and another have come under its name.
    if look_at_namespace(session, plan).await.map_err(before_the_token)? != seen {
        let kind = Kind::NamespaceNotSelected { namespace: plan.account.namespace().to_string() };
        return Err(session.error(Call::ReadNamespace, Step::Answer, kind, Certainty::NeverSent));
    }
    let answer = session.ask(&questions::create_token(plan, &bound)).await?;
    Ok(Answered { answer, kube_system, bound, rules_sha256 })
}

/// Refuses to go on in another cluster than the plan was made for.
async fn look_at_cluster(session: &Session<'_>, plan: &LeasePlan) -> Result<KubeSystem, ClusterError> {
    let kube_system = identity::learn(session).await?;
    match &plan.cluster {
        Some(expected) if identity::is_another(expected, &kube_system) => {
            Err(session.error(Call::ReadNamespace, Step::Answer, Kind::OtherCluster, Certainty::NeverSent))
        }
        Some(_) | None => Ok(kube_system),
    }
}

/// Refuses a namespace whose labels are not those asked for. Tells its UID, where labels are asked for at all.
async fn look_at_namespace(session: &Session<'_>, plan: &LeasePlan) -> Result<Option<String>, ClusterError> {
    let Some(selector) = &plan.namespace_selector else { return Ok(None) };
    let name = plan.account.namespace().as_str();
    let namespace: Namespace = session.ask(&questions::read_namespace(name)).await?;
    if selector.matches(&namespace.metadata.labels.unwrap_or_default()) {
        return Ok(namespace.metadata.uid);
    }
    let kind = Kind::NamespaceNotSelected { namespace: name.to_owned() };
    Err(session.error(Call::ReadNamespace, Step::Answer, kind, Certainty::NeverSent))
}

/// For a plain plan that is pinned to a cluster: nothing is asked of another one. The look costs a call on a client's
/// first use and once a minute.
async fn create_in(
    session: &Session<'_>,
    plan: &LeasePlan,
    expected: &ClusterIdentity,
) -> Result<Answered, ClusterError> {
    let kube_system = identity::learn(session).await.map_err(before_the_token)?;
    if identity::is_another(expected, &kube_system) {
        return Err(session.error(Call::ReadNamespace, Step::Answer, Kind::OtherCluster, Certainty::NeverSent));
    }
    let answer = session.ask(&questions::create_token(plan, &Bound::default())).await?;
    Ok(Answered::plain(answer, kube_system))
}

/// For a plan that knows no cluster yet: both questions at once on a client's first use and once a minute, so that the
/// token is not held up; otherwise there is only one.
async fn create_anywhere(session: &Session<'_>, plan: &LeasePlan) -> Result<Answered, ClusterError> {
    let question = questions::create_token(plan, &Bound::default());
    let token = Box::pin(session.ask(&question));
    let identity = Box::pin(identity::learn(session));
    match select(token, identity).await {
        Either::Left((answer, identity)) => {
            let answer = answer?;
            let learned = session.ambient.within(identity::GRACE, identity).await;
            Ok(Answered::plain(answer, learned.and_then(Result::ok).unwrap_or(KubeSystem::NotReadable)))
        }
        Either::Right((learned, token)) => {
            Ok(Answered::plain(token.await?, learned.unwrap_or(KubeSystem::NotReadable)))
        }
    }
}

/// What failed before the token call stopped it, so that no token can be there.
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
