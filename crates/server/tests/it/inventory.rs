//! What the API takes at all: no field of it is a file, a program or a step of the server's own work.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::TestServer;

/// Parts of names by which a file, a program or the server's own surroundings could be told.
const OF_THE_HOST: [&str; 17] = [
    "file",
    "path",
    "directory",
    "folder",
    "command",
    "exec",
    "program",
    "script",
    "plugin",
    "module",
    "library",
    "binary",
    "shell",
    "argument",
    "environ",
    "socket",
    "kubeconfig",
];

/// Names that have such a part, and what they are instead.
const KNOWN: [(&str, &str); 11] = [
    ("clusterTokenFile", "the name of a file that the server's own settings have, for one address"),
    ("description", "words for people"),
    ("directory", "where folders of a project are listed"),
    ("environment", "the slug of a project's environment"),
    ("environmentId", "the id of one"),
    ("environmentSlug", "the slug of one"),
    ("folderId", "the id of a folder of a project"),
    ("path", "a path of folders of a project"),
    ("projectDescription", "words for people"),
    ("returnPath", "where in the dashboard a browser goes on"),
    ("secretPath", "a path of folders of a project"),
];

/// Fields and types of the server's own work: plans, seals, claims and what is made in a cluster.
const OF_OUR_OWN: [&str; 14] = [
    "plan",
    "leasePlan",
    "seal",
    "seals",
    "belongings",
    "anchor",
    "fence",
    "claim",
    "plannedObjects",
    "ownedObjects",
    "touched",
    "kubeSystem",
    "tokenSeconds",
    "accountUid",
];

/// Names of fields in a schema and below, wherever they are.
fn fields(described: &Value, schema: &Value, seen: &mut BTreeSet<String>, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(name) = object.get("$ref").and_then(Value::as_str)
                && seen.insert(name.to_owned())
            {
                let place = name.trim_start_matches('#');
                fields(described, described.pointer(place).expect(name), seen, found);
            }
            if let Some(properties) = object.get("properties").and_then(Value::as_object) {
                found.extend(properties.keys().cloned());
            }
            object.values().for_each(|value| fields(described, value, seen, found));
        }
        Value::Array(list) => list.iter().for_each(|value| fields(described, value, seen, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The name of each field and parameter that an operation takes.
pub(crate) fn taken_by(described: &Value, operation: &Value) -> BTreeSet<String> {
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    fields(described, &operation["requestBody"], &mut seen, &mut found);
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    found.extend(parameters.map(|parameter| parameter["name"].as_str().unwrap().to_owned()));
    found
}

/// The same of all operations.
fn taken(described: &Value) -> BTreeSet<String> {
    let paths = described["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    operations.flat_map(|operation| taken_by(described, operation)).collect()
}

#[tokio::test]
async fn nothing_that_the_api_takes_is_a_file_or_a_program_of_the_servers_machine() {
    let described = TestServer::sqlite().await.as_nobody().get("/api/openapi.json").await.ok();
    let taken = taken(&described);
    assert!(taken.len() > 100 && taken.contains("serviceAccountName") && taken.contains("clusterToken"), "{taken:?}");
    let suspicious: BTreeSet<&str> = taken
        .iter()
        .filter(|name| OF_THE_HOST.iter().any(|part| name.to_lowercase().contains(part)))
        .map(String::as_str)
        .collect();
    let known: BTreeSet<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
    let new: Vec<&&str> = suspicious.difference(&known).collect();
    assert!(new.is_empty(), "say in `KNOWN` what these are, if they are harmless: {new:?}");
    let gone: Vec<&&str> = known.difference(&suspicious).collect();
    assert!(gone.is_empty(), "these are no longer taken: {gone:?}");
}

#[tokio::test]
async fn nothing_that_the_api_takes_is_a_step_of_the_servers_own_work() {
    let described = TestServer::sqlite().await.as_nobody().get("/api/openapi.json").await.ok();
    let taken: BTreeSet<String> = taken(&described).into_iter().map(|name| name.to_lowercase()).collect();
    for own in OF_OUR_OWN {
        assert!(!taken.contains(&own.to_lowercase()), "{own}");
    }
}
