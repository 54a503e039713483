//! The rights that the account gets, held against those that its policy takes.

use std::collections::{BTreeMap, BTreeSet};

use mayfly_cluster::rights_of;
use mayfly_domain::gateway_policy::GatewayPolicy;
use serde_json::Value;

use super::{EXAMPLES, ID, example, made_of_text, manifest, objects};

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

/// What the account may do by the roles among objects, held against what the policy among them takes.
fn hold_to_policy(objects: &BTreeMap<String, Value>, what: &str) -> BTreeSet<Granted> {
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
    assert_eq!(found, wanted, "{what}");
    found
}

#[test]
fn account_gets_what_its_policy_takes_and_nothing_else() {
    for name in EXAMPLES {
        let found = hold_to_policy(&objects(&manifest(&example(name))), name);
        let forbidden = |verb: &str| ["*", "escalate", "impersonate", "patch", "update"].contains(&verb);
        assert!(!found.iter().any(|(_, _, resource, name, verb)| {
            forbidden(verb) || resource == "secrets" && verb == "get" || verb == "bind" && name.is_none()
        }));
    }
}

#[test]
fn each_operation_takes_what_it_does() {
    for (operations, janitor, of_accounts, of_secrets) in [
        ("issue", false, "create get", "create"),
        ("revoke", false, "delete get", "delete"),
        ("list-owned", false, "list", ""),
        ("probe", true, "delete list", ""),
        ("probe", false, "", ""),
        ("issue, revoke, list-owned", true, "create delete get list", "create delete"),
    ] {
        let made = made_of_text(&format!(
            "gateway: {{ id: {ID} }}\nenrolment: {{ existingSecret: e }}\n\
             admissionPolicy: {{ enabled: true, installation: {ID} }}\n\
             policy:\n  operations: [{operations}]\n  janitor: {{ enabled: {janitor} }}\n\
             \u{20} static: {{ anchors: true, accounts: [{{ namespace: team, name: a }}] }}\n\
             \u{20} dynamic: {{ namespaces: [leases], ownRules: true, clusterWide: true, roles: [{{ kind: Role, name: r }}] }}\n"
        ));
        let found = hold_to_policy(&made, operations);
        let verbs = |place: Option<&str>, thing: &str| {
            let is_it = |right: &&Granted| right.0.as_deref() == place && right.2 == thing && right.3.is_none();
            found.iter().filter(is_it).map(|right| right.4.as_str()).collect::<Vec<_>>().join(" ")
        };
        for (place, thing) in [
            (Some("leases"), "serviceaccounts"),
            (Some("leases"), "rolebindings"),
            (Some("leases"), "roles"),
            (None, "clusterrolebindings"),
            (None, "clusterroles"),
        ] {
            assert_eq!(verbs(place, thing), of_accounts, "{operations}, {janitor}: {place:?} {thing}");
        }
        assert_eq!(verbs(Some("team"), "secrets"), of_secrets, "{operations}, {janitor}");
    }
}

/// Both may be for the same accounts, and each would take away what the other holds.
#[test]
fn gateways_that_are_called_the_same_elsewhere_have_other_roles() {
    let names = |gateway: &str| {
        let made = made_of_text(&format!(
            "gateway: {{ id: {gateway} }}\nenrolment: {{ existingSecret: e }}\n\
             policy:\n  static: {{ accounts: [{{ namespace: team, name: a }}] }}\n\
             \u{20} dynamic: {{ namespaces: [leases], roles: [{{ kind: ClusterRole, name: view }}] }}\n"
        ));
        let is_right = |object: &&Value| object["kind"].as_str().unwrap().contains("Role");
        let names = made.values().filter(is_right).map(|role| role["metadata"]["name"].as_str().unwrap().to_owned());
        names.collect::<BTreeSet<_>>()
    };
    let [one, other] = [ID, "01893b9e-7c1a-7def-8abc-0123456789ff"].map(names);
    assert_eq!((one.len(), one.intersection(&other).count()), (3, 0), "{one:?} {other:?}");
    assert!(one.iter().all(|name| name.len() <= 63), "{one:?}");
}

#[test]
fn held_rules_reach_as_far_as_the_policy() {
    for (wide, kinds) in [(false, vec!["Role"]), (true, vec!["ClusterRole", "Role"])] {
        let made = made_of_text(&format!(
            "gateway: {{ id: {ID} }}\nenrolment: {{ existingSecret: e }}\n\
             policy: {{ dynamic: {{ namespaces: [leases], ownRules: true, clusterWide: {wide} }} }}\n\
             rbac: {{ heldRules: [{{ apiGroups: [''], resources: [configmaps], verbs: [get] }}] }}\n"
        ));
        let holds = |object: &&Value| object["rules"].to_string().contains("configmaps");
        let found: Vec<_> = made.values().filter(holds).map(|role| role["kind"].as_str().unwrap()).collect();
        assert_eq!(found, kinds, "{made:#?}");
    }
}
