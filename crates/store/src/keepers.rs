//! Who can act as a machine, because they made what it signs in with, and who may be a person, because they made the link by
//! which that one came in.

use mayfly_domain::{
    audit::AuditEvent,
    caller::Actor,
    identity::Identity,
    ids::{ConnectionId, IdentityId, InvitationId, PasswordLinkId, UniversalAuthId, UserId},
    membership::Principal,
    outside_auth::{OutsideAuth, ReviewBy, Trust},
};

use crate::{Store, StoreError, row::Row, sql::statements, transaction::Step, value::values};

statements! {
    INSERT = "INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id) VALUES (?1, ?2, ?3)
        ON CONFLICT (identity_id, keeper_id) DO NOTHING";

    INSERT_BY_UNIVERSAL_AUTH = "INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id)
        SELECT identity_id, CAST(?2 AS TEXT), CAST(?3 AS TEXT) FROM universal_auths WHERE id = ?1
        ON CONFLICT (identity_id, keeper_id) DO NOTHING";

    // On a link that was made by somebody else, who is known.
    KEEP_BY_INVITATION = "INSERT INTO user_keepers (user_id, way, keeper_kind, keeper_id)
        SELECT CAST(?2 AS TEXT), 'invitation', made_by_kind, made_by FROM invitations WHERE id = ?1 AND made_by IS NOT NULL
        ON CONFLICT (user_id, way, keeper_id) DO NOTHING";

    KEEP_BY_LINK = "INSERT INTO user_keepers (user_id, way, keeper_kind, keeper_id)
        SELECT user_id, 'password-link', made_by_kind, made_by FROM password_links WHERE id = ?1 AND made_by IS NOT NULL
        ON CONFLICT (user_id, way, keeper_id) DO NOTHING";

    // The last link that was spent counts: what others set before it is replaced.
    FORGET_LINK = "DELETE FROM user_keepers WHERE way = 'password-link'
        AND user_id = (SELECT user_id FROM password_links WHERE id = ?1)";

    // What somebody made goes on to be theirs who stand behind them, once they are gone.
    INHERIT_MACHINES_OF_USER = "INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id)
        SELECT kept.identity_id, own.keeper_kind, own.keeper_id
        FROM identity_keepers AS kept JOIN user_keepers AS own ON own.user_id = kept.keeper_id
        WHERE kept.keeper_id = ?1
        ON CONFLICT (identity_id, keeper_id) DO NOTHING";

    DELETE_OF_USER = "DELETE FROM user_keepers WHERE user_id = ?1";

    INHERIT_PEOPLE = "INSERT INTO user_keepers (user_id, way, keeper_kind, keeper_id)
        SELECT kept.user_id, kept.way, own.keeper_kind, own.keeper_id
        FROM user_keepers AS kept JOIN identity_keepers AS own ON own.identity_id = kept.keeper_id
        WHERE kept.keeper_id = ?1
        ON CONFLICT (user_id, way, keeper_id) DO NOTHING";

    DROP_INVITATIONS = "DELETE FROM invitations WHERE made_by = ?1";

    DROP_LINKS = "DELETE FROM password_links WHERE made_by = ?1";

    // Only once its role or its being shut out changes.
    DROP_INVITATIONS_IF_CHANGED = "DELETE FROM invitations WHERE made_by = ?1
        AND EXISTS (SELECT 1 FROM identities WHERE id = ?1 AND (role <> ?2 OR is_disabled <> ?3))";

    DROP_LINKS_IF_CHANGED = "DELETE FROM password_links WHERE made_by = ?1
        AND EXISTS (SELECT 1 FROM identities WHERE id = ?1 AND (role <> ?2 OR is_disabled <> ?3))";

    OF_USER = "SELECT keeper_kind, keeper_id FROM user_keepers WHERE user_id = ?1 ORDER BY keeper_id";

    KEEP_CONNECTION = "INSERT INTO connection_keepers (connection_id, keeper_kind, keeper_id) VALUES (?1, ?2, ?3)
        ON CONFLICT (connection_id, keeper_id) DO NOTHING";

    // Of each machine whose cluster is asked through the connection.
    KEEP_REVIEWED = "INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id)
        SELECT identity_id, CAST(?2 AS TEXT), CAST(?3 AS TEXT) FROM outside_auths
        WHERE method = 'kubernetes-auth' AND trust LIKE '%\"' || CAST(?1 AS TEXT) || '\"%'
        ON CONFLICT (identity_id, keeper_id) DO NOTHING";

    KEEP_BY_CONNECTION = "INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id)
        SELECT CAST(?1 AS TEXT), keeper_kind, keeper_id FROM connection_keepers WHERE connection_id = ?2
        ON CONFLICT (identity_id, keeper_id) DO NOTHING";

    INHERIT_CONNECTIONS = "INSERT INTO connection_keepers (connection_id, keeper_kind, keeper_id)
        SELECT kept.connection_id, own.keeper_kind, own.keeper_id
        FROM connection_keepers AS kept JOIN identity_keepers AS own ON own.identity_id = kept.keeper_id
        WHERE kept.keeper_id = ?1
        ON CONFLICT (connection_id, keeper_id) DO NOTHING";

    DELETE_OF_CONNECTION = "DELETE FROM connection_keepers WHERE connection_id = ?1";

    // Whoever stands behind a machine goes on to stand behind those whose keys it made, once it is gone itself.
    INHERIT = "INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id)
        SELECT kept.identity_id, own.keeper_kind, own.keeper_id
        FROM identity_keepers AS kept JOIN identity_keepers AS own ON own.identity_id = kept.keeper_id
        WHERE kept.keeper_id = ?1 AND kept.identity_id <> ?1
        ON CONFLICT (identity_id, keeper_id) DO NOTHING";

    DELETE_OF_IDENTITY = "DELETE FROM identity_keepers WHERE identity_id = ?1";

    OF_IDENTITY = "SELECT keeper_kind, keeper_id FROM identity_keepers WHERE identity_id = ?1 ORDER BY keeper_id";
}

