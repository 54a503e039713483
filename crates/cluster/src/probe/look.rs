//! Carrying out a probe.

use std::collections::HashSet;

use futures::future::{join_all, try_join5};
use k8s_openapi::{
    api::{
        authorization::v1::SelfSubjectAccessReview,
        core::v1::{Namespace as NamespaceObject, ServiceAccount},
    },
    apimachinery::pkg::version::Info,
};
use mayfly_domain::{
    connection::ClusterIdentity,
    kubernetes_name::{Namespace, RoleName},
    plan::{Access, Account, LeasePlan, ObjectKind, PlannedObject, RoleKind},
};

use super::{AccountState, CheckedRight, FailedTrial, Need, Probe, ProbeReport, ProbeTimes, RoleState, SeenRole, way};
use crate::{
    ask::Session,
    error::{Call, Certainty, ClusterError, Kind, Step, clean},
    executor::Executor,
    identity::{self, KubeSystem},
    jwt::Claims,
    objects::{self, AnyObject, Trial},
    place::Deadline,
    questions,
    right::Right,
    roles,
    who_am_i::ask_who,
};

/// Looks at everything, the version first: it tells best whether this is a Kubernetes API at all.
pub(crate) async fn perform(
    executor: &Executor,
    operation: Probe,
    deadline: Deadline,
) -> Result<ProbeReport, ClusterError> {
    let Probe { target, samples, cluster_role } = operation;
    let session = Session::open(executor, &target, deadline, Call::ReadVersion)?;
    let begun = session.ambient.now();
    let version = match read_version(&session).await {
        Ok(version) => version,
        Err(error) => return Err(way::explained(executor, &session, error).await),
    };
    let who = ask_who(&session).await?;
    let known = session.ambient.now();
    let first = samples.first();
    let (rights, state, kube_system, roles, trials) = try_join5(
        check_rights(&session, wanted_rights(&samples)),
        look_for(&session, first.map(|sample| &sample.account)),
        identity::learn_anew(&session),
        look_at_roles(&session, &samples, cluster_role),
        try_all(&session, &samples),
    )
    .await?;
    let answered = session.ambient.now();
    let claims = Claims::read(session.token());
    Ok(ProbeReport {
        version,
        who,
        cluster: cluster(&kube_system, claims.as_ref(), &session.client.ca_sha256),
        rights,
        trials,
        account: state,
        roles,
        credential_expires_at: claims.and_then(|claims| claims.expires_at().ok()),
        times: ProbeTimes {
            way: way::times(&session).await,
            who_am_i: known.duration_since(begun).unsigned_abs(),
            rights: answered.duration_since(known).unsigned_abs(),
        },
    })
}

/// Everybody may read the version, unless an administrator closed that too.
async fn read_version(session: &Session<'_>) -> Result<Option<String>, ClusterError> {
    let answer: Result<Info, _> = session.ask(&questions::read_version()).await;
    match answer {
        Ok(info) if info.git_version.is_empty() => {
            let kind = Kind::NotKubernetes { found: "an answer without a version".to_owned() };
            Err(session.error(Call::ReadVersion, Step::Answer, kind, Certainty::Refused))
        }
        Ok(info) => Ok(Some(clean(&info.git_version))),
        Err(error) if error.is_forbidden() => Ok(None),
        Err(error) => Err(error),
    }
}

/// What leases of `samples` take: the token, and making and removing what belongs to it. Reading back what was made only
/// makes the clean-up after a lost answer surer, and tells who changes a role.
fn wanted_rights(samples: &[LeasePlan]) -> Vec<(Right, Need)> {
    let mut wanted: Vec<(Right, Need)> = Vec::new();
    for sample in samples {
        let account = &sample.account;
        wanted.push((create_token_right(account), Need::Required));
        if let Account::Existing { .. } = account {
            wanted.push((questions::read_account_right(account), Need::Optional));
        }
        for object in sample.objects() {
            let right = |verb| objects::right(verb, object.kind, object.namespace.as_ref());
            wanted.extend([(right("create"), Need::Required), (right("delete"), Need::Required)]);
            // Secrets are found by their names, and never read.
            if object.kind != ObjectKind::Secret {
                wanted.extend([(right("get"), Need::Optional), (right("list"), Need::Optional)]);
            }
        }
    }
    let mut seen: Vec<Right> = Vec::new();
    wanted.retain(|(right, _)| {
        !seen.contains(right) && {
            seen.push(right.clone());
            true
        }
    });
    wanted
}

/// The right to make the token: of one account, or of those that are still to be made.
fn create_token_right(account: &Account) -> Right {
    match account {
        Account::Existing { .. } => questions::create_token_right(account),
        Account::Temporary { namespace, .. } => {
            Right::core("create", questions::TOKEN_RESOURCE).within(namespace.as_str())
        }
    }
}

