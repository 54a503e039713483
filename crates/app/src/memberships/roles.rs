//! The roles of a membership: as asked for, as given, and whether they may be.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mayfly_domain::{
    access::{
        held::{RoleName, Span},
        operation::Operation,
        permission::Rule,
        role::ProjectRole,
    },
    caller::Caller,
    custom_role::CustomRole,
    ids::ProjectId,
    membership::{AssignedRole, Membership, Temporary},
    ttl::Ttl,
};

use super::MemberRole;
use crate::{App, AppError, access::InProject};

/// A role as it is asked for.
#[derive(Clone, Debug)]
pub struct RoleWish {
    /// The slug of a built-in role or one of the project's.
    pub slug: String,
    /// For how long, where not for ever.
    pub temporary: Option<TemporaryWish>,
}

/// For how long a role is asked for.
#[derive(Clone, Debug)]
pub struct TemporaryWish {
    /// How long.
    pub range: Ttl,
    /// From when; from now on where absent.
    pub from: Option<Timestamp>,
}

/// Roles that somebody may have in a project: each is looked at with every request of theirs.
const MOST: usize = 20;

/// What was asked for, if every role is one of the project's or a built-in one.
pub(super) async fn assigned(
    app: &App,
    proof: &InProject,
    wishes: Vec<RoleWish>,
) -> Result<Vec<AssignedRole>, AppError> {
    few_and_different(&wishes)?;
    let customs = customs(app, proof.project, wishes.iter().any(|wish| built_in(&wish.slug).is_none())).await?;
    let (count, mut roles) = (wishes.len(), Vec::with_capacity(wishes.len()));
    for (position, wish) in wishes.into_iter().enumerate() {
        let role = built_in(&wish.slug).map(RoleName::BuiltIn);
        let custom = customs.iter().find(|custom| custom.slug.as_str() == wish.slug);
        let Some(role) = role.or_else(|| custom.map(|custom| RoleName::Custom(custom.id))) else {
            let built_in: Vec<String> = ProjectRole::ALL.iter().map(|role| format!("`{}`", role.slug())).collect();
            let message = format!(
                "must be one of {} or a role of the project: it has no role `{}`",
                built_in.join(", "),
                wish.slug
            );
            let position = position.to_string();
            let path: &[&str] = if count == 1 { &["role"] } else { &["roles", &position, "role"] };
            return Err(AppError::field(path, "unknown_role", &message));
        };
        let now = app.ambient.now();
        let temporary = wish.temporary.map(|wish| Temporary { range: wish.range, from: wish.from.unwrap_or(now) });
        roles.push(AssignedRole { role, temporary });
    }
    Ok(roles)
}

fn few_and_different(wishes: &[RoleWish]) -> Result<(), AppError> {
    if wishes.len() > MOST {
        let message = format!("must have at most {MOST} roles; put what they allow into a role of the project");
        return Err(AppError::field(&["roles"], "too_long", &message));
    }
    let mut seen = BTreeSet::new();
    match wishes.iter().enumerate().find(|(_, wish)| !seen.insert(wish.slug.as_str())) {
        None => Ok(()),
        Some((position, wish)) => {
            let message = format!("names `{}` twice; leave one out", wish.slug);
            Err(AppError::field(&["roles", &position.to_string(), "role"], "duplicate", &message))
        }
    }
}

fn built_in(slug: &str) -> Option<ProjectRole> {
    slug.parse().ok()
}

async fn customs(app: &App, project: ProjectId, are_wanted: bool) -> Result<Vec<CustomRole>, AppError> {
    if are_wanted { Ok(app.store.custom_roles().list(project).await?) } else { Ok(Vec::new()) }
}

/// Refuses, and records, a change that gives or gives back what the caller does not hold. An old or new membership that is not
/// there gave or gives nothing.
pub(super) async fn may_change(
    app: &App,
    caller: &Caller,
    operation: Operation,
    proof: &InProject,
    (old, new): (Option<&Membership>, Option<&Membership>),
) -> Result<(), AppError> {
    let (before, mut after) = (rules(app, old).await?, rules(app, new).await?);
    // A ban for a time lifts itself one day.
    after.retain(|(rule, span)| !rule.inverted || span.is_none());
    let plain = |rules: Vec<(Rule, Option<Span>)>| rules.into_iter().map(|(rule, _)| rule).collect::<Vec<_>>();
    let (before, after) = (plain(before), plain(after));
    if proof.may_change(&before, &after) {
        return Ok(());
    }
    let above = new.or(old);
    let named = match above {
        Some(membership) => slugs(&said_of(app, membership).await?).join("`, `"),
        None => String::new(),
    };
    Err(app.refuse_role(caller, Some(proof.project), operation, &named).await)
}

async fn rules(app: &App, membership: Option<&Membership>) -> Result<Vec<(Rule, Option<Span>)>, AppError> {
    let Some(membership) = membership else { return Ok(Vec::new()) };
    let held = app.store.memberships().resolve(membership.project, std::slice::from_ref(membership)).await?;
    Ok(held.iter().flat_map(|role| role.rules.iter().map(|rule| (rule.clone(), role.span))).collect())
}

/// The slugs of a membership's roles, in their order.
pub(super) fn slugs(roles: &[MemberRole]) -> Vec<String> {
    roles.iter().map(|role| role.slug.clone()).collect()
}

/// The roles of each membership of a project as people call them, in their order.
pub(super) async fn said(
    app: &App,
    project: ProjectId,
    memberships: &[Membership],
) -> Result<Vec<Vec<MemberRole>>, AppError> {
    let are_wanted = memberships.iter().any(|membership| membership.custom_roles().next().is_some());
    let customs = customs(app, project, are_wanted).await?;
    let said = |assigned: &AssignedRole| match assigned.role {
        RoleName::BuiltIn(role) => MemberRole { slug: role.slug().to_owned(), custom_name: None },
        RoleName::Custom(id) => match customs.iter().find(|custom| custom.id == id) {
            Some(custom) => MemberRole { slug: custom.slug.to_string(), custom_name: Some(custom.name.to_string()) },
            None => MemberRole { slug: id.to_string(), custom_name: Some(id.to_string()) },
        },
    };
    Ok(memberships.iter().map(|membership| membership.roles.iter().map(said).collect()).collect())
}

/// The same of one.
pub(super) async fn said_of(app: &App, membership: &Membership) -> Result<Vec<MemberRole>, AppError> {
    let said = said(app, membership.project, std::slice::from_ref(membership)).await?;
    Ok(said.into_iter().flatten().collect())
}
