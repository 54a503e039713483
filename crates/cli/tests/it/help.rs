//! What the program says of itself.

use crate::mayfly::Mayfly;

#[tokio::test]
async fn help_is_as_it_was_read_last() {
    let mayfly = Mayfly::new();
    insta::assert_snapshot!("help", mayfly.run("--help").await.success());
    insta::assert_snapshot!("help_token", mayfly.run("token -h").await.success());
    insta::assert_snapshot!("help_secret_create", mayfly.run("secret create -h").await.success());
    insta::assert_snapshot!("help_policy_set", mayfly.run("policy set -h").await.success());
    insta::assert_snapshot!("help_role_create", mayfly.run("role create -h").await.success());
    insta::assert_snapshot!("help_member_add", mayfly.run("member add -h").await.success());
    insta::assert_snapshot!("help_access_explain", mayfly.run("access explain -h").await.success());
    for noun in ["project", "env", "folder", "user", "group", "identity", "role", "member", "policy", "approval"] {
        insta::assert_snapshot!(format!("help_{noun}"), mayfly.run(&format!("{noun} -h")).await.success());
    }
}

/// The commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let below = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let rows =
        below.take_while(|line| !line.is_empty()).filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    rows.filter_map(|row| row.split_whitespace().next()).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_command_explains_itself() {
    let (mut open, mut leaves) = (vec![String::new()], 0);
    while let Some(command) = open.pop() {
        let help = Mayfly::new().run(&format!("{command} --help")).await;
        let usage = format!("Usage: mayfly {command}");
        assert!(help.success().contains(usage.trim_end()), "{help:?}");
        assert!(!help.stdout.starts_with("Usage"), "`{command}` does not say what it does");
        let below = listed(&help.stdout);
        leaves += usize::from(below.is_empty());
        open.extend(below.iter().map(|name| format!("{command} {name}").trim_start().to_owned()));
    }
    assert!(leaves >= 80, "{leaves} commands");
}

#[tokio::test]
async fn version_is_printed() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(Mayfly::new().run("version").await.success(), format!("mayfly {version}\n"));
    assert_eq!(Mayfly::new().run("version -o json").await.json()["version"], version);
}

#[cfg(feature = "server")]
#[tokio::test]
async fn description_of_the_api_needs_no_server() {
    let run = Mayfly::new().run("openapi").await;
    let description: serde_json::Value = serde_json::from_str(run.success()).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"), "{}", description["openapi"]);
    assert!(run.stdout.ends_with("}\n"), "it does not end with one line break");
}

#[cfg(not(feature = "server"))]
#[tokio::test]
async fn description_of_the_api_comes_from_the_server() {
    use crate::double::{Answer, Double};
    let server = Double::start().await;
    server.on("GET /api/openapi.json", Answer::json(&serde_json::json!({"openapi": "3.1.0"})));
    let run = Mayfly::at(&server).run("openapi").await;
    assert_eq!(run.success(), "{\n  \"openapi\": \"3.1.0\"\n}\n");
}
