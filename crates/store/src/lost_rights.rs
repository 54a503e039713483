//! Whose leases have to end because their holder lost the right to have any.

use jiff::Timestamp;
use mayfly_domain::{
    ids::{LostRightId, OrganizationId, ProjectId},
    membership::Principal,
};

use crate::{Store, StoreError, row::Row, sql::statements, transaction::Transaction, value::values};

statements! {
    INSERT = "INSERT INTO lost_rights (id, organization_id, holder_kind, holder_id, project_id, lost_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    LIST = "SELECT * FROM lost_rights
        WHERE lost_at <= ?1 AND (CAST(?2 AS BIGINT) IS NULL OR lost_at > ?2 OR (lost_at = ?2 AND id > ?3))
        ORDER BY lost_at, id LIMIT ?4";

    DELETE = "DELETE FROM lost_rights WHERE id = ?1";
}

/// Somebody who loses, or lost, the last right to lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostRight {
    /// Id.
    pub id: LostRightId,
    /// Whose organization.
    pub organization: OrganizationId,
    /// The holder of leases, a machine or a person.
    pub holder: Principal,
    /// Where; everywhere if absent.
    pub project: Option<ProjectId>,
    /// When; in the time to come where a role ends by itself.
    pub lost_at: Timestamp,
}

/// The lost rights of a store.
#[derive(Clone, Copy)]
pub struct LostRights<'store>(&'store Store);

impl Store {
    /// Rights to lease that were lost lately.
    pub fn lost_rights(&self) -> LostRights<'_> {
        LostRights(self)
    }
}

impl LostRights<'_> {
    /// Remembers one. Before the change that takes the right away: what is written and then does not happen ends nothing,
    /// because whoever works on it looks whether the right is gone.
    pub async fn add(&self, lost: &LostRight) -> Result<(), StoreError> {
        let values = values![
            lost.id,
            lost.organization,
            lost.holder.kind(),
            lost.holder.to_string(),
            lost.project,
            lost.lost_at
        ];
        self.0.database().write(Transaction::new().step(&INSERT, values)).await.map(|_| ())
    }

    /// At most `limit` of those that were lost by `now`, oldest first, after the one lost at a time with an id.
    pub async fn list(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, LostRightId)>,
        limit: i64,
    ) -> Result<Vec<LostRight>, StoreError> {
        let (time, id) = after.unzip();
        self.0
            .database()
            .read(&LIST, values![now, time, id.map(|id| id.to_string()).unwrap_or_default(), limit])
            .await?
            .iter()
            .map(lost_right)
            .collect()
    }

    /// Forgets one. That it is gone already is as good.
    pub async fn delete(&self, id: LostRightId) -> Result<(), StoreError> {
        self.0.database().write(Transaction::new().step(&DELETE, values![id])).await.map(|_| ())
    }
}

fn lost_right(row: &Row) -> Result<LostRight, StoreError> {
    let holder = Principal::named(row.text("holder_kind")?, row.text("holder_id")?);
    Ok(LostRight {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        holder: holder.ok_or_else(|| row.corrupt("holder_kind", "names nobody"))?,
        project: row.optional_parsed("project_id")?,
        lost_at: row.timestamp("lost_at")?,
    })
}
