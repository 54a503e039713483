//! An administrator's desk: the command line with the server's address and an access token in its environment.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};

use mayfly_e2e::{Mayfly, Scene, binary};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

pub(super) struct Desk {
    home: TempDir,
    program: PathBuf,
    environment: Vec<(&'static str, String)>,
}

/// How a command ended.
pub(super) struct Done {
    pub(super) code: Option<i32>,
    pub(super) data: String,
    pub(super) rest: String,
}

/// A command that goes on.
pub(super) struct Running {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Desk {
    pub(super) async fn new(mayfly: &Mayfly, scene: &Scene) -> Self {
        let home = tempfile::tempdir().unwrap();
        let environment = vec![
            ("MAYFLY_SERVER", mayfly.url().to_owned()),
            ("MAYFLY_TOKEN", scene.client.token().unwrap().to_owned()),
            ("MAYFLY_PROJECT", scene.project_slug.clone()),
            ("MAYFLY_CONFIG_DIR", home.path().join("config").display().to_string()),
        ];
        Self { home, program: binary::path().await.unwrap(), environment }
    }

    /// With an authority of the server's own.
    pub(super) fn trusting(mut self, ca: &Path) -> Self {
        self.environment.push(("MAYFLY_SERVER_CA_FILE", ca.display().to_string()));
        self
    }

    /// A file on the desk.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(line.split_whitespace()).current_dir(self.home.path());
        command.envs(self.environment.iter().map(|(name, value)| (*name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Runs a command line, without quotes in it, to its end.
    pub(super) async fn run(&self, line: &str) -> Done {
        let output = self.command(line).output().await.unwrap();
        let [data, rest] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Done { code: output.status.code(), data, rest }
    }

    /// What a command prints that does what it says.
    pub(super) async fn done(&self, line: &str) -> String {
        let done = self.run(line).await;
        assert_eq!(done.code, Some(0), "{line}\n{}{}", done.data, done.rest);
        done.data
    }

    /// The same, as JSON.
    pub(super) async fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.done(&format!("{line} -o json")).await).unwrap()
    }

    /// Starts a command that does not end.
    pub(super) fn start(&self, line: &str) -> Running {
        let mut child = self.command(line).spawn().unwrap();
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let (told, mut complaints) = (Arc::clone(&lines), BufReader::new(child.stderr.take().unwrap()).lines());
        let mut data = BufReader::new(child.stdout.take().unwrap()).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = data.next_line().await {
                told.lock().unwrap().push(line);
            }
        });
        tokio::spawn(async move {
            while let Ok(Some(line)) = complaints.next_line().await {
                println!("it says: {line}");
            }
        });
        Running { child, lines }
    }
}

impl Running {
    /// What it has printed.
    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Ends it without warning.
    pub(super) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}
