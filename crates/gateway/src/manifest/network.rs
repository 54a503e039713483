//! Where pods may go, who may come, and who is told where their numbers are.

use serde_json::{Value, json};

use super::{
    Release, extend, insert,
    values::{Endpoint, Values},
};

/// Nothing comes in but whoever reads numbers; out go questions for names, and bytes to the server and the API server.
pub(super) fn policy(values: &Values, release: &Release) -> Option<Value> {
    let said = &values.network_policy;
    let port = |protocol: &str, port: u16| json!({ "protocol": protocol, "port": port });
    let to = |endpoint: &Endpoint| json!({ "to": [{ "ipBlock": { "cidr": endpoint.cidr } }], "ports": [port("TCP", endpoint.port)] });
    let mut egress = vec![json!({ "to": said.dns, "ports": [port("UDP", 53), port("TCP", 53)] })];
    egress.extend(said.api_server.iter().chain(&said.server).map(to));
    let ingress = if said.metrics_from.is_empty() {
        Vec::new()
    } else {
        vec![json!({ "from": said.metrics_from, "ports": [port("TCP", values.health.port)] })]
    };
    said.enabled.then(|| {
        json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": release.own_metadata(),
            "spec": {
                "podSelector": { "matchLabels": release.selector() },
                "policyTypes": ["Ingress", "Egress"],
                "ingress": ingress,
                "egress": egress,
            },
        })
    })
}

/// The API server as Cilium knows it: what is in the cluster it does not judge by addresses. What either policy allows is allowed.
/// <https://docs.cilium.io/en/stable/network/kubernetes/policy/>
pub(super) fn cilium_policy(values: &Values, release: &Release) -> Option<Value> {
    let said = &values.network_policy;
    (said.enabled && said.cilium).then(|| {
        json!({
            "apiVersion": "cilium.io/v2",
            "kind": "CiliumNetworkPolicy",
            "metadata": release.own_metadata(),
            "spec": {
                "endpointSelector": { "matchLabels": release.selector() },
                "egress": [{ "toEntities": ["kube-apiserver"] }],
            },
        })
    })
}

/// Where Prometheus' operator has it look.
pub(super) fn pod_monitor(values: &Values, release: &Release) -> Option<Value> {
    let said = &values.pod_monitor;
    let mut endpoint = json!({ "port": "health", "path": "/metrics" });
    insert(&mut endpoint, "interval", json!(said.interval));
    let mut labels = json!(said.labels);
    extend(&mut labels, &release.labels());
    said.enabled.then(|| {
        json!({
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PodMonitor",
            "metadata": { "name": release.name, "namespace": release.namespace, "labels": labels },
            "spec": { "selector": { "matchLabels": release.selector() }, "podMetricsEndpoints": [endpoint] },
        })
    })
}
