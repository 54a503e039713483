//! Who can act as a machine, because they made what it signs in with.

use mayfly_domain::{
    audit::AuditEvent,
    caller::Actor,
    ids::{IdentityId, UniversalAuthId},
    membership::Principal,
};

use crate::{Store, StoreError, sql::statements, transaction::Step, value::values};

statements! {
    INSERT = "INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id) VALUES (?1, ?2, ?3)
        ON CONFLICT (identity_id, keeper_id) DO NOTHING";

    INSERT_BY_UNIVERSAL_AUTH = "INSERT INTO identity_keepers (identity_id, keeper_kind, keeper_id)
        SELECT identity_id, CAST(?2 AS TEXT), CAST(?3 AS TEXT) FROM universal_auths WHERE id = ?1
        ON CONFLICT (identity_id, keeper_id) DO NOTHING";

    pub(crate) DELETE_OF_IDENTITY = "DELETE FROM identity_keepers WHERE identity_id = ?1";

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

fn keeper(event: &AuditEvent) -> Option<Principal> {
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
        let rows = self.0.database().read(&OF_IDENTITY, values![identity]).await?;
        let keeper = |row: &crate::row::Row| {
            let principal = Principal::named(row.text("keeper_kind")?, row.text("keeper_id")?);
            principal.ok_or_else(|| row.corrupt("keeper_kind", "names nobody"))
        };
        rows.iter().map(keeper).collect()
    }
}
