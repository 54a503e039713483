//! Making a session.

use mayfly_domain::{caller::Origin, identity::User, ids::SessionId, sensitive::Sensitive, session::Session};
use mayfly_store::sessions::NewSession;

use super::{GrantedSession, PREFIX};
use crate::{App, secret_text};

/// A session that is about to be kept.
pub(crate) struct Begun {
    pub(crate) session: Session,
    token: Sensitive<String>,
    digest: Vec<u8>,
}

impl Begun {
    /// A fresh one, with a secret that nobody has seen.
    pub(crate) fn new(app: &App, user: &User, origin: &Origin) -> Self {
        let now = app.ambient.now();
        let expires_at = now.saturating_add(app.settings.sessions.absolute).unwrap_or(now);
        let session = Session {
            id: SessionId::generate(&app.ambient),
            user: user.id,
            ip_address: origin.ip_address,
            user_agent: origin.user_agent.clone(),
            created_at: now,
            seen_at: now,
            expires_at,
        };
        let token = Sensitive::new(format!("{PREFIX}{}", secret_text::generate(&app.ambient).expose()));
        let digest = secret_text::digest_of(token.expose());
        Self { session, token, digest }
    }

    /// As the store takes it.
    pub(crate) fn kept(&self) -> NewSession<'_> {
        NewSession { session: &self.session, digest: &self.digest }
    }

    /// As the person gets it, once it is kept.
    pub(crate) fn granted(self, user: User) -> GrantedSession {
        GrantedSession { user, session: self.session, token: self.token }
    }
}
