//! A private cluster: between it and the servers there is a proxy, and nothing else.

use std::{io::Write as _, net::SocketAddr, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_api::leases::IssueLeaseRequest;
use mayfly_e2e::{ACCOUNT, Gateway, GatewayCluster, Installation, Mayfly, READER, RealGround, Scene, waiting::until};
use mayfly_testkit::{
    network::{Capture, CompanyProxy, Rig},
    real_cluster::{ClusterOptions, RealCluster, own_name},
    scan::{self, Scan},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PATIENCE, in_state, make};

const PASSWORD: &str = "opens-the-proxy";

/// The rig with somebody in each room.
struct PrivateLab {
    rig: Rig,
    proxy: CompanyProxy,
    ground: RealGround,
    /// As the gateway knows it.
    cluster: GatewayCluster,
    mayfly: Mayfly,
    scene: Scene,
    path: String,
    enrolment: String,
    _files: TempDir,
}

impl PrivateLab {
    async fn new() -> Self {
        let rig = Rig::make().unwrap();
        let files = tempfile::tempdir().unwrap();
        let options = ClusterOptions {
            name: "private".to_owned(),
            state_dir: files.path().join("cluster"),
            port: 0,
            signing_key: None,
        };
        let real = Arc::new(RealCluster::start_in(&rig.private, &options).await.unwrap());
        let ground = RealGround::prepare(real, "private").await.unwrap();
        ground.allow_dynamic().await.unwrap();
        let cluster = GatewayCluster {
            url: ground.side.url.clone(),
            authority: ground.side.authority.clone(),
            token: ground.token_of("issuer", 3_600).await.unwrap(),
        };
        let proxy = CompanyProxy::start(&rig.edge, "gw", PASSWORD).await.unwrap();
        let mayfly = Installation::sqlite().await.start_in(&rig.servers, &[]).await.unwrap();
        let scene = Scene::bootstrap(&mayfly).await.unwrap();
        let (path, enrolment) = make(&scene.client, "gw-private").await;
        Self { rig, proxy, ground, cluster, mayfly, scene, path, enrolment, _files: files }
    }

    /// Nobody comes in: neither from the servers nor by a detour. At the edge somebody does, so the cluster is there.
    fn assert_private(&self) {
        if self.rig.is_apart() {
            let port = self.ground.side.url.rsplit_once(':').unwrap().1.parse().unwrap();
            let cluster = SocketAddr::from((self.rig.private.address(), port));
            assert!(self.rig.servers.connect(cluster).is_err() && self.rig.internet.connect(cluster).is_err());
            assert!(self.rig.servers.connect((self.rig.servers.address(), port).into()).is_err());
            self.rig.edge.connect(cluster).unwrap();
            // And nobody goes out but by the proxy.
            let server = self.mayfly.url_for_neighbours();
            let server: SocketAddr = server.trim_start_matches("http://").parse().unwrap();
            assert!(self.rig.private.connect(server).is_err());
            self.rig.edge.connect(server).unwrap();
        }
    }

    fn policy(&self) -> String {
        let namespace = &self.ground.side.namespace;
        format!(
            "static:\n  accounts:\n    - {{ namespace: {namespace}, name: {ACCOUNT} }}\n\
             dynamic:\n  namespaces: [{namespace}]\n  roles: [{{ kind: Role, name: {READER} }}]\n\
             forward: {{ enabled: true }}\n"
        )
    }

    fn gateway(&self) -> Gateway {
        let gateway = Gateway::prepare(&self.mayfly, "pod-1", &self.enrolment, &self.policy(), &self.cluster).unwrap();
        let file = gateway.folder().join("proxy-password");
        std::fs::write(&file, PASSWORD).unwrap();
        let arguments = ["--proxy", &self.proxy.url_with("gw@"), "--proxy-password-file", file.to_str().unwrap()];
        gateway.in_room(&self.rig.private).with_arguments(&arguments)
    }

    /// A token by the secret `name`, which the cluster takes for whom it should.
    async fn token(&self, name: &str) -> String {
        let request = IssueLeaseRequest { dynamic_secret_name: name.to_owned(), ..self.scene.lease_request() };
        let issued = self.scene.issue_as(&request).await.unwrap();
        let token = Scene::token(&issued).unwrap().to_owned();
        let who = self.ground.who_am_i(&token).await.unwrap().unwrap();
        let account = who.rsplit(':').next().unwrap();
        assert_eq!(account == ACCOUNT, name.starts_with("static"), "{name}: {who}");
        token
    }
}

#[tokio::test]
async fn real_private_cluster_is_reached_in_four_ways_and_nothing_secret_passes_its_edge() {
    let lab = PrivateLab::new().await;
    lab.assert_private();
    let capture = if lab.rig.is_apart() { Some(Capture::start(&lab.rig.edge).await.unwrap()) } else { None };
    let gateway = lab.gateway();
    refused_by_the_proxy(&gateway).await;
    let running = gateway.start().await.unwrap();
    let shown = in_state(&lab.scene.client, &lab.path, "healthy", PATIENCE).await;

    let own_account = Scene::reached_by(&json!({ "authMethod": "gateway", "gatewayId": shown.id }));
    let stored_token = json!({ "gatewayId": shown.id });
    let temporary = json!({
        "credentialType": "dynamic", "roleType": "role", "role": READER, "serviceAccountName": null,
    });
    let mut tokens = Vec::new();
    for (way, by) in [("own-account", &own_account), ("stored-token", &stored_token)] {
        for (kind, what) in [("static", &json!({})), ("dynamic", &temporary)] {
            let (name, mut inputs) = (format!("{kind}-{way}"), by.clone());
            inputs.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
            lab.scene.create_secret_named(&name, &inputs, &lab.ground.side).await.unwrap();
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
    let file = gateway.folder().join("proxy-password");
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
    own.look_for_token(&lab.cluster.token);
    assert!(!own.found_in(&memory).is_empty(), "its own token is in {} bytes of memory", memory.len());
    let mut scan = Scan::new();
    scan.look_for_token(&lab.ground.side.issuer_token);
    tokens.iter().filter(|(way, _)| *way == "stored-token").for_each(|(_, token)| scan.look_for_token(token));
    assert_eq!((scan.len(), scan.found_in(&memory)), (6, Vec::new()));
}

/// No packet at the edge holds a token, its number or where an account is, once one was planted.
async fn assert_unseen(lab: &PrivateLab, tokens: &[(&str, String)], capture: Capture) {
    let mut scan = Scan::new();
    for token in tokens.iter().map(|(_, token)| token).chain([&lab.ground.side.issuer_token, &lab.cluster.token]) {
        scan.look_for_token(token);
        scan.look_for(&jti(token));
    }
    scan.look_for(&lab.ground.side.namespace);
    scan.look_for("system:serviceaccount");
    let planted = own_name("planted");
    let mut asker = lab.rig.private.connect(lab.proxy.address()).unwrap();
    write!(asker, "CONNECT example.com:443 HTTP/1.1\r\nX-Planted: {planted}\r\n\r\n").unwrap();
    let packets = capture.stop_after(&planted).await.unwrap();
    assert_eq!(scan.found_in(&packets), Vec::<&str>::new());
}

fn jti(token: &str) -> String {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}
