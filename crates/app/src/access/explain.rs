//! Why somebody may or may not do something, and who can.

use std::collections::BTreeSet;

use mayfly_domain::{
    access::{
        condition::Place,
        held::HeldRole,
        judge::{Deciding, Verdict, Where, judge},
        operation::Operation,
        permission::{Permission, Rule, Subject, to},
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

/// Where it is asked about.
#[derive(Clone, Debug)]
pub struct AskedPlace {
    /// The project.
    pub project: ProjectName,
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
    /// What is to be done.
    pub permission: Permission,
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
    place: &AskedPlace,
    permission: Permission,
    principal: Option<Principal>,
) -> Result<Explanation, AppError> {
    let asked = asked(app, caller, place, principal).await?;
    asked.explained(app, caller, permission).await
}

/// Everything that there is to be done in a project, and whether `principal` may.
pub async fn rights(
    app: &App,
    caller: &Caller,
    place: &AskedPlace,
    principal: Option<Principal>,
) -> Result<Vec<Explanation>, AppError> {
    let asked = asked(app, caller, place, principal).await?;
    let mut found = Vec::new();
    for subject in Subject::OF_PROJECTS {
        for action in subject.actions() {
            found.push(asked.explained(app, caller, to(*action, *subject)).await?);
        }
    }
    Ok(found)
}

/// Who is asked about, with what counts for them.
struct Asked<'a> {
    principal: Principal,
    held: Option<Vec<HeldRole>>,
    place: &'a AskedPlace,
    metadata: Option<Vec<MetadataEntry>>,
}

async fn asked<'a>(
    app: &App,
    caller: &Caller,
    place: &'a AskedPlace,
    principal: Option<Principal>,
) -> Result<Asked<'a>, AppError> {
    let own = caller.principal();
    let other = principal.filter(|asked| Some(*asked) != own);
    let operation = if other.is_some() { Operation::ExplainAccess } else { Operation::ExplainOwnAccess };
    let project = find_id(app, caller, operation, &place.project).await?.project;
    let principal = other.or(own).ok_or(AppError::NotSignedIn)?;
    let held = app.memory.roles(app, principal, project).await?;
    Ok(Asked { principal, held, place, metadata: labels(app, project, place).await? })
}

/// A page of those who can, after `after`, and the cursor of the next one.
pub async fn who_can(
    app: &App,
    caller: &Caller,
    (place, permission): (&AskedPlace, Permission),
    after: Option<Principal>,
    limit: i64,
) -> Result<(Vec<Explanation>, Option<Principal>), AppError> {
    let project = find_id(app, caller, Operation::ExplainAccess, &place.project).await?.project;
    let metadata = labels(app, project, place).await?;
    let wanted = usize::try_from(and_one_more(limit)).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for principal in everybody(app, project).await?.into_iter().filter(|principal| Some(*principal) > after) {
        let held = app.memory.roles(app, principal, project).await?;
        let asked = Asked { principal, held, place, metadata: metadata.clone() };
        let explained = asked.explained(app, caller, permission).await?;
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
async fn labels(app: &App, project: ProjectId, place: &AskedPlace) -> Result<Option<Vec<MetadataEntry>>, AppError> {
    let (Some(environment), Some(name)) = (&place.environment, &place.secret) else { return Ok(None) };
    let address = SecretAddress { project, environment, path: &place.path };
    Ok(app.store.dynamic_secrets().get(&address, name).await?.map(|secret| secret.metadata))
}

impl Asked<'_> {
    async fn explained(&self, app: &App, caller: &Caller, permission: Permission) -> Result<Explanation, AppError> {
        let roles = self.held.as_deref().unwrap_or_default();
        let (is_allowed, deciding) = match judge(roles, permission, self.at()) {
            Verdict::Allowed(deciding) => (true, Some(deciding)),
            Verdict::Forbidden(deciding) => (false, Some(deciding)),
            Verdict::NotSpokenOf => (false, None),
        };
        let because = match deciding {
            Some(deciding) => Some(because(app, caller, &deciding).await?),
            None => None,
        };
        Ok(Explanation { principal: self.principal, permission, is_allowed, because, is_member: self.held.is_some() })
    }

    fn at(&self) -> Where<'_> {
        let AskedPlace { environment, path, secret, .. } = self.place;
        match (environment, secret) {
            (None, _) => Where::Somewhere,
            (Some(environment), None) => Where::InFolder { environment: environment.as_str(), path: path.as_str() },
            (Some(environment), Some(_)) => {
                let metadata = self.metadata.as_deref();
                Where::At(Place { environment: environment.as_str(), path: path.as_str(), metadata })
            }
        }
    }
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
pub(crate) async fn everybody(app: &App, project: ProjectId) -> Result<BTreeSet<Principal>, AppError> {
    let mut found = BTreeSet::new();
    for membership in app.store.memberships().all(project).await? {
        found.extend(app.people_of(membership.principal).await?);
    }
    Ok(found)
}
