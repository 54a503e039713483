//! Leases in the states in which tests need them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    caller::Actor,
    connection::ClusterIdentity,
    dynamic_secret::{Credential, DynamicSecret},
    ids::LeaseId,
    lease::{Lease, LeaseSource, LeaseState, pinned},
    plan::{Account, Grant, LeasePlan, OwnedObject},
    ttl::EndsWhen,
};
use mayfly_store::leases::reserving::Conditions;

use super::{World, origin};

/// A lease that has its token, and what it was granted.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    /// The active lease.
    pub(crate) lease: Lease,
    pub(crate) grant: Grant,
}

impl World {
    /// How long a lease of this suite lives.
    pub(crate) const LIFE: Duration = Duration::from_mins(30);

    /// How long its token does.
    pub(crate) const TOKEN_LIFE: Duration = Duration::from_mins(40);

    /// A reservation by the first identity that is not stored.
    pub(crate) fn lease(&self, secret: &DynamicSecret) -> Lease {
        let created_at = self.tick();
        let id = LeaseId::generate(self.ambient());
        Lease {
            id,
            source: LeaseSource {
                place: secret.place.clone(),
                dynamic_secret: secret.id,
                name: secret.name.clone(),
                version: secret.version,
                connection: secret.connection.id,
                connection_version: secret.connection.version,
            },
            plan: LeasePlan {
                audiences: secret.audiences.clone(),
                ..LeasePlan::new(id, account(secret), Self::TOKEN_LIFE.as_secs())
            },
            config: Some(serde_json::json!({ "namespace": "payments" })),
            holder: self.actor(),
            origin: origin(),
            reason: Some("deploying \"it\"".to_owned()),
            ends_when: EndsWhen::Expired,
            expire_at: later(created_at, Self::LIFE),
            state: LeaseState::Reserved { deadline: later(created_at, Duration::from_secs(13)) },
            created_at,
            updated_at: created_at,
        }
    }

    pub(crate) async fn reserve(&self, lease: &Lease) {
        let LeaseState::Reserved { deadline } = lease.state else { panic!("{:?} is no reservation", lease.state) };
        self.store().leases().reserve(lease, deadline, &Conditions::default()).await.expect("a lease is reserved");
    }

    pub(crate) async fn reserved(&self, secret: &DynamicSecret) -> Lease {
        let lease = self.lease(secret);
        self.reserve(&lease).await;
        lease
    }

    /// What a cluster might grant `reserved`.
    pub(crate) fn granted(&self, reserved: &Lease) -> Granted {
        let updated_at = self.tick();
        let grant = Grant {
            token_expires_at: later(reserved.created_at, Self::TOKEN_LIFE),
            jti: Some(format!("jti-of-{}", reserved.id)),
            account_uid: "5f0c3a9e-8f54-4f5c-9d6f-0a1b2c3d4e5f".to_owned(),
            cluster: ClusterIdentity::KubeSystem("7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned()),
            objects: vec![OwnedObject {
                kind: "ServiceAccount".to_owned(),
                namespace: Some("payments".parse().expect("a namespace")),
                name: "deployer".to_owned(),
                uid: None,
            }],
            rules_sha256: None,
        };
        let lease = Lease {
            plan: pinned(reserved.plan.clone(), &grant.cluster),
            state: LeaseState::Active { grant: grant.clone() },
            updated_at,
            ..reserved.clone()
        };
        Granted { lease, grant }
    }

    pub(crate) async fn activate(&self, reserved: &Lease) -> Granted {
        let Granted { lease, grant } = self.granted(reserved);
        let event = self.event("create-lease");
        self.store().leases().activate(&lease, &grant, &event).await.expect("a lease is activated");
        Granted { lease: Lease { updated_at: event.created_at, ..lease }, grant }
    }

    pub(crate) async fn active(&self, secret: &DynamicSecret) -> Granted {
        self.activate(&self.reserved(secret).await).await
    }

    /// An active lease that `holder` holds.
    pub(crate) async fn active_of(&self, secret: &DynamicSecret, holder: Actor) -> Granted {
        let lease = Lease { holder, ..self.lease(secret) };
        self.reserve(&lease).await;
        self.activate(&lease).await
    }

    pub(crate) async fn close(&self, granted: &Granted) -> Lease {
        let event = self.event("close-lease");
        self.store().leases().close(granted.lease.id, &event).await.expect("a lease is closed");
        let closed_at = event.created_at;
        let state = LeaseState::Closed { grant: granted.grant.clone(), closed_at };
        Lease { state, updated_at: closed_at, ..granted.lease.clone() }
    }

    /// The lease as it is stored.
    pub(crate) async fn read_lease(&self, id: LeaseId) -> Lease {
        self.store().leases().get(self.project.id, id).await.expect("leases are read").expect("the lease is there")
    }
}

pub(crate) fn later(time: Timestamp, duration: Duration) -> Timestamp {
    time + SignedDuration::try_from(duration).expect("a short time")
}

/// The account that a lease of `secret` is for.
fn account(secret: &DynamicSecret) -> Account {
    match &secret.credential {
        Credential::Static { namespace, service_account_name, .. } => {
            Account::Existing { namespace: namespace.clone(), name: service_account_name.clone() }
        }
        Credential::Dynamic { namespaces, access, .. } => Account::Temporary {
            namespace: namespaces[0].clone(),
            name: "temporary".parse().expect("a name"),
            access: access.clone(),
        },
    }
}
