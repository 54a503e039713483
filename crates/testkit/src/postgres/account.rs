//! Whom PostgreSQL runs as: it refuses to be root.

use std::{fs, path::Path, process::Command};

use anyhow::Context as _;
use std::os::unix::fs as unix;

use crate::network::Room;

/// A user of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    user: u32,
    group: u32,
}

/// In this order: the one that the distribution's package makes, and the one that is everywhere.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

impl Account {
    /// The account to change to: none unless we are root.
    pub(super) fn to_change_to() -> anyhow::Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let users = fs::read_to_string("/etc/passwd").context("read the users of this machine")?;
        let found = UNPRIVILEGED.iter().find_map(|name| Self::find(&users, name));
        found.map(Some).context("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`")
    }

    /// passwd(5): name, password, user, group.
    fn find(users: &str, name: &str) -> Option<Self> {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2).map(str::parse);
        Some(Self { user: fields.next()?.ok()?, group: fields.next()?.ok()? })
    }

    /// Makes `path` theirs.
    pub(super) fn take(self, path: &Path) -> anyhow::Result<()> {
        unix::chown(path, Some(self.user), Some(self.group)).with_context(|| format!("give away `{}`", path.display()))
    }

    /// A program that is going to run as them in `room`, which only we may enter.
    pub(super) fn command(self, room: &Room, program: &Path) -> Command {
        let mut command = room.command(Path::new("setpriv"));
        command.args([format!("--reuid={}", self.user), format!("--regid={}", self.group)]);
        command.arg("--clear-groups").arg(program);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_its_own_line() {
        let users = "root:x:0:0:root:/root:/bin/bash\nnobody2:x:1:2::/:\nnobody:x:65534:65533:nobody:/:/bin/false\n";
        assert_eq!(Account::find(users, "nobody"), Some(Account { user: 65534, group: 65533 }));
        assert_eq!(Account::find(users, "postgres"), None);
    }
}
