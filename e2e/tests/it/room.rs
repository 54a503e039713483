//! People at terminals, who type blocks of commands to the real binary.

use std::{
    fs,
    os::unix::fs::symlink,
    process::{Command, Output, Stdio},
    sync::Arc,
};

use mayfly_e2e::{ACCOUNT, ClusterSide, Installation, Mayfly, binary};
use tempfile::TempDir;

use crate::tutorials::inverted;

/// What anybody answers when they are asked.
const PASSWORD: &str = "correct horse battery\n";

/// A server, and people who sit before it, each with a session of their own.
#[derive(Clone)]
pub(crate) struct Room {
    home: Arc<TempDir>,
    server: Arc<Mayfly>,
}

impl Room {
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// The same, with settings of the server.
    pub(crate) async fn open_with(settings: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let server = Installation::sqlite().await.start_with(settings).await.unwrap();
        let programs = home.path().join("bin");
        fs::create_dir(&programs).unwrap();
        symlink(binary::path().await.unwrap(), programs.join("mayfly")).unwrap();
        Self { home: Arc::new(home), server: Arc::new(server) }
    }

    /// Types a block as the person whom its first line names.
    pub(crate) fn types(&self, block: &str) -> Output {
        let person = block.lines().next().unwrap().strip_prefix("# ").unwrap_or_else(|| panic!("who? {block}"));
        let home = self.home.path();
        let answers = home.join(format!("answers-of-{person}"));
        fs::write(&answers, PASSWORD).unwrap();
        let mut shell = Command::new("sh");
        shell.arg("-euc").arg(inverted(block)).current_dir(home);
        shell.env("PATH", format!("{}:{}", home.join("bin").display(), std::env::var("PATH").unwrap()));
        shell.env("MAYFLY_SERVER", self.server.url()).env_remove("MAYFLY_TOKEN");
        shell.env("MAYFLY_CONFIG_DIR", home.join(format!("config-of-{person}")));
        shell.stdin(Stdio::from(fs::File::open(answers).unwrap())).output().unwrap()
    }

    /// What a block prints that does what it says: data, then everything else.
    #[track_caller]
    pub(crate) fn done(&self, block: &str) -> (String, String) {
        let output = self.types(block);
        let [data, rest] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(output.status.success(), "{block}\n{data}\n{rest}");
        (data, rest)
    }

    /// The address of the server.
    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.home.path().join(file), text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.home.path().join(file)).unwrap()
    }

    /// The dynamic secret `deployer` of the project `web-shop`, in `dev` and in `prod`.
    #[track_caller]
    pub(crate) fn make_secrets(&self, side: &ClusterSide) {
        fs::write(self.home.path().join("ca"), &side.authority).unwrap();
        for environment in ["dev", "prod"] {
            fs::write(self.home.path().join("token"), &side.issuer_token).unwrap();
            self.done(&format!(
                "# Ana\nmayfly secret create deployer --project web-shop --env {environment} --url {} --ca-file ca \
                 --cluster-token-file token --namespace {} --service-account {} --default-ttl 1h --max-ttl 4h",
                side.url, side.namespace, ACCOUNT
            ));
        }
    }
}
