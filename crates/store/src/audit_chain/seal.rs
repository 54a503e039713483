//! Sealing: joining the chains of all servers.
//!
//! A seal says for each chain how far it had come, and with which mark; it carries a number without gaps and the mark of
//! the seal before it. The order of the log is that of its seals, and within one that of the events' ids. The newest seal
//! is the head: whoever keeps a copy of it outside can prove later that nothing up to it was cut off.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mayfly_domain::{hex::hex, ids::InstallationId};
use serde::{Deserialize, Serialize};

use super::{AuditChain, BEFORE, SEAL, link::EVENT_WIDTH, mark::NO_MARK};
use crate::{
    StoreError,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

/// The name under which the sealer keeps how far it has come.
pub(super) const SEALER: &str = "sealer";

/// Events from before there were chains that are linked in one transaction.
const BEFORE_BATCH: i64 = 500;

statements! {
    // One row for each chain with something new in it. Each step of the recursion is one look-up in the index.
    NEW = "WITH RECURSIVE chains (id) AS (
            SELECT (SELECT MIN(chain) FROM audit_events)
            UNION ALL
            SELECT (SELECT MIN(chain) FROM audit_events WHERE chain > chains.id) FROM chains WHERE chains.id IS NOT NULL
        ), fresh (chain, first, last, events, newest) AS (
            SELECT event.chain, MIN(event.number), MAX(event.number), COUNT(*), MAX(event.created_at)
            FROM chains JOIN audit_events AS event ON event.chain = chains.id
                AND event.number > COALESCE((SELECT number FROM audit_positions
                                             WHERE reader = 'sealer' AND audit_positions.chain = chains.id), 0)
            GROUP BY event.chain
        )
        SELECT fresh.chain AS chain, first, last, CAST(events AS BIGINT) AS events, CAST(newest AS BIGINT) AS newest,
               audit_events.mac AS mac
        FROM fresh JOIN audit_events ON audit_events.chain = fresh.chain AND audit_events.number = fresh.last
        ORDER BY fresh.chain";

    POSITIONS = "SELECT chain, number FROM audit_positions WHERE reader = ?1";

    ADVANCE = "INSERT INTO audit_positions (reader, chain, number) VALUES (?1, ?2, ?3)
        ON CONFLICT (reader, chain) DO UPDATE SET number = excluded.number";

    INSERT_SEAL = "INSERT INTO audit_seals (number, previous, content, mac, newest_at, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    NEWEST = "SELECT number, previous, content, mac, newest_at, created_at FROM audit_seals ORDER BY number DESC LIMIT 1";

    EARLIER = "SELECT number, previous, content, mac, newest_at, created_at FROM audit_seals
        WHERE number < ?1 ORDER BY number DESC LIMIT 1";

    UNLINKED = "SELECT id, organization_id, project_id, kind, metadata, actor, actor_id, ip_address, user_agent,
            user_agent_type, created_at
        FROM audit_events WHERE chain IS NULL AND id > ?1 ORDER BY id LIMIT ?2";

    LINK = "UPDATE audit_events SET chain = ?2, number = ?3, previous = ?4, mac = ?5 WHERE id = ?1 AND chain IS NULL";

    LAST_BEFORE = "SELECT number, mac FROM audit_events WHERE chain = 0 ORDER BY number DESC LIMIT 1";

    RELEASE_TASK = "UPDATE audit_tasks SET due_at = ?2 WHERE name = ?1";

    CLAIM_TASK = "INSERT INTO audit_tasks (name, due_at) VALUES (?1, ?3)
        ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at WHERE audit_tasks.due_at <= ?2";
}

/// A part of one chain that a seal covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedPart {
    /// The chain; 0 is what was there before there were chains.
    pub chain: i64,
    /// Number of the first event in it that this seal covers.
    pub first: i64,
    /// Number of the last.
    pub last: i64,
    /// The mark of the last, in hexadecimal.
    pub mark: String,
}

/// Where the log begins after retention has removed what was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// The last seal that was removed, with all that it covers.
    pub number: i64,
    /// Its mark, in hexadecimal.
    pub mark: String,
    /// Events that were removed, in all.
    pub events: i64,
}

/// What a seal says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealContent {
    /// The parts of chains that it covers.
    pub parts: Vec<SealedPart>,
    /// Events in them.
    pub events: i64,
    /// Events that were there before there were chains; the first seal says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// What retention has removed so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Removed>,
}

