//! The pods: two of the agent with no rights on their node, each with two tokens that are named.

use aws_lc_rs::digest::{SHA256, digest};
use mayfly_domain::hex::hex;
use serde_json::{Value, json};

use super::{
    Release, extend, insert,
    values::{LogLevel, Method, Values},
};

/// The user `nonroot` of images without a system.
const USER: u32 = 65_532;

const FILES: &str = "/etc/mayfly-gateway";
const ENROLMENT: &str = "/etc/mayfly-gateway-enrolment";
const PROXY: &str = "/etc/mayfly-gateway-proxy";
const STATE: &str = "/var/lib/mayfly-gateway";
const ACCOUNT_TOKEN: &str = "/var/run/secrets/mayfly-gateway";
/// Where the agent, as every client of Kubernetes, looks for it.
const CLUSTER_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The token for the API server. The kubelet renews it after four fifths of that.
const CLUSTER_TOKEN_SECONDS: u32 = 3_600;
/// The token to enrol by: the shortest that Kubernetes makes, since the server takes each only once.
const ACCOUNT_TOKEN_SECONDS: u32 = 600;

/// The pods. A new one is there and has its tunnel before an old one goes.
pub(super) fn deployment(values: &Values, release: &Release) -> Value {
    let mut labels = json!(values.pod_labels);
    extend(&mut labels, &release.labels());
    let mut annotations = json!(values.pod_annotations);
    extend(&mut annotations, &json!({ "mayfly.dev/configuration": configuration_digest(values) }));
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": release.own_metadata(),
        "spec": {
            "replicas": values.replicas,
            "selector": { "matchLabels": release.selector() },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } },
            "template": {
                "metadata": { "labels": labels, "annotations": annotations },
                "spec": pod(values, release),
            },
        },
    })
}

/// One pod stays when nodes are emptied. With a single one that would keep its node from being emptied at all.
pub(super) fn disruption_budget(values: &Values, release: &Release) -> Option<Value> {
    (values.replicas > 1).then(|| {
        json!({
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": release.own_metadata(),
            "spec": { "minAvailable": 1, "selector": { "matchLabels": release.selector() } },
        })
    })
}

/// The agent reads its files when it starts, so other files make other pods.
fn configuration_digest(values: &Values) -> String {
    let parts =
        [&values.policy_text.canonical, &values.enrolment.text, &values.server.ca_bundle, &values.proxy.ca_bundle];
    let text = parts.map(String::as_str).join("\n");
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

fn pod(values: &Values, release: &Release) -> Value {
    let spread = json!({
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": { "matchLabels": release.selector() },
    });
    let mut pod = json!({
        "serviceAccountName": release.name,
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
        "topologySpreadConstraints": [spread],
        "containers": [container(values)],
        "volumes": volumes(values, release),
    });
    insert(&mut pod, "imagePullSecrets", json!(values.image_pull_secrets));
    insert(&mut pod, "nodeSelector", values.node_selector.clone());
    insert(&mut pod, "tolerations", json!(values.tolerations));
    insert(&mut pod, "affinity", values.affinity.clone());
    insert(&mut pod, "priorityClassName", json!(values.priority_class_name));
    pod
}

fn container(values: &Values) -> Value {
    let instance =
        json!({ "name": "MAYFLY_GATEWAY_INSTANCE", "valueFrom": { "fieldRef": { "fieldPath": "metadata.uid" } } });
    let environment: Vec<&Value> = std::iter::once(&instance).chain(&values.extra_env).collect();
    let probe = |path: &str, period: u32, failures: u32| json!({ "httpGet": { "path": path, "port": "health" }, "periodSeconds": period, "failureThreshold": failures, "timeoutSeconds": 5 });
    let mut container = json!({
        "name": "gateway",
        "image": image(values),
        "imagePullPolicy": values.image.pull_policy,
        "args": arguments(values),
        "env": environment,
        "ports": [{ "name": "health", "containerPort": values.health.port, "protocol": "TCP" }],
        // A minute to start; then alive while its loop goes round, and ready while a tunnel is open.
        "startupProbe": probe("/livez", 2, 30),
        "livenessProbe": probe("/livez", 30, 3),
        "readinessProbe": probe("/readyz", 10, 3),
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": { "drop": ["ALL"] },
        },
        "volumeMounts": mounts(values),
    });
    insert(&mut container, "resources", values.resources.clone());
    container
}

