//! Policies of environments, and requests that wait for another person's word.

use mayfly_domain::{
    approval::{ApprovalRequest, ApprovalState, ApprovalWish, LeaseWish, StoredPlace, Vote},
    caller::Actor,
    dynamic_secret::DynamicSecret,
    identity::User,
    ids::{ApprovalRequestId, EnvironmentId},
    policy::{ApprovalRule, EnvironmentPolicy, PolicyRules},
};
use mayfly_store::approvals::Effect;

use super::{World, later, origin};

/// More than any test asks for.
pub(crate) const MOST_WAITING: i64 = 50;

/// What everybody asks for in the tests: one other person.
pub(crate) fn rules() -> PolicyRules {
    let valid_for = "1h".parse().expect("a lifetime");
    PolicyRules {
        requires_reason: true,
        max_ttl: Some("2h".parse().expect("a lifetime")),
        requires_revocable: false,
        approval: Some(ApprovalRule { approvals: 1, valid_for }),
    }
}

impl World {
    /// A policy of `dev` that is not stored.
    pub(crate) fn policy(&self, version: i64) -> EnvironmentPolicy {
        let environment = self.dev();
        EnvironmentPolicy { environment, version, rules: rules(), updated_at: Some(self.tick()) }
    }

    /// `dev`.
    pub(crate) fn dev(&self) -> EnvironmentId {
        self.project.environments[0].id
    }

    /// A request of the first identity for a lease of `secret`, told from others by `digest`, that is not stored.
    pub(crate) fn approval_request(&self, secret: &DynamicSecret, digest: &str) -> ApprovalRequest {
        let created_at = self.tick();
        let ttl = "1h".parse().expect("a lifetime");
        let wish = LeaseWish {
            dynamic_secret: secret.id,
            name: secret.name.clone(),
            version: secret.version,
            connection: secret.connection.id,
            connection_version: secret.connection.version,
            place: StoredPlace::from(&secret.place),
            ttl: Some(ttl),
            ttl_seconds: 3_600,
            namespace: None,
        };
        ApprovalRequest {
            id: ApprovalRequestId::generate(self.ambient()),
            organization: self.organization.id,
            project: Some(self.project.id),
            wish: ApprovalWish::IssueLease(Box::new(wish)),
            digest: digest.to_owned(),
            requester: self.actor(),
            origin: origin(),
            reason: Some("an incident, öde \"quotes\"".to_owned()),
            approvals: 1,
            votes: Vec::new(),
            state: ApprovalState::Pending,
            created_at,
            expires_at: later(created_at, World::LIFE),
            updated_at: created_at,
        }
    }

    pub(crate) async fn stored_request(&self, secret: &DynamicSecret, digest: &str) -> ApprovalRequest {
        let request = self.approval_request(secret, digest);
        let event = self.event("ask");
        let approvals = self.store().approvals();
        self.leaves(&event, approvals.create(&request, MOST_WAITING, &event)).await;
        request
    }

    /// What `request` becomes when `user` agrees to it, not stored.
    pub(crate) fn agreed(&self, request: &ApprovalRequest, user: &User) -> ApprovalRequest {
        let at = self.tick();
        let vote = Vote { user_id: user.id, email: user.email.clone(), comment: Some("yes".to_owned()), at };
        let state = ApprovalState::Approved { until: later(at, World::LIFE) };
        ApprovalRequest { votes: vec![vote], state, updated_at: at, ..request.clone() }
    }

    /// A request that somebody agreed to.
    pub(crate) async fn approved_request(&self, secret: &DynamicSecret, digest: &str) -> ApprovalRequest {
        let request = self.stored_request(secret, digest).await;
        let approved = self.agreed(&request, &self.user);
        let event = self.event("approve");
        let decided = self.store().approvals().decide(&approved, request.updated_at, &Effect::None, &[event]).await;
        decided.expect("somebody agrees");
        approved
    }

    /// A row in every table of policies, requests and keepers.
    pub(crate) async fn fill_approvals(&self, secret: &DynamicSecret) {
        let policy = self.policy(1);
        self.store().policies().put(&policy, &self.event("policy")).await.expect("a policy");
        self.stored_request(secret, "waits").await;
        self.approved_request(secret, "approved").await;
    }

    /// The first administrator, as the audit log names them.
    pub(crate) fn person_actor(&self) -> Actor {
        Actor::User { user_id: self.user.id, email: self.user.email.clone() }
    }
}
