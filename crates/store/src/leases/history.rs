//! Leases in every state: what was, narrowed as people look for it, newest first.

use jiff::Timestamp;
use mayfly_domain::{
    caller::Actor,
    ids::{ConnectionId, DynamicSecretId, EnvironmentId, LeaseId, ProjectId},
    lease::Lease,
};

use super::{Leases, holder_id, readable};
use crate::{
    StoreError,
    like::containing,
    sql::statements,
    value::{Value, values},
};

/// What a [`HistoryFilter`] leaves, as [`HistoryPage::values`] has it; each part that is absent leaves all. `$reason`,
/// `$holder` and `$account` are texts whose lower case is that of ASCII letters only, on both databases.
macro_rules! narrowed {
    ($reason:literal, $holder:literal, $account:literal) => {
        concat!(
            "project_id = ?1
          AND (CAST(?2 AS TEXT) IS NULL OR holder_id = ?2)
          AND (CAST(?3 AS TEXT) IS NULL OR leases.id < ?3)
          AND (CAST(?4 AS TEXT) IS NULL OR state = ?4)
          AND (CAST(?5 AS TEXT) IS NULL OR holder_id = ?5)
          AND (CAST(?6 AS TEXT) IS NULL OR lease_states.dynamic_secret_id = ?6)
          AND (CAST(?7 AS TEXT) IS NULL OR environment_id = ?7)
          AND (CAST(?8 AS TEXT) IS NULL OR connection_id = ?8)
          AND (CAST(?9 AS BOOLEAN) IS NULL OR (ended_at IS NOT NULL) = CAST(?9 AS BOOLEAN))
          AND (CAST(?10 AS BOOLEAN) IS NULL
               OR (last_error IS NOT NULL AND ended_at IS NULL) = CAST(?10 AS BOOLEAN))
          AND (CAST(?11 AS BIGINT) IS NULL OR expire_at <= ?11)
          AND (CAST(?12 AS TEXT) IS NULL
               OR LOWER(dynamic_secret_name) LIKE ?12 ESCAPE '\\'
               OR LOWER(",
            $reason,
            ") LIKE ?12 ESCAPE '\\'
               OR LOWER(",
            $holder,
            ") LIKE ?12 ESCAPE '\\'
               OR LOWER(",
            $account,
            ") LIKE ?12 ESCAPE '\\')"
        )
    };
}

macro_rules! of_sqlite {
    () => {
        narrowed!(
            "COALESCE(reason, '')",
            "COALESCE(json_extract(holder, '$.email'), json_extract(holder, '$.name'), '')",
            "COALESCE(json_extract(plan, '$.account.name'), '')"
        )
    };
}

macro_rules! of_postgres {
    () => {
        narrowed!(
            "COALESCE(reason, '') COLLATE \"C\"",
            "COALESCE(CAST(holder AS json) ->> 'email', CAST(holder AS json) ->> 'name', '') COLLATE \"C\"",
            "COALESCE(CAST(plan AS json) -> 'account' ->> 'name', '') COLLATE \"C\""
        )
    };
}

statements! {
    HISTORY = concat!("SELECT * FROM leases JOIN lease_states ON lease_id = leases.id
        WHERE ", of_sqlite!(), " ORDER BY leases.id DESC LIMIT ?13"),
        postgres concat!("SELECT * FROM leases JOIN lease_states ON lease_id = leases.id
        WHERE ", of_postgres!(), " ORDER BY leases.id DESC LIMIT ?13");

    // No further than somebody would count.
    COUNT = concat!("SELECT CAST(COUNT(*) AS BIGINT) AS number FROM (
        SELECT leases.id FROM leases JOIN lease_states ON lease_id = leases.id
        WHERE ", of_sqlite!(), " LIMIT ?13) AS counted"),
        postgres concat!("SELECT CAST(COUNT(*) AS BIGINT) AS number FROM (
        SELECT leases.id FROM leases JOIN lease_states ON lease_id = leases.id
        WHERE ", of_postgres!(), " LIMIT ?13) AS counted");
}

/// Whose leases to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holders<'a> {
    /// Everybody's.
    All,
    /// One holder's own.
    Only(&'a Actor),
}

impl Holders<'_> {
    pub(super) fn id(self) -> Option<String> {
        match self {
            Self::All => None,
            Self::Only(actor) => Some(holder_id(actor)),
        }
    }
}

/// Which leases somebody looks for; nothing leaves all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// In this state, by its name.
    pub state: Option<String>,
    /// Held by this person or identity, by its id.
    pub holder: Option<String>,
    /// Issued by this dynamic secret.
    pub dynamic_secret: Option<DynamicSecretId>,
    /// Issued in this environment.
    pub environment: Option<EnvironmentId>,
    /// Issued by this connection.
    pub connection: Option<ConnectionId>,
    /// Over, or not.
    pub is_over: Option<bool>,
    /// Not over, and the last try to remove its objects failed; or not so.
    pub has_failed: Option<bool>,
    /// Ending at this time or before.
    pub ends_by: Option<Timestamp>,
    /// With this text in the dynamic secret's name, the reason, the holder's name or address, or the account's name; capitals
    /// of ASCII count as small letters.
    pub text: Option<String>,
}

/// Which part of a project's lease history to read, newest first.
#[derive(Clone, Debug)]
pub struct HistoryPage<'a> {
    /// The project.
    pub project: ProjectId,
    /// Whose.
    pub holders: Holders<'a>,
    /// Which of them.
    pub filter: HistoryFilter,
    /// Only those before this one: the last of the page before.
    pub before: Option<LeaseId>,
    /// At most this many.
    pub limit: i64,
}

impl HistoryPage<'_> {
    /// The newest `limit` of everybody's.
    pub fn newest(project: ProjectId, limit: i64) -> Self {
        Self { project, holders: Holders::All, filter: HistoryFilter::default(), before: None, limit }
    }

    fn values(&self) -> Vec<Value> {
        let HistoryFilter {
            state,
            holder,
            dynamic_secret,
            environment,
            connection,
            is_over,
            has_failed,
            ends_by,
            text,
        } = &self.filter;
        values![
            self.project,
            self.holders.id(),
            self.before,
            state.as_deref(),
            holder.as_deref(),
            *dynamic_secret,
            *environment,
            *connection,
            *is_over,
            *has_failed,
            *ends_by,
            text.as_deref().map(containing),
            self.limit,
        ]
    }
}

impl Leases<'_> {
    /// A page of a project's leases in every state, newest first.
    pub async fn history(&self, page: &HistoryPage<'_>) -> Result<Vec<Lease>, StoreError> {
        Ok(readable(&self.0.database().read(&HISTORY, page.values()).await?))
    }

    /// How many there are, counted up to the page's limit.
    pub async fn count_history(&self, page: &HistoryPage<'_>) -> Result<i64, StoreError> {
        let row = self.0.database().read_one(&COUNT, page.values()).await?;
        row.map_or(Ok(0), |row| row.integer("number"))
    }
}
