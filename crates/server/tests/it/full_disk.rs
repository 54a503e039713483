//! A disk that is full: nothing new is issued, and what was issued ends all the same (failure F18 of the design).
//!
//! The disk is a small one in memory, in a mount namespace of its own, in which the test runs itself once more; it goes
//! with the process. Where that is not permitted, the test fails and says so.

use std::{
    env,
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::Path,
    process::Command,
};

use serde_json::{Value, json};

use crate::support::TestServer;

const TEST: &str = "full_disk::leases_end_on_a_full_disk_and_none_are_issued";
/// Set for the run on the small disk.
const INSIDE: &str = "MAYFLY_TEST_ON_SMALL_DISK";
/// Room for the reserve, a database of a thousand leases, and its log.
const DISK: &str = "size=256m";
const LEASES: usize = 1_000;
/// More than fit into what the database's log has room for when the disk is full.
const MOST_FURTHER: usize = 5_000;

/// Runs this test on a small disk; nothing where no disk may be mounted.
fn run_on_small_disk() -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let (this, folder) = (env::current_exe().unwrap(), folder.path());
    let mount = format!("mount -t tmpfs -o {DISK} none \"$1\"");
    let run = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(&this).arg(folder).env("TMPDIR", folder).env(INSIDE, "yes");
        command.output()
    };
    if !run(&mount).is_ok_and(|tried| tried.status.success()) {
        return None;
    }
    let ended = run(&format!("{mount} && exec \"$0\" --exact {TEST} --nocapture")).unwrap();
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success() && told.contains("1 passed"), "{told}{}", String::from_utf8_lossy(&ended.stderr));
    Some(told)
}

/// Writes until there is no room for another page.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    loop {
        match file.write_all(&[7; 4096]) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::StorageFull => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Issues leases until one is refused; says how many were given, and the refusal's code.
async fn issue_until_refused(server: &TestServer, most: usize) -> (usize, Option<Value>) {
    let admin = server.as_admin();
    for number in 0..most {
        let answer = server.issue_with(&admin, "ci", &json!({})).await;
        if answer.status != 200 {
            assert_eq!(answer.status, 503, "{}", answer.text);
            return (number, Some(answer.problem()["code"].clone()));
        }
    }
    (most, None)
}

#[tokio::test]
async fn leases_end_on_a_full_disk_and_none_are_issued() {
    if env::var_os(INSIDE).is_none() {
        let told = run_on_small_disk();
        println!("{}", told.expect("a disk may be mounted: run this as root, or where `unshare --mount` is permitted"));
        return;
    }
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    server.reserve().take();
    let reserve = server.home.data_dir().join("reserve");
    assert_eq!(fs::metadata(&reserve).unwrap().len(), 64 << 20);
    assert_eq!(issue_until_refused(&server, LEASES).await, (LEASES, None));

    let filler = env::temp_dir().join("filler");
    fill(&filler);
    let (further, code) = issue_until_refused(&server, MOST_FURTHER).await;
    assert_eq!(code, Some(json!("store_unavailable")), "the one that finds the disk full");
    assert!(server.reserve().is_given_up() && !reserve.exists());
    let text = server.issue_with(&server.as_admin(), "ci", &json!({})).await.refused(503, "disk_full");
    assert!(text.contains("leases and tokens still end"), "{text}");
    server.as_admin().post("/api/v1/identities", &json!({"name": "another"})).await.refused(503, "disk_full");

    let listed = server.as_admin().get(&format!("/api/v1/dynamic-secrets/ci/leases?{}", server.place_query())).await;
    let one = listed.ok()["leases"][0]["id"].as_str().unwrap().to_owned();
    server.as_admin().delete(&format!("/api/v1/dynamic-secrets/leases/{one}"), &server.place()).await.ok();
    server.advance(2 * 3_600);
    server.reap().await;
    let given = i64::try_from(LEASES + further).unwrap();
    let expired = "SELECT COUNT(*) FROM audit_events WHERE kind = 'expire-dynamic-secret-lease'";
    assert_eq!(server.home.number(expired).await, given);
    assert_eq!(server.home.number("SELECT COUNT(*) FROM lease_states WHERE ended_at IS NULL").await, 0);

    server.reserve().take();
    assert!(server.reserve().is_given_up(), "there is no room yet");
    fs::remove_file(&filler).unwrap();
    server.reserve().take();
    assert!(!server.reserve().is_given_up() && reserve.exists());
    assert_eq!(issue_until_refused(&server, 1).await, (1, None));
    println!("{given} leases ended on a full disk");
}