/// Looks at every role that leases of `samples` would get, and at `cluster_role`, each once.
async fn look_at_roles(
    session: &Session<'_>,
    samples: &[LeasePlan],
    cluster_role: Option<RoleName>,
) -> Result<Vec<SeenRole>, ClusterError> {
    let mut wanted: Vec<(RoleKind, RoleName, Option<Namespace>)> = Vec::new();
    for sample in samples {
        let role = sample.account.access().and_then(Access::existing_role);
        let Some((kind, name)) = role else { continue };
        let home = (kind == RoleKind::Role).then(|| sample.account.namespace().clone());
        wanted.push((kind, name.clone(), home));
    }
    wanted.extend(cluster_role.map(|name| (RoleKind::ClusterRole, name, None)));
    let mut seen = HashSet::new();
    wanted.retain(|(kind, name, home)| seen.insert((*kind, name.clone(), home.clone())));
    let looks = wanted.into_iter().map(|(kind, name, namespace)| async move {
        let state = look_at_role(session, kind, &name, namespace.as_ref()).await?;
        Ok(SeenRole { namespace, state })
    });
    join_all(looks).await.into_iter().collect()
}

async fn look_at_role(
    session: &Session<'_>,
    kind: RoleKind,
    name: &RoleName,
    namespace: Option<&Namespace>,
) -> Result<RoleState, ClusterError> {
    match roles::read(session, kind, name, namespace).await {
        Ok(Some(rules)) => Ok(RoleState::Present { rules }),
        Ok(None) => Ok(RoleState::Unknown),
        Err(error) if error.is_missing() => Ok(RoleState::Missing { role: objects::role_text(kind, name, namespace) }),
        Err(error) => Err(error),
    }
}

/// Tries to make everything that the samples name, with `dryRun=All`: the API server checks all of it, the rules about
/// giving rights away included, and keeps nothing. A binding to a role of our own cannot be tried before that role is
/// there. Never a TokenRequest, which answers with a real token all the same.
async fn try_all(session: &Session<'_>, samples: &[LeasePlan]) -> Result<Vec<FailedTrial>, ClusterError> {
    let mut failed = Vec::new();
    for sample in samples {
        let Some(belongings) = &sample.belongings else { continue };
        let has_own_role = sample.account.access().is_some_and(|access| access.rules().is_some());
        let is_binding = |kind| matches!(kind, ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding);
        for object in belongings.objects.iter().filter(|object| !(has_own_role && is_binding(object.kind))) {
            let question = objects::create(sample, belongings, object, Trial::Yes);
            let answer: Result<AnyObject, _> = session.ask(&question).await;
            failed.extend(answer.err().map(|error| refusal(object, error)).transpose()?);
        }
    }
    Ok(failed)
}

/// What was refused is a finding; what broke is an error.
fn refusal(object: &PlannedObject, error: ClusterError) -> Result<FailedTrial, ClusterError> {
    let why = match &error.kind {
        Kind::Forbidden { message, .. } | Kind::Missing { message, .. } | Kind::Rejected { message, .. } => {
            message.clone()
        }
        _ => return Err(error),
    };
    Ok(FailedTrial { object: objects::describe(object), kind: object.kind, why })
}

/// Asks for each of `wanted` whether the credential has it.
pub(crate) async fn check_rights(
    session: &Session<'_>,
    wanted: Vec<(Right, Need)>,
) -> Result<Vec<CheckedRight>, ClusterError> {
    let checks = wanted.into_iter().map(|(right, need)| async move {
        let review: SelfSubjectAccessReview = session.ask(&questions::review_access(&right)).await?;
        let is_held = review.status.is_some_and(|status| status.allowed);
        Ok(CheckedRight { right, need, is_held })
    });
    join_all(checks).await.into_iter().collect()
}

async fn look_for(session: &Session<'_>, account: Option<&Account>) -> Result<AccountState, ClusterError> {
    let Some(account @ Account::Existing { .. }) = account else { return Ok(AccountState::NotAsked) };
    let read: Result<ServiceAccount, _> = session.ask(&questions::read_account(account)).await;
    match read {
        Ok(found) => Ok(AccountState::Present { uid: clean(&found.metadata.uid.unwrap_or_default()) }),
        Err(error) if error.is_forbidden() => Ok(AccountState::Unknown),
        Err(error) if error.is_missing() => which_is_missing(session, account).await,
        Err(error) => Err(error),
    }
}

/// The API server says "account not found" too when its whole namespace is not there.
async fn which_is_missing(session: &Session<'_>, account: &Account) -> Result<AccountState, ClusterError> {
    let namespace: Result<NamespaceObject, _> =
        session.ask(&questions::read_namespace(account.namespace().as_str())).await;
    match namespace {
        Err(error) if error.is_missing() => Ok(AccountState::NamespaceMissing),
        Err(error) if !error.is_forbidden() => Err(error),
        Ok(_) | Err(_) => Ok(AccountState::Missing),
    }
}

/// Without the UID, our own credential's issuer is the cluster's, if it is a service account's; without that there is only
/// the CA.
fn cluster(kube_system: &KubeSystem, credential: Option<&Claims>, ca_sha256: &str) -> ClusterIdentity {
    let issuer = credential
        .filter(|claims| claims.text("sub").is_some_and(|subject| subject.starts_with("system:serviceaccount:")))
        .and_then(|claims| claims.text("iss"));
    kube_system.identity(issuer.unwrap_or_default(), ca_sha256)
}