fn image(values: &Values) -> String {
    let image = &values.image;
    if !image.digest.is_empty() {
        return format!("{}@{}", image.repository, image.digest);
    }
    let tag = if image.tag.is_empty() { env!("CARGO_PKG_VERSION") } else { &image.tag };
    format!("{}:{tag}", image.repository)
}

fn arguments(values: &Values) -> Vec<String> {
    let health = std::net::SocketAddr::new(values.health.address, values.health.port);
    let enrolment = if values.enrolment.existing_secret.is_empty() { FILES } else { ENROLMENT };
    let mut arguments = vec![
        "run".to_owned(),
        format!("--policy={FILES}/policy.yaml"),
        format!("--state={STATE}"),
        format!("--health={health}"),
        format!("--enrolment-file={enrolment}/enrolment"),
    ];
    let wished = [
        (values.enrolment.method == Method::ServiceAccount, format!("--account-token={ACCOUNT_TOKEN}/token")),
        (!values.server.url.is_empty(), format!("--server={}", values.server.url)),
        (!values.server.ca_bundle.is_empty(), format!("--server-ca={FILES}/server-ca.pem")),
        (!values.proxy.url.is_empty(), format!("--proxy={}", values.proxy.url)),
        (!values.proxy.existing_secret.is_empty(), format!("--proxy-password-file={PROXY}/password")),
        (!values.proxy.ca_bundle.is_empty(), format!("--proxy-ca={FILES}/proxy-ca.pem")),
        (values.audit.enabled, "--audit=-".to_owned()),
        (values.log.level != LogLevel::Info, format!("--log-level={}", values.log.level.word())),
    ];
    arguments.extend(wished.into_iter().filter(|(is_wished, _)| *is_wished).map(|(_, argument)| argument));
    arguments
}

/// The volumes that are not always there, each with its name and its place.
fn wished(values: &Values) -> Vec<(&'static str, &'static str)> {
    let wished = [
        (values.enrolment.method == Method::ServiceAccount, ("account-token", ACCOUNT_TOKEN)),
        (!values.enrolment.existing_secret.is_empty(), ("enrolment", ENROLMENT)),
        (!values.proxy.existing_secret.is_empty(), ("proxy", PROXY)),
    ];
    wished.into_iter().filter(|(is_wished, _)| *is_wished).map(|(_, volume)| volume).collect()
}

fn mounts(values: &Values) -> Vec<Value> {
    let read_only = |(name, path): (&str, &str)| json!({ "name": name, "mountPath": path, "readOnly": true });
    let mut mounts = vec![
        read_only(("files", FILES)),
        json!({ "name": "state", "mountPath": STATE }),
        read_only(("cluster-token", CLUSTER_TOKEN)),
    ];
    mounts.extend(wished(values).into_iter().map(read_only));
    mounts
}

fn volumes(values: &Values, release: &Release) -> Vec<Value> {
    let secret = |name: &str| json!({ "secretName": name });
    let mut volumes = vec![
        json!({ "name": "files", "configMap": { "name": release.name } }),
        // A key is on no disk. A container that starts anew finds it; a pod that does enrols anew.
        json!({ "name": "state", "emptyDir": { "medium": "Memory", "sizeLimit": "1Mi" } }),
        json!({ "name": "cluster-token", "projected": { "sources": [
            { "serviceAccountToken": { "path": "token", "expirationSeconds": CLUSTER_TOKEN_SECONDS } },
            { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
        ] } }),
    ];
    volumes.extend(wished(values).into_iter().map(|(name, _)| match name {
        "account-token" => json!({ "name": name, "projected": { "sources": [{ "serviceAccountToken": {
            "path": "token", "audience": values.gateway.id, "expirationSeconds": ACCOUNT_TOKEN_SECONDS,
        } }] } }),
        "enrolment" => json!({ "name": name, "secret": secret(&values.enrolment.existing_secret) }),
        _ => json!({ "name": name, "secret": secret(&values.proxy.existing_secret) }),
    }));
    volumes
}
