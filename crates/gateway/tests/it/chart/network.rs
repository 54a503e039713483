//! Who may reach the pods, whom they may reach, and who is told where their numbers are.

use serde_json::json;

use super::{ID, made_of_text};

/// Cilium knows the API server by itself, and judges by addresses nothing that is in the cluster.
#[test]
fn cilium_is_told_of_the_api_server_by_name() {
    let made = made_of_text(&format!(
        "gateway: {{ id: {ID} }}\nenrolment: {{ existingSecret: e }}\npolicy: {{ forward: {{ enabled: true }} }}\n\
         networkPolicy: {{ enabled: true, cilium: true, server: [{{ cidr: 198.51.100.7/32, port: 443 }}] }}\n"
    ));
    let by_name = &made[r#""CiliumNetworkPolicy" "mayfly" "gw""#];
    assert_eq!(by_name["spec"]["egress"], json!([{ "toEntities": ["kube-apiserver"] }]));
    let by_address = &made[r#""NetworkPolicy" "mayfly" "gw""#];
    assert_eq!(by_name["spec"]["endpointSelector"], by_address["spec"]["podSelector"]);
    assert_eq!(by_address["spec"]["egress"].as_array().unwrap().len(), 2, "names and the server: {by_address}");
}

#[test]
fn prometheus_finds_the_pods_where_it_is_wanted() {
    let values = format!(
        "gateway: {{ id: {ID} }}\nenrolment: {{ existingSecret: e }}\npolicy: {{ forward: {{ enabled: true }} }}\n"
    );
    assert!(!made_of_text(&values).keys().any(|key| key.contains("PodMonitor")));
    let made = made_of_text(&(values + "podMonitor: { enabled: true, labels: { release: prometheus } }\n"));
    let monitor = &made[r#""PodMonitor" "mayfly" "gw""#];
    assert_eq!(monitor["metadata"]["labels"]["release"], "prometheus");
    let container = &made[r#""Deployment" "mayfly" "gw""#]["spec"]["template"]["spec"]["containers"][0];
    let endpoint = &monitor["spec"]["podMetricsEndpoints"][0];
    assert_eq!((&endpoint["port"], &endpoint["path"]), (&container["ports"][0]["name"], &json!("/metrics")));
}
