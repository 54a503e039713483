//! Bodies that are small to send and large to read.

use futures::future::join_all;
use mayfly_e2e::{Installation, Mayfly, Scene, waiting::within};
use reqwest::StatusCode;

use super::{MOST_MEMORY, PATIENCE, peak_memory, served_beside};

/// What a body may have, less a little.
const ROOM: usize = 255 * 1024;

/// A body of about so many bytes.
type Shape = fn(usize) -> String;

/// Fifty bodies: ten shapes in five sizes each, all within what may be sent.
fn bombs() -> Vec<(String, String)> {
    let shapes: [(&str, Shape); 10] = [
        ("arrays in arrays", |size| "[".repeat(size)),
        ("arrays in arrays, closed", |size| format!("{}{}", "[".repeat(size / 2), "]".repeat(size / 2))),
        ("objects in objects", |size| r#"{"a":"#.repeat(size / 5)),
        ("empty objects", |size| format!("[{}{{}}]", "{},".repeat(size / 3))),
        ("numbers", |size| format!("[{}1]", "1,".repeat(size / 2))),
        ("a number of many digits", |size| format!("{{\"a\":{}}}", "9".repeat(size))),
        ("one key again and again", |size| format!("{{{}\"a\":1}}", "\"a\":1,".repeat(size / 6))),
        ("many keys", |size| {
            let keys: Vec<String> = (0..size / 12).map(|number| format!("\"{number:06}\":1")).collect();
            format!("{{{}}}", keys.join(","))
        }),
        ("escapes", |size| format!("{{\"name\":\"{}\"}}", "\\u0000".repeat(size / 6))),
        ("a text without an end", |size| format!("{{\"name\":\"{}", "x".repeat(size))),
    ];
    let sizes = [ROOM / 16, ROOM / 8, ROOM / 4, ROOM / 2, ROOM - 64];
    let all = shapes
        .iter()
        .flat_map(|(name, shape)| sizes.iter().map(move |size| (format!("{name}, {size} bytes"), shape(*size))));
    all.collect()
}

async fn send(mayfly: &Mayfly, client: &reqwest::Client, path: &str, (name, body): &(String, String)) {
    let request = client.post(format!("{}{path}", mayfly.url())).header("content-type", "application/json");
    let sending = within(PATIENCE, name, request.body(body.clone()).send()).await;
    let answer = sending.unwrap().unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let refused = [StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::PAYLOAD_TOO_LARGE];
    assert!(refused.contains(&answer.status()), "{name}: {}", answer.status());
}

#[tokio::test]
async fn fifty_bombs_cost_little_and_others_are_served_beside_them() {
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (bombs, before) = (bombs(), peak_memory(&mayfly));
    assert_eq!(bombs.len(), 50);
    // Nobody has to sign in for these two.
    for path in ["/api/v1/auth/universal-auth/login", "/api/v1/auth/login"] {
        let attack = join_all(bombs.iter().map(|bomb| send(&mayfly, &client, path, bomb)));
        served_beside(&scene.client, attack).await;
    }
    let grown = peak_memory(&mayfly) - before;
    assert!(grown < MOST_MEMORY, "the server grew by {grown} bytes");
    mayfly.stop().await.unwrap();
}
