//! Why somebody may or may not do something, and who can.

use std::collections::BTreeSet;

use mayfly_domain::{
    access::{
        condition::Place,
        held::HeldRole,
        judge::{Deciding, Verdict, Where, judge},
        operation::Operation,
        permission::{Permission, Rule},
    },
    caller::Caller,
    group::Group,
    identity::MetadataEntry,
    ids::ProjectId,
    membership::Principal,
    project::FolderPath,
    slug::{DynamicSecretName, EnvironmentSlug},
};
use mayfly_store::dynamic_secrets::SecretAddress;

use crate::{
    App, AppError,
    page::{and_one_more, cut},
    projects::{ProjectName, find_id},
};

/// What is asked: may it be done, and where.
#[derive(Clone, Debug)]
pub struct Question {
    /// The project.
    pub project: ProjectName,
    /// What is to be done.
    pub permission: Permission,
    /// In which environment; without one, whether there is any place at which it may be done.
    pub environment: Option<EnvironmentSlug>,
    /// In which folder.
    pub path: FolderPath,
    /// With which dynamic secret, whose labels count then.
    pub secret: Option<DynamicSecretName>,
}

/// Yes or no, with the rule that decided.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Who is meant.
    pub principal: Principal,
    /// Whether they may.
    pub is_allowed: bool,
    /// The rule that decided; `None` where no rule speaks of it.
    pub because: Option<Because>,
    /// Whether they are in the project at all.
    pub is_member: bool,
}

/// A rule, and how somebody came to it.
#[derive(Clone, Debug)]
pub struct Because {
    /// The role's slug.
    pub role: String,
    /// The group it came through.
    pub group: Option<Group>,
    /// The rule's line in the role, from 1.
    pub line: usize,
    /// The rule.
    pub rule: Rule,
}

/// Says whether `principal` may do it; the caller themselves, where absent. Every member may ask about themselves.
pub async fn explain(
    app: &App,
    caller: &Caller,
    question: &Question,
    principal: Option<Principal>,
) -> Result<Explanation, AppError> {
    let own = caller.principal();
    let (project, asked) = match principal.filter(|asked| Some(*asked) != own) {
        Some(asked) => (find_id(app, caller, Operation::ExplainAccess, &question.project).await?.project, asked),
        None => {
            let proof = find_id(app, caller, Operation::ExplainOwnAccess, &question.project).await?;
            (proof.project, own.ok_or(AppError::NotSignedIn)?)
        }
    };
    let metadata = labels(app, project, question).await?;
    explained(app, caller, (project, asked), (question, metadata.as_deref())).await
}

/// A page of those who can, after `after`, and the cursor of the next one.
pub async fn who_can(
    app: &App,
    caller: &Caller,
    question: &Question,
    after: Option<Principal>,
    limit: i64,
) -> Result<(Vec<Explanation>, Option<Principal>), AppError> {
    let project = find_id(app, caller, Operation::ExplainAccess, &question.project).await?.project;
    let metadata = labels(app, project, question).await?;
    let wanted = usize::try_from(and_one_more(limit)).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for principal in everybody(app, project).await?.into_iter().filter(|principal| Some(*principal) > after) {
        let explained = explained(app, caller, (project, principal), (question, metadata.as_deref())).await?;
        if explained.is_allowed {
            found.push(explained);
        }
        if found.len() == wanted {
            break;
        }
    }
    Ok(cut(found, limit, |explained| explained.principal))
}

/// The labels of the dynamic secret that is asked about. Of one that is not there none are known, and whoever asks learns
/// nothing of it.
async fn labels(app: &App, project: ProjectId, question: &Question) -> Result<Option<Vec<MetadataEntry>>, AppError> {
    let (Some(environment), Some(name)) = (&question.environment, &question.secret) else { return Ok(None) };
    let address = SecretAddress { project, environment, path: &question.path };
    Ok(app.store.dynamic_secrets().get(&address, name).await?.map(|secret| secret.metadata))
}

async fn explained(
    app: &App,
    caller: &Caller,
    (project, principal): (ProjectId, Principal),
    (question, metadata): (&Question, Option<&[MetadataEntry]>),
) -> Result<Explanation, AppError> {
    let held = app.memory.roles(app, principal, project).await?;
    let is_member = held.is_some();
    let roles = held.unwrap_or_default();
    let place = match (&question.environment, &question.secret) {
        (None, _) => Where::Somewhere,
        (Some(environment), None) => {
            Where::InFolder { environment: environment.as_str(), path: question.path.as_str() }
        }
        (Some(environment), Some(_)) => {
            Where::At(Place { environment: environment.as_str(), path: question.path.as_str(), metadata })
        }
    };
    let (is_allowed, deciding) = match judge(&roles, question.permission, place) {
        Verdict::Allowed(deciding) => (true, Some(deciding)),
        Verdict::Forbidden(deciding) => (false, Some(deciding)),
        Verdict::NotSpokenOf => (false, None),
    };
    let because = match deciding {
        Some(deciding) => Some(because(app, caller, &deciding).await?),
        None => None,
    };
    Ok(Explanation { principal, is_allowed, because, is_member })
}

async fn because(app: &App, caller: &Caller, deciding: &Deciding<'_>) -> Result<Because, AppError> {
    let HeldRole { slug, through, .. } = deciding.role;
    let group = match through {
        Some(id) => app.store.groups().get(App::organization(caller)?, *id).await?,
        None => None,
    };
    Ok(Because { role: slug.clone(), group, line: deciding.line + 1, rule: deciding.rule.clone() })
}

/// Everybody who holds anything in a project, themselves or through a group, in the order of their ids.
async fn everybody(app: &App, project: ProjectId) -> Result<BTreeSet<Principal>, AppError> {
    const PAGE: i64 = 1_000;
    let mut found = BTreeSet::new();
    for membership in app.store.memberships().all(project).await? {
        match membership.principal {
            Principal::Identity(_) | Principal::User(_) => {
                found.insert(membership.principal);
            }
            Principal::Group(group) => {
                let mut after = None;
                loop {
                    let page = app.store.groups().members(group, after.as_ref(), PAGE).await?;
                    found.extend(page.iter().map(|member| member.principal));
                    after = page.last().map(|member| member.principal);
                    if i64::try_from(page.len()).is_ok_and(|length| length < PAGE) {
                        break;
                    }
                }
            }
        }
    }
    Ok(found)
}
