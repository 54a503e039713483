//! Proof that the log is whole, without the server: of the database as it lies there, and of copies that were changed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use mayfly_e2e::{Installation, Mayfly, Scene, waiting::until};
use serde_json::{Value, json};

use super::desk::Desk;
use crate::tools::run;

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

struct Kept {
    home: tempfile::TempDir,
    installation: Installation,
    heads: PathBuf,
    file: PathBuf,
}

impl Kept {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (heads, file) = (home.path().join("heads.ndjson"), home.path().join("audit.ndjson"));
        Self { home, installation: Installation::sqlite().await, heads, file }
    }

    async fn start(&self) -> Mayfly {
        let (heads, file) = (self.heads.display().to_string(), self.file.display().to_string());
        let settings = [("MAYFLY_AUDIT_HEADS_FILE", heads.as_str()), ("MAYFLY_AUDIT_FILE", file.as_str())];
        self.installation.start_with(&settings).await.unwrap()
    }

    /// A copy of the data, with `statements` done to it.
    fn copy(&self, name: &str, statements: &str) -> PathBuf {
        let folder = self.home.path().join(name);
        run(Command::new("cp").arg("-a").arg(self.installation.folder()).arg(&folder));
        let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()";
        run(Command::new("python3").args(["-c", script]).arg(folder.join("mayfly.db")).arg(statements));
        folder
    }
}

async fn make(scene: &Scene, count: usize) {
    for number in 0..count {
        let body = json!({"name": format!("machine {number}")});
        let _: Value = scene.client.post("/api/v1/identities", &body).await.unwrap();
    }
}

