//! Somebody on the way ends the outer TLS and reads along: the tunnel is there all the same, and there is nothing to read in it.

use std::{io::Write as _, net::SocketAddr, sync::Arc};

use mayfly_e2e::{ACCOUNT, Gateway, Installation, Mayfly, Scene, inputs};
use mayfly_testkit::{
    certificates::TestAuthority,
    claims::jti,
    network::{Capture, TlsProxy},
    real_cluster::own_name,
    scan::Scan,
};
use serde_json::json;

use super::{PATIENCE, in_state, make, policy, rooms::Rooms};

/// In the request for the WebSocket, which whoever ends the outer TLS does read.
const LEGIBLE: [&str; 2] = ["/api/v1/gateway-tunnels", "tunnel.v1.mayfly.dev"];

struct World {
    rooms: Rooms,
    mayfly: Mayfly,
    scene: Scene,
    path: String,
    enrolment: String,
}

impl World {
    async fn new(name: &str) -> Self {
        let rooms = Rooms::new(name).await;
        let mayfly = Installation::sqlite().await.start_in(&rooms.rig.servers, &[]).await.unwrap();
        let scene = Scene::bootstrap(&mayfly).await.unwrap();
        let (path, enrolment) = make(&scene.client, "gw-private").await;
        Self { rooms, mayfly, scene, path, enrolment }
    }

    fn upstream(&self) -> SocketAddr {
        self.mayfly.url_for_neighbours().trim_start_matches("http://").parse().unwrap()
    }

    /// Beside the cluster, with one authority more to believe for the outer TLS.
    fn gateway(&self, believed: &TestAuthority, server: SocketAddr) -> Gateway {
        let policy = format!("{}forward: {{ enabled: true }}\n", policy(&self.rooms.ground));
        let gateway = Gateway::prepare(&self.mayfly, "pod-1", &self.enrolment, &policy, &self.rooms.cluster).unwrap();
        let file = gateway.folder().join("outer-ca.crt");
        std::fs::write(&file, believed.pem()).unwrap();
        let gateway = gateway.in_room(&self.rooms.rig.private).with_server(&format!("https://{server}"));
        gateway.with_arguments(&["--server-ca", file.to_str().unwrap()])
    }

    /// Has tokens made in both ways, and looks for them in what `proxy` read and in what passed the edge.
    async fn nothing_is_read(&self, gateway: Gateway, proxy: &TlsProxy) {
        let capture =
            if self.rooms.rig.is_apart() { Some(Capture::start(&self.rooms.rig.edge).await.unwrap()) } else { None };
        let running = gateway.start().await.unwrap();
        let shown = in_state(&self.scene.client, &self.path, "healthy", PATIENCE).await;
        let own_account = inputs::by_gateway(&shown.id);
        let mut tokens = vec![self.rooms.ground.side.issuer_token.clone(), self.rooms.cluster.token.clone()];
        for (name, inputs) in [("own-account", own_account), ("stored-token", json!({ "gatewayId": shown.id }))] {
            self.scene.create_secret_named(name, &inputs, &self.rooms.ground.side).await.unwrap();
            let request = mayfly_api::leases::IssueLeaseRequest {
                dynamic_secret_name: name.to_owned(),
                ..self.scene.lease_request()
            };
            let issued = self.scene.issue_as(&request).await.unwrap();
            let token = Scene::token(&issued).unwrap().to_owned();
            assert!(self.rooms.ground.who_am_i(&token).await.unwrap().is_some(), "{name}");
            tokens.push(token);
        }
        let mut scan = Scan::new();
        for token in &tokens {
            scan.look_for_token(token);
            scan.look_for(&jti(token));
        }
        for secret in [self.rooms.ground.side.namespace.as_str(), "system:serviceaccount", ACCOUNT] {
            scan.look_for(secret);
        }
        let mut legible = Scan::new();
        for text in LEGIBLE {
            legible.look_for(text);
        }
        let read = proxy.seen();
        let found = legible.found_in(&read);
        assert!(LEGIBLE.iter().all(|text| found.contains(text)), "{found:?} in {} bytes", read.len());
        assert_eq!(scan.found_in(&read), Vec::<&str>::new(), "in {} bytes that the proxy read", read.len());
        if let Some(capture) = capture {
            let planted = own_name("planted");
            let mut asker = self.rooms.rig.private.connect(proxy.address()).unwrap();
            // In one piece: it is no TLS, and whoever hears the first of it hangs up.
            asker.write_all(format!("GET /{planted} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
            let packets = capture.stop_after(&planted).await.unwrap();
            assert_eq!(scan.found_in(&packets), Vec::<&str>::new(), "in {} bytes of packets", packets.len());
        }
        running.stop().await.unwrap();
    }
}

#[tokio::test]
async fn real_gateway_works_behind_a_balancer_that_ends_tls_and_reads_nothing() {
    let world = World::new("tls-ends").await;
    let authority = TestAuthority::new("a balancer's");
    let balancer = TlsProxy::reverse(&world.rooms.rig.edge, &authority, world.upstream()).unwrap();
    let gateway = world.gateway(&authority, balancer.address());
    world.nothing_is_read(gateway, &balancer).await;
    world.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_gateway_works_behind_a_proxy_that_intercepts_tls_and_reads_nothing() {
    let world = World::new("tls-intercepted").await;
    let (true_one, companys) = (TestAuthority::new("a server's"), Arc::new(TestAuthority::new("a company's")));
    let server = TlsProxy::reverse(&world.rooms.rig.internet, &true_one, world.upstream()).unwrap();
    let proxy = TlsProxy::intercepting(&world.rooms.rig.edge, Arc::clone(&companys), true_one.certificate()).unwrap();
    let gateway = world.gateway(&companys, server.address());
    let gateway = gateway.with_arguments(&["--proxy", &format!("http://{}", proxy.address())]);
    world.nothing_is_read(gateway, &proxy).await;
    world.mayfly.stop().await.unwrap();
}
