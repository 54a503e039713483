//! Decisions are made from memory that is at most two seconds old.

use mayfly_domain::{
    access::held::HeldRole,
    ids::{AccessTokenId, EnvironmentId, IdentityId, ProjectId, UserId},
    membership::Principal,
    policy::EnvironmentPolicy,
};
use mayfly_store::{access_tokens::TokenFacts, sessions::SessionFacts};

use crate::{App, AppError, recent::Recent};

/// What was read of tokens and memberships a moment ago.
#[derive(Default)]
pub(crate) struct Memory {
    tokens: Recent<AccessTokenId, TokenFacts>,
    roles: Recent<(Principal, ProjectId), Option<Vec<HeldRole>>>,
    policies: Recent<EnvironmentId, EnvironmentPolicy>,
    sessions: Recent<Vec<u8>, SessionFacts>,
}

impl Memory {
    pub(crate) async fn token(&self, app: &App, id: AccessTokenId) -> Result<Option<TokenFacts>, AppError> {
        if let Some(known) = self.tokens.get(&id, &app.ambient) {
            return Ok(Some(known));
        }
        let read_at = app.ambient.now();
        let facts = app.store.access_tokens().get(id).await?;
        if let Some(facts) = &facts {
            self.tokens.put(id, facts.clone(), read_at);
        }
        Ok(facts)
    }

    /// The session whose secret has this digest.
    pub(crate) async fn session(&self, app: &App, digest: &Vec<u8>) -> Result<Option<SessionFacts>, AppError> {
        if let Some(known) = self.sessions.get(digest, &app.ambient) {
            return Ok(Some(known));
        }
        let read_at = app.ambient.now();
        let facts = app.store.sessions().get(digest).await?;
        if let Some(facts) = &facts {
            self.sessions.put(digest.clone(), facts.clone(), read_at);
        }
        Ok(facts)
    }

    /// A session of a person was ended here, or they were changed.
    pub(crate) fn forget_user(&self, user: UserId) {
        self.sessions.forget_where(|_, facts| facts.session.user == user);
        self.forget_principal(Principal::User(user));
    }

    /// Many people were changed here, or their sessions ended.
    pub(crate) fn forget_people(&self) {
        self.sessions.forget_where(|_, _| true);
        self.roles.forget_where(|(holder, _), _| matches!(holder, Principal::User(_)));
    }

    /// A session was used, and that was written down.
    pub(crate) fn forget_session(&self, digest: &Vec<u8>) {
        self.sessions.forget(digest);
    }

    /// The roles that somebody holds in a project and that count now; `None` for somebody who is not a member.
    pub(crate) async fn roles(
        &self,
        app: &App,
        principal: Principal,
        project: ProjectId,
    ) -> Result<Option<Vec<HeldRole>>, AppError> {
        let now = app.ambient.now();
        let held = if let Some(known) = self.roles.get(&(principal, project), &app.ambient) {
            known
        } else {
            let held = app.store.memberships().held(project, principal).await?;
            self.roles.put((principal, project), held.clone(), now);
            held
        };
        Ok(held.map(|roles| roles.into_iter().filter(|role| role.counts_at(now)).collect()))
    }

    /// What an environment asks of leases.
    pub(crate) async fn policy(&self, app: &App, environment: EnvironmentId) -> Result<EnvironmentPolicy, AppError> {
        if let Some(known) = self.policies.get(&environment, &app.ambient) {
            return Ok(known);
        }
        let read_at = app.ambient.now();
        let policy = app.store.policies().get(environment).await?;
        self.policies.put(environment, policy.clone(), read_at);
        Ok(policy)
    }

    /// The policy of an environment was changed here.
    pub(crate) fn forget_policy(&self, environment: EnvironmentId) {
        self.policies.forget(&environment);
    }

    /// A token was revoked or renewed here.
    pub(crate) fn forget_token(&self, id: AccessTokenId) {
        self.tokens.forget(&id);
    }

    /// An identity was changed here, or what it signs in with.
    pub(crate) fn forget_identity(&self, identity: IdentityId) {
        self.tokens.forget_where(|_, facts| facts.token.identity == identity);
        self.forget_principal(Principal::Identity(identity));
    }

    /// Somebody was given something here, or it was taken away.
    pub(crate) fn forget_principal(&self, principal: Principal) {
        match principal {
            Principal::Identity(_) | Principal::User(_) => {
                self.roles.forget_where(|(holder, _), _| *holder == principal);
            }
            // Who is in it is not known here.
            Principal::Group(_) => self.roles.forget_where(|_, _| true),
        }
    }

    /// A role of a project was changed here.
    pub(crate) fn forget_project(&self, project: ProjectId) {
        self.roles.forget_where(|(_, place), _| *place == project);
    }
}
