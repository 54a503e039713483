//! What people do in a browser, in a real one.

use std::{path::PathBuf, process::Command};

use mayfly_e2e::Installation;
use mayfly_testkit::browser;
use serde_json::{Value, json};

use crate::tools::{installed, own, run};

const ANA: &str = "ana@example.com";
const PASSWORD: &str = "correct horse battery";

/// A folder with the driver of the lock file, and our programs beside it: Node looks for packages where they lie.
fn programs() -> PathBuf {
    let inputs = ["package.json", "package-lock.json", "passkeys.mjs"].map(|name| own("browser").join(name));
    installed("browser", &inputs, |folder| {
        for input in &inputs {
            std::fs::copy(input, folder.join(input.file_name().unwrap())).unwrap();
        }
        let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        run(Command::new("npm").args(install).current_dir(folder));
    })
}

#[tokio::test]
async fn a_browser_makes_and_uses_passkeys_of_each_algorithm() {
    let mayfly = Installation::sqlite().await.start_with(&[("MAYFLY_PUBLIC_URL", "http://localhost")]).await.unwrap();
    let body = json!({"email": ANA, "password": PASSWORD, "organization": "Shop"});
    let _: Value = mayfly.client().unwrap().post("/api/v1/admin/bootstrap", &body).await.unwrap();
    let address = mayfly.url().trim_start_matches("http://").to_owned();
    let told = tokio::task::spawn_blocking(move || {
        let mut command = Command::new("node");
        command.arg(programs().join("passkeys.mjs")).env("BROWSER", browser::program().unwrap());
        run(command.envs([("ADDRESS", address.as_str()), ("EMAIL", ANA), ("PASSWORD", PASSWORD)]))
    });
    let told: Value = serde_json::from_slice(&told.await.unwrap().stdout).unwrap();
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let seen = json!({
            "algorithm": algorithm, "transports": ["internal"], "alone": ANA, "who": ANA, "beside": ANA,
        });
        assert_eq!(told["algorithms"][algorithm], seen, "{algorithm}");
    }
    assert_eq!(told["again"], "InvalidStateError", "one that is there is not made twice: {told}");
    assert_eq!((&told["copied"], &told["suspected"]), (&json!(401), &json!(["chosen"])), "{told}");
    assert_eq!(told["unverified"], "NotAllowedError", "{told}");
    assert_eq!(told["elsewhere"], "SecurityError", "{told}");
    assert!(["EdDSA", "ES256", "RS256"].contains(&told["chosen"].as_str().unwrap()), "{told}");
    mayfly.stop().await.unwrap();
}
