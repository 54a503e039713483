//! Verifying: reading every seal and every event again, and saying what is wrong, what was there, and what nobody can know.
//!
//! What an event or a seal says of itself is believed only when its mark is right. So each fault is told where it is: a
//! changed row by its own mark, a removed one by the numbers around it, an added one because it has no right mark at all.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    AuditChain, BEFORE, EVENT, SEAL,
    link::EVENT_WIDTH,
    mark::NO_MARK,
    seal::{Head, SEALER, Seal, SealContent, seal},
};
use crate::{
    StoreError,
    row::Row,
    sql::statements,
    value::{Value, values},
};

/// Findings that are kept in full; the rest is counted.
const MOST_FINDINGS: usize = 10_000;

/// How long before a seal's predecessor was made an event may say that it happened, in milliseconds: more than clocks are wrong,
/// and not more than the shortest retention, so that nothing comes back that was removed.
const OLDEST_BEHIND: i64 = 24 * 3_600_000;

/// Rows that are read at once.
const PAGE: i64 = 2_000;

statements! {
    SEALS = "SELECT number, previous, content, mac, newest_at, created_at FROM audit_seals
        WHERE number > ?1 ORDER BY number LIMIT ?2";

    CHAINS = "WITH RECURSIVE chains (id) AS (
            SELECT (SELECT MIN(chain) FROM audit_events)
            UNION ALL
            SELECT (SELECT MIN(chain) FROM audit_events WHERE chain > chains.id) FROM chains WHERE chains.id IS NOT NULL
        ) SELECT id AS chain FROM chains WHERE id IS NOT NULL";

    // By id too, should the index that allows each number once be gone.
    EVENTS = "SELECT id, organization_id, project_id, kind, metadata, actor, actor_id, ip_address, user_agent,
            user_agent_type, created_at, chain, number, previous, mac
        FROM audit_events WHERE chain = ?1 AND (number, id) > (?2, ?3) ORDER BY number, id LIMIT ?4";

    UNNUMBERED = "SELECT id, created_at, chain FROM audit_events WHERE chain IS NULL OR number IS NULL
        ORDER BY id LIMIT ?1";
}

/// What is wrong with a place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The row is not what was written.
    Changed,
    /// Rows that were written are not there.
    Missing,
    /// The row was not written by Mayfly, or not there.
    Added,
    /// The seal is not what was written.
    SealChanged,
    /// Seals that were written are not there.
    SealMissing,
    /// The log ends before a head that was exported, or is not the log that it was exported from.
    CutOff,
}

impl Fault {
    /// Its name outside.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Added => "added",
            Self::SealChanged => "seal-changed",
            Self::SealMissing => "seal-missing",
            Self::CutOff => "cut-off",
        }
    }
}

/// One fault, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub fault: Fault,
    /// The seal that covers it, or that it is about; none for what is not sealed yet.
    pub seal: Option<i64>,
    /// The chain it is in.
    pub chain: Option<i64>,
    /// First number in the chain.
    pub first: Option<i64>,
    /// Last number in the chain.
    pub last: Option<i64>,
    /// The row's id, where there is a row.
    pub event: Option<String>,
    /// In words.
    pub what: String,
}

/// What verifying found.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// Events that were read and are as they were written.
    pub intact: u64,
    /// Those of them that no seal covers yet.
    pub unsealed: u64,
    /// The newest seal.
    pub newest: Option<(i64, Timestamp)>,
    /// What is wrong, in the order of the log: the first is the first bad place.
    pub findings: Vec<Finding>,
    /// Further findings, beyond those that are kept.
    pub further: u64,
    /// What cannot be proven, in words.
    pub unproven: Vec<String>,
}

struct Part {
    seal: i64,
    first: i64,
    last: i64,
    mark: String,
    /// When the seal before it was made, in milliseconds since 1970.
    after: Option<i64>,
}

#[derive(Default)]
struct Verifying {
    report: Verified,
    parts: BTreeMap<i64, Vec<Part>>,
    has_seal_faults: bool,
    removed: Option<super::seal::Removed>,
    before: Option<i64>,
}

