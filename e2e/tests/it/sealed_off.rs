//! What is in the server's memory stays there: no core is dumped, whatever ends it, and its memory is not left to others.

use std::fs;

use mayfly_e2e::Installation;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

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
