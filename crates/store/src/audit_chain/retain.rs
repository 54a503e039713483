//! Retention: old events go with the seals that cover them, whole seals at a time, and the next seal says so.

use jiff::Timestamp;
use mayfly_domain::{audit::AuditEvent, hex::hex};

use super::{AuditChain, mark::NO_MARK, seal};
use crate::{StoreError, audit_events, sql::statements, transaction::Transaction, value::values};

/// Seals that are removed in one transaction.
const MOST_SEALS: i64 = 100;

/// Events that are removed in one transaction, unless one seal covers more.
const MOST_EVENTS: i64 = 20_000;

statements! {
    OLDEST = "SELECT number, previous, content, mac, newest_at, created_at FROM audit_seals ORDER BY number LIMIT ?1";

    REMOVE_EVENTS = "DELETE FROM audit_events WHERE chain = ?1 AND number >= ?2 AND number <= ?3";

    REMOVE_SEALS = "DELETE FROM audit_seals WHERE number <= ?1";

    REMOVE_POSITIONS = "DELETE FROM audit_positions
        WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE audit_events.chain = audit_positions.chain)";
}

/// What retention would remove next.
#[derive(Clone, Debug)]
pub struct Removable {
    /// The last seal of it.
    pub through: i64,
    /// Events that it covers.
    pub events: i64,
    seals: Vec<seal::Seal>,
}

impl AuditChain<'_> {
    /// Whole seals whose events are all older than `before`, from the first one on: some of them, if they are many. The
    /// newest seal always stays. Refuses where a seal is not what was written: what it says of its age would let evidence be
    /// removed in our name.
    pub async fn removable(&self, before: Timestamp) -> Result<Option<Removable>, StoreError> {
        let rows = self.0.database().read(&OLDEST, values![MOST_SEALS + 1]).await?;
        let oldest = rows.iter().map(seal::seal).collect::<Result<Vec<_>, _>>()?;
        let most = oldest.len().saturating_sub(1);
        let (trusted, _) = self.trusted(self.newest().await?.as_ref()).await?;
        let mut before_it = trusted.removed.map_or((0, hex(&NO_MARK)), |removed| (removed.number, removed.mark));
        let (mut events, mut seals) = (0, Vec::new());
        for one in oldest.into_iter().take(most).take_while(|seal| seal.newest_at < before) {
            if !self.is_ours(&one)? || before_it != (one.number - 1, hex(&one.previous)) {
                return Err(seal::tampered(one.number));
            }
            before_it = (one.number, one.mark_hex());
            let covered = one.content().map_or(0, |content| content.events);
            if !seals.is_empty() && events + covered > MOST_EVENTS {
                break;
            }
            events += covered;
            seals.push(one);
        }
        Ok(seals.last().map(|last| last.number).map(|through| Removable { through, events, seals }))
    }

    /// Removes it, with the seal that says so and with `event`. False if another server was faster.
    pub async fn remove(&self, what: &Removable, event: &AuditEvent) -> Result<bool, StoreError> {
        let (Some(newest), Some(last)) = (self.newest().await?, what.seals.last()) else { return Ok(false) };
        let (trusted, newest_at) = self.trusted(Some(&newest)).await?;
        let told = trusted.removed.map_or(0, |removed| removed.events);
        let removed = seal::Removed { number: last.number, mark: last.mark_hex(), events: told + what.events };
        let content = seal::SealContent { removed: Some(removed), ..seal::SealContent::default() };
        let parts = what.seals.iter().filter_map(|seal| seal.content().ok()).flat_map(|content| content.parts);
        let mut transaction = Transaction::new();
        for part in parts {
            transaction = transaction.step(&REMOVE_EVENTS, values![part.chain, part.first, part.last]);
        }
        let transaction = transaction
            .step(&REMOVE_SEALS, values![last.number])
            .step(&REMOVE_POSITIONS, values![])
            .with(audit_events::insert(event));
        let sealed = self.append_seal(Some(&newest), &content, (newest_at, event.created_at), transaction).await?;
        Ok(sealed.is_some())
    }
}
