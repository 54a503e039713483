//! The process that asks for a token.

use serde::{Deserialize, Serialize};

/// A process, told from an older one that had the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asker {
    process: u32,
    /// When it began, in the kernel's ticks since the machine did (`man 5 proc`); absent where no `/proc` tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    begun: Option<u64>,
}

impl Asker {
    /// Whoever started this program; nobody, where systems do not tell.
    pub(crate) fn parent() -> Option<Self> {
        let process = parent_id()?;
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
        Some(Self { process, begun: stat.ok().as_deref().and_then(begun) })
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems do not tell")]
fn parent_id() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
const fn parent_id() -> Option<u32> {
    None
}

/// Field 22 of `/proc/PID/stat`. The name in field 2 may hold anything, blanks and parentheses included.
fn begun(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_an_odd_name_has_its_beginning() {
        let stat = "4711 (a) 22 (b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654 20 21";
        assert_eq!(begun(stat), Some(987_654));
        assert_eq!(begun("4711 (a"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_parent_of_this_test_has_one_too() {
        assert!(Asker::parent().unwrap().begun.is_some());
    }
}
