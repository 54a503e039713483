//! Which events of the audit log a screen may have to show something anew for.

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A lease was issued.
    LeaseIssued,
    /// One was asked for, and there is none.
    LeaseFailed,
    /// One is being ended, or what was made for it could not be removed yet.
    LeaseChanged,
    /// The time of one was up.
    LeaseExpired,
    /// Nothing of one is left to be done.
    LeaseEnded,
    /// Somebody asked for what others have to agree to.
    ApprovalAsked,
    /// Somebody agreed, refused or took it back, or its time ran out.
    ApprovalDecided,
    /// A dynamic secret was made, changed or removed.
    DynamicSecretChanged,
    /// A cluster connection was made, changed, tested, swept or removed.
    ConnectionChanged,
    /// A project was changed, or what is in it, or who.
    ProjectChanged,
    /// Issuing was stopped somewhere, or goes on.
    IssuingChanged,
}

use ChangeKind::{
    ApprovalAsked, ApprovalDecided, ConnectionChanged, DynamicSecretChanged, IssuingChanged, LeaseChanged, LeaseEnded,
    LeaseExpired, LeaseFailed, LeaseIssued, ProjectChanged,
};

/// The events by their kind in the audit log; what is not here changes nothing that a screen shows, or has a stream of its own.
const EVENTS: &[(&str, ChangeKind)] = &[
    ("create-dynamic-secret-lease", LeaseIssued),
    ("fail-dynamic-secret-lease", LeaseFailed),
    ("delete-dynamic-secret-lease", LeaseChanged),
    ("delay-dynamic-secret-lease-clean-up", LeaseChanged),
    ("expire-dynamic-secret-lease", LeaseExpired),
    ("clean-up-dynamic-secret-lease", LeaseEnded),
    ("forget-dynamic-secret-lease", LeaseEnded),
    ("create-approval-request", ApprovalAsked),
    ("approve-approval-request", ApprovalDecided),
    ("deny-approval-request", ApprovalDecided),
    ("cancel-approval-request", ApprovalDecided),
    ("give-back-approval-request", ApprovalDecided),
    ("expire-approval-request", ApprovalDecided),
    ("create-dynamic-secret", DynamicSecretChanged),
    ("update-dynamic-secret", DynamicSecretChanged),
    ("delete-dynamic-secret", DynamicSecretChanged),
    ("create-cluster-connection", ConnectionChanged),
    ("update-cluster-connection", ConnectionChanged),
    ("delete-cluster-connection", ConnectionChanged),
    ("test-cluster-connection", ConnectionChanged),
    ("renew-cluster-token", ConnectionChanged),
    ("fail-cluster-token-renewal", ConnectionChanged),
    ("sweep-cluster", ConnectionChanged),
    ("hold-cluster-sweep", ConnectionChanged),
    ("create-project", ProjectChanged),
    ("update-project", ProjectChanged),
    ("create-environment", ProjectChanged),
    ("update-environment", ProjectChanged),
    ("delete-environment", ProjectChanged),
    ("update-environment-policy", ProjectChanged),
    ("create-folder", ProjectChanged),
    ("update-folder", ProjectChanged),
    ("delete-folder", ProjectChanged),
    ("add-project-identity", ProjectChanged),
    ("update-project-identity", ProjectChanged),
    ("remove-project-identity", ProjectChanged),
    ("add-project-user", ProjectChanged),
    ("update-project-user", ProjectChanged),
    ("remove-project-user", ProjectChanged),
    ("add-project-group", ProjectChanged),
    ("update-project-group", ProjectChanged),
    ("remove-project-group", ProjectChanged),
    ("create-project-role", ProjectChanged),
    ("update-project-role", ProjectChanged),
    ("delete-project-role", ProjectChanged),
    ("stop-issuing", IssuingChanged),
    ("lift-stop", IssuingChanged),
];

impl ChangeKind {
    /// Its word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            LeaseIssued => "lease-issued",
            LeaseFailed => "lease-failed",
            LeaseChanged => "lease-changed",
            LeaseExpired => "lease-expired",
            LeaseEnded => "lease-ended",
            ApprovalAsked => "approval-asked",
            ApprovalDecided => "approval-decided",
            DynamicSecretChanged => "dynamic-secret-changed",
            ConnectionChanged => "connection-changed",
            ProjectChanged => "project-changed",
            IssuingChanged => "issuing-changed",
        }
    }

    /// What an event of this kind in the audit log changed, if anything that a screen shows.
    pub(super) fn of(event: &str) -> Option<Self> {
        EVENTS.iter().find(|(name, _)| *name == event).map(|(_, kind)| *kind)
    }

    /// The kinds of events in the audit log that change something.
    pub(super) fn events() -> Vec<String> {
        EVENTS.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_that_changes_something_is_one_of_the_audit_log() {
        let page = include_str!("../../../../docs/reference/audit-events.md");
        for (name, _) in EVENTS {
            assert!(page.contains(&format!("| `{name}` |")), "{name}");
        }
        assert_eq!(ChangeKind::of("access-denied"), None);
    }
}
