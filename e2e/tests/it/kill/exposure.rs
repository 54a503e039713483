//! Looks for tokens wherever one could have gone: the logs of all servers, the database's files and dump, the audit log,
//! the bodies of errors. Something planted on purpose has to be found in each place first.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    time::Duration,
};

use anyhow::Context as _;
use mayfly_api::leases::IssueLeaseRequest;
use mayfly_e2e::{Installation, Refused, Scene, waiting::until};
use mayfly_testkit::{
    fake_cluster::{Calls, Fault, Faults, When},
    postgres,
    real_cluster::own_name,
    scan::{Scan, files},
};
use serde_json::Value;

/// A log is written a moment later than it is told.
const LOG_PATIENCE: Duration = Duration::from_secs(20);

/// What was planted.
pub(super) struct Planted {
    control: String,
    /// Bodies of errors that callers were given.
    errors: Vec<String>,
    /// A token beside those of the other callers.
    token: String,
}

/// Leaves the control everywhere, and collects errors: of requests that are wrong, and of tokens whose answers are broken
/// in such a way that whoever quotes them quotes the token.
pub(super) async fn plant(scene: &Scene, secret: &str, faults: &Faults) -> Planted {
    let control = own_name("planted-control");
    let request = IssueLeaseRequest {
        dynamic_secret_name: secret.to_owned(),
        reason: Some(control.clone()),
        ..scene.lease_request()
    };
    let issued = scene.issue_as(&request).await.unwrap();
    let mut errors = vec![refused(scene.end(&control).await)];
    let unknown = IssueLeaseRequest { dynamic_secret_name: control.clone(), ..request.clone() };
    errors.push(refused(scene.issue_as(&unknown).await));
    scene.end(&issued.lease.id).await.unwrap();
    errors.push(refused(scene.end(&issued.lease.id).await));
    for fault in broken_answers() {
        faults.inject(Calls::Token, When::Nth(1), fault);
        errors.push(refused(scene.issue_as(&request).await));
        faults.clear();
    }
    Planted { control, errors, token: Scene::token(&issued).unwrap().to_owned() }
}

fn broken_answers() -> Vec<Fault> {
    fn token(answer: &Value) -> Value {
        answer.pointer("/status/token").cloned().unwrap_or_default()
    }
    vec![
        Fault::LoseAnswer,
        Fault::CutBody,
        Fault::FailAfterAct,
        Fault::rewrite_json(|answer| answer["status"] = token(answer)),
        Fault::rewrite_json(|answer| answer["status"]["expirationTimestamp"] = token(answer)),
        Fault::rewrite_json(|answer| answer["kind"] = token(answer)),
        Fault::rewrite_json(|answer| *answer = token(answer)),
    ]
}

fn refused<T>(result: anyhow::Result<T>) -> String {
    let error = result.err().expect("it is refused");
    error.downcast::<Refused>().expect("it is an answer").body.to_string()
}

/// Fails if a token is somewhere, or the control is not.
pub(super) async fn look(home: &Installation, scene: &Scene, planted: &Planted, tokens: &BTreeSet<String>) {
    let mut scan = Scan::new();
    scan.look_for(&planted.control);
    for token in tokens.iter().chain([&planted.token]) {
        scan.look_for_token(token);
    }
    let told = until(LOG_PATIENCE, "the log tells of the control", async || {
        let log = fs::read(home.log_file()).context("read the log")?;
        Ok(scan.found_in(&log).contains(&planted.control.as_str()).then_some(log))
    });
    let log = told.await.unwrap();
    let audit_log = serde_json::to_vec(&scene.client.audit_log(&scene.project_id).await.unwrap()).unwrap();
    let database = database(home);
    let places = [
        ("log", vec![log]),
        ("database", database),
        ("audit log", vec![audit_log]),
        ("errors", planted.errors.iter().map(|body| body.clone().into_bytes()).collect()),
    ];
    for (place, contents) in places {
        let found: HashSet<&str> = contents.iter().flat_map(|bytes| scan.found_in(bytes)).collect();
        let bytes: usize = contents.iter().map(Vec::len).sum();
        println!("{place}: {bytes} bytes looked through for {} secrets", scan.len());
        // Tokens are not repeated here.
        assert!(found.contains(planted.control.as_str()), "the {place} does not hold even the control");
        assert_eq!(found.len(), 1, "the {place} holds parts of {} tokens", found.len() - 1);
    }
}

/// Every byte that the database keeps.
fn database(home: &Installation) -> Vec<Vec<u8>> {
    let files = files(&home.folder()).unwrap();
    let has_log = files.iter().any(|(name, bytes)| name.ends_with("-wal") && !bytes.is_empty());
    assert_eq!(has_log, home.database_url().is_none(), "the embedded database's own log is among its files");
    let dump = home.database_url().map(|url| postgres::dump(url).unwrap().into_bytes());
    files.into_iter().map(|(_, bytes)| bytes).chain(dump).collect()
}
