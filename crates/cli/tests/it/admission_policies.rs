//! `mayfly admission-policy`, which calls nobody.

use serde_json::Value;

use crate::mayfly::Mayfly;

const COMMAND: &str = "admission-policy --installation 01893b9e-7c1a-7def-8abc-0123456789ab \
                       --issuer system:serviceaccount:mayfly:issuer";
const OPENED: &str = "--namespace team-a --namespace team-b --role deployer --cluster-role view \
                      --cluster-role-everywhere view --own-rules everywhere --account team-a/ci-deployer \
                      --audience https://kubernetes.default.svc --longest-token 3600 --label team --annotation note \
                      --policy-name issuer-a --name-template ci-shop-{{randomUsername}}";

#[tokio::test]
async fn yaml_is_the_same_as_json() {
    for flags in ["--namespace team-a", OPENED] {
        let line = format!("{COMMAND} {flags}");
        let yaml = Mayfly::new().run(&line).await;
        let read = |document: &str| serde_saphyr::from_str::<Value>(document).unwrap();
        let documents: Vec<Value> = yaml.success().split("---\n").skip(1).map(read).collect();
        let json = Mayfly::new().run(&format!("{line} -o json")).await;
        let list: Value = serde_json::from_str(json.success()).unwrap();
        assert_eq!((&list["kind"], &list["items"]), (&"List".into(), &Value::Array(documents)));
        assert_eq!(list["items"].as_array().unwrap().len(), 20);
    }
}

#[tokio::test]
async fn what_was_allowed_is_in_it_and_nothing_else() {
    let told = Mayfly::new().run(&format!("{COMMAND} {OPENED}")).await;
    for allowed in ["'team-b'", "'deployer'", "'team-a/ci-deployer'", "<= 3600", "'note'", "name: issuer-a-tokens"] {
        assert!(told.success().contains(allowed), "{allowed} is missing");
    }
    let closed = Mayfly::new().run(&format!("{COMMAND} --namespace team-a")).await;
    assert!(!closed.success().contains("'deployer'") && closed.success().contains("whole-cluster bindings are closed"));
}

#[tokio::test]
async fn what_confines_nobody_is_refused() {
    for (flags, why) in [
        ("", "allows nothing"),
        ("--namespace Team", "--namespace"),
        ("--account deployer", "`namespace/name`"),
        ("--namespace a --name-template {{identity.name}}", "letters of its own"),
        ("--namespace a --longest-token 60", "at least 600 s"),
        ("--namespace-selector {}", "empty selector"),
        ("--namespace-selector team=a", "label selector"),
        ("--namespace a -o token", "-o token"),
    ] {
        let refused = Mayfly::new().run(&format!("{COMMAND} {flags}")).await;
        assert!(refused.failure(2).contains(why), "{flags}: {}", refused.stderr);
    }
}
