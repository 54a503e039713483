//! A private cluster: between it and the servers there is a proxy, and nothing else.

use std::{io::Write as _, net::SocketAddr};

use mayfly_api::leases::IssueLeaseRequest;
use mayfly_e2e::{ACCOUNT, Gateway, Installation, Mayfly, PROXY_PASSWORD, Scene, inputs, waiting::until};
use mayfly_testkit::{
    claims::jti,
    network::Capture,
    real_cluster::own_name,
    scan::{self, Scan},
};
use serde_json::json;

use super::{
    PATIENCE, dynamic_policy, in_state, make, policy,
    rooms::{PASSWORD, Rooms},
};

/// The rig with somebody in each room.
struct PrivateLab {
    rooms: Rooms,
    mayfly: Mayfly,
    scene: Scene,
    path: String,
    enrolment: String,
}

impl PrivateLab {
    async fn new() -> Self {
        let rooms = Rooms::new("private").await;
        let mayfly = Installation::sqlite().await.start_in(&rooms.rig.servers, &[]).await.unwrap();
        let scene = Scene::bootstrap(&mayfly).await.unwrap();
        let (path, enrolment) = make(&scene.client, "gw-private").await;
        Self { rooms, mayfly, scene, path, enrolment }
    }

    /// Nobody comes in: neither from the servers nor by a detour. At the edge somebody does, so the cluster is there.
    fn assert_private(&self) {
        let rig = &self.rooms.rig;
        if rig.is_apart() {
            let port = self.rooms.ground.side.url.rsplit_once(':').unwrap().1.parse().unwrap();
            let cluster = SocketAddr::from((rig.private.address(), port));
            assert!(rig.servers.connect(cluster).is_err() && rig.internet.connect(cluster).is_err());
            assert!(rig.servers.connect((rig.servers.address(), port).into()).is_err());
            rig.edge.connect(cluster).unwrap();
            // And nobody goes out but by the proxy.
            let server = self.mayfly.url_for_neighbours();
            let server: SocketAddr = server.trim_start_matches("http://").parse().unwrap();
            assert!(rig.private.connect(server).is_err());
            rig.edge.connect(server).unwrap();
        }
    }

    fn policy(&self) -> String {
        format!("{}{}forward: {{ enabled: true }}\n", policy(&self.rooms.ground), dynamic_policy(&self.rooms.ground))
    }

    fn gateway(&self) -> Gateway {
        let (policy, cluster) = (self.policy(), &self.rooms.cluster);
        self.rooms.place(Gateway::prepare(&self.mayfly, "pod-1", &self.enrolment, &policy, cluster).unwrap())
    }

    /// A token by the secret `name`, which the cluster takes for whom it should.
    async fn token(&self, name: &str) -> String {
        let request = IssueLeaseRequest { dynamic_secret_name: name.to_owned(), ..self.scene.lease_request() };
        let issued = self.scene.issue_as(&request).await.unwrap();
        let token = Scene::token(&issued).unwrap().to_owned();
        let who = self.rooms.ground.who_am_i(&token).await.unwrap().unwrap();
        let account = who.rsplit(':').next().unwrap();
        assert_eq!(account == ACCOUNT, name.starts_with("static"), "{name}: {who}");
        token
    }
}

#[tokio::test]
async fn real_private_cluster_is_reached_in_four_ways_and_nothing_secret_passes_its_edge() {
    let lab = PrivateLab::new().await;
    lab.assert_private();
    let capture =
        if lab.rooms.rig.is_apart() { Some(Capture::start(&lab.rooms.rig.edge).await.unwrap()) } else { None };
    let gateway = lab.gateway();
    refused_by_the_proxy(&gateway).await;
    let running = gateway.start().await.unwrap();
    let shown = in_state(&lab.scene.client, &lab.path, "healthy", PATIENCE).await;

    let own_account = inputs::by_gateway(&shown.id);
    let stored_token = json!({ "gatewayId": shown.id });
    let mut tokens = Vec::new();
    for (way, by) in [("own-account", own_account), ("stored-token", stored_token)] {
        for (kind, inputs) in [("static", by.clone()), ("dynamic", inputs::temporary(by.clone()))] {
            let name = format!("{kind}-{way}");
            lab.scene.create_secret_named(&name, &inputs, &lab.rooms.ground.side).await.unwrap();
            tokens.push((way, lab.token(&name).await));
        }
    }

    assert_unheard(&lab, &tokens, running.process_id());
    if let Some(capture) = capture {
        assert_unseen(&lab, &tokens, capture).await;
    }
    running.stop().await.unwrap();
    lab.mayfly.stop().await.unwrap();
}

/// With another password it comes no further than the proxy, and says so.
async fn refused_by_the_proxy(gateway: &Gateway) {
    let file = gateway.folder().join(PROXY_PASSWORD);
    std::fs::write(&file, "another-one").unwrap();
    let wrong = gateway.start().await.unwrap();
    let told = async || Ok(gateway.log()?.contains("the name or the password for it is wrong").then_some(()));
    until(PATIENCE, "the wrong password is named", told).await.unwrap();
    wrong.kill().await.unwrap();
    std::fs::write(&file, PASSWORD).unwrap();
}

/// The gateway's memory holds neither the stored token nor what it got by it. It does hold the token of its own account.
fn assert_unheard(lab: &PrivateLab, tokens: &[(&str, String)], gateway: i32) {
    let memory = scan::memory(gateway).unwrap();
    let mut own = Scan::new();
    own.look_for_token(&lab.rooms.cluster.token);
    assert!(!own.found_in(&memory).is_empty(), "its own token is in {} bytes of memory", memory.len());
    let mut scan = Scan::new();
    scan.look_for_token(&lab.rooms.ground.side.issuer_token);
    tokens.iter().filter(|(way, _)| *way == "stored-token").for_each(|(_, token)| scan.look_for_token(token));
    assert_eq!((scan.len(), scan.found_in(&memory)), (6, Vec::new()));
}

/// No packet at the edge holds a token, its number or where an account is, once one was planted.
async fn assert_unseen(lab: &PrivateLab, tokens: &[(&str, String)], capture: Capture) {
    let mut scan = Scan::new();
    for token in
        tokens.iter().map(|(_, token)| token).chain([&lab.rooms.ground.side.issuer_token, &lab.rooms.cluster.token])
    {
        scan.look_for_token(token);
        scan.look_for(&jti(token));
    }
    scan.look_for(&lab.rooms.ground.side.namespace);
    scan.look_for("system:serviceaccount");
    let planted = own_name("planted");
    let mut asker = lab.rooms.rig.private.connect(lab.rooms.proxy.address()).unwrap();
    asker.write_all(format!("CONNECT example.com:443 HTTP/1.1\r\nX-Planted: {planted}\r\n\r\n").as_bytes()).unwrap();
    let packets = capture.stop_after(&planted).await.unwrap();
    assert_eq!(scan.found_in(&packets), Vec::<&str>::new());
}
