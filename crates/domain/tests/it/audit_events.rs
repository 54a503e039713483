//! The shapes of all events: each has its row in `docs/reference/audit-events.md`, which is made of the code.
//!
//! The source says which events there are, with which fields and what they tell; a sample made of these is then read and
//! written by the code itself, so that the table says what goes out.

#[cfg(test)]
mod sample;
#[cfg(test)]
mod source;

use std::{
    collections::BTreeSet,
    fmt::{Debug, Write as _},
    fs,
    path::{Path, PathBuf},
};

use mayfly_domain::audit::{
    AccessEvent, ApprovalEvent, ClusterEvent, DynamicSecretEvent, Event, EventOutcome, GatewayEvent, InstallationEvent,
    LeaseEvent, MachineEvent, PersonEvent, PlaceEvent, SsoEvent,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use self::{
    sample::sample,
    source::{Kind, kinds},
};

const PAGE: &str = "docs/reference/audit-events.md";

const HEAD: &str = "\
# Events of the audit log

Each kind of event with its outcome and the fields of its `metadata`. `?` marks a field that some events of the kind do not
have. What every event has beside these (who, from where, when, in which project) is in the description of the API, under
`LoggedEvent`. Names that existing clients know are theirs.

A test makes this page of the code and fails when it differs: copy what it wrote here.

| event | outcome | what it tells | metadata |
|---|---|---|---|
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn with_metadata(kind: &Kind, metadata: &Map<String, Value>) -> Result<Event, serde_json::Error> {
    serde_json::from_value(json!({"type": kind.name, "metadata": metadata}))
}

fn whole(kind: &Kind) -> Map<String, Value> {
    kind.fields.iter().map(|field| (field.name.clone(), sample(&field.rust))).collect()
}

/// The kinds that the code reads in one room, as its own refusal of an unknown one lists them.
fn known_in<Room: DeserializeOwned + Debug>() -> Vec<String> {
    let refusal = serde_json::from_value::<Room>(json!({"type": "?", "metadata": {}})).unwrap_err().to_string();
    let listed = refusal.split_once("expected one of").unwrap().1;
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Those that it reads in all rooms; none stands in two, because the log's names are one space.
fn known() -> BTreeSet<String> {
    let rooms = [
        known_in::<InstallationEvent>(),
        known_in::<PersonEvent>(),
        known_in::<SsoEvent>(),
        known_in::<MachineEvent>(),
        known_in::<AccessEvent>(),
        known_in::<PlaceEvent>(),
        known_in::<DynamicSecretEvent>(),
        known_in::<LeaseEvent>(),
        known_in::<ClusterEvent>(),
        known_in::<ApprovalEvent>(),
        known_in::<GatewayEvent>(),
    ];
    let all: BTreeSet<String> = rooms.iter().flatten().cloned().collect();
    assert_eq!(all.len(), rooms.iter().map(Vec::len).sum::<usize>(), "a kind stands in two rooms");
    all
}

fn page(kinds: &[Kind]) -> String {
    let mut page = HEAD.to_owned();
    for kind in kinds {
        let field = |field: &source::Field| {
            let mark = if field.is_optional { "?" } else { "" };
            format!("`{}`{mark} {}", field.name, sample::word(&field.rust))
        };
        let fields: Vec<String> = kind.fields.iter().map(field).collect();
        let outcome = EventOutcome::of(&kind.name).as_str();
        writeln!(page, "| `{}` | {outcome} | {} | {} |", kind.name, kind.what, fields.join(", ")).unwrap();
    }
    page
}

#[test]
fn every_event_has_its_row_with_its_fields_and_their_types() {
    let kinds = kinds(&root());
    let written = page(&kinds);
    let here = Path::new(env!("CARGO_TARGET_TMPDIR")).join("audit-events.md");
    fs::write(&here, &written).unwrap();
    let kept = fs::read_to_string(root().join(PAGE)).unwrap_or_default();
    assert!(kept == written, "the events have changed: if it is meant, copy {} to {PAGE}", here.display());
}

#[test]
fn whatever_is_called_a_refusal_counts_as_one() {
    let kinds = kinds(&root());
    let refusals: Vec<&str> =
        kinds.iter().map(|kind| kind.name.as_str()).filter(|name| name.starts_with("refuse-")).collect();
    assert!(refusals.contains(&"refuse-gateway-keys"), "{refusals:?}");
    for name in refusals {
        assert_eq!(EventOutcome::of(name), EventOutcome::Denied, "{name}");
    }
}

#[test]
fn what_the_page_says_is_what_goes_out() {
    let kinds = kinds(&root());
    let named: BTreeSet<String> = kinds.iter().map(|kind| kind.name.clone()).collect();
    assert_eq!(named, known(), "the page and the code have the same kinds");
    for kind in &kinds {
        let all = whole(kind);
        let event = with_metadata(kind, &all).unwrap_or_else(|error| panic!("{}: {error}", kind.name));
        assert_eq!(event.name(), kind.name);
        assert_eq!(event.metadata(), Value::Object(all.clone()), "{}", kind.name);
        for field in &kind.fields {
            let mut less = all.clone();
            less.remove(&field.name);
            if field.name == "targetId" {
                less.insert("scope".to_owned(), json!("everywhere"));
            }
            let written = with_metadata(kind, &less).ok().map(|event| event.metadata());
            let is_there = |metadata: &Value| metadata.get(&field.name).is_some_and(|value| !value.is_null());
            let may_be_absent = written.as_ref().is_some_and(|metadata| !is_there(metadata));
            assert_eq!(may_be_absent, field.is_optional, "{} {}: {written:?}", kind.name, field.name);
        }
    }
}

#[test]
fn a_field_that_is_not_named_does_not_come_in() {
    for kind in &kinds(&root()) {
        let mut more = whole(kind);
        more.insert("smuggledIn".to_owned(), json!("s3cr3t"));
        let kept = with_metadata(kind, &more).map(|event| event.metadata().to_string()).unwrap_or_default();
        assert!(!kept.contains("s3cr3t"), "{}: {kept}", kind.name);
    }
}

#[test]
fn names_say_what_was_done_and_to_what() {
    for kind in known() {
        assert!(kind.contains('-'), "`{kind}` says not to what");
        let is_of_what = ["-approval-request", "-sso-request"].iter().any(|of| kind.ends_with(of));
        assert!(!kind.ends_with("-request") || is_of_what, "`{kind}` says not of what");
    }
}
