//! Decisions are made from memory that is at most two seconds old.

use mayfly_domain::{
    access::role::ProjectRole,
    ids::{AccessTokenId, IdentityId, ProjectId, UserId},
};
use mayfly_store::{access_tokens::TokenFacts, sessions::SessionFacts};

use crate::{App, AppError, recent::Recent};

/// What was read of tokens and memberships a moment ago.
#[derive(Default)]
pub(crate) struct Memory {
    tokens: Recent<AccessTokenId, TokenFacts>,
    sessions: Recent<Vec<u8>, SessionFacts>,
    roles: Recent<(IdentityId, ProjectId), Option<Vec<ProjectRole>>>,
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
    }

    /// A session was used, and that was written down.
    pub(crate) fn forget_session(&self, digest: &Vec<u8>) {
        self.sessions.forget(digest);
    }

    /// The roles of an identity in a project; `None` for somebody who is not a member.
    pub(crate) async fn roles(
        &self,
        app: &App,
        identity: IdentityId,
        project: ProjectId,
    ) -> Result<Option<Vec<ProjectRole>>, AppError> {
        if let Some(known) = self.roles.get(&(identity, project), &app.ambient) {
            return Ok(known);
        }
        let read_at = app.ambient.now();
        let roles = app.store.memberships().get(project, identity).await?.map(|membership| membership.roles);
        self.roles.put((identity, project), roles.clone(), read_at);
        Ok(roles)
    }

    /// A token was revoked or renewed here.
    pub(crate) fn forget_token(&self, id: AccessTokenId) {
        self.tokens.forget(&id);
    }

    /// An identity was changed here, or what it signs in with.
    pub(crate) fn forget_identity(&self, identity: IdentityId) {
        self.tokens.forget_where(|_, facts| facts.token.identity == identity);
        self.roles.forget_where(|(holder, _), _| *holder == identity);
    }
}
