//! A release whose secrets somebody else put into the cluster: the one-time code, and the password of a proxy.

use std::fs;

use mayfly_e2e::{ACCOUNT, Pod, RIGHTS_PATIENCE, waiting::until};
use mayfly_testkit::connect_proxy::{ConnectProxy, ProxyManner};
use serde_json::{Value, json};

use super::{Installed, PATIENCE, Site, in_state, objects};
use crate::gateway::make;

/// What the objects and their account are called.
const RELEASE: &str = "gw-token";
const PASSWORD: &str = "opens-the-proxy";

pub(super) async fn are_read_by_the_agent(site: &Site) {
    let (path, enrolment) = make(&site.scene.client, RELEASE).await;
    let proxy = ConnectProxy::start(ProxyManner::Asking("gw".to_owned(), PASSWORD.to_owned())).await.unwrap();
    for (name, key, secret) in [("gw-enrolment", "enrolment", enrolment.as_str()), ("gw-proxy", "password", PASSWORD)] {
        let secret = json!({ "metadata": { "name": name }, "stringData": { key: secret } });
        site.ground.create(&format!("/api/v1/namespaces/{}/secrets", site.home), &secret).await.unwrap();
    }
    let gateway = path.rsplit_once('/').unwrap().1;
    let values = values(site, gateway, &proxy);
    let file = site.folder.path().join("values-of-secrets.yaml");
    fs::write(&file, values.to_string()).unwrap();
    let manifest = site.kept("secrets.yaml", &mut site.manifest_of(RELEASE, &file).await);
    let _installed = Installed::from(site, &manifest);
    site.kubectl(&["apply", "--validate=strict"], &manifest);

    let pod = Pod::prepare(&site.ground, &objects(&manifest), "0b8f7b2e-3a55-4c0e-9d55-2a6f6a1d7e02").await.unwrap();
    // The doctor goes the same way with the same secrets, and uses up no code.
    until(RIGHTS_PATIENCE, "the doctor finds nothing wrong", async || {
        let (code, _) = pod.doctor().await?;
        Ok((code == Some(0)).then_some(()))
    })
    .await
    .unwrap();
    let running = pod.start().await.unwrap();
    in_state(&site.scene.client, &path, "healthy", PATIENCE).await;
    let server = site.mayfly.url().rsplit_once('/').unwrap().1.to_owned();
    assert!(!proxy.asked().is_empty() && proxy.asked().iter().all(|asked| *asked == server), "{:?}", proxy.asked());
    let (lease, who) = site.issue_through(gateway, "by-secrets", json!({})).await;
    assert_eq!(who, format!("system:serviceaccount:{}:{ACCOUNT}", site.ground.side.namespace));
    site.scene.end(&lease).await.unwrap();
    running.stop().await.unwrap();
    let log = pod.log().unwrap();
    assert!(!log.contains(PASSWORD) && !log.contains(&enrolment) && !log.contains("ERROR"), "{log}");
}

fn values(site: &Site, gateway: &str, proxy: &ConnectProxy) -> Value {
    json!({
        "gateway": { "id": gateway },
        "enrolment": { "method": "token", "existingSecret": "gw-enrolment" },
        "server": { "url": site.mayfly.url() },
        "proxy": { "url": proxy.url_with("gw@"), "existingSecret": "gw-proxy" },
        "policy": { "static": { "accounts": [{ "namespace": site.ground.side.namespace, "name": ACCOUNT }] } },
        "replicas": 1,
    })
}
