//! `cargo xtask demo` on its own real cluster, interrupted. That it goes well is a step of `cargo xtask test`.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

/// The test cluster starts within seconds, or minutes when it must be built.
const PATIENCE: Duration = Duration::from_mins(45);

/// A `mayfly` whose server is ready at once and whose commands never end. It notes who it is and where it works.
const MAYFLY: &str = r#"#!/bin/sh
notes=$(dirname "$0")
echo $$ >"$notes/$1.new"
if [ "$1" = server ]; then
    dirname "$5" >"$notes/home"
    echo 'INFO mayfly is ready address=127.0.0.1:9'
fi
mv "$notes/$1.new" "$notes/$1"
exec sleep 600
"#;

async fn wait_until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    let search = async {
        loop {
            ticks.tick().await;
            if let Some(found) = look() {
                return found;
            }
        }
    };
    #[expect(clippy::disallowed_methods, reason = "other processes work by the machine's time")]
    let found = tokio::time::timeout(PATIENCE, search).await;
    found.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}

fn note(folder: &Path, name: &str) -> Option<String> {
    fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned())
}

fn is_alive(process: &str) -> bool {
    Path::new("/proc").join(process).join("cwd").exists()
}

fn interrupt(child: &Child) {
    kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), Signal::INT).unwrap();
}

#[tokio::test]
async fn interrupted_demo_leaves_no_process_and_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mayfly = folder.path().join("mayfly");
    fs::write(&mayfly, MAYFLY).unwrap();
    fs::set_permissions(&mayfly, fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["demo", "--once", "--mayfly"]).arg(&mayfly).stdout(Stdio::null()).stderr(Stdio::null());
    let mut demo = command.spawn().unwrap();

    let bootstrap = wait_until("it signs in", || note(folder.path(), "bootstrap")).await;
    let server = note(folder.path(), "server").unwrap();
    let home = PathBuf::from(note(folder.path(), "home").unwrap());
    let cluster = note(&home.join("cluster"), "lock").unwrap();
    let all = [bootstrap, server, cluster];
    assert_eq!(all.each_ref().map(|process| is_alive(process)), [true; 3], "{all:?}");

    interrupt(&demo);
    assert_eq!(demo.wait().unwrap().code(), Some(130));
    assert_eq!(all.each_ref().map(|process| is_alive(process)), [false; 3], "{all:?}");
    assert!(!home.exists(), "`{}` is still there", home.display());
}
