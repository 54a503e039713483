//! Names that want to be paths do not get far enough to be one.

use mayfly_cluster::{Issue, Verify};
use mayfly_testkit::fake_cluster::Calls;
use serde_json::json;

use crate::ground::Ground;

/// Texts that would lead elsewhere if they were put into a path, in five hundred variations.
fn hostile_names() -> Vec<String> {
    let seeds = [
        "..",
        "../..",
        "a/b",
        "a/../../secrets/x",
        "%2e%2e",
        "%2F",
        "a%00b",
        "a?dryRun=All",
        "a#b",
        "a\\b",
        "a;b",
        "a b",
        " ",
        "a\nb",
        "a\r\nHost: x",
        "a\tb",
        "\u{202e}a",
        "ａ",
        "A",
        "a_b",
        "-a",
        "a-",
        "a..b",
        ".a",
        "a.",
    ];
    let wrappings = ["{}", "x{}", "{}x", "x{}x", "/{}", "{}/", "{}/token", "../{}", "{}%2f..", "x/{}/y"];
    let wrapped = seeds.iter().flat_map(|seed| wrappings.iter().map(|around| around.replace("{}", seed)));
    let long = (0..250).map(|length| format!("{}/", "x".repeat(length)));
    wrapped
        .chain(long)
        .filter(|name| name.parse::<mayfly_domain::kubernetes_name::ServiceAccountName>().is_err())
        .collect()
}

#[tokio::test]
async fn hostile_names_reach_no_path() {
    let ground = Ground::new().await;
    let names = hostile_names();
    assert!(names.len() >= 450, "{}", names.len());
    let issue = Issue { target: ground.target.clone(), plan: ground.plan(), verify: Verify::Skip };
    let wire = serde_json::to_value(&issue).unwrap();
    for name in names {
        for field in ["namespace", "name"] {
            let mut changed = wire.clone();
            changed["plan"]["account"][field] = json!(name);
            assert!(serde_json::from_value::<Issue>(changed).is_err(), "{field} {name:?} was accepted");
        }
    }
    ground.issue().await.unwrap();
    let paths: Vec<String> = ground.requests().of(Calls::All).iter().map(|seen| seen.path().to_owned()).collect();
    let expected = ["/api/v1/namespaces/kube-system", "/api/v1/namespaces/team-a/serviceaccounts/deployer/token?"];
    assert!(paths.iter().all(|path| expected.contains(&path.as_str())), "{paths:?}");
}

#[tokio::test]
async fn names_with_dots_are_names() {
    let mut ground = Ground::new().await;
    ground.account = crate::ground::account("team-a", "a.b-c.d");
    ground.cluster.add_account("team-a", "a.b-c.d");
    let right = mayfly_testkit::fake_cluster::FakeRight::within("team-a", "create", "serviceaccounts/token");
    ground.cluster.grant(crate::ground::ISSUER_USER, right);
    ground.issue().await.unwrap();
}
