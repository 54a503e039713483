//! The real agent and the real server: how one comes, stays, goes and is kept away.

mod any_part;
mod audited;
mod authority;
mod by_account;
mod calls;
mod charted;
mod closing;
mod cut;
mod dark;
mod database_away;
mod doctor;
mod empty_root;
mod enrolled;
mod frozen;
mod holder_dies;
mod janitor;
mod ledger;
mod mid_call;
mod next_key;
mod outage;
mod pool;
mod private;
mod probed;
mod proxied;
mod read_along;
mod reference_peer;
mod rolling;
mod rooms;
mod rough;
mod soak;
mod two_hours;
mod two_servers;

use std::time::Duration;

use mayfly_api::{
    cluster_connections::ClusterConnectionBody,
    gateways::{
        Gateway as Shown, GatewayBody, GatewayDetails, GatewayPool, GatewayResources, ListedGateway,
        MadeGatewayEnrolment,
    },
    leases::{Lease, LeaseBody},
};
use mayfly_e2e::{
    ACCOUNT, Client, Gateway, GatewayCluster, Installation, Mayfly, READER, RealGround, Scene, inputs, waiting::until,
};
use mayfly_testkit::{ambient::ambient, counts, real_cluster::shared};
use serde_json::{Value, json};

/// A machine that builds beside it is slow; what is promised in seconds is shorter.
const PATIENCE: Duration = Duration::from_secs(30);

/// A page says within five seconds that a gateway is there, and one that was revoked is cut within two.
const PROMISED: Duration = Duration::from_secs(5);

/// A server of several. Which port others ask it at, it says itself.
const OF_SEVERAL: [(&str, &str); 1] = [("MAYFLY_PEERS_LISTEN", "127.0.0.1:0")];

/// What the gateway lets itself be asked: tokens of the one account that its own account may make tokens of.
fn policy(ground: &RealGround) -> String {
    format!("static:\n  accounts:\n    - {{ namespace: {}, name: {ACCOUNT} }}\n", ground.side.namespace)
}

async fn make(client: &Client, name: &str) -> (String, String) {
    let made: GatewayBody = client.post("/api/v1/gateways", &json!({ "name": name })).await.unwrap();
    assert_eq!(made.gateway.state, "never-connected");
    let path = format!("/api/v1/gateways/{}", made.gateway.id);
    let enrolment: MadeGatewayEnrolment = client.post(&format!("{path}/enrolments"), &json!({})).await.unwrap();
    (path, enrolment.enrolment_text)
}

async fn in_state(client: &Client, path: &str, state: &str, patience: Duration) -> Shown {
    let what = format!("the gateway is {state}");
    let found = until(patience, &what, async || {
        let details: GatewayDetails = client.get(path).await?;
        // What a gateway shows is stored a moment after its tunnel counts.
        let is_whole = state != "healthy" || details.gateway.policy.is_some();
        Ok((details.gateway.state == state && is_whole).then_some(details.gateway))
    });
    found.await.unwrap()
}

async fn ground(name: &str) -> (RealGround, GatewayCluster) {
    let ground = RealGround::prepare(shared().await.unwrap(), name).await.unwrap();
    let cluster = as_seen(&ground).await;
    (ground, cluster)
}

/// The cluster as a gateway in it knows it.
async fn as_seen(ground: &RealGround) -> GatewayCluster {
    GatewayCluster {
        url: ground.side.url.clone(),
        authority: ground.side.authority.clone(),
        token: ground.token_of("issuer", 3_600).await.unwrap(),
    }
}

/// Leases with accounts of their own, in a namespace of theirs with the one role.
fn dynamic_policy(ground: &RealGround) -> String {
    let namespace = &ground.side.namespace;
    format!("dynamic:\n  namespaces: [{namespace}]\n  roles: [{{ kind: Role, name: {READER} }}]\n")
}

/// A cluster, an installation, and a gateway of it that nothing has come as yet.
struct Lab {
    ground: RealGround,
    cluster: GatewayCluster,
    mayfly: Mayfly,
    scene: Scene,
    /// Of the gateway, below the server's address.
    path: String,
    enrolment: String,
}

impl Lab {
    async fn new(name: &str) -> Self {
        Self::with(name, &[]).await
    }

    /// With settings of the server.
    async fn with(name: &str, settings: &[(&str, &str)]) -> Self {
        let (ground, cluster) = ground(name).await;
        let mayfly = Installation::sqlite().await.start_with(settings).await.unwrap();
        let scene = Scene::bootstrap(&mayfly).await.unwrap();
        let (path, enrolment) = make(&scene.client, "gw-lab").await;
        Self { ground, cluster, mayfly, scene, path, enrolment }
    }
}

