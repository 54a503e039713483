//! What is in the server's memory stays there: no core is dumped, whatever ends it, and its memory is not left to others.

use std::{
    fs,
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    process::{Child, Command, Stdio},
    time::Duration,
};

use mayfly_e2e::{Installation, binary, waiting::until};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, getuid, kill_process, setrlimit};

#[tokio::test]
async fn a_server_that_crashes_leaves_no_core() {
    // The server inherits the limit, and has to give it up by itself.
    let allowed = getrlimit(Resource::Core);
    setrlimit(Resource::Core, Rlimit { current: allowed.maximum, ..allowed }).unwrap();
    let home = Installation::sqlite().await;
    let mayfly = home.start().await.unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", mayfly.process_id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit of cores");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    let pid = Pid::from_raw(mayfly.process_id()).unwrap();
    kill_process(pid, Signal::ABORT).unwrap();
    mayfly.buried().await.unwrap();
    let left = fs::read_dir(home.folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let cores: Vec<String> = left.filter(|name| name.contains("core")).collect();
    assert_eq!(cores, Vec::<String>::new());
}

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Somebody who is not root. Root may look into everything, and what belongs to root looks the same from outside.
const NOBODY: u32 = 65_534;

/// The system gives what is in `/proc` of a process to root, and so to nobody else, once it cannot be dumped (proc(5)).
#[tokio::test]
async fn a_server_cannot_be_looked_into_by_others_of_its_user() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary::path().await.unwrap());
    command.args(["server", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.path().join("data"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if getuid().is_root() {
        std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    let server = Running(command.spawn().unwrap());
    let of = format!("/proc/{}", server.0.id());
    let sealed = until(Duration::from_mins(1), "its memory is root's", async || {
        Ok((fs::metadata(format!("{of}/environ"))?.uid() == 0).then_some(()))
    });
    sealed.await.unwrap();
    let status = fs::read_to_string(format!("{of}/status")).unwrap();
    let user = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
    assert!(!user.split_whitespace().any(|number| number == "0"), "it is not root itself: {user}");
    assert_eq!(fs::metadata(format!("{of}/mem")).unwrap().uid(), 0);
}
