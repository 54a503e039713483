//! What narrows a reading of the audit log.

use clap::Args;
use mayfly_api::{audit_events::LoggedEvent, audit_logs::AuditActor};

/// Which events.
#[derive(Debug, Args)]
pub(super) struct Narrow {
    /// Of the project with this id; else of the whole organization
    #[arg(long, value_name = "ID")]
    project_id: Option<String>,
    /// Of these kinds, with commas between them
    #[arg(long, value_name = "KIND,…")]
    kind: Option<String>,
    /// `success`, `failure` or `denied`
    #[arg(long, value_name = "WORD")]
    outcome: Option<String>,
    /// By the identity or person with this id
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// About this lease
    #[arg(long, value_name = "ID")]
    lease: Option<String>,
    /// About the lease whose token has this `jti`
    #[arg(long, value_name = "JTI")]
    jti: Option<String>,
    /// About this cluster connection, and the leases that it issued
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// About the dynamic secret with this id, its leases and wishes for one
    #[arg(long, value_name = "ID")]
    dynamic_secret: Option<String>,
    /// About the gateway with this id
    #[arg(long, value_name = "ID")]
    gateway: Option<String>,
    /// With this text in who did it, what, or why
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
}

/// From when to when.
#[derive(Debug, Args)]
pub(super) struct Span {
    /// Not before, such as `2026-11-01T00:00:00Z`
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Not after
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

impl Narrow {
    /// As parameters of a query.
    pub(super) fn query<'a>(&'a self, span: Option<&'a Span>) -> Vec<(&'static str, &'a str)> {
        let given = [
            ("projectId", &self.project_id),
            ("kind", &self.kind),
            ("outcome", &self.outcome),
            ("actor", &self.actor),
            ("leaseId", &self.lease),
            ("jti", &self.jti),
            ("connectionId", &self.connection),
            ("dynamicSecretId", &self.dynamic_secret),
            ("gatewayId", &self.gateway),
            ("q", &self.text),
        ];
        let times = span.into_iter().flat_map(|span| [("from", &span.from), ("to", &span.to)]);
        given.into_iter().chain(times).filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }
}

/// What an actor is called.
pub(super) fn name_of(actor: &AuditActor) -> String {
    let named = |name: &str| actor.metadata.get(name).and_then(|value| value.as_str());
    named("name").or_else(|| named("email")).unwrap_or(&actor.kind).to_owned()
}

/// The headings of [`row`].
pub(super) const HEADINGS: [&str; 6] = ["WHEN", "KIND", "OUTCOME", "WHO", "FROM", "LEASE"];

/// An event as a line for people.
pub(super) fn row(event: &LoggedEvent) -> Vec<String> {
    vec![
        event.created_at.clone(),
        event.kind.clone(),
        event.outcome.clone(),
        name_of(&event.actor),
        event.ip_address.clone().unwrap_or_default(),
        event.lease_id.clone().unwrap_or_default(),
    ]
}