impl AuditChain<'_> {
    /// Reads all of the log and checks it, also against `exported`, a head that was kept outside.
    pub async fn verify(&self, exported: Option<&Head>) -> Result<Verified, StoreError> {
        let mut verifying = Verifying::default();
        self.verify_seals(&mut verifying, exported).await?;
        let known: Vec<i64> = verifying.parts.keys().copied().collect();
        let rows = self.rows(&CHAINS, values![]).await?;
        let mut chains = rows.iter().map(|row| row.integer("chain")).collect::<Result<Vec<i64>, _>>()?;
        chains.extend(known);
        chains.sort_unstable();
        chains.dedup();
        for chain in chains {
            self.verify_chain(&mut verifying, chain).await?;
        }
        self.verify_unnumbered(&mut verifying).await?;
        Ok(verifying.finish(exported))
    }

    async fn rows(&self, sql: &'static crate::sql::Sql, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.0.database().read(sql, values).await
    }

    async fn verify_seals(&self, verifying: &mut Verifying, exported: Option<&Head>) -> Result<(), StoreError> {
        let key = self.0.database().chains().key()?;
        let (mut after, mut last): (i64, Option<Seal>) = (i64::MIN, None);
        let mut first: Option<Seal> = None;
        loop {
            let rows = self.rows(&SEALS, values![after, PAGE]).await?;
            for row in &rows {
                let seal = seal(row)?;
                after = seal.number;
                let is_made = key.made(SEAL, &seal.parts(), &seal.mark);
                verifying.take_seal(&seal, last.as_ref(), is_made);
                if exported.is_some_and(|head| head.number == seal.number && head.mark != seal.mark_hex()) {
                    verifying.seal_fault(
                        Fault::CutOff,
                        seal.number,
                        "is not the one that was exported: the log was cut off before it and went on",
                    );
                }
                if first.is_none() {
                    first = Some(seal.clone());
                }
                last = Some(seal);
            }
            if rows.is_empty() {
                break;
            }
        }
        verifying.check_beginning(first.as_ref());
        let (begin, end) = (first.as_ref().map_or(0, |seal| seal.number), last.as_ref().map_or(0, |seal| seal.number));
        if let Some(head) = exported {
            if head.number < begin {
                verifying.compare_removed(head);
            }
            if head.installation != self.0.installation() {
                verifying
                    .find(Finding { what: "the exported head is of another installation".to_owned(), ..cut_off(None) });
            } else if head.number > end {
                let what = format!(
                    "the log ends with seal {end}, and seal {} was exported at {}: what is between them, with its events, was \
                     cut off",
                    head.number, head.sealed_at
                );
                verifying.find(Finding { what, ..cut_off(Some(end.saturating_add(1))) });
            }
        }
        verifying.report.newest = last.map(|seal| (seal.number, seal.sealed_at));
        let positions = self.positions(SEALER).await?;
        for (chain, number) in positions {
            let sealed = verifying.parts.get(&chain).and_then(|parts| parts.last()).map_or(0, |part| part.last);
            if number > sealed && !verifying.has_seal_faults {
                verifying.has_seal_faults = true;
                let what = format!("events of a chain had been sealed up to {number}, and the seals end at {sealed}");
                let finding = Finding {
                    chain: Some(chain),
                    first: Some(sealed + 1),
                    last: Some(number),
                    what,
                    ..cut_off(Some(end.saturating_add(1)))
                };
                verifying.find(Finding { fault: Fault::SealMissing, ..finding });
            }
        }
        Ok(())
    }

    async fn verify_chain(&self, verifying: &mut Verifying, chain: i64) -> Result<(), StoreError> {
        let parts = verifying.parts.remove(&chain).unwrap_or_default();
        let newest_at = verifying.report.newest.map(|(_, at)| at.as_millisecond());
        let mut walk = Walk::new(chain, parts, newest_at);
        let key = self.0.database().chains().key()?;
        let (mut number, mut id) = (i64::MIN, String::new());
        loop {
            let rows = self.rows(&EVENTS, values![chain, number, id.as_str(), PAGE]).await?;
            let Some(last) = rows.last() else { break };
            number = last.integer("number")?;
            last.text("id")?.clone_into(&mut id);
            for row in rows {
                let event = Event::read(row)?;
                let is_made = key.made(EVENT, &event.parts, &event.mark);
                walk.take(verifying, &event, is_made);
            }
        }
        walk.end(verifying);
        Ok(())
    }

    /// Rows without a number: before the first seal they are what was there before there were chains.
    async fn verify_unnumbered(&self, verifying: &mut Verifying) -> Result<(), StoreError> {
        let limit = i64::try_from(MOST_FINDINGS).unwrap_or(i64::MAX);
        let rows = self.rows(&UNNUMBERED, values![limit]).await?;
        if verifying.report.newest.is_none() && !verifying.has_seal_faults {
            if !rows.is_empty() {
                verifying.report.unproven.push("events from before the chain are not sealed yet".to_owned());
            }
            return Ok(());
        }
        for row in &rows {
            verifying.find(Finding {
                fault: Fault::Added,
                seal: None,
                chain: row.optional_integer("chain")?,
                first: None,
                last: None,
                event: row.optional_text("id")?.map(str::to_owned),
                what: "the event has no place in any chain: it was not written by Mayfly".to_owned(),
            });
        }
        Ok(())
    }
}

