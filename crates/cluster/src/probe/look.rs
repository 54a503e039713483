//! Carrying out a probe.

use futures::future::{join_all, try_join3};
use k8s_openapi::{
    api::{
        authorization::v1::SelfSubjectAccessReview,
        core::v1::{Namespace, ServiceAccount},
    },
    apimachinery::pkg::version::Info,
};
use mayfly_domain::{connection::ClusterIdentity, plan::Account};

use super::{AccountState, CheckedRight, Need, Probe, ProbeReport};
use crate::{
    ask::Session,
    error::{Call, Certainty, ClusterError, Kind, Step, clean},
    executor::Executor,
    identity::{self, KubeSystem},
    jwt::Claims,
    place::Deadline,
    questions,
    right::Right,
    who_am_i::ask_who,
};

/// Looks at everything, the version first: it tells best whether this is a Kubernetes API at all.
pub(crate) async fn perform(
    executor: &Executor,
    operation: Probe,
    deadline: Deadline,
) -> Result<ProbeReport, ClusterError> {
    let Probe { target, account } = operation;
    let session = Session::open(executor, &target, deadline, Call::ReadVersion)?;
    let version = read_version(&session).await?;
    let who = ask_who(&session).await?;
    let wanted = wanted_rights(account.as_ref());
    let (rights, state, kube_system) =
        try_join3(check_rights(&session, wanted), look_for(&session, account.as_ref()), identity::learn_anew(&session))
            .await?;
    let claims = Claims::read(target.credential.expose().trim());
    Ok(ProbeReport {
        version,
        who,
        cluster: cluster(&kube_system, claims.as_ref(), &session.client.ca_sha256),
        rights,
        account: state,
        credential_expires_at: claims.and_then(|claims| claims.expires_at().ok()),
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

fn wanted_rights(account: Option<&Account>) -> Vec<(Right, Need)> {
    account.map_or_else(Vec::new, |account| {
        vec![
            (questions::create_token_right(account), Need::Required),
            (questions::read_account_right(account), Need::Optional),
        ]
    })
}

async fn check_rights(session: &Session<'_>, wanted: Vec<(Right, Need)>) -> Result<Vec<CheckedRight>, ClusterError> {
    let checks = wanted.into_iter().map(|(right, need)| async move {
        let review: SelfSubjectAccessReview = session.ask(&questions::review_access(&right)).await?;
        let is_held = review.status.is_some_and(|status| status.allowed);
        Ok(CheckedRight { right, need, is_held })
    });
    join_all(checks).await.into_iter().collect()
}

async fn look_for(session: &Session<'_>, account: Option<&Account>) -> Result<AccountState, ClusterError> {
    let Some(account) = account else { return Ok(AccountState::NotAsked) };
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
    let namespace: Result<Namespace, _> = session.ask(&questions::read_namespace(account.namespace().as_str())).await;
    match namespace {
        Err(error) if error.is_missing() => Ok(AccountState::NamespaceMissing),
        Err(error) if !error.is_forbidden() => Err(error),
        Ok(_) | Err(_) => Ok(AccountState::Missing),
    }
}

/// Without the UID, our own credential's issuer is the cluster's, if it is a service account's.
fn cluster(kube_system: &KubeSystem, credential: Option<&Claims>, ca_sha256: &str) -> Option<ClusterIdentity> {
    let issuer = credential
        .filter(|claims| claims.text("sub").is_some_and(|subject| subject.starts_with("system:serviceaccount:")))
        .and_then(|claims| claims.text("iss"));
    match (kube_system, issuer) {
        (KubeSystem::Uid(_), _) => Some(kube_system.identity("", ca_sha256)),
        (KubeSystem::NotReadable, Some(issuer)) => Some(kube_system.identity(issuer, ca_sha256)),
        (KubeSystem::NotReadable, None) => None,
    }
}
