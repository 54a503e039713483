//! May this caller do this here?

use jiff::Timestamp;
use mayfly_domain::{
    access::{
        condition::Place,
        decide::{Decision, Denial, Grants, decide},
        grant::may_change,
        held::HeldRole,
        judge::{Verdict, Where, judge},
        operation::{Operation, Requirement},
        permission::{Permission, Rule, Subject},
        role::OrganizationRole,
    },
    audit::AccessEvent,
    caller::Caller,
    dynamic_secret::{DynamicSecret, SecretPlace},
    identity::{MetadataEntry, User},
    ids::{OrganizationId, ProjectId},
    membership::Principal,
};

use crate::{App, AppError};

/// Proof that a caller was allowed to do something in a project, and what else they may do there.
#[derive(Clone, Debug)]
pub(crate) struct InProject {
    pub(crate) project: ProjectId,
    grants: Grants,
}

impl InProject {
    /// Whether the same caller may do `operation` here too, at some place.
    pub(crate) fn may(&self, operation: Operation) -> bool {
        self.may_at(operation, Where::Somewhere)
    }

    /// Whether the same caller may do `operation` at `place`.
    pub(crate) fn may_at(&self, operation: Operation, place: Where<'_>) -> bool {
        decide(operation, &self.grants, place) == Decision::Allowed
    }

    /// Whether what the caller may do depends on the place.
    pub(crate) fn depends_on_place(&self, permission: Permission) -> bool {
        let speaks = |rule: &Rule| rule.covers(permission) && !rule.conditions.is_empty();
        self.roles().iter().any(|role| role.rules.iter().any(speaks))
    }

    /// The caller's roles here that count now; an organization admin who is no member has none.
    fn roles(&self) -> &[HeldRole] {
        self.grants.project.as_deref().unwrap_or_default()
    }

    /// Whether the caller may change what somebody holds here from `old` to `new`. Organization admins may give all.
    pub(crate) fn may_change(&self, old: &[Rule], new: &[Rule]) -> bool {
        self.is_organization_admin() || may_change(self.roles(), old, new)
    }

    /// Whether the caller is an admin of the organization.
    fn is_organization_admin(&self) -> bool {
        self.grants.organization == Some(OrganizationRole::Admin)
    }
}

/// What somebody with these roles could do with what moves from `old` to `new`, and cannot where it is: now, or when one of
/// their roles for a time begins or ends.
fn gained(
    held: &[HeldRole],
    now: Timestamp,
    subject: Subject,
    (old, new): (Place<'_>, Place<'_>),
) -> Option<Permission> {
    let changes = held.iter().filter_map(|role| role.span).flat_map(|span| [span.from, span.until]);
    let moments = std::iter::once(now).chain(changes.filter(|moment| *moment > now));
    moments.into_iter().find_map(|moment| {
        let roles: Vec<HeldRole> = held.iter().filter(|role| role.counts_at(moment)).cloned().collect();
        let allows = |permission, place| matches!(judge(&roles, permission, Where::At(place)), Verdict::Allowed(_));
        let mut permissions = subject.actions().iter().map(|action| Permission { subject, action: *action });
        permissions.find(|permission| allows(*permission, new) && !allows(*permission, old))
    })
}

/// Where a dynamic secret lies, with its labels.
pub(crate) fn place_of(secret: &DynamicSecret) -> Place<'_> {
    at(&secret.place, Some(&secret.metadata))
}

/// A place with the labels of what lies there, where they are known.
pub(crate) fn at<'a>(place: &'a SecretPlace, metadata: Option<&'a [MetadataEntry]>) -> Place<'a> {
    Place { environment: place.environment_slug.as_str(), path: place.path.as_str(), metadata }
}

/// What `user` may do in a project, whoever asks.
pub(crate) async fn rights_of(app: &App, user: &User, project: ProjectId) -> Result<InProject, AppError> {
    let roles = app.memory.roles(app, Principal::User(user.id), project).await?;
    Ok(InProject { project, grants: Grants { organization: Some(user.role), project: roles } })
}

/// What `caller` may do in a project. Whoever is no member of it may do nothing, and nothing is recorded.
pub(crate) async fn held_in(app: &App, caller: &Caller, project: ProjectId) -> Result<InProject, AppError> {
    let roles = match caller.principal() {
        Some(principal) => app.memory.roles(app, principal, project).await?,
        None => None,
    };
    Ok(InProject { project, grants: Grants { organization: caller.organization_role, project: roles } })
}

/// The role in the organization of somebody who can still sign in.
pub(crate) async fn role_now(
    app: &App,
    organization: OrganizationId,
    principal: Principal,
) -> Result<Option<OrganizationRole>, AppError> {
    Ok(match principal {
        Principal::User(id) => {
            let user = app.store.users().get(organization, id).await?.map(|facts| facts.user);
            user.filter(|user| !user.is_disabled).map(|user| user.role)
        }
        Principal::Identity(id) => {
            let identity = app.store.identities().get(organization, id).await?;
            identity.filter(|identity| !identity.is_disabled).map(|identity| identity.role)
        }
        Principal::Group(_) => None,
    })
}

