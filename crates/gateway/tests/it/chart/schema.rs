//! The chart's schema, held against the agent's own reading of the same values.

use std::{collections::BTreeSet, fs};

use mayfly_gateway::manifest::Values;
use serde_json::{Map, Value, json};

use super::chart;

/// Helm gives it to every chart within another one.
const OF_HELM: &str = "global";

fn keys(fields: &Map<String, Value>) -> BTreeSet<&str> {
    fields.keys().map(String::as_str).filter(|name| *name != OF_HELM).collect()
}

/// The closed objects of the schema, each with the way to it and what the defaults have there.
fn closed<'a>(
    schema: &'a Value,
    defaults: &'a Value,
    way: &[&'a str],
    found: &mut Vec<(Vec<&'a str>, &'a Value, &'a Value)>,
) {
    let Some(properties) = schema["properties"].as_object() else { return };
    assert_eq!(schema["additionalProperties"], json!(false), "{way:?} takes whatever is said");
    found.push((way.to_vec(), schema, defaults));
    for (name, schema) in properties {
        let way = [way, &[name.as_str()]].concat();
        closed(schema, defaults.get(name).unwrap_or(&Value::Null), &way, found);
    }
}

#[test]
fn schema_defaults_and_agent_know_the_same_values() {
    let read = |name: &str| fs::read_to_string(chart().join(name)).unwrap();
    let schema: Value = serde_json::from_str(&read("values.schema.json")).unwrap();
    let defaults: Value = serde_saphyr::from_str(&read("values.yaml")).unwrap();
    let mut found = Vec::new();
    closed(&schema, &defaults, &[], &mut found);
    assert!(found.len() >= 15, "{found:?}");
    for (way, schema, defaults) in found {
        let known = keys(schema["properties"].as_object().unwrap());
        assert_eq!(keys(defaults.as_object().unwrap()), known, "{way:?}: the schema and `values.yaml` differ");
        let required: BTreeSet<_> =
            schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(required, known, "{way:?}: what is not there would be nothing in a template");
        // The defaults have every field, and are read: so the agent knows each of them, and no other.
        let unknown = way.iter().rev().fold(json!({ "other": 1 }), |below, name| json!({ *name: below }));
        let refused =
            Values::read([unknown.to_string().as_str()]).err().map(|error| mayfly_domain::error::chain(&error));
        assert!(refused.is_some_and(|why| why.contains("`other`")), "{way:?}: the agent takes whatever is said");
    }
    Values::read([]).unwrap();
}