/// The step that notes whoever `event` is of as a keeper of `identity`.
pub(crate) fn note(identity: IdentityId, event: &AuditEvent) -> Option<Step> {
    let keeper = keeper(event)?;
    Some(Step::new(&INSERT, values![identity, keeper.kind(), keeper.to_string()]))
}

/// The same of the identity that a universal-auth configuration belongs to.
pub(crate) fn note_by_universal_auth(auth: UniversalAuthId, event: &AuditEvent) -> Option<Step> {
    let keeper = keeper(event)?;
    Some(Step::new(&INSERT_BY_UNIVERSAL_AUTH, values![auth, keeper.kind(), keeper.to_string()]))
}

/// The steps that note whoever `event` is of as one who says where `connection` goes and with what: they are keepers of the
/// machines that its cluster vouches for.
pub(crate) fn note_by_connection(connection: ConnectionId, event: &AuditEvent) -> Vec<Step> {
    let Some(keeper) = keeper(event) else { return Vec::new() };
    let values = || values![connection, keeper.kind(), keeper.to_string()];
    vec![Step::new(&KEEP_CONNECTION, values()), Step::new(&KEEP_REVIEWED, values())]
}

/// The step that notes those who say where the connection goes that reviews the tokens of an identity as its keepers.
pub(crate) fn note_reviewers(auth: &OutsideAuth) -> Option<Step> {
    match &auth.trust {
        Trust::Kubernetes(trust) => match &trust.review {
            ReviewBy::Connection { connection } => {
                Some(Step::new(&KEEP_BY_CONNECTION, values![auth.identity, *connection]))
            }
            ReviewBy::Host { .. } | ReviewBy::Keys { .. } => None,
        },
        Trust::Oidc(_) => None,
    }
}

/// The step that forgets those of a connection that is removed.
pub(crate) fn forget_connection(connection: ConnectionId) -> Step {
    Step::new(&DELETE_OF_CONNECTION, values![connection])
}

