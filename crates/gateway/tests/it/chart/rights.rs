//! The rights that the account gets, held against those that its policy takes.

use std::collections::BTreeSet;

use mayfly_cluster::rights_of;
use mayfly_domain::gateway_policy::GatewayPolicy;
use serde_json::Value;

use super::{EXAMPLES, example, made_of_text, manifest, objects};

/// One verb on one thing in one place.
type Granted = (Option<String>, String, String, Option<String>, String);

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn granted(role: &Value, granted: &mut BTreeSet<Granted>) {
    let namespace = role["metadata"]["namespace"].as_str();
    for rule in role["rules"].as_array().unwrap() {
        let names = texts(&rule["resourceNames"]);
        let names: Vec<_> = if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
        for (group, resource) in texts(&rule["apiGroups"]).into_iter().zip(texts(&rule["resources"])) {
            for (verb, name) in
                texts(&rule["verbs"]).into_iter().flat_map(|verb| names.iter().map(move |name| (verb.clone(), name)))
            {
                granted.insert((namespace.map(str::to_owned), group.clone(), resource.clone(), name.clone(), verb));
            }
        }
    }
}

#[test]
fn account_gets_what_its_policy_takes_and_nothing_else() {
    for name in EXAMPLES {
        let objects = objects(&manifest(&example(name)));
        let map = objects.values().find(|object| object["kind"] == "ConfigMap").unwrap();
        let policy: GatewayPolicy = serde_json::from_value(map["data"]["policy.yaml"].clone()).unwrap();
        let wanted = rights_of(&policy).into_iter().map(|(right, _)| right);
        let wanted: BTreeSet<Granted> =
            wanted.map(|right| (right.namespace, right.group, right.resource, right.name, right.verb)).collect();
        let mut found = BTreeSet::new();
        for role in objects.values().filter(|object| object.get("rules").is_some()) {
            granted(role, &mut found);
        }
        // What it holds only to give it away is said in the values, besides.
        found.retain(|(_, _, resource, _, _)| resource != "configmaps");
        assert_eq!(found, wanted, "{name}");
        let forbidden = |verb: &str| ["*", "escalate", "impersonate", "patch", "update"].contains(&verb);
        assert!(!found.iter().any(|(_, _, resource, name, verb)| {
            forbidden(verb) || resource == "secrets" && verb == "get" || verb == "bind" && name.is_none()
        }));
    }
}

#[test]
fn held_rules_reach_as_far_as_the_policy() {
    for (wide, kinds) in [(false, vec!["Role"]), (true, vec!["ClusterRole", "Role"])] {
        let made = made_of_text(&format!(
            "gateway: {{ id: 01893b9e-7c1a-7def-8abc-0123456789ab }}\nenrolment: {{ existingSecret: e }}\n\
             policy: {{ dynamic: {{ namespaces: [leases], ownRules: true, clusterWide: {wide} }} }}\n\
             rbac: {{ heldRules: [{{ apiGroups: [''], resources: [configmaps], verbs: [get] }}] }}\n"
        ));
        let holds = |object: &&Value| object["rules"].to_string().contains("configmaps");
        let found: Vec<_> = made.values().filter(holds).map(|role| role["kind"].as_str().unwrap()).collect();
        assert_eq!(found, kinds, "{made:#?}");
    }
}
