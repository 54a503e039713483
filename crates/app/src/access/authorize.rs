//! May this caller do this here?

use mayfly_domain::{
    access::{
        decide::{Decision, Denial, Grants, decide},
        operation::{Operation, Requirement},
        role::ProjectRole,
    },
    audit::Event,
    caller::Caller,
    ids::ProjectId,
};

use crate::{App, AppError};

/// Proof that a caller was allowed to do something in a project, and what else they may do there.
#[derive(Clone, Debug)]
pub(crate) struct InProject {
    pub(crate) project: ProjectId,
    grants: Grants,
}

impl InProject {
    /// Whether the same caller may do `operation` here too.
    pub(crate) fn may(&self, operation: Operation) -> bool {
        decide(operation, &self.grants) == Decision::Allowed
    }

    /// The caller's roles here; an organization admin who is no member has none.
    pub(crate) fn roles(&self) -> &[ProjectRole] {
        self.grants.project.as_deref().unwrap_or_default()
    }

    /// Whether the caller is an admin of the organization.
    pub(crate) fn is_organization_admin(&self) -> bool {
        self.grants.organization == Some(mayfly_domain::access::role::OrganizationRole::Admin)
    }
}

impl App {
    /// Allows `operation` in the organization, or refuses and records it.
    pub(crate) async fn authorize(&self, caller: &Caller, operation: Operation) -> Result<(), AppError> {
        let grants = Grants { organization: caller.organization_role, project: None };
        match decide(operation, &grants) {
            Decision::Allowed => Ok(()),
            Decision::Denied(denial) => Err(self.refuse(caller, None, operation, above(operation, denial)).await),
        }
    }

    /// Allows `operation` in a project, or refuses and records it. To somebody who is not a member, the project is as
    /// absent as one that does not exist: they are told what `absent` says.
    pub(crate) async fn authorize_in(
        &self,
        caller: &Caller,
        operation: Operation,
        project: ProjectId,
        absent: impl FnOnce() -> AppError + Send,
    ) -> Result<InProject, AppError> {
        let roles = match caller.identity() {
            Some(identity) => self.memory.roles(self, identity, project).await?,
            None => None,
        };
        let grants = Grants { organization: caller.organization_role, project: roles };
        match decide(operation, &grants) {
            Decision::Allowed => Ok(InProject { project, grants }),
            Decision::Denied(Denial::NotMember) => {
                self.refuse(caller, Some(project), operation, Denial::NotMember).await;
                Err(absent())
            }
            Decision::Denied(denial) => Err(self.refuse(caller, Some(project), operation, denial).await),
        }
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
        let event = Event::AccessDenied { operation: operation.name().to_owned(), reason: reason.to_owned() };
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
