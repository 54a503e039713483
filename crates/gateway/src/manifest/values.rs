//! The values: the chart's own defaults with somebody's file over them.

use mayfly_domain::{
    gateway_policy::GatewayPolicy,
    rules::{Everywhere, PolicyRule, check},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};

use super::check::InvalidValues;

/// The chart's file, so that there is one list of defaults.
const DEFAULTS: &str = include_str!("../../../../charts/mayfly-gateway/values.yaml");

/// What somebody says of a gateway that is to run in a cluster. The fields are explained in the chart's `values.yaml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Values {
    pub(super) image: Image,
    pub(super) image_pull_secrets: Vec<Value>,
    pub(super) gateway: Gateway,
    pub(super) enrolment: Enrolment,
    pub(super) server: Server,
    pub(super) proxy: Proxy,
    pub(super) policy: GatewayPolicy,
    pub(super) rbac: Rbac,
    pub(super) namespaces: Namespaces,
    pub(super) admission_policy: AdmissionPolicy,
    pub(super) network_policy: NetworkPolicy,
    pub(super) pod_monitor: PodMonitor,
    pub(super) replicas: u32,
    pub(super) health: Health,
    pub(super) audit: Audit,
    pub(super) log: Log,
    pub(super) resources: Value,
    pub(super) pod_labels: Map<String, Value>,
    pub(super) pod_annotations: Map<String, Value>,
    pub(super) node_selector: Value,
    pub(super) tolerations: Vec<Value>,
    pub(super) affinity: Value,
    pub(super) priority_class_name: String,
    pub(super) extra_env: Vec<Value>,
    /// The policy as it was written, for its file.
    #[serde(skip)]
    pub(super) policy_text: PolicyText,
}

/// The policy as it was written.
#[derive(Clone, Debug, Default)]
pub(super) struct PolicyText {
    /// In YAML.
    pub(super) yaml: String,
    /// In JSON with its keys in order and nothing between its words: what its digest is taken of.
    pub(super) canonical: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Image {
    pub(super) repository: String,
    pub(super) tag: String,
    pub(super) digest: String,
    pub(super) pull_policy: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gateway {
    pub(super) id: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Enrolment {
    pub(super) method: Method,
    pub(super) text: String,
    pub(super) existing_secret: String,
}

/// How pods prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Method {
    /// By a projected token of their service account.
    ServiceAccount,
    /// By a one-time code.
    Token,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Server {
    pub(super) url: String,
    pub(super) ca_bundle: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Proxy {
    pub(super) url: String,
    pub(super) existing_secret: String,
    pub(super) ca_bundle: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Rbac {
    pub(super) create: bool,
    #[serde(deserialize_with = "held_rules")]
    pub(super) held_rules: Vec<PolicyRule>,
}

/// Rules that can be bound in a namespace, or none.
fn held_rules<'a, D: Deserializer<'a>>(from: D) -> Result<Vec<PolicyRule>, D::Error> {
    let rules = Vec::deserialize(from)?;
    if !rules.is_empty() {
        check(&rules, Everywhere::No).map_err(|why| D::Error::custom(format_args!("`rbac.heldRules` {why}")))?;
    }
    Ok(rules)
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Namespaces {
    pub(super) create: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AdmissionPolicy {
    pub(super) enabled: bool,
    pub(super) installation: String,
    pub(super) cluster_audience: String,
    pub(super) labels: Vec<String>,
    pub(super) annotations: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NetworkPolicy {
    pub(super) enabled: bool,
    pub(super) cilium: bool,
    pub(super) api_server: Vec<Endpoint>,
    pub(super) server: Vec<Endpoint>,
    pub(super) dns: Vec<Value>,
    pub(super) metrics_from: Vec<Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PodMonitor {
    pub(super) enabled: bool,
    pub(super) interval: String,
    pub(super) labels: Map<String, Value>,
}

/// Addresses, and a port of theirs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoint {
    pub(super) cidr: ipnet::IpNet,
    pub(super) port: u16,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Health {
    pub(super) address: std::net::IpAddr,
    pub(super) port: u16,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Audit {
    pub(super) enabled: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    pub(super) level: LogLevel,
}

/// The least that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LogLevel {
    Error,
    Warn,
    Info,
}

impl LogLevel {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
        }
    }
}

impl Values {
    /// Reads somebody's values, each of them YAML, over the defaults and over those before.
    pub fn read<'a>(yaml: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidValues> {
        let read = |yaml| serde_saphyr::from_str(yaml).map_err(|error| InvalidValues::Yaml(error.to_string()));
        let mut merged: Value = read(DEFAULTS)?;
        for said in yaml {
            put_over(&mut merged, read(said)?);
        }
        let policy = merged.get("policy").cloned().unwrap_or_default();
        let mut values: Self = serde_json::from_value(merged).map_err(InvalidValues::Shape)?;
        let yaml = serde_saphyr::to_string(&policy).map_err(|error| InvalidValues::Yaml(error.to_string()))?;
        values.policy_text = PolicyText { yaml, canonical: in_order(policy).to_string() };
        Ok(values)
    }
}

/// As Helm does it: maps are joined, everything else takes the place of what was there, and nothing takes it away.
/// <https://helm.sh/docs/chart_template_guide/values_files/#deleting-a-default-key>
fn put_over(usual: &mut Value, said: Value) {
    match (usual, said) {
        (Value::Object(usual), Value::Object(said)) => {
            for (name, value) in said {
                if value.is_null() {
                    usual.remove(&name);
                } else {
                    put_over(usual.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        // A file in which nothing is said.
        (_, Value::Null) => {}
        (usual, said) => *usual = said,
    }
}

/// The same with the keys of every map in order, whatever map the JSON library was built with.
fn in_order(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().collect();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(fields.into_iter().map(|(name, value)| (name, in_order(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(in_order).collect()),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_takes_the_place_of_what_is_usual() {
        let values = Values::read([
            "policy: { maxTtlSeconds: 600, burst: 51 }",
            "policy: { burst: 50, static: { anchors: true } }\nreplicas: 3",
        ])
        .unwrap();
        assert_eq!((values.policy.max_ttl_seconds, values.policy.min_ttl_seconds, values.replicas), (600, 60, 3));
        assert!(values.policy.existing.anchors && values.policy.existing.accounts.is_empty());
        assert_eq!(Values::read([]).unwrap().policy, GatewayPolicy::default(), "the chart's defaults are the agent's");
        for bad in ["replica: 3", "policy: { statics: {} }", "replicas: many", "a: 1\na: 2", "rbac: [1]"] {
            assert!(Values::read([bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn digest_is_taken_of_words_in_order() {
        let text = Values::read(["policy: { burst: 51 }"]).unwrap().policy_text;
        assert!(
            text.canonical.starts_with(r#"{"audiences":[],"burst":51,"dynamic":{"clusterWide":false,"#),
            "{}",
            text.canonical
        );
        assert_eq!(
            serde_saphyr::from_str::<Value>(&text.yaml).unwrap(),
            serde_json::from_str::<Value>(&text.canonical).unwrap()
        );
    }
}
