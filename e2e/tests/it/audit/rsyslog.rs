//! The syslog receiver that most machines have: rsyslog, which writes what it understood of each message as JSON.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use mayfly_testkit::certificates::TestAuthority;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;

use mayfly_e2e::waiting::until;

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

pub(super) struct Rsyslog {
    home: TempDir,
    child: Child,
    pub(super) port: u16,
    pub(super) ca: PathBuf,
}

impl Rsyslog {
    /// On a free port, or on the one that it had.
    pub(super) async fn start(tls: bool, port: Option<u16>) -> Self {
        let program = tokio::task::spawn_blocking(program).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let free = || std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let port = port.unwrap_or_else(free);
        let ca = certificates(home.path());
        fs::write(home.path().join("conf"), config(home.path(), port, tls)).unwrap();
        let log = fs::File::create(home.path().join("complaints")).unwrap();
        let mut command = Command::new(program);
        command.arg("-n").arg("-f").arg(home.path().join("conf")).arg("-i").arg(home.path().join("pid"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let receiver = Self { home, child, port, ca };
        let listens = async || Ok(TcpStream::connect(("127.0.0.1", port)).await.ok());
        let listening = until(PATIENCE, "rsyslog listens", listens).await;
        let complaints = fs::read_to_string(receiver.home.path().join("complaints")).unwrap_or_default();
        listening.unwrap_or_else(|error| panic!("{error}: {complaints}"));
        receiver
    }

    /// What it has understood: priority, program, kind of message and text of each.
    pub(super) fn received(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.home.path().join("received")).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn certificates(home: &Path) -> PathBuf {
    let authority = TestAuthority::new("Logs");
    let (certificate, key) = authority.sign_pem_for(&["127.0.0.1"]);
    for (name, text) in [("tls.crt", certificate), ("tls.key", key), ("ca.crt", authority.pem())] {
        fs::write(home.join(name), text).unwrap();
    }
    home.join("ca.crt")
}

fn config(home: &Path, port: u16, tls: bool) -> String {
    let home = home.display();
    let driver =
        if tls { r#" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon""# } else { "" };
    let files = if tls {
        format!(
            r#" defaultNetstreamDriverCAFile="{home}/ca.crt" defaultNetstreamDriverCertFile="{home}/tls.crt"
            defaultNetstreamDriverKeyFile="{home}/tls.key""#
        )
    } else {
        String::new()
    };
    format!(
        r#"global(workDirectory="{home}" maxMessageSize="64k"{files})
module(load="imtcp"{driver})
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="understood" type="string" string="%jsonmesg%\n")
action(type="omfile" file="{home}/received" template="understood")
"#
    )
}

/// Where it is; installed if need be and if we may.
fn program() -> PathBuf {
    let path = PathBuf::from("/usr/sbin/rsyslogd");
    let driver = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let has_tls = driver.map(|entry| entry.path().join("rsyslog/lmnsd_ossl.so")).any(|file| file.exists());
    if path.exists() && has_tls {
        return path;
    }
    let packages = ["rsyslog", "rsyslog-openssl"];
    let installed =
        Command::new("apt-get").args(["install", "--yes", "--no-install-recommends"]).args(packages).output();
    let is_there = installed.is_ok_and(|output| output.status.success()) && path.exists();
    assert!(is_there, "rsyslog is missing: `apt-get install rsyslog rsyslog-openssl`");
    path
}
