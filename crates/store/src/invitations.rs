//! Invitations of people, each with the digest of the secret in its link.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    identity::{Invitation, User},
    ids::{InvitationId, OrganizationId},
    membership::Principal,
};

use crate::{
    Store, StoreError, audit_events, keepers,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    users,
    value::values,
};

statements! {
    DELETE_EXPIRED = "DELETE FROM invitations WHERE expires_at <= ?1";

    // Whoever is there already cannot be invited.
    NOBODY_YET = "SELECT id FROM users WHERE email = ?1";

    INSERT = "INSERT INTO invitations (id, organization_id, email, role, digest, created_at, expires_at,
            made_by_kind, made_by)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    // The one statement that decides: a link joins once.
    SPEND = "DELETE FROM invitations WHERE id = ?1 AND expires_at > ?2";

    DELETE_OF_EMAIL = "DELETE FROM invitations WHERE email = ?1";

    DELETE = "DELETE FROM invitations WHERE organization_id = ?1 AND id = ?2";

    GET = "SELECT * FROM invitations WHERE organization_id = ?1 AND id = ?2";

    MAKER = "SELECT made_by_kind, made_by FROM invitations WHERE id = ?1";

    FIND = "SELECT * FROM invitations WHERE digest = ?1";

    PAGE = "SELECT * FROM invitations WHERE organization_id = ?1 AND id > ?2 AND expires_at > ?3 ORDER BY id LIMIT ?4";
}

/// The index that a second invitation of one address hits.
pub const EMAILS: &str = "invitations_email";
/// The guard's text when the address is a person's already.
pub const IS_NOBODY_YET: &str = "nobody has this address yet";
/// The guard's text when the invitation was used, taken back or is over.
pub const WAITS: &str = "the invitation waits";

/// The step that forgets the invitation of somebody who came another way.
pub(crate) fn delete_of_email(email: &str) -> Step {
    Step::new(&DELETE_OF_EMAIL, values![email])
}

/// The invitations of a store.
#[derive(Clone, Copy)]
pub struct Invitations<'store>(&'store Store);

impl Store {
    /// Invitations of people.
    pub fn invitations(&self) -> Invitations<'_> {
        Invitations(self)
    }
}

impl Invitations<'_> {
    /// Keeps one, or fails with [`IS_NOBODY_YET`]; there is one at most for an address ([`EMAILS`]).
    pub async fn create(&self, invitation: &Invitation, digest: &[u8], event: &AuditEvent) -> Result<(), StoreError> {
        let maker = keepers::keeper(event);
        let values = values![
            invitation.id,
            invitation.organization,
            invitation.email.as_str(),
            invitation.role.slug(),
            digest,
            invitation.created_at,
            invitation.expires_at,
            maker.map(|maker| maker.kind()),
            maker.map(|maker| maker.to_string()),
        ];
        let transaction = Transaction::new()
            .step(&DELETE_EXPIRED, values![invitation.created_at])
            .step(&NOBODY_YET, values![invitation.email.as_str()])
            .expecting(0, IS_NOBODY_YET)
            .step(&INSERT, values)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Makes the person who was invited, or fails with [`WAITS`].
    pub async fn accept(
        &self,
        id: InvitationId,
        user: &User,
        password_hash: &str,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .with(keepers::note_by_invitation(id, user.id))
            .step(&SPEND, values![id, user.created_at])
            .expecting_one(WAITS)
            .with(users::insert(user, password_hash))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Takes one back, or fails with [`WAITS`].
    pub async fn delete(
        &self,
        organization: OrganizationId,
        id: InvitationId,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE, values![organization, id])
            .expecting_one(WAITS)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// One of an organization.
    pub async fn get(&self, organization: OrganizationId, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        self.0.database().read_one(&GET, values![organization, id]).await?.as_ref().map(invitation).transpose()
    }

    /// The one whose link has a secret with this digest.
    pub async fn find(&self, digest: &[u8]) -> Result<Option<Invitation>, StoreError> {
        self.0.database().read_one(&FIND, values![digest]).await?.as_ref().map(invitation).transpose()
    }

    /// Who made one; nobody where that is not known.
    pub async fn maker(&self, id: InvitationId) -> Result<Option<Principal>, StoreError> {
        let row = self.0.database().read_one(&MAKER, values![id]).await?;
        row.map_or(Ok(None), |row| keepers::maker(&row))
    }

    /// At most `limit` that wait at `now`, oldest first, after the one with id `after`.
    pub async fn page(
        &self,
        organization: OrganizationId,
        after: Option<InvitationId>,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Invitation>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let values = values![organization, after, now, limit];
        self.0.database().read(&PAGE, values).await?.iter().map(invitation).collect()
    }
}

fn invitation(row: &Row) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        email: row.text("email")?.to_owned(),
        role: row.parsed("role")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
    })
}