#[tokio::test]
async fn real_gateway_enrols_once_and_comes_again_whatever_dies() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-lives").await;
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    assert_eq!(shown.api_server.as_deref(), Some(cluster.url.as_str()));
    assert_eq!(shown.policy.unwrap()["static"]["accounts"][0]["name"], ACCOUNT);
    assert_eq!(shown.tunnels[0].instance, "pod-1");

    // Another process with the same enrolment is told why it may not, and goes no further.
    let second = Gateway::prepare(&mayfly, "pod-2", &enrolment, &policy(&ground), &cluster).unwrap();
    let _refused = second.start().await.unwrap();
    until(PATIENCE, "the second one is refused", async || Ok(second.log()?.contains("was used already").then_some(())))
        .await
        .unwrap();

    running.kill().await.unwrap();
    in_state(&scene.client, &path, "offline", PROMISED).await;
    let why = until(PATIENCE, "it is told why", async || {
        let details: GatewayDetails = scene.client.get(&path).await?;
        Ok(details.gateway.left_because)
    });
    assert!(!why.await.unwrap().is_empty());
    let before = gateway.opened().unwrap();
    let running = gateway.start().await.unwrap();
    until(PATIENCE, "it has a tunnel again", async || Ok((gateway.opened()? > before).then_some(()))).await.unwrap();
    in_state(&scene.client, &path, "healthy", PROMISED).await;
    running.stop().await.unwrap();
    in_state(&scene.client, &path, "offline", PROMISED).await;
    let log = gateway.log().unwrap();
    let (_, secret) = enrolment.split_at("mayfly_enrol_".len());
    assert!(log.contains("the tunnel is open") && !log.contains(secret), "{log}");
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_gateway_that_was_revoked_is_cut_and_does_not_come_back() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-revoked").await;
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let _running = gateway.start().await.unwrap();
    in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let revoked: GatewayBody = scene.client.post(&format!("{path}/revoke"), &json!({})).await.unwrap();
    assert_eq!(revoked.gateway.state, "revoked");
    let cut = until(Duration::from_secs(2), "its tunnel is cut", async || {
        let details: GatewayDetails = scene.client.get(&path).await?;
        Ok(details.gateway.tunnels.is_empty().then_some(()))
    });
    cut.await.unwrap();
    until(PATIENCE, "it is told why", async || {
        Ok(gateway.log()?.contains("does not let this gateway come").then_some(()))
    })
    .await
    .unwrap();
    let refused = scene.client.post::<MadeGatewayEnrolment>(&format!("{path}/enrolments"), &json!({})).await;
    assert!(refused.err().unwrap().to_string().contains("no_gateway_enrolment"));
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_token_comes_through_a_gateway_and_the_server_holds_no_credential() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-leases").await;
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let by_gateway = |account: &str| {
        Scene::reached_by(&json!({
            "authMethod": "gateway", "gatewayId": shown.id, "serviceAccountName": account
        }))
    };
    let made = scene.create_secret_with(&by_gateway(ACCOUNT), &ground.side).await.unwrap();
    let inputs = made.dynamic_secret.inputs.unwrap();
    assert_eq!((inputs.auth_method.as_str(), inputs.gateway_id.as_deref()), ("gateway", Some(shown.id.as_str())));
    assert_eq!((inputs.url, inputs.cluster_token), (None, None));
    let issued = scene.issue(None).await.unwrap();
    let who = ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap();
    assert_eq!(who, Some(format!("system:serviceaccount:{}:{ACCOUNT}", ground.side.namespace)));
    scene.end(&issued.lease.id).await.unwrap();

    // Whether tokens can be taken back is for its policy to say, too: its account may make Secrets by now.
    ground.allow_dynamic().await.unwrap();
    let unsaid = scene.create_secret_named("unsaid", &by_gateway(ACCOUNT), &ground.side).await.unwrap().dynamic_secret;
    assert_eq!(unsaid.revocable, Some(false));
    assert!(unsaid.revocable_reason.unwrap().contains("static.anchors"));
    let mut wished = by_gateway(ACCOUNT);
    wished["revocable"] = json!(true);
    let refused = scene.create_secret_named("wished", &wished, &ground.side).await.err().unwrap().to_string();
    assert!(refused.contains("static.anchors"), "{refused}");

    // Its own policy decides, not what its account may: that may make tokens of any account here by now.
    let refused = scene.create_secret_named("other", &by_gateway("issuer"), &ground.side).await.err().unwrap();
    assert!(refused.to_string().contains("static.accounts"), "{refused}");

    running.stop().await.unwrap();
    let away = scene.issue(None).await.err().unwrap().to_string();
    assert!(away.contains("offline"), "{away}");
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_token_comes_by_bytes_that_a_gateway_passes_on_where_its_policy_lets_it() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-bytes").await;
    // Its own account has no part in this: a token that the cluster refuses will do.
    let cluster = GatewayCluster { token: "none".to_owned(), ..cluster };
    let open = "operations: []\nforward: { enabled: true }\n";
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, open, &cluster).unwrap();
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let through = json!({ "gatewayId": shown.id });
    let made = scene.create_secret_with(&through, &ground.side).await.unwrap();
    let inputs = made.dynamic_secret.inputs.unwrap();
    assert_eq!((inputs.auth_method.as_str(), inputs.gateway_id.as_deref()), ("api", Some(shown.id.as_str())));
    let issued = scene.issue(None).await.unwrap();
    assert!(ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap().is_some());
    running.stop().await.unwrap();
    let away = scene.issue(None).await.err().unwrap().to_string();
    assert!(away.contains("offline"), "{away}");
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_connection_of_the_organization_changes_its_way_and_keeps_its_gateway() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-shared").await;
    let policy = format!("{}forward: {{ enabled: true }}\n", policy(&ground));
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy, &cluster).unwrap();
    let _running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let connections = "/api/v1/cluster-connections";
    let new = json!({"name": "lab", "authMethod": "gateway", "gatewayId": shown.id, "sharedWith": "all"});
    let excess = json!({"name": "lab", "authMethod": "gateway", "gatewayId": shown.id, "url": ground.side.url});
    let refused = scene.client.post::<Value>(connections, &excess).await.err().unwrap().to_string();
    assert!(refused.contains("the gateway has its own"), "{refused}");
    let made: ClusterConnectionBody = scene.client.post(connections, &new).await.unwrap();
    let lab = made.cluster_connection;
    assert_eq!((lab.auth_method.as_str(), lab.gateway_id.as_deref()), ("gateway", Some(shown.id.as_str())));
    let by_lab = Scene::reached_by(&json!({ "clusterConnectionId": lab.id, "serviceAccountName": ACCOUNT }));
    scene.create_secret_with(&by_lab, &ground.side).await.unwrap();
    let who = async || {
        let issued = scene.issue(None).await.unwrap();
        ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap()
    };
    let account = Some(format!("system:serviceaccount:{}:{ACCOUNT}", ground.side.namespace));
    assert_eq!(who().await, account);

    // What leads through it is named where it is to go, and counted.
    let kept = scene.client.delete::<Value>(&path, &json!({})).await.err().unwrap().to_string();
    assert!(kept.contains("gateway_in_use") && kept.contains("\"lab\""), "{kept}");
    let resources: GatewayResources =
        scene.client.get(&format!("/api/v2/gateways/{}/resources", shown.id)).await.unwrap();
    assert_eq!((resources.cluster_connections.len(), resources.dynamic_secrets.len()), (1, 1));
    let listed: Vec<ListedGateway> = scene.client.get("/api/v2/gateways").await.unwrap();
    assert_eq!(listed[0].connected_resources_count, 1);

    // From the gateway's account to a token of ours, over bytes that it passes on; then past it.
    let lab = format!("{connections}/{}", lab.id);
    let change = async |body: Value| scene.client.patch::<ClusterConnectionBody>(&lab, &body).await;
    let refused = change(json!({"authMethod": "api"})).await.err().unwrap().to_string();
    assert!(refused.contains("the gateway knew where its cluster is"), "{refused}");
    let token = ground.token_of("issuer", 3_600).await.unwrap();
    let api = json!({"authMethod": "api", "url": ground.side.url, "ca": ground.side.authority, "clusterToken": token});
    let forward = change(api).await.unwrap().cluster_connection;
    assert_eq!((forward.auth_method.as_str(), forward.gateway_id.as_deref()), ("api", Some(shown.id.as_str())));
    assert_eq!(who().await, account);
    let refused = change(json!({"gatewayId": ""})).await.err().unwrap().to_string();
    assert!(refused.contains("credential_needed"), "{refused}");
    let direct = change(json!({"gatewayId": "", "clusterToken": token})).await.unwrap().cluster_connection;
    assert_eq!((direct.auth_method.as_str(), direct.gateway_id), ("api", None));
    assert_eq!(who().await, account);
    let _: Value = scene.client.delete(&path, &json!({})).await.unwrap();
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_leases_wait_for_a_gateway_that_is_away_and_end_once_it_is_back() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-away").await;
    ground.allow_dynamic().await.unwrap();
    // More than the gateway lets itself be asked for in one go; in the long run, as much as it does by default.
    let waiting = counts::of(counts::LEASES_AWAY);
    let rate = if waiting > 50 { "" } else { "operationsPerSecond: 10\nburst: 10\n" };
    let policy = format!("{rate}{}", dynamic_policy(&ground));
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy, &cluster).unwrap();
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let by_gateway = inputs::temporary(inputs::by_gateway(&shown.id));
    scene.create_secret_with(&by_gateway, &ground.side).await.unwrap();
    let mut leases = Vec::new();
    for _ in 0..waiting {
        leases.push(scene.issue(None).await.unwrap().lease.id);
    }
    assert_eq!(ground.owned().await.unwrap().len(), 2 * waiting, "an account and a binding each");

    running.kill().await.unwrap();
    in_state(&scene.client, &path, "offline", PROMISED).await;
    for lease in &leases {
        let waits = scene.end(lease).await.unwrap().lease;
        assert_eq!(waits.state, "ending");
        assert!(waits.status_details.unwrap().contains("the gateway is offline"));
    }
    let read = async |id: &str| -> Lease {
        let path = format!("/api/v1/leases/{id}?projectSlug={}", scene.project_slug);
        scene.client.get::<LeaseBody>(&path).await.unwrap().lease
    };
    for lease in &leases {
        let found = read(lease).await;
        assert_eq!((found.state.as_str(), found.attempts), ("ending", Some(0)), "{:?}", found.status_details);
    }
    assert_eq!(ground.owned().await.unwrap().len(), 2 * waiting, "nothing is removed past the gateway");

    let begun = ambient().now();
    let _running = gateway.start().await.unwrap();
    until(Duration::from_mins(1), "everything is gone", async || Ok(ground.owned().await?.is_empty().then_some(())))
        .await
        .unwrap();
    println!(
        "{waiting} leases ended {:.1} s after the gateway was back",
        ambient().now().duration_since(begun).as_secs_f64()
    );
    for lease in &leases {
        let ended =
            until(PROMISED, "the lease has ended", async || Ok((read(lease).await.state == "ended").then_some(())));
        ended.await.unwrap();
    }
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_pool_leads_through_whichever_of_its_gateways_is_there() {
    let (ground, cluster) = ground("gateway-pool").await;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let pool: GatewayPool = scene.client.post("/api/v1/gateway-pools", &json!({"name": "lab"})).await.unwrap();
    let pool_path = format!("/api/v1/gateway-pools/{}", pool.id);
    let mut running = Vec::new();
    for name in ["gw-1", "gw-2"] {
        let (path, enrolment) = make(&scene.client, name).await;
        let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
        let process = gateway.start().await.unwrap();
        let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
        let member = json!({"gatewayId": shown.id});
        let _: GatewayPool = scene.client.post(&format!("{pool_path}/memberships"), &member).await.unwrap();
        running.push((gateway, process));
    }
    let by_pool = Scene::reached_by(&json!({ "authMethod": "gateway", "gatewayPoolId": pool.id }));
    let made = scene.create_secret_with(&by_pool, &ground.side).await.unwrap();
    let inputs = made.dynamic_secret.inputs.unwrap();
    assert_eq!((inputs.gateway_id, inputs.gateway_pool_id.as_deref()), (None, Some(pool.id.as_str())));
    let pool_now = async || scene.client.get::<GatewayPool>(&pool_path).await.unwrap();
    assert_eq!((pool_now().await.healthy_member_count, pool_now().await.connected_resources_count), (2, 1));

    // One dies without a word: whatever is asked from then on goes by the other.
    let (first, process) = running.remove(0);
    process.kill().await.unwrap();
    for _ in 0..8 {
        let issued = scene.issue(None).await.unwrap();
        assert!(ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap().is_some());
    }
    let one_left =
        until(PROMISED, "one is left", async || Ok((pool_now().await.healthy_member_count == 1).then_some(())));
    one_left.await.unwrap();
    let (_second, process) = running.remove(0);
    process.stop().await.unwrap();
    let away = scene.issue(None).await.err().unwrap().to_string();
    assert!(away.contains("gateway pool") && away.contains("offline"), "{away}");
    let _back = first.start().await.unwrap();
    until(PATIENCE, "it leads again", async || Ok(scene.issue(None).await.ok())).await.unwrap();
    let kept = scene.client.delete::<Value>(&pool_path, &json!({})).await.err().unwrap().to_string();
    assert!(kept.contains("gateway_in_use"), "{kept}");
    mayfly.stop().await.unwrap();
}
