//! Ending many leases at once: for the bad day.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    ids::{ConnectionId, DynamicSecretId, EnvironmentId, LeaseId, OrganizationId, ProjectId},
    lease::Lease,
};

use super::{Leases, readable};
use crate::{
    StoreError, audit_events,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

/// What a filter names of an organization's leases that are not over, as [`LeaseFilter::values`] has it; each part of it that
/// is absent counts for all.
macro_rules! narrowed {
    () => {
        "ended_at IS NULL AND organization_id = ?1
          AND (CAST(?2 AS TEXT) IS NULL OR held_by = ?2)
          AND (CAST(?3 AS TEXT) IS NULL OR lane = ?3)
          AND (CAST(?4 AS TEXT) IS NULL OR lease_states.dynamic_secret_id = ?4)
          AND (CAST(?5 AS TEXT) IS NULL OR environment_id = ?5)
          AND (CAST(?6 AS TEXT) IS NULL OR project_id = ?6)
          AND (CAST(?7 AS BIGINT) IS NULL OR leases.created_at >= ?7)"
    };
}

statements! {
    // Live leases that a filter names and those that are being issued, newest first.
    LIST_MATCHING = concat!("SELECT * FROM lease_states JOIN leases ON leases.id = lease_id
        WHERE state IN ('reserved', 'active', 'ending') AND ", narrowed!(), "
          AND (CAST(?8 AS TEXT) IS NULL OR lease_id < ?8)
        ORDER BY lease_id DESC LIMIT ?9");

    // What is ending or closed is no more to be ended.
    ANY_UNENDED = concat!("SELECT lease_id FROM lease_states JOIN leases ON leases.id = lease_id
        WHERE state IN ('reserved', 'active') AND ", narrowed!(), " LIMIT 1");

    // Looked at when the lease is activated.
    CANCEL = "UPDATE lease_states SET ending_since = ?2, updated_at = ?2
        WHERE lease_id = ?1 AND state = 'reserved' AND ending_since IS NULL";
}

/// Which live leases.
#[derive(Clone, Debug, Default)]
pub struct LeaseFilter {
    /// Held by this person or identity, by its id.
    pub holder: Option<String>,
    /// Issued by this connection.
    pub connection: Option<ConnectionId>,
    /// Issued by this dynamic secret.
    pub dynamic_secret: Option<DynamicSecretId>,
    /// Issued in this environment.
    pub environment: Option<EnvironmentId>,
    /// Issued in this project.
    pub project: Option<ProjectId>,
    /// Issued at this time or later.
    pub since: Option<Timestamp>,
}

impl LeaseFilter {
    /// Whether it leaves nothing out.
    pub const fn names_everything(&self) -> bool {
        self.holder.is_none()
            && self.connection.is_none()
            && self.dynamic_secret.is_none()
            && self.environment.is_none()
            && self.project.is_none()
            && self.since.is_none()
    }

    fn values(&self, organization: OrganizationId) -> Vec<Value> {
        values![
            organization,
            self.holder.as_deref(),
            self.connection,
            self.dynamic_secret,
            self.environment,
            self.project,
            self.since,
        ]
    }
}

/// Some leases of a long list.
#[derive(Clone, Debug)]
pub struct LeasePage {
    /// Those that can be read. One that cannot is told to the log, and hides no other.
    pub leases: Vec<Lease>,
    /// After which the list goes on; absent when it does not.
    pub last: Option<LeaseId>,
}

impl Leases<'_> {
    /// At most `limit` leases of an organization that `filter` names and that are live or being issued, newest first, after
    /// `before`.
    pub async fn list_matching(
        &self,
        organization: OrganizationId,
        filter: &LeaseFilter,
        before: Option<LeaseId>,
        limit: i64,
    ) -> Result<LeasePage, StoreError> {
        let values = [filter.values(organization), values![before, limit]].concat();
        let rows = self.0.database().read(&LIST_MATCHING, values).await?;
        let last = rows.last().map(|row| row.parsed("lease_id")).transpose()?;
        Ok(LeasePage { leases: readable(&rows), last })
    }

    /// Whether anything that `filter` names is live, or being issued, and nobody has begun to end it.
    pub async fn any_unended(&self, organization: OrganizationId, filter: &LeaseFilter) -> Result<bool, StoreError> {
        Ok(self.0.database().read_one(&ANY_UNENDED, filter.values(organization)).await?.is_some())
    }

    /// Keeps a reservation from becoming a lease: whoever is issuing it undoes it instead of handing it out. Fails with a
    /// guard when it is no reservation any more.
    pub async fn cancel(&self, lease: LeaseId, event: &AuditEvent) -> Result<(), StoreError> {
        let step = Step::new(&CANCEL, values![lease, event.created_at]).expecting_one("the lease is being issued");
        self.0.database().write(Transaction::new().with(step).with(audit_events::insert(event))).await.map(|_| ())
    }
}
