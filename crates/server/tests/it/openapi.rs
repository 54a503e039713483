//! The description of the API: committed, complete, and shown on a page that asks nobody else for anything.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::support::TestServer;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn description() -> Value {
    serde_json::from_str(&mayfly_server::openapi_json()).unwrap()
}

/// Each operation with its name for messages.
fn operations(description: &Value) -> Vec<(String, &Value)> {
    let paths = description["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &'static str)| (format!("{item} {path}"), path.clone());
    let all = paths.flat_map(|(path, item)| METHODS.map(|method| (of_path((path, method)).0, &item[method])));
    all.filter(|(_, operation)| operation.is_object()).collect()
}

#[test]
fn the_committed_description_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../api/openapi.json");
    let committed = fs::read_to_string(&file).unwrap_or_default();
    let is_fresh = committed == mayfly_server::openapi_json();
    assert!(is_fresh, "`api/openapi.json` is stale: run `cargo xtask generate` and commit what it changes");
}

#[test]
fn it_is_openapi_3_1_and_every_operation_is_documented() {
    let description = description();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut names = BTreeSet::new();
    let operations = operations(&description);
    assert!(operations.len() >= 80, "{}", operations.len());
    for (name, operation) in operations {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no name"));
        assert!(names.insert(id.to_owned()), "{name}: `{id}` is another operation's name");
        let text = |field: &str| operation[field].as_str().unwrap_or_default().len();
        assert!(text("summary") + text("description") > 0, "{name} is not described");
        assert!(!operation["tags"].as_array().unwrap().is_empty(), "{name} has no tag");
        let problem = &operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem", "{name}");
    }
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let description = description();
    for (name, operation) in operations(&description) {
        let described: Vec<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let used: Vec<&str> = name.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(used, described, "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let description = description();
    let mut references = Vec::new();
    collect(&description, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out of the document"));
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(entries) => entries.iter().for_each(|value| collect(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn the_server_serves_it_and_a_page_that_asks_nobody_else() {
    let server = TestServer::sqlite().await;
    let nobody = server.as_nobody();
    assert_eq!(nobody.get("/api/openapi.json").await.ok(), description());
    let page = nobody.get("/api/docs/").await;
    assert!(page.status == 200 && page.header("content-type").starts_with("text/html"), "{page:?}");
    let mut loaded = 0;
    for attribute in ["src=\"", "href=\""] {
        for rest in page.text.split(attribute).skip(1) {
            let target = rest.split('"').next().unwrap();
            assert!(!target.contains("//"), "the page loads `{target}`");
            let path = format!("/api/docs/{}", target.trim_start_matches("./"));
            assert_eq!(nobody.get(&path).await.status, 200, "{path}");
            loaded += 1;
        }
    }
    assert!(loaded >= 3, "{}", page.text);
    let setup = nobody.get("/api/docs/swagger-initializer.js").await;
    assert!(!setup.text.contains("http://") && !setup.text.contains("https://"), "{}", setup.text);
}
