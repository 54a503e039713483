//! The audit log: reading it, and keeping refusals of strangers from filling it.

pub mod chain;
mod events;
mod list;
mod refusals;
pub mod streams;

pub(crate) use events::LATE;
pub use events::{EventPage, EventQuery, Facets, export_page, facets, one, page, since};
pub use list::{AuditLogQuery, list, list_of_project};
pub use mayfly_store::audit_events::StoredEvent;
pub use refusals::{Refusals, Refused, flush_refusals, record_refusal};