/// The steps that note whoever made an invitation as one who may be `user`, before it is spent.
pub(crate) fn note_by_invitation(invitation: InvitationId, user: UserId) -> Step {
    Step::new(&KEEP_BY_INVITATION, values![invitation, user])
}

/// The steps that note whoever made a link as one who may be the person whose password it sets, before it is spent.
pub(crate) fn note_by_link(link: PasswordLinkId) -> [Step; 2] {
    [Step::new(&FORGET_LINK, values![link]), Step::new(&KEEP_BY_LINK, values![link])]
}

/// The steps before a machine is removed: whoever stands behind it stands behind what it made, and its links are spent.
pub(crate) fn remove_identity(identity: IdentityId) -> Vec<Step> {
    let mut steps = vec![
        Step::new(&INHERIT, values![identity]),
        Step::new(&INHERIT_PEOPLE, values![identity]),
        Step::new(&INHERIT_CONNECTIONS, values![identity]),
        Step::new(&DELETE_OF_IDENTITY, values![identity]),
    ];
    steps.extend(drop_links(identity.to_string()));
    steps
}

/// The same of a person.
pub(crate) fn remove_user(user: UserId) -> Vec<Step> {
    let mut steps =
        vec![Step::new(&INHERIT_MACHINES_OF_USER, values![user]), Step::new(&DELETE_OF_USER, values![user])];
    steps.extend(drop_links(user.to_string()));
    steps
}

/// The steps that take back the links of somebody who may not make them any more.
pub(crate) fn drop_links(maker: String) -> [Step; 2] {
    [Step::new(&DROP_INVITATIONS, values![maker.as_str()]), Step::new(&DROP_LINKS, values![maker])]
}

/// The same, before a machine becomes one of `role` or is shut out, if it was not so before.
pub(crate) fn drop_links_if_changed(identity: &Identity) -> [Step; 2] {
    let values = || values![identity.id, identity.role.slug(), identity.is_disabled];
    [Step::new(&DROP_INVITATIONS_IF_CHANGED, values()), Step::new(&DROP_LINKS_IF_CHANGED, values())]
}

/// Whoever `event` is of, if it is somebody.
pub(crate) fn keeper(event: &AuditEvent) -> Option<Principal> {
    match &event.actor {
        Actor::Identity { identity_id, .. } => Some(Principal::Identity(*identity_id)),
        Actor::User { user_id, .. } => Some(Principal::User(*user_id)),
        Actor::Anonymous | Actor::Platform => None,
    }
}

/// Keepers of machines.
#[derive(Clone, Copy)]
pub struct Keepers<'store>(&'store Store);

impl Store {
    /// Who can act as which machine.
    pub fn keepers(&self) -> Keepers<'_> {
        Keepers(self)
    }
}

impl Keepers<'_> {
    /// Those who made what a machine signs in with: people and machines.
    pub async fn of_identity(&self, identity: IdentityId) -> Result<Vec<Principal>, StoreError> {
        self.0.database().read(&OF_IDENTITY, values![identity]).await?.iter().map(named).collect()
    }

    /// Those who may be a person: who made the invitation by which they came in, or the link by which their password was set
    /// last, where that is known. What a removed machine made is of those who stood behind it.
    pub async fn of_user(&self, user: UserId) -> Result<Vec<Principal>, StoreError> {
        self.0.database().read(&OF_USER, values![user]).await?.iter().map(named).collect()
    }
}

fn named(row: &Row) -> Result<Principal, StoreError> {
    let principal = Principal::named(row.text("keeper_kind")?, row.text("keeper_id")?);
    principal.ok_or_else(|| row.corrupt("keeper_kind", "names nobody"))
}

/// Who made a link, of its row; nobody for one that is older than that is noted.
pub(crate) fn maker(row: &Row) -> Result<Option<Principal>, StoreError> {
    let (Some(kind), Some(id)) = (row.optional_text("made_by_kind")?, row.optional_text("made_by")?) else {
        return Ok(None);
    };
    Principal::named(kind, id).map(Some).ok_or_else(|| row.corrupt("made_by", "names nobody"))
}