/// One seal as it is stored.
#[derive(Clone, Debug)]
pub struct Seal {
    /// From 1, without gaps.
    pub number: i64,
    pub(crate) previous: Vec<u8>,
    pub(crate) text: String,
    pub(crate) mark: Vec<u8>,
    /// When the newest event that it covers happened.
    pub newest_at: Timestamp,
    /// When it was made.
    pub sealed_at: Timestamp,
}

/// The newest seal, in a form that is kept outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// Whose log.
    pub installation: InstallationId,
    /// The seal's number.
    pub number: i64,
    /// Its mark, in hexadecimal.
    pub mark: String,
    /// When it was made.
    pub sealed_at: Timestamp,
}

impl Seal {
    /// What it says.
    pub fn content(&self) -> Result<SealContent, serde_json::Error> {
        serde_json::from_str(&self.text)
    }

    /// What its mark is over.
    pub(super) fn parts(&self) -> Vec<Value> {
        values![self.number, self.previous.clone(), &self.text, self.newest_at, self.sealed_at]
    }

    pub(super) fn insert(&self) -> Step {
        let values =
            values![self.number, self.previous.clone(), &self.text, self.mark.clone(), self.newest_at, self.sealed_at];
        Step::new(&INSERT_SEAL, values)
    }

    pub(super) fn mark_hex(&self) -> String {
        hex(&self.mark)
    }
}

/// A time that is none is the last there is: whoever put it there is found by the seal's mark, and stops nobody from reading.
pub(super) fn seal(row: &Row) -> Result<Seal, StoreError> {
    let time = |column| row.integer(column).map(|time| Timestamp::from_millisecond(time).unwrap_or(Timestamp::MAX));
    Ok(Seal {
        number: row.integer("number")?,
        previous: row.bytes("previous")?.to_vec(),
        text: row.text("content")?.to_owned(),
        mark: row.bytes("mac")?.to_vec(),
        newest_at: time("newest_at")?,
        sealed_at: time("created_at")?,
    })
}

/// What is said where somebody else's hand was in the seals.
pub(super) fn tampered(number: i64) -> StoreError {
    StoreError::Refused(format!(
        "seal {number} of the audit log is not what was written, or not where it was: `mayfly audit verify` says more"
    ))
}

