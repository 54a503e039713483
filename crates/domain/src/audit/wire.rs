//! An event as it is stored and sent: who did what from where, its name, and the fields of its kind.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Event;
use crate::{
    caller::{Actor, Origin},
    ids::{AuditEventId, OrganizationId, ProjectId},
};

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Id, in the order of time.
    pub id: AuditEventId,
    /// Whose log it is in. Events before there is an organization have none, and are kept by the installation.
    pub organization: Option<OrganizationId>,
    /// The project it belongs to, where it does.
    pub project: Option<ProjectId>,
    /// Who did it, or wanted to.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// What.
    pub event: Event,
    /// When.
    pub created_at: Timestamp,
}

impl Event {
    /// The event's name on the wire and in the table.
    pub fn name(&self) -> String {
        self.parts().0
    }

    /// Its fields, as they are stored and sent.
    pub fn metadata(&self) -> serde_json::Value {
        self.parts().1
    }

    fn parts(&self) -> (String, serde_json::Value) {
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut fields: BTreeMap<String, serde_json::Value> = serde_json::from_value(value).unwrap_or_default();
        let name = fields.remove("type").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        (name, fields.remove("metadata").unwrap_or_default())
    }
}
