//! Where pods may go, and who may come.

use serde_json::{Value, json};

use super::{
    Release,
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
