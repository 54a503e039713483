use std::fs::OpenOptions;

use serde_json::json;
use tempfile::TempDir;

use super::*;

struct Log {
    folder: TempDir,
    written: u32,
}

impl Log {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), written: 0 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, text: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path("audit.log")).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn write(&mut self, count: u32) {
        for _ in 0..count {
            let user = json!({"extra": {"authentication.kubernetes.io/credential-id": ["JTI=j"]}});
            let event = json!({"auditID": format!("event-{:06}", self.written), "user": user});
            self.append(&format!("{event}\n"));
            self.written += 1;
        }
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Begins as after a restart.
    fn reader(&self) -> LogFiles {
        LogFiles::open(self.path("audit.log"), Some(self.path("state"))).unwrap()
    }
}

fn ids(reader: &mut LogFiles) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let batch = reader.next().unwrap();
        if batch.next.is_none() {
            return ids;
        }
        ids.extend(batch.items.iter().map(|item| item["auditID"].as_str().unwrap().to_owned()));
        reader.done(&batch).unwrap();
    }
}

fn numbered(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| format!("event-{number:06}")).collect()
}

#[test]
fn a_log_that_is_rotated_is_read_once_and_whole() {
    let mut log = Log::new();
    log.write(700);
    let mut reader = log.reader();
    assert_eq!(ids(&mut reader), numbered(0..700));
    log.write(3);
    log.rename("audit.log", "audit-2026-11-26T10-00-00.000.log");
    log.write(2);
    log.rename("audit.log", "audit-2026-11-26T10-00-01.000.log");
    log.append("");
    assert_eq!(ids(&mut reader), numbered(700..705));
    log.write(4);
    assert_eq!(ids(&mut reader), numbered(705..709));
}

#[test]
fn a_reader_that_starts_again_goes_on_where_it_was_whatever_the_files_are_called_by_then() {
    let mut log = Log::new();
    log.write(5);
    assert_eq!(ids(&mut log.reader()), numbered(0..5));
    log.write(2);
    log.rename("audit.log", "audit.log.1");
    log.write(2);
    log.rename("audit.log.1", "audit.log.2");
    log.rename("audit.log", "audit.log.1");
    log.write(1);
    assert_eq!(ids(&mut log.reader()), numbered(5..10));
    assert_eq!(ids(&mut log.reader()), numbered(0..0));
}

#[test]
fn what_was_read_and_not_dealt_with_is_read_again() {
    let mut log = Log::new();
    log.write(250);
    let mut reader = log.reader();
    let first = reader.next().unwrap();
    assert_eq!(first.items.len(), EVENTS);
    drop(reader);
    assert_eq!(ids(&mut log.reader()), numbered(0..250));
}

#[test]
fn half_a_line_is_waited_for_and_a_broken_one_left_out() {
    let mut log = Log::new();
    log.append("{\"auditID\": \"x");
    let mut reader = log.reader();
    assert!(reader.next().unwrap().next.is_none());
    log.append("\n\n\u{0}\n");
    log.write(1);
    let batch = reader.next().unwrap();
    assert_eq!((batch.lines, batch.broken, batch.items.len()), (1, 2, 1));
}

#[test]
fn a_log_whose_place_is_gone_is_read_from_its_oldest_file() {
    let mut log = Log::new();
    log.write(3);
    let mut reader = log.reader();
    assert_eq!(ids(&mut reader), numbered(0..3));
    fs::remove_file(log.path("audit.log")).unwrap();
    log.write(2);
    log.rename("audit.log", "audit-2026-11-26T10-00-00.000.log");
    log.write(2);
    assert_eq!(ids(&mut reader), numbered(0..0), "first it sees that its file is gone");
    assert_eq!(ids(&mut reader), numbered(3..7));
    assert_eq!(ids(&mut log.reader()), numbered(0..0));
}