impl AuditChain<'_> {
    /// Takes a task on the log for this server until `until`; false if another has it.
    pub async fn claim(&self, task: &str, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let step = Step::new(&CLAIM_TASK, values![task, now, until]);
        let outcomes = self.0.database().write(Transaction::new().with(step)).await?;
        Ok(outcomes.first().is_some_and(|outcome| outcome.changed > 0))
    }

    /// Lets a task that this server has be taken again from `now` on.
    pub async fn claim_again(&self, task: &str, now: Timestamp) -> Result<(), StoreError> {
        let step = Step::new(&RELEASE_TASK, values![task, now]);
        self.0.database().write(Transaction::new().with(step)).await.map(drop)
    }

    /// The newest seal.
    pub async fn newest(&self) -> Result<Option<Seal>, StoreError> {
        self.0.database().read_one(&NEWEST, values![]).await?.as_ref().map(seal).transpose()
    }

    /// The newest seal, in a form that is kept outside.
    pub async fn head(&self) -> Result<Option<Head>, StoreError> {
        let head = |seal: Seal| Head {
            installation: self.0.installation(),
            number: seal.number,
            mark: seal.mark_hex(),
            sealed_at: seal.sealed_at,
        };
        Ok(self.newest().await?.map(head))
    }

    /// Whether Mayfly wrote it as it stands there.
    pub(super) fn is_ours(self, seal: &Seal) -> Result<bool, StoreError> {
        Ok(self.0.database().chains().key()?.made(SEAL, &seal.parts(), &seal.mark))
    }

    /// What the newest seal says that Mayfly wrote as it stands there, and when its newest event happened. A seal that
    /// somebody changed says nothing: what it told of retention would be carried on under our own mark.
    pub(super) async fn trusted(&self, newest: Option<&Seal>) -> Result<(SealContent, Timestamp), StoreError> {
        let mut looked_at = newest.cloned();
        while let Some(seal) = looked_at {
            if self.is_ours(&seal)? {
                return Ok((seal.content().unwrap_or_default(), seal.newest_at));
            }
            let row = self.0.database().read_one(&EARLIER, values![seal.number]).await?;
            looked_at = row.as_ref().map(self::seal).transpose()?;
        }
        Ok((SealContent::default(), Timestamp::UNIX_EPOCH))
    }

    /// Seals what is new in all chains; nothing if there is nothing new, or another server was faster. The very first
    /// seal also covers what was there before there were chains.
    pub async fn seal_new(&self, now: Timestamp) -> Result<Option<Seal>, StoreError> {
        let newest = self.newest().await?;
        let before = match newest {
            Some(_) => None,
            None => Some(self.link_all_before().await?),
        };
        let rows = self.0.database().read(&NEW, values![]).await?;
        if rows.is_empty() && newest.is_some() {
            return Ok(None);
        }
        let (trusted, mut newest_at) = self.trusted(newest.as_ref()).await?;
        let mut content = SealContent { before, removed: trusted.removed, ..SealContent::default() };
        let mut advances = Vec::with_capacity(rows.len());
        for row in &rows {
            // No event is of the future, whatever its row says.
            newest_at = newest_at.max(row.timestamp("newest").unwrap_or(now).min(now));
            content.events += row.integer("events")?;
            let part = SealedPart {
                chain: row.integer("chain")?,
                first: row.integer("first")?,
                last: row.integer("last")?,
                mark: hex(row.optional_bytes("mac")?.unwrap_or_default()),
            };
            advances.push(Step::new(&ADVANCE, values![SEALER, part.chain, part.last]));
            content.parts.push(part);
        }
        self.append_seal(newest.as_ref(), &content, (newest_at, now), Transaction::new().with_all(advances)).await
    }

    /// Adds a seal behind `newest`, with when its newest event happened and the time, and the other steps of `transaction`. Nothing if another server was faster.
    pub(super) async fn append_seal(
        &self,
        newest: Option<&Seal>,
        content: &SealContent,
        (newest_at, now): (Timestamp, Timestamp),
        transaction: Transaction,
    ) -> Result<Option<Seal>, StoreError> {
        let number = newest.map_or(0, |seal| seal.number).checked_add(1);
        let mut seal = Seal {
            number: number.ok_or_else(|| tampered(i64::MAX))?,
            previous: newest.map_or_else(|| NO_MARK.to_vec(), |seal| seal.mark.clone()),
            text: serde_json::to_string(content).unwrap_or_default(),
            mark: Vec::new(),
            newest_at,
            sealed_at: now,
        };
        seal.mark = self.0.database().chains().key()?.mark(SEAL, &seal.parts()).to_vec();
        // First, so that the faster server is seen before anything else is done.
        let mut transaction = transaction;
        transaction.steps.insert(0, seal.insert());
        match self.0.database().write(transaction).await {
            Ok(_) => Ok(Some(seal)),
            Err(StoreError::Unique { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Links what was there before there were chains, as it is found. Says how many events those are.
    async fn link_all_before(&self) -> Result<i64, StoreError> {
        let key = self.0.database().chains().key()?;
        let (mut number, mut mark) = match self.0.database().read_one(&LAST_BEFORE, values![]).await? {
            Some(row) => (row.integer("number")?, row.bytes("mac")?.to_vec()),
            None => (0, NO_MARK.to_vec()),
        };
        let mut after = String::new();
        loop {
            let rows = self.0.database().read(&UNLINKED, values![after.as_str(), BEFORE_BATCH]).await?;
            let Some(last) = rows.last() else { return Ok(number) };
            last.text("id")?.clone_into(&mut after);
            let mut transaction = Transaction::new();
            for row in rows {
                let id = row.text("id")?.to_owned();
                let mut event = row.into_values();
                event.truncate(EVENT_WIDTH);
                number += 1;
                event.extend(values![BEFORE, number, mark.clone()]);
                let next = key.mark(super::EVENT, &event).to_vec();
                transaction = transaction
                    .step(&LINK, values![id, BEFORE, number, mark, next.clone()])
                    .expecting_one("no other server links what was before");
                mark = next;
            }
            self.0.database().write(transaction).await?;
        }
    }

    /// How far `reader` has come in each chain.
    pub async fn positions(&self, reader: &str) -> Result<BTreeMap<i64, i64>, StoreError> {
        let rows = self.0.database().read(&POSITIONS, values![reader]).await?;
        rows.iter().map(|row| Ok((row.integer("chain")?, row.integer("number")?))).collect()
    }
}
