//! Fields of the server's own: the name of each column of the database, sent with each operation that changes something.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Map, Value, json};

use super::{routes, world_for};
use crate::{inventory, support::TestServer};

/// What no column may come to hold.
const PLANTED: &str = "planted-in-a-field-of-the-servers";

/// `created_at` as the wire would name it.
fn on_the_wire(column: &str) -> String {
    let mut words = column.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(1);
        name + &head.to_uppercase() + tail
    })
}

#[tokio::test]
async fn no_column_is_written_by_a_field_of_its_name_that_an_operation_does_not_take() {
    let server = TestServer::sqlite().await;
    let columns = "SELECT group_concat(name) FROM (SELECT DISTINCT columns.name AS name FROM sqlite_master AS tables,
        pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' ORDER BY 1)";
    let columns: Vec<String> = server.home.text(columns).await.split(',').map(on_the_wire).collect();
    assert!(columns.len() > 100 && columns.iter().any(|name| name == "createdAt"), "{columns:?}");
    let described = server.as_nobody().get("/api/openapi.json").await.ok();
    let approver = server.person("approver@example.com", "admin").await;
    let (mut taken, mut refused) = (0, 0);
    let changing: Vec<_> = routes().into_iter().filter(|route| route.method != Method::GET).collect();
    for (number, route) in changing.iter().enumerate() {
        let operation = &described["paths"][&route.pattern][route.method.as_str().to_lowercase()];
        assert!(operation.is_object(), "{}", route.name());
        let known: BTreeSet<String> = inventory::taken_by(&described, operation);
        let planted = columns.iter().filter(|name| !known.contains(*name));
        let planted: Map<String, Value> = planted.map(|name| (name.clone(), marked(number, name))).collect();
        let world = world_for(&server, route, &approver).await;
        let (path, mut body) = world.request(&route.method, &route.pattern, route.operation);
        // Beside the fields that belong there, and beside those of a change.
        if let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) {
            data.extend(planted.clone());
        }
        body.as_object_mut().unwrap().extend(planted);
        let answer = world.allowed(&server, route).send(route.method.clone(), &path, Some(&body)).await;
        assert!(answer.status < 500, "{}: {}", route.name(), answer.text);
        if answer.status == 200 { taken += 1 } else { refused += 1 }
    }
    println!("{taken} operations went on without those fields, {refused} refused them");
    assert!(taken > 20 && refused > 20, "{taken} {refused}");
    let bytes: Vec<u8> = server.home.bytes().into_iter().flat_map(|(_, bytes)| bytes).collect();
    let text = String::from_utf8_lossy(&bytes);
    let found: BTreeSet<String> = text
        .split(PLANTED)
        .skip(1)
        .filter_map(|rest| {
            let (number, rest) = rest.strip_prefix('-')?.split_once('-')?;
            let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
            Some(format!("{}: {name}", changing[number.parse::<usize>().ok()?].name()))
        })
        .collect();
    assert_eq!(found, BTreeSet::new());
}

/// What tells where it was planted.
fn marked(number: usize, name: &str) -> Value {
    json!(format!("{PLANTED}-{number}-{name}"))
}
