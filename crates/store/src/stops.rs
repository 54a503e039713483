//! Stops: where nothing is issued.

use mayfly_domain::{
    audit::AuditEvent,
    ids::{OrganizationId, StopId},
    lease::LeaseSource,
    stop::{Stop, StopScope},
};

use crate::{
    Store, StoreError, audit_events,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    // A stop of what is not there would only look like one.
    INSERT = "INSERT INTO stops (id, organization_id, scope, target_id, reason, made_by, created_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), CAST(?3 AS TEXT), CAST(?4 AS TEXT), CAST(?5 AS TEXT),
               CAST(?6 AS TEXT), CAST(?7 AS BIGINT)
        WHERE CASE ?3
            WHEN 'everywhere' THEN TRUE
            WHEN 'environment' THEN EXISTS (SELECT 1 FROM environments
                JOIN projects ON projects.id = environments.project_id
                WHERE environments.id = ?4 AND projects.organization_id = ?2)
            WHEN 'cluster-connection' THEN EXISTS (SELECT 1 FROM connections
                WHERE connections.id = ?4 AND connections.organization_id = ?2)
            WHEN 'dynamic-secret' THEN EXISTS (SELECT 1 FROM dynamic_secrets
                JOIN folders ON folders.id = dynamic_secrets.folder_id
                JOIN environments ON environments.id = folders.environment_id
                JOIN projects ON projects.id = environments.project_id
                WHERE dynamic_secrets.id = ?4 AND projects.organization_id = ?2)
            ELSE FALSE END";

    DELETE = "DELETE FROM stops WHERE id = ?1 AND organization_id = ?2";

    GET = "SELECT * FROM stops WHERE organization_id = ?1 AND id = ?2";

    PAGE = "SELECT * FROM stops WHERE organization_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

    // What stops an issue, the widest first.
    FIND = "SELECT * FROM stops
        WHERE organization_id = ?1
          AND ((scope = 'everywhere' AND target_id = '') OR (scope = 'environment' AND target_id = ?2)
               OR (scope = 'cluster-connection' AND target_id = ?3) OR (scope = 'dynamic-secret' AND target_id = ?4))
        ORDER BY CASE scope WHEN 'everywhere' THEN 1 WHEN 'environment' THEN 2 WHEN 'cluster-connection' THEN 3 ELSE 4 END";
}

/// The index that a second stop of one place hits.
pub const TARGETS: &str = "stops_target";
/// The guard's text when there is nothing to stop.
const TARGET_IS_THERE: &str = "what is to be stopped is there";
/// The guard's text when issuing was stopped.
pub const NOT_STOPPED: &str = "nothing stops the issue";

/// The step that finds no stop, or undoes the whole transaction.
pub(crate) fn expect_none(source: &LeaseSource) -> Step {
    Step::new(&FIND, of(source)).expecting(0, NOT_STOPPED)
}

fn of(source: &LeaseSource) -> Vec<Value> {
    let place = &source.place;
    values![place.organization, place.environment, source.connection, source.dynamic_secret]
}

/// The stops of a store.
#[derive(Clone, Copy)]
pub struct Stops<'store>(&'store Store);

impl Store {
    /// Where nothing is issued.
    pub fn stops(&self) -> Stops<'_> {
        Stops(self)
    }
}

impl Stops<'_> {
    /// Stops issuing somewhere; there is one stop at most for a place (`stops_target`).
    pub async fn create(&self, stop: &Stop, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![
            stop.id,
            stop.organization,
            stop.scope.name(),
            stop.scope.target(),
            stop.reason.as_str(),
            Value::json(&stop.made_by),
            stop.created_at,
        ];
        let transaction =
            Transaction::new().step(&INSERT, values).expecting_one(TARGET_IS_THERE).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Lifts a stop.
    pub async fn delete(&self, organization: OrganizationId, id: StopId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE, values![id, organization])
            .expecting_one("the stop is still there")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// One of an organization.
    pub async fn get(&self, organization: OrganizationId, id: StopId) -> Result<Option<Stop>, StoreError> {
        self.0.database().read_one(&GET, values![organization, id]).await?.as_ref().map(stop).transpose()
    }

    /// At most `limit` stops of an organization, oldest first, after the one with id `after`.
    pub async fn page(
        &self,
        organization: OrganizationId,
        after: Option<StopId>,
        limit: i64,
    ) -> Result<Vec<Stop>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0.database().read(&PAGE, values![organization, after, limit]).await?.iter().map(stop).collect()
    }

    /// The widest stop that is in the way of an issue.
    pub async fn find(&self, source: &LeaseSource) -> Result<Option<Stop>, StoreError> {
        self.0.database().read(&FIND, of(source)).await?.first().map(stop).transpose()
    }
}

fn stop(row: &Row) -> Result<Stop, StoreError> {
    let scope = StopScope::read(row.text("scope")?, row.text("target_id")?);
    Ok(Stop {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        scope: scope.map_err(|_| row.corrupt("scope", "names no place"))?,
        reason: row.text("reason")?.to_owned(),
        made_by: row.json("made_by")?,
        created_at: row.timestamp("created_at")?,
    })
}
