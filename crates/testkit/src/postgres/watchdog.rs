//! The end of a server whose tests have ended, however they ended.
//!
//! PostgreSQL's server leaves its parents behind when it starts, so nothing ends it with us. A shell waits at a pipe
//! whose other end this process holds; the kernel closes it when we are gone, and the shell stops the server and
//! removes its folder.

use std::{
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use anyhow::Context as _;

/// The process id in a server's file may be stale and belong to somebody else by now: on Linux the server is known by
/// its working directory, which is its data folder, and which it loses when it has ended, even if nobody buries it.
const SCRIPT: &str = r#"
cat >/dev/null
folder=$1
runs() {
    if [ -d /proc/self ]; then [ "$(readlink "/proc/$1/cwd")" = "$folder/data" ]; else kill -0 "$1"; fi
}
if read -r server <"$folder/data/postmaster.pid" && runs "$server"; then
    kill -QUIT "$server"
    while runs "$server"; do sleep 0.05; done
fi
rm -rf "$folder"
"#;

/// Dropping it ends the server and removes its folder.
#[derive(Debug)]
pub(super) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Watches over the server in `folder`, which may not run yet.
    pub(super) fn over(folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Out of reach of the Ctrl-C that ends the tests.
        command.process_group(0);
        let mut shell = command.spawn().context("start the shell that watches over PostgreSQL")?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // It fails only when it has ended already.
        let _ = self.shell.wait();
    }
}