fn cut_off(seal: Option<i64>) -> Finding {
    Finding { fault: Fault::CutOff, seal, chain: None, first: None, last: None, event: None, what: String::new() }
}

impl Verifying {
    fn find(&mut self, finding: Finding) {
        if self.report.findings.len() < MOST_FINDINGS {
            self.report.findings.push(finding);
        } else {
            self.report.further += 1;
        }
    }

    fn seal_fault(&mut self, fault: Fault, number: i64, what: &str) {
        self.has_seal_faults = true;
        self.find(Finding { fault, what: format!("seal {number} {what}"), ..cut_off(Some(number)) });
    }

    fn take_seal(&mut self, seal: &Seal, last: Option<&Seal>, is_made: bool) {
        let content = seal.content().ok().filter(|_| is_made);
        let Some(content) = content else {
            self.seal_fault(Fault::SealChanged, seal.number, "is not what was written");
            return;
        };
        if let Some(last) = last {
            if last.number + 1 < seal.number {
                let what = format!("is missing, and all up to {}", seal.number - 1);
                self.seal_fault(Fault::SealMissing, last.number + 1, &what);
            } else if last.mark != seal.previous {
                self.seal_fault(Fault::SealChanged, last.number, "is not the one that the next seal follows");
            }
        }
        self.take_content(seal.number, last.map(|last| last.sealed_at.as_millisecond()), content);
    }

    fn take_content(&mut self, number: i64, after: Option<i64>, content: SealContent) {
        self.before = content.before.or(self.before);
        let known = self.removed.take();
        self.removed = content.removed.into_iter().chain(known).max_by_key(|removed| removed.number);
        for part in content.parts {
            let part_of = Part { seal: number, first: part.first, last: part.last, mark: part.mark, after };
            self.parts.entry(part.chain).or_default().push(part_of);
        }
    }

    /// The first seal that is there is the very first, or follows the last that retention removed.
    fn check_beginning(&mut self, first: Option<&Seal>) {
        let Some(first) = first else { return };
        let begins = match &self.removed {
            Some(removed) => (removed.number + 1, removed.mark.clone()),
            None => (1, mayfly_domain::hex::hex(&NO_MARK)),
        };
        if first.number > begins.0 {
            self.seal_fault(Fault::SealMissing, begins.0, &format!("is missing, and all up to {}", first.number - 1));
        } else if first.number < begins.0 {
            self.seal_fault(Fault::Added, first.number, "had been removed by retention, and is there again");
        } else if mayfly_domain::hex::hex(&first.previous) != begins.1 && !self.has_seal_faults {
            self.seal_fault(Fault::SealChanged, first.number, "does not follow what retention removed");
        }
    }

    /// A head of a seal that retention removed: of the last one the mark is known, of others nothing.
    fn compare_removed(&mut self, head: &Head) {
        match &self.removed {
            Some(removed) if removed.number == head.number && removed.mark != head.mark => {
                let what = "is not the one that was exported: the log is another one";
                self.seal_fault(Fault::CutOff, head.number, what);
            }
            Some(removed) if removed.number == head.number => {}
            _ => self.report.unproven.push(format!(
                "that this is the log of the exported head: retention removed its seal {}; give a later head",
                head.number
            )),
        }
    }

    fn finish(mut self, exported: Option<&Head>) -> Verified {
        self.say_unproven(exported);
        // What no seal covers comes after all that is sealed.
        self.report.findings.sort_by(|one, other| order(one).cmp(&order(other)));
        self.report
    }

    fn say_unproven(&mut self, exported: Option<&Head>) {
        let report = &mut self.report;
        match (exported, report.newest) {
            (Some(head), _) => report.unproven.push(format!(
                "that the last events of a chain that were written after seal {} ({}) were not removed: no later head was given",
                head.number, head.sealed_at
            )),
            (None, Some((number, at))) => report.unproven.push(format!(
                "that nothing was cut off at the end: no exported head was given; the newest seal is {number}, of {at}"
            )),
            (None, None) => report.unproven.push("anything about the end of the log: it has no seal".to_owned()),
        }
        if let Some(before) = self.before.filter(|count| *count > 0) {
            report.unproven.push(format!(
                "what happened to {before} events before the first seal: they were sealed as they were found"
            ));
        }
        if let Some(removed) = &self.removed {
            report.unproven.push(format!(
                "what the {} events said that retention removed, up to seal {}",
                removed.events, removed.number
            ));
        }
    }
}

fn order(finding: &Finding) -> (i64, &str, i64) {
    (finding.seal.unwrap_or(i64::MAX), finding.event.as_deref().unwrap_or_default(), finding.first.unwrap_or(0))
}

struct Event {
    id: String,
    number: i64,
    previous: Vec<u8>,
    mark: Vec<u8>,
    /// Milliseconds since 1970.
    created_at: i64,
    /// What its mark is over.
    parts: Vec<Value>,
}

