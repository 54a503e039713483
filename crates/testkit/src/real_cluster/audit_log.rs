//! Reads the API server's audit log back.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

/// The events of a state directory whose lines hold `about`, oldest first, those in files that the API server has put
/// aside included. Everything holds the empty text.
pub(super) fn read(state_dir: &Path, about: &str) -> anyhow::Result<Vec<Value>> {
    let mut events = Vec::new();
    for path in files(state_dir)? {
        let text = fs::read_to_string(&path).with_context(|| format!("read `{}`", path.display()))?;
        for line in complete_lines(&text).filter(|line| line.contains(about)) {
            let event = serde_json::from_str(line).with_context(|| format!("parse a line of `{}`", path.display()))?;
            events.push(event);
        }
    }
    Ok(events)
}

/// `audit-<time>.log` in order of time, then `audit.log`. A hyphen sorts before a full stop.
fn files(state_dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(state_dir).with_context(|| format!("list `{}`", state_dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        if name == b"audit.log" || (name.starts_with(b"audit-") && name.ends_with(b".log")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The last line may still be on its way into the file.
fn complete_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_order_across_files_and_half_a_line_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        write("audit.log", "{\"n\":3}\n{\"n\":4}\n{\"n\":");
        write("audit-2026-11-23T10-00-00.000.log", "{\"n\":2}\n");
        write("audit-2026-11-22T10-00-00.000.log", "{\"n\":1}\n");
        write("etcd.log", "not an event\n");
        let numbers: Vec<_> = read(directory.path(), "").unwrap().iter().map(|event| event["n"].clone()).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        assert_eq!(read(directory.path(), ":3").unwrap(), [serde_json::json!({ "n": 3 })]);
    }

    #[test]
    fn cluster_that_answered_nothing_has_no_events() {
        assert_eq!(read(tempfile::tempdir().unwrap().path(), "").unwrap(), Vec::<Value>::new());
    }
}
