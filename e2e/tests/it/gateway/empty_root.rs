//! The agent in an image of its own: linked statically, in a root with nothing else in it that it may not write to, as nobody.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::Stdio,
};

use mayfly_e2e::{Installation, RunningGateway, Scene, binary, inputs, waiting::until};
use mayfly_testkit::network::NameServer;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::{
    PATIENCE, in_state, make, policy,
    rooms::{NAME as USER, PASSWORD, Rooms},
};

/// Whom the chart runs it as.
const NOBODY: u32 = 65_532;

/// What the agent knows its proxy by.
const PROXY: &str = "proxy.company.example";

/// A folder that becomes the root of a process. Where none can be changed, the process only works in it.
struct Root(TempDir);

impl Root {
    async fn new(rooms: &Rooms, enrolment: &str) -> Self {
        let root = Self(tempfile::tempdir().unwrap());
        for folder in ["etc", "dev", "state"] {
            fs::create_dir(root.path(folder)).unwrap();
        }
        fs::copy(binary::static_gateway().await.unwrap(), root.path("mayfly-gateway")).unwrap();
        for (name, text) in [
            ("etc/resolv.conf", "nameserver 127.0.0.1\n"),
            ("enrolment", enrolment),
            ("policy.yaml", &policy(&rooms.ground)),
            ("ca.crt", &rooms.cluster.authority),
            ("token", &rooms.cluster.token),
            ("password", PASSWORD),
        ] {
            fs::write(root.path(name), text).unwrap();
        }
        if rooms.rig.is_apart() {
            root.give_to_nobody();
        }
        root
    }

    /// The one place that nobody may write to is where its key is.
    fn give_to_nobody(&self) {
        fs::set_permissions(self.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for (own, mode) in [("enrolment", 0o400), ("token", 0o400), ("password", 0o400), ("state", 0o700)] {
            chown(self.path(own), Some(NOBODY), Some(NOBODY)).unwrap();
            fs::set_permissions(self.path(own), fs::Permissions::from_mode(mode)).unwrap();
        }
        // Every container runtime gives its containers these.
        // <https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#default-devices>
        for (name, minor) in [("dev/random", 8), ("dev/urandom", 9)] {
            let mode = Mode::from_raw_mode(0o666);
            mknodat(CWD, self.path(name), FileType::CharacterDevice, mode, makedev(1, minor)).unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The agent in here, in the private network, with none of the test's variables but where programs are.
    fn command(&self, rooms: &Rooms, arguments: &[&str]) -> Command {
        let private = &rooms.rig.private;
        let mut command = if rooms.rig.is_apart() {
            let mut command = private.command(Path::new("chroot"));
            command.arg(format!("--userspec={NOBODY}:{NOBODY}")).arg(self.0.path()).arg("/mayfly-gateway");
            command
        } else {
            private.command(&self.path("mayfly-gateway"))
        };
        command.current_dir(self.0.path()).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").args(arguments);
        let mut command = Command::from(command);
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        command
    }
}

#[tokio::test]
async fn real_agent_does_its_work_in_an_empty_root_as_nobody() {
    let rooms = Rooms::new("empty-root").await;
    let mayfly = Installation::sqlite().await.start_in(&rooms.rig.servers, &[]).await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let (path, enrolment) = make(&scene.client, "gw-private").await;
    let root = Root::new(&rooms, &enrolment).await;
    let SocketAddr::V4(proxy) = rooms.proxy.address() else { unreachable!("rooms have addresses of IPv4") };
    let is_apart = rooms.rig.is_apart();
    let names = is_apart.then(|| NameServer::start(&rooms.rig.private, &[(PROXY, *proxy.ip())]).unwrap());
    let host = if is_apart { PROXY.to_owned() } else { proxy.ip().to_string() };
    let (through, server) = (format!("http://{USER}@{host}:{}", proxy.port()), mayfly.url_for_neighbours());
    let post = ["--policy", "policy.yaml", "--cluster-ca", "ca.crt", "--cluster-token", "token", "--state", "state"];
    let post = [&post[..], &["--cluster-url", &rooms.cluster.url]].concat();
    let run = ["run", "--server", &server, "--instance", "pod-1", "--enrolment-file", "enrolment"];
    let by = ["--proxy", &through, "--proxy-password-file", "password"];
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut command = root.command(&rooms, &[&run[..], &by, &post].concat());
    let _running = RunningGateway::spawn(command.stderr(log.reopen().unwrap())).unwrap();
    let opened = until(PATIENCE, "the tunnel is open", async || {
        Ok(fs::read_to_string(log.path())?.contains("the tunnel is open").then_some(()))
    });
    opened.await.unwrap_or_else(|error| panic!("{error:#}: {}", fs::read_to_string(log.path()).unwrap()));
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let by_gateway = inputs::by_gateway(&shown.id);
    scene.create_secret_with(&by_gateway, &rooms.ground.side).await.unwrap();
    let issued = scene.issue(None).await.unwrap();
    assert!(rooms.ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap().is_some());
    assert!(names.is_none_or(|names| names.asked() > 0), "the proxy's name was asked for");

    // It brings the public authorities along: whom they do not vouch for is not believed, and not because there are none.
    let doctor = ["doctor", "--json", "--server", &rooms.cluster.url];
    let output = root.command(&rooms, &[&doctor[..], &post].concat()).stdout(Stdio::piped()).output().await.unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = told["checks"].as_array().unwrap();
    let outer = checks.iter().find(|check| check["check"] == "outer-tls").unwrap();
    assert!(outer["text"].as_str().unwrap().contains("UnknownIssuer"), "{outer}");
}