impl Event {
    fn read(row: Row) -> Result<Self, StoreError> {
        let (id, number) = (row.text("id")?.to_owned(), row.integer("number")?);
        let created_at = row.integer("created_at")?;
        let previous = row.optional_bytes("previous")?.unwrap_or_default().to_vec();
        let mark = row.optional_bytes("mac")?.unwrap_or_default().to_vec();
        let mut parts = row.into_values();
        parts.truncate(EVENT_WIDTH + 3);
        Ok(Self { id, number, previous, mark, created_at, parts })
    }
}

/// A walk along one chain.
struct Walk {
    chain: i64,
    parts: Vec<Part>,
    /// The number that comes next.
    expected: i64,
    /// The mark of the event before, if that was in order.
    before: Option<Vec<u8>>,
    /// When the newest seal was made, in milliseconds since 1970.
    newest_at: Option<i64>,
}

impl Walk {
    fn new(chain: i64, parts: Vec<Part>, newest_at: Option<i64>) -> Self {
        let expected = parts.first().map_or(1, |part| part.first);
        Self { chain, parts, expected, before: None, newest_at }
    }

    /// Whether it says that it happened long before what covers it could begin.
    fn is_too_old(&self, event: &Event) -> bool {
        let after = self.part_of(event.number).map_or(self.newest_at, |part| part.after);
        self.chain != BEFORE && after.is_some_and(|after| event.created_at < after.saturating_sub(OLDEST_BEHIND))
    }

    fn part_of(&self, number: i64) -> Option<&Part> {
        let at = self.parts.partition_point(|part| part.last < number);
        self.parts.get(at).filter(|part| part.first <= number)
    }

    fn finding(&self, fault: Fault, first: i64, last: i64, what: String) -> Finding {
        Finding {
            fault,
            seal: self.part_of(first).map(|part| part.seal),
            chain: Some(self.chain),
            first: Some(first),
            last: Some(last),
            event: None,
            what,
        }
    }

    fn about(&self, fault: Fault, event: &Event, what: &str) -> Finding {
        Finding { event: Some(event.id.clone()), ..self.finding(fault, event.number, event.number, what.to_owned()) }
    }

    fn take(&mut self, verifying: &mut Verifying, event: &Event, is_made: bool) {
        if !is_made {
            if event.number == self.expected {
                self.expected += 1;
                verifying.find(self.about(Fault::Changed, event, "the event is not what was written"));
            } else {
                verifying.find(self.about(Fault::Added, event, "the event was changed, moved here or added"));
            }
            self.before = None;
            return;
        }
        if self.is_too_old(event) {
            verifying.find(self.about(
                Fault::Added,
                event,
                "the event is older than what it stands behind: it was put back",
            ));
            self.expected = self.expected.max(event.number.saturating_add(1));
            self.before = None;
            return;
        }
        if event.number < self.expected {
            if !verifying.has_seal_faults {
                verifying.find(self.about(Fault::Added, event, "the event is there twice, or again after its removal"));
            }
            return;
        }
        if event.number > self.expected {
            verifying.find(self.missing(self.expected, event.number - 1));
        } else if self.before.as_ref().is_some_and(|before| *before != event.previous) {
            verifying.find(self.about(Fault::Changed, event, "the event does not follow the one before it"));
        }
        let part = self.part_of(event.number);
        if part.is_some_and(|part| part.last == event.number && part.mark != mayfly_domain::hex::hex(&event.mark)) {
            verifying.find(self.about(Fault::Changed, event, "the event is not the one that was sealed"));
        }
        verifying.report.intact += 1;
        verifying.report.unsealed += u64::from(part.is_none());
        self.expected = event.number.saturating_add(1);
        self.before = Some(event.mark.clone());
    }

    fn missing(&self, first: i64, last: i64) -> Finding {
        let what = match last - first {
            0 => "an event was removed".to_owned(),
            more => format!("{} events were removed", more + 1),
        };
        self.finding(Fault::Missing, first, last, what)
    }

    /// What was sealed must be there to its end.
    fn end(self, verifying: &mut Verifying) {
        let last = self.parts.last().map_or(0, |part| part.last);
        if self.expected <= last {
            let finding = self.missing(self.expected, last);
            verifying.find(finding);
        }
        let mut next = self.parts.first().map_or(1, |part| part.first);
        for part in &self.parts {
            if part.first != next && self.chain != BEFORE && !verifying.has_seal_faults {
                let what = "a seal does not go on where the one before it ended".to_owned();
                verifying.find(Finding {
                    seal: Some(part.seal),
                    ..self.finding(Fault::SealMissing, next, part.first - 1, what)
                });
            }
            next = part.last.saturating_add(1);
        }
    }
}
