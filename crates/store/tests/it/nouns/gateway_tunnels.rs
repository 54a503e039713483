//! Tunnels that servers hold: known to the others for as long as their server is.

use std::time::Duration;

use mayfly_domain::ids::{GatewayId, GatewayTunnelId, ReplicaId};
use mayfly_store::gateway_tunnels::{HeldTunnel, TunnelElsewhere};
use mayfly_testkit::both_databases;

use crate::support::World;

both_databases! {
    async fn what_a_server_holds_is_known_to_the_others_while_it_is_there(world: World) {
        let tunnels = world.store().gateway_tunnels();
        let gateway = world.stored_gateway("gw-lab").await;
        let [one, two] = [(); 2].map(|()| ReplicaId::generate(world.ambient()));
        let held = |replica| HeldTunnel {
            id: GatewayTunnelId::generate(world.ambient()),
            gateway: gateway.id,
            instance: "pod-1".parse().unwrap(),
            version: "1.2.3".to_owned(),
            replica,
        };
        let (of_one, of_two) = (held(one), held(two));
        tunnels.opened(&of_one, world.now()).await.unwrap();
        assert!(tunnels.of(one).await.unwrap().is_empty(), "a server that did not say that it is there");
        for (replica, address) in [(one, "10.0.0.1:8421"), (two, "10.0.0.9:8421"), (two, "10.0.0.2:8421")] {
            tunnels.here(replica, address, world.tick()).await.unwrap();
        }
        for tunnel in [&of_one, &of_two] {
            tunnels.opened(tunnel, world.tick()).await.unwrap();
        }
        // One that is noted already and one whose gateway is no more keep no other from being noted.
        let (also, orphan) = (held(two), HeldTunnel { gateway: GatewayId::generate(world.ambient()), ..held(two) });
        tunnels.correct(&[&of_two, &orphan, &also], &[], world.tick()).await.unwrap();
        assert_eq!(tunnels.of(two).await.unwrap(), [of_two.id, also.id]);
        tunnels.correct(&[], &[also.id], world.tick()).await.unwrap();
        let since = world.now() - Duration::from_secs(15);
        let there = |tunnel: &HeldTunnel, address: &str| TunnelElsewhere { tunnel: tunnel.clone(), address: address.to_owned() };
        assert_eq!(tunnels.elsewhere(one, since).await.unwrap(), [there(&of_two, "10.0.0.2:8421")]);
        assert_eq!(tunnels.elsewhere(two, since).await.unwrap(), [there(&of_one, "10.0.0.1:8421")]);
        assert_eq!(tunnels.servers(since).await.unwrap(), 2);
        assert_eq!(tunnels.of(one).await.unwrap(), [of_one.id]);

        // One falls silent: what it held counts no more, and it is forgotten later.
        world.after(Duration::from_secs(20));
        tunnels.here(one, "10.0.0.1:8421", world.now()).await.unwrap();
        let since = world.now() - Duration::from_secs(15);
        assert!(tunnels.elsewhere(one, since).await.unwrap().is_empty());
        assert_eq!(tunnels.servers(since).await.unwrap(), 1);
        tunnels.forget(since).await.unwrap();
        tunnels.here(two, "10.0.0.2:8421", world.now()).await.unwrap();
        assert!(tunnels.elsewhere(one, since).await.unwrap().is_empty(), "its tunnels went with it");

        assert!(tunnels.of(two).await.unwrap().is_empty());
        tunnels.closed(of_one.id).await.unwrap();
        assert!(tunnels.elsewhere(two, since).await.unwrap().is_empty());
        let again = held(one);
        tunnels.opened(&again, world.now()).await.unwrap();
        tunnels.leave(one).await.unwrap();
        assert_eq!((tunnels.elsewhere(two, since).await.unwrap().len(), tunnels.servers(since).await.unwrap()), (0, 1));
    }
}
