//! What the audit log tells.
//!
//! Each kind of event has its own fields, and only those: nothing is dumped into the log, so nothing secret can slip
//! in. The names are those existing clients know, where they know one. Kinds stand in a file for each room.

mod access;
mod approvals;
mod clusters;
mod dynamic_secrets;
mod facts;
mod gateways;
mod installation;
mod leases;
mod machines;
mod outcome;
mod people;
mod places;
mod sso;
#[cfg(test)]
mod tests;
mod wire;

use serde::{Deserialize, Serialize};

pub use access::AccessEvent;
pub use approvals::ApprovalEvent;
pub use clusters::ClusterEvent;
pub use dynamic_secrets::DynamicSecretEvent;
pub use facts::{LeaseFacts, SecondFactorUse, SecretFacts};
pub use gateways::GatewayEvent;
pub use installation::InstallationEvent;
pub use leases::LeaseEvent;
pub use machines::MachineEvent;
pub use outcome::EventOutcome;
pub use people::PersonEvent;
pub use places::PlaceEvent;
pub use sso::SsoEvent;
pub use wire::AuditEvent;

/// Makes [`Event`] of its rooms, and each room's events into one.
macro_rules! rooms {
    ($($room:ident($events:ident)),+ $(,)?) => {
        /// What happened.
        #[expect(missing_docs, reason = "each room says what it tells of")]
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(untagged)]
        pub enum Event {
            $($room($events),)+
        }

        $(impl From<$events> for Event {
            fn from(event: $events) -> Self {
                Self::$room(event)
            }
        })+
    };
}

rooms! {
    Installation(InstallationEvent),
    Person(PersonEvent),
    Sso(SsoEvent),
    Machine(MachineEvent),
    Access(AccessEvent),
    Place(PlaceEvent),
    DynamicSecret(DynamicSecretEvent),
    Lease(LeaseEvent),
    Cluster(ClusterEvent),
    Approval(ApprovalEvent),
    Gateway(GatewayEvent),
}
