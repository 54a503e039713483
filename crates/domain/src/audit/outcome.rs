//! How events of each kind came out.

/// How what an event tells of came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventOutcome {
    /// It was done.
    Success,
    /// It was tried, and did not work.
    Failure,
    /// It was refused.
    Denied,
}

impl EventOutcome {
    /// Kinds of events that tell of a refusal.
    pub const DENIED: [&'static str; 10] = [
        "access-denied",
        "anonymous-access-denied",
        "deny-approval-request",
        "lock-gateway",
        "lock-identity-universal-auth",
        "refuse-dynamic-secret-lease-renewal",
        "refuse-gateway-enrolment",
        "refuse-gateway-keys",
        "refuse-user-sso",
        "suspect-passkey",
    ];

    /// Kinds of events that tell of something that did not work.
    pub const FAILED: [&'static str; 4] = [
        "delay-dynamic-secret-lease-clean-up",
        "fail-cluster-token-renewal",
        "fail-dynamic-secret-lease",
        "hold-cluster-sweep",
    ];

    /// That of events of a kind, by its name; what is not known tells of something that was done.
    pub fn of(kind: &str) -> Self {
        if Self::DENIED.contains(&kind) {
            Self::Denied
        } else if Self::FAILED.contains(&kind) {
            Self::Failure
        } else {
            Self::Success
        }
    }

    /// Its word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Denied => "denied",
        }
    }
}

impl std::str::FromStr for EventOutcome {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::Success, Self::Failure, Self::Denied].into_iter().find(|known| known.as_str() == text);
        known.ok_or("must be `success`, `failure` or `denied`")
    }
}
