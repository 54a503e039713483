//! The audit log: reading it, and keeping refusals of strangers from filling it.

mod list;
mod refusals;

pub use list::{AuditLogQuery, list};
pub use mayfly_store::audit_events::StoredEvent;
pub use refusals::{Refusals, Refused, flush_refusals, record_refusal};
