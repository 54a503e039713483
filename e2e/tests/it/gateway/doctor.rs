//! The doctor in set-ups that are broken in one place each: it names that place, before and after enrolment.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_api::gateways::{GatewayBody, GatewayDetails};
use mayfly_e2e::{Gateway, GatewayCluster, Mayfly, RealGround};
use mayfly_testkit::{
    certificates::TestAuthority,
    connect_proxy::{ConnectProxy, ProxyManner},
};
use serde_json::{Value, json};

use super::{Lab, PATIENCE, in_state, policy};

/// What all set-ups have in common before one thing is broken.
struct Ward {
    ground: RealGround,
    cluster: GatewayCluster,
    mayfly: Mayfly,
    enrolment: String,
    asking: ConnectProxy,
    intercepting: ConnectProxy,
    authority: TestAuthority,
}

impl Ward {
    fn gateway(&self) -> Gateway {
        let policy = policy(&self.ground);
        Gateway::prepare(&self.mayfly, "pod-1", &self.enrolment, &policy, &self.cluster).unwrap()
    }

    /// The authority in a file, which vouches for nobody here.
    fn authority_beside(&self, gateway: &Gateway) -> String {
        let file = gateway.folder().join("other-ca.crt");
        std::fs::write(&file, self.authority.pem()).unwrap();
        file.to_str().unwrap().to_owned()
    }
}

/// A broken set-up: what is broken, how, the leg that has to be named, and what has to be said of it.
type Case = (&'static str, fn(&Ward) -> Gateway, &'static str, &'static str);

const CASES: [Case; 12] = [
    ("a policy that is none", |ward| write(ward.gateway(), "policy.yaml", "static: 5"), "policy", "policy.yaml"),
    ("no enrolment", |ward| remove(ward.gateway(), "enrolment"), "enrolment", "--enrolment-file"),
    ("a name that nobody has", |ward| ward.gateway().with_server("http://no-such-host.invalid:8420"), "dns", ""),
    ("a port where nobody is", |ward| ward.gateway().with_server("http://127.0.0.1:1"), "tcp", "refused"),
    ("a proxy's certificate that is not believed", unbelieved_proxy, "proxy-tls", "127.0.0.1"),
    ("a proxy that asks for a name", |ward| through(ward.gateway(), &ward.asking.url()), "proxy", "407"),
    ("somebody who reads along", intercepted, "outer-tls", "CN=reads along"),
    ("something else at the address", |ward| ward.gateway().with_server(&ward.asking.url()), "upgrade", "405"),
    (
        "another installation",
        |ward| write(ward.gateway(), "enrolment", &other_pin(&ward.enrolment)),
        "inner-tls",
        "authority",
    ),
    ("no token", |ward| remove(ward.gateway(), "token"), "token-file", "token"),
    ("an API server that is away", |ward| ward.gateway().with_cluster("https://127.0.0.1:1"), "api-server", "refused"),
    ("an account that may too little", too_few_rights, "rights", "`create` on `serviceaccounts` in namespace"),
];

fn write(gateway: Gateway, name: &str, text: &str) -> Gateway {
    std::fs::write(gateway.folder().join(name), text).unwrap();
    gateway
}

fn remove(gateway: Gateway, name: &str) -> Gateway {
    std::fs::remove_file(gateway.folder().join(name)).unwrap();
    gateway
}

fn through(gateway: Gateway, proxy: &str) -> Gateway {
    gateway.with_arguments(&["--proxy", proxy])
}

fn unbelieved_proxy(ward: &Ward) -> Gateway {
    let gateway = ward.gateway();
    let authority = ward.authority_beside(&gateway);
    through(gateway, &ward.intercepting.url()).with_arguments(&["--proxy-ca", &authority])
}

fn intercepted(ward: &Ward) -> Gateway {
    let gateway = ward.gateway().with_server(&ward.intercepting.url());
    let authority = ward.authority_beside(&gateway);
    gateway.with_arguments(&["--server-ca", &authority])
}

fn too_few_rights(ward: &Ward) -> Gateway {
    let policy = format!("dynamic: {{ namespaces: [{}] }}\n", ward.ground.side.namespace);
    write(ward.gateway(), "policy.yaml", &policy)
}

/// The same enrolment with the authority of nobody.
fn other_pin(enrolment: &str) -> String {
    let encoded = enrolment.strip_prefix("mayfly_enrol_").unwrap();
    let mut text: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap();
    text["authority"] = json!(format!("sha256:{}", "0".repeat(64)));
    format!("mayfly_enrol_{}", URL_SAFE_NO_PAD.encode(text.to_string()))
}

/// The process's code, and the legs that failed with what is said of them.
async fn seen(gateway: &Gateway) -> (Option<i32>, Vec<(String, String)>) {
    let (code, said) = gateway.doctor().await.unwrap();
    let report: Value = serde_json::from_str(&said).unwrap_or_else(|_| unreachable!("{said}"));
    let checks = report["checks"].as_array().unwrap();
    let text = |check: &Value, name: &str| check[name].as_str().unwrap().to_owned();
    let failed: Vec<_> = checks.iter().filter(|check| check["verdict"] == "failed").collect();
    assert_eq!(report["healthy"], json!(failed.is_empty()), "{said}");
    (code, failed.into_iter().map(|check| (text(check, "check"), text(check, "text"))).collect())
}

#[tokio::test]
async fn real_doctor_names_the_broken_leg_in_each_of_twelve_setups() {
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = Lab::new("gateway-doctor").await;
    let reads_along = TestAuthority::new("reads along").sign_for(&["127.0.0.1"]);
    let ward = Ward {
        ground,
        cluster,
        mayfly,
        enrolment,
        asking: ConnectProxy::start(ProxyManner::Asking("gw".to_owned(), "a-password".to_owned())).await.unwrap(),
        intercepting: ConnectProxy::secure(ProxyManner::Open, &reads_along).await.unwrap(),
        authority: TestAuthority::new("other"),
    };
    // The control: nothing is broken.
    assert_eq!(seen(&ward.gateway()).await, (Some(0), Vec::new()));
    for (what, breaking, leg, says) in CASES {
        let (code, failed) = seen(&breaking(&ward)).await;
        let (first, text) = failed.first().unwrap_or_else(|| unreachable!("{what}: nothing failed"));
        assert!(first == leg && text.contains(says), "{what}: {failed:?}");
        assert!(code.is_some_and(|code| (10..24).contains(&code)), "{what}: {code:?}");
    }
    // None of that cost the token, and whoever is there is left alone.
    let details: GatewayDetails = scene.client.get(&path).await.unwrap();
    assert_eq!((details.enrolments.len(), details.instances.len()), (1, 0));
    let gateway = ward.gateway();
    let running = gateway.start().await.unwrap();
    in_state(&scene.client, &path, "healthy", PATIENCE).await;
    assert_eq!(seen(&gateway).await, (Some(0), Vec::new()));
    let details: GatewayDetails = scene.client.get(&path).await.unwrap();
    assert_eq!((details.gateway.state.as_str(), details.gateway.tunnels.len()), ("healthy", 1));
    assert_eq!(gateway.opened().unwrap(), 1);

    let revoked: GatewayBody = scene.client.post(&format!("{path}/revoke"), &json!({})).await.unwrap();
    assert_eq!(revoked.gateway.state, "revoked");
    let (code, failed) = seen(&gateway).await;
    assert!(failed[0].0 == "hello" && failed[0].1.contains("revoked"), "{failed:?}");
    assert_eq!(code, Some(19));
    running.stop().await.unwrap();
    ward.mayfly.stop().await.unwrap();
}