async fn verify(desk: &Desk, folder: &Path, heads: &Path) -> (Option<i32>, Value) {
    let line = format!("audit verify --offline --data-dir {} --head {} -o json", folder.display(), heads.display());
    let done = desk.run(&line).await;
    let told = serde_json::from_str(&done.data).unwrap_or_else(|error| panic!("{error}: {}", done.rest));
    (done.code, told)
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_log_is_proven_without_the_server_and_each_manipulated_copy_is_named() {
    let kept = Kept::new().await;
    let mayfly = kept.start().await;
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    make(&scene, 10).await;
    mayfly.stop().await.unwrap();
    let mayfly = kept.start().await;
    let scene = scene.at(&mayfly);
    let desk = Desk::new(&mayfly, &scene).await;
    make(&scene, 10).await;
    mayfly.stop().await.unwrap();
    assert!(lines(&kept.heads).len() >= 2, "a head with each stop");
    let (code, whole) = verify(&desk, &kept.installation.folder(), &kept.heads).await;
    assert_eq!((code, &whole["isIntact"]), (Some(0), &json!(true)), "{whole}");
    let some = "(SELECT id FROM audit_events WHERE kind = 'create-identity' ORDER BY id LIMIT 1)";
    let manipulations = [
        ("changed", format!("UPDATE audit_events SET metadata = '{{}}' WHERE id = {some}"), "changed"),
        ("moved", format!("UPDATE audit_events SET created_at = created_at + 1 WHERE id = {some}"), "changed"),
        ("removed", format!("DELETE FROM audit_events WHERE id = {some}"), "missing"),
        ("unsealed", "UPDATE audit_seals SET content = content || ' ' WHERE number = 1".to_owned(), "seal-changed"),
        (
            "cut",
            "DELETE FROM audit_seals WHERE number > 1; DELETE FROM audit_positions;
             DELETE FROM audit_events WHERE id > (SELECT MIN(id) FROM audit_events WHERE kind = 'create-project')"
                .to_owned(),
            "cut-off",
        ),
    ];
    for (name, statements, fault) in manipulations {
        let folder = kept.copy(name, &statements);
        let (code, told) = verify(&desk, &folder, &kept.heads).await;
        let faults: Vec<&str> =
            told["findings"].as_array().unwrap().iter().map(|finding| finding["fault"].as_str().unwrap()).collect();
        assert_eq!((code, faults.contains(&fault)), (Some(9), true), "{name}: {told}");
        println!("{name}: {faults:?}");
    }
    let untouched = kept.copy("untouched", "SELECT 1");
    assert_eq!(verify(&desk, &untouched, &kept.heads).await.0, Some(0), "a copy is as good as the original");
    let other = kept.home.path().join("other-head");
    let mut head = lines(&kept.heads).pop().unwrap();
    head["mark"] = json!("00".repeat(16));
    fs::write(&other, head.to_string()).unwrap();
    assert_eq!(verify(&desk, &kept.installation.folder(), &other).await.0, Some(9), "a head that is not of this log");
    let mayfly = kept.start().await;
    let desk = Desk::new(&mayfly, &scene.at(&mayfly)).await;
    let told = desk.json(&format!("audit verify --head {}", kept.heads.display())).await;
    assert_eq!(told["isIntact"], true, "the server says the same: {told}");
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn an_export_is_compared_with_the_proven_log_without_the_server() {
    let kept = Kept::new().await;
    let mayfly = kept.start().await;
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    make(&scene, 10).await;
    let desk = Desk::new(&mayfly, &scene).await;
    let exported = desk.done("audit export").await;
    let all: Vec<&str> = exported.lines().collect();
    // The file is written within a second.
    until(PATIENCE, "the file has them too", async || Ok((lines(&kept.file).len() >= all.len()).then_some(())))
        .await
        .unwrap();
    mayfly.stop().await.unwrap();
    let folder = kept.installation.folder();
    let compare = async |name: &str, text: &str| {
        let path = kept.home.path().join(name);
        fs::write(&path, text).unwrap();
        let line = format!(
            "audit verify --offline --data-dir {} --head {} --export {}",
            folder.display(),
            kept.heads.display(),
            path.display()
        );
        let done = desk.run(&format!("{line} -o json")).await;
        let told: Value = serde_json::from_str(&done.data).unwrap_or_else(|error| panic!("{error}: {}", done.rest));
        let faults: Vec<String> = told["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| format!("{} {}", finding["fault"].as_str().unwrap(), finding["what"].as_str().unwrap()))
            .collect();
        (done.code, faults, told["unproven"].to_string())
    };
    let (code, faults, unproven) = compare("whole", &exported).await;
    assert_eq!((code, faults.len(), unproven.contains("not in it")), (Some(0), 0, false), "{faults:?} {unproven}");
    let written = fs::read_to_string(&kept.file).unwrap();
    assert_eq!(compare("file", &written).await.0, Some(0), "lines of `audit.file` are compared as well");
    let changed = exported.replacen("machine 3", "machine X", 1);
    let (code, faults, _) = compare("changed", &changed).await;
    assert!(code == Some(9) && faults.len() == 1 && faults[0].starts_with("export-changed line"), "{faults:?}");
    let mut forged: Value = serde_json::from_str(all.last().unwrap()).unwrap();
    forged["id"] = json!("ffffffff-0000-7000-8000-000000000000");
    let (code, faults, _) = compare("added", &format!("{exported}{forged}\n")).await;
    assert!(code == Some(9) && faults.iter().any(|fault| fault.starts_with("export-added")), "{faults:?}");
    let mut less = all.clone();
    less.remove(4);
    let (code, faults, unproven) = compare("less", &less.join("\n")).await;
    assert_eq!((code, faults.len(), unproven.contains("1 events of the export")), (Some(0), 0, true), "{unproven}");
}

#[tokio::test]
async fn the_file_has_every_event_though_it_is_rotated_and_the_server_killed() {
    let kept = Kept::new().await;
    let mut mayfly = kept.start().await;
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let ids = |paths: &[&Path]| -> Vec<String> {
        paths.iter().flat_map(|path| lines(path)).map(|event| event["id"].as_str().unwrap().to_owned()).collect()
    };
    let rotated = kept.home.path().join("audit.ndjson.1");
    for round in 0..4 {
        make(&scene.at(&mayfly), 15).await;
        if round == 1 {
            let has_some = async || Ok(kept.file.exists().then_some(()));
            until(PATIENCE, "the file is written", has_some).await.unwrap();
            fs::rename(&kept.file, &rotated).unwrap();
        }
        mayfly.kill().await.unwrap();
        mayfly = kept.start().await;
    }
    let desk = Desk::new(&mayfly, &scene.at(&mayfly)).await;
    let listed = desk.json("audit ls --limit 500").await["events"].as_array().unwrap().clone();
    let all: Vec<&str> = listed.iter().map(|event| event["id"].as_str().unwrap()).collect();
    let complete = async || {
        let written = ids(&[&rotated, &kept.file]);
        Ok(all.iter().all(|id| written.iter().any(|written| written == id)).then_some(written))
    };
    let written = until(PATIENCE, "the file has every event", complete).await.unwrap();
    println!("{} events in {} lines, four kills", all.len(), written.len());
    assert!(lines(&kept.file).iter().all(|line| line["kind"].is_string()), "whole lines only");
    mayfly.stop().await.unwrap();
}