/// Whether somebody with this role in the organization may do `operation` now: somewhere in a project, or above all of them.
pub(crate) async fn may_now(
    app: &App,
    (principal, role): (Principal, OrganizationRole),
    operation: Operation,
    project: Option<ProjectId>,
) -> Result<bool, AppError> {
    let roles = match project {
        Some(project) => app.memory.roles(app, principal, project).await?,
        None => None,
    };
    let grants = Grants { organization: Some(role), project: roles };
    Ok(decide(operation, &grants, Where::Somewhere) == Decision::Allowed)
}

/// Whether somebody with this role may do `operation` in the organization.
pub(crate) fn may_above(role: OrganizationRole, operation: Operation) -> bool {
    let grants = Grants { organization: Some(role), project: None };
    decide(operation, &grants, Where::Somewhere) == Decision::Allowed
}

impl App {
    /// Allows `operation` in the organization, or refuses and records it.
    pub(crate) async fn authorize(&self, caller: &Caller, operation: Operation) -> Result<(), AppError> {
        let grants = Grants { organization: caller.organization_role, project: None };
        match decide(operation, &grants, Where::Somewhere) {
            Decision::Allowed => Ok(()),
            Decision::Denied(denial) => Err(self.refuse(caller, None, operation, above(operation, denial)).await),
        }
    }

    /// Allows `operation` somewhere in a project, or refuses and records it; what has a place is asked about with
    /// [`App::require`] once that is known. To somebody who is not a member, the project is as absent as one that does not
    /// exist: they are told what `absent` says.
    pub(crate) async fn authorize_in(
        &self,
        caller: &Caller,
        operation: Operation,
        project: ProjectId,
        absent: impl FnOnce() -> AppError + Send,
    ) -> Result<InProject, AppError> {
        let held = held_in(self, caller, project).await?;
        match decide(operation, &held.grants, Where::Somewhere) {
            Decision::Allowed => Ok(held),
            Decision::Denied(Denial::NotMember) => {
                self.refuse(caller, Some(project), operation, Denial::NotMember).await;
                Err(absent())
            }
            Decision::Denied(denial) => Err(self.refuse(caller, Some(project), operation, denial).await),
        }
    }

    /// Allows `operation` at `place`, or refuses and records it.
    pub(crate) async fn require(
        &self,
        caller: &Caller,
        operation: Operation,
        proof: &InProject,
        place: Where<'_>,
    ) -> Result<(), AppError> {
        match decide(operation, &proof.grants, place) {
            Decision::Allowed => Ok(()),
            Decision::Denied(denial) => Err(self.refuse(caller, Some(proof.project), operation, denial).await),
        }
    }

    /// Refuses to move a dynamic secret or a folder to where the caller may do more with it than before, by its path or its labels.
    pub(crate) async fn require_no_gain(
        &self,
        caller: &Caller,
        operation: Operation,
        proof: &InProject,
        (subject, old, new): (Subject, Place<'_>, Place<'_>),
    ) -> Result<(), AppError> {
        let Some(principal) = caller.principal() else { return Ok(()) };
        let held = self.memory.held(self, principal, proof.project).await?.unwrap_or_default();
        let Some(permission) = gained(&held, self.ambient.now(), subject, (old, new)) else { return Ok(()) };
        let error = AppError::RightsWouldGrow { permission };
        self.record_denial(caller, Some(proof.project), operation, &error.to_string()).await;
        Err(error)
    }

    /// Records a refusal and says what the caller is told.
    async fn refuse(
        &self,
        caller: &Caller,
        project: Option<ProjectId>,
        operation: Operation,
        denial: Denial,
    ) -> AppError {
        let (reason, error) = match denial {
            Denial::NotSignedIn => ("not signed in".to_owned(), AppError::NotSignedIn),
            Denial::NotMember => ("not a member of the project".to_owned(), AppError::not_found("project", "")),
            Denial::Missing(missing) => {
                let error = AppError::Denied { missing };
                (error.to_string(), error)
            }
        };
        self.record_denial(caller, project, operation, &reason).await;
        error
    }

    /// Refuses a role that is above the caller's own, and records that.
    pub(crate) async fn refuse_role(
        &self,
        caller: &Caller,
        project: Option<ProjectId>,
        operation: Operation,
        role: &str,
    ) -> AppError {
        let error = AppError::RoleAboveOwn { role: role.to_owned() };
        self.record_denial(caller, project, operation, &error.to_string()).await;
        error
    }

    /// Records that `operation` was refused for want of rights. A failure to do so is logged; the refusal stands.
    pub(crate) async fn record_denial(
        &self,
        caller: &Caller,
        project: Option<ProjectId>,
        operation: Operation,
        reason: &str,
    ) {
        let event = AccessEvent::AccessDenied { operation: operation.name().to_owned(), reason: reason.to_owned() };
        if let Err(failure) = self.store.audit_events().append(&self.event(caller, project, event)).await {
            tracing::error!(error = %mayfly_domain::error::chain(&failure), "a refusal could not be recorded");
        }
    }
}

/// Nobody is "not a member" of the whole organization: what is missing there is the right.
fn above(operation: Operation, denial: Denial) -> Denial {
    match (denial, operation.requirement()) {
        (Denial::NotMember, Requirement::InProjectOrOrganization(_, missing)) => Denial::Missing(vec![missing]),
        (denial, _) => denial,
    }
}
