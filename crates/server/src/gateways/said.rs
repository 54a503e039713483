//! What both ends of a tunnel say of themselves in this crate's own tests.

use mayfly_domain::{
    clock::Ambient,
    gateway_policy::GatewayPolicy,
    ids::{GatewayId, InstallationId, ReplicaId},
};
use mayfly_tunnel::record::{Epoch, Hello, Welcome};

/// A server, of so many.
pub(crate) fn hello(ambient: &Ambient, installation: InstallationId, replicas: u32) -> Hello {
    Hello {
        installation,
        replica: ReplicaId::generate(ambient),
        replicas,
        version: "1.2.3".to_owned(),
        features: Vec::new(),
        clock: ambient.now(),
        seal_keys: Vec::new(),
    }
}

/// A process of `gateway`.
pub(crate) fn welcome(ambient: &Ambient, gateway: GatewayId, instance: &str, epoch: Epoch) -> Welcome {
    Welcome {
        gateway,
        instance: instance.parse().unwrap(),
        epoch,
        version: "1.2.3".to_owned(),
        features: Vec::new(),
        policy: GatewayPolicy::default(),
        policy_digest: String::new(),
        api_server: None,
        clock: ambient.now(),
    }
}
