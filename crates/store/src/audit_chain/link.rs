//! Linking: giving each event its place in a chain at the moment it is written.
//!
//! A server has as many chains as transactions that write events at once: one on SQLite, where one writer does all of
//! them, and up to one for each connection on PostgreSQL. A transaction takes a chain for itself, counts on from its last
//! committed event, and gives it back further on when the commit is known, or as it was when nothing happened: a number
//! that an undone transaction had used is used again. A chain whose transaction may or may not have happened is left,
//! and nobody goes on with it: it ends where it ends, without a gap.

use std::sync::{Mutex, OnceLock, PoisonError};

use mayfly_domain::clock::Ambient;

use super::mark::{ChainKey, Mark, NO_MARK};
use crate::{
    error::StoreError,
    row::Row,
    value::{Value, values},
};

/// Milliseconds after which a chain that nothing was added to is left: much shorter than any retention, so that a chain
/// whose events are all removed is never gone on with.
const LONGEST_REST: i64 = 3_600_000;

/// Columns that an event has before it is linked; `created_at` is the last.
pub(crate) const EVENT_WIDTH: usize = 11;

/// A chain that one transaction at a time writes to.
#[derive(Clone)]
pub(crate) struct Lane {
    chain: i64,
    number: i64,
    mark: Mark,
    last_at: i64,
}

/// The chains of this server that nobody writes to just now, and the key.
#[derive(Default)]
pub(crate) struct Chains {
    key: OnceLock<(ChainKey, Ambient)>,
    free: Mutex<Vec<Lane>>,
}

impl Chains {
    /// Gives the key, without which no event can be written.
    pub(crate) fn start(&self, key: ChainKey, ambient: Ambient) {
        // A second key would be the same one.
        let _ = self.key.set((key, ambient));
    }

    pub(crate) fn key(&self) -> Result<&ChainKey, StoreError> {
        self.parts().map(|(key, _)| key)
    }

    fn parts(&self) -> Result<&(ChainKey, Ambient), StoreError> {
        self.key.get().ok_or_else(|| StoreError::Refused("the audit log has no key yet".to_owned()))
    }

    /// A chain for one transaction: one that rests, or a new one.
    pub(crate) fn take(&self) -> Result<Lane, StoreError> {
        let (_, ambient) = self.parts()?;
        let now = ambient.now().as_millisecond();
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        // The one used last comes first, so that there are only as many as are needed at once.
        while let Some(lane) = free.pop() {
            if now - lane.last_at < LONGEST_REST {
                return Ok(lane);
            }
        }
        // Random, so that no two servers have the same; positive, because 0 is what was before.
        let chain = i64::from_be_bytes(ambient.random()).unsigned_abs() >> 1;
        Ok(Lane { chain: i64::try_from(chain).unwrap_or(i64::MAX).max(1), number: 0, mark: NO_MARK, last_at: now })
    }

    /// Puts a chain back whose end is known.
    pub(crate) fn give_back(&self, lane: Lane) {
        if lane.number > 0 {
            self.free.lock().unwrap_or_else(PoisonError::into_inner).push(lane);
        }
    }

    /// Completes the values of an event, of which the last four have their places kept or are missing.
    pub(crate) fn link(&self, lane: &mut Lane, mut event: Vec<Value>) -> Result<Vec<Value>, StoreError> {
        let (key, ambient) = self.parts()?;
        event.truncate(EVENT_WIDTH);
        event.extend(values![lane.chain, lane.number + 1, lane.mark.as_slice()]);
        lane.mark = key.mark(super::EVENT, &event);
        lane.number += 1;
        lane.last_at = ambient.now().as_millisecond();
        event.push(Value::from(lane.mark.as_slice()));
        Ok(event)
    }

    /// [`Chains::link`] for each row that a statement found or changed.
    pub(crate) fn link_rows(&self, lane: &mut Lane, rows: Vec<Row>) -> Result<Vec<Vec<Value>>, StoreError> {
        rows.into_iter().map(|row| self.link(lane, row.into_values())).collect()
    }
}

/// Linked events as columns, so that a whole batch is one statement.
pub(crate) fn columns(events: Vec<Vec<Value>>) -> Vec<Value> {
    let mut columns: Vec<Vec<Value>> =
        std::iter::repeat_with(|| Vec::with_capacity(events.len())).take(EVENT_WIDTH + 4).collect();
    for event in events {
        columns.iter_mut().zip(event).for_each(|(column, value)| column.push(value));
    }
    columns.into_iter().map(Value::Column).collect()
}
