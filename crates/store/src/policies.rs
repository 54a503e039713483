//! What environments ask of leases.

use mayfly_domain::{
    audit::AuditEvent,
    ids::EnvironmentId,
    policy::{EnvironmentPolicy, PolicyRules},
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    // The first one is written in place of none; each later one counts up.
    PUT = "INSERT INTO environment_policies (environment_id, version, rules, updated_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS BIGINT), CAST(?3 AS TEXT), CAST(?4 AS BIGINT)
        WHERE ?2 = 1 OR EXISTS (SELECT 1 FROM environment_policies WHERE environment_id = ?1)
        ON CONFLICT (environment_id) DO UPDATE SET version = ?2, rules = ?3, updated_at = ?4
        WHERE environment_policies.version = ?2 - 1";

    // One that asks for the word of others stays, and its environment with it: it is not gone without their word.
    pub(crate) DELETE_OF_ENVIRONMENT = "DELETE FROM environment_policies
        WHERE environment_id = ?1 AND rules NOT LIKE '%\"approval\":{%'";

    GET = "SELECT * FROM environment_policies WHERE environment_id = ?1";
}

/// The step that writes a policy whose version is one more than the stored one.
pub(crate) fn put(policy: &EnvironmentPolicy) -> Step {
    let values = values![policy.environment, policy.version, Value::json(&policy.rules), policy.updated_at];
    Step::new(&PUT, values).expecting_one(UNCHANGED)
}

/// The policies of a store.
#[derive(Clone, Copy)]
pub struct Policies<'store>(&'store Store);

impl Store {
    /// What environments ask of leases.
    pub fn policies(&self) -> Policies<'_> {
        Policies(self)
    }
}

impl Policies<'_> {
    /// Writes a policy whose version is one more than the stored one.
    pub async fn put(&self, policy: &EnvironmentPolicy, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new().with(put(policy)).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// The policy of an environment; one that asks for nothing where nobody set one.
    pub async fn get(&self, environment: EnvironmentId) -> Result<EnvironmentPolicy, StoreError> {
        let Some(row) = self.0.database().read_one(&GET, values![environment]).await? else {
            return Ok(EnvironmentPolicy::none(environment));
        };
        Ok(EnvironmentPolicy {
            environment,
            version: row.integer("version")?,
            rules: row.json::<PolicyRules>("rules")?,
            updated_at: Some(row.timestamp("updated_at")?),
        })
    }
}
