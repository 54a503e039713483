//! The clients in use, each found by everything that makes it different from the others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_lc_rs::digest;
use jiff::Timestamp;
use mayfly_domain::{
    connection::{Target, Verification},
    ids::ConnectionId,
};

use super::{ClusterClient, Workshop};
use crate::error::Misconfigured;

/// A client that nobody used for this long is dropped, with its credential.
const IDLE_CLIENT: Duration = Duration::from_mins(10);

/// Most clients kept. Each has at least one socket when busy; the one unused for longest makes room.
const MOST_CLIENTS: usize = 1024;

/// What makes a client different. A pooled connection is never used for another target: not for the same address under
/// another CA, nor with another credential.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ClientKey {
    connection: ConnectionId,
    version: i64,
    /// Over address, CA, verification and credential, each with its length in front.
    fingerprint: [u8; digest::SHA256_OUTPUT_LEN],
}

struct Entry {
    client: Arc<ClusterClient>,
    last_used: Timestamp,
}

/// A bounded set of clients.
#[derive(Default)]
pub(crate) struct ClientCache {
    entries: Mutex<HashMap<ClientKey, Entry>>,
}

impl ClientCache {
    /// The client for `target`, made now if there is none.
    pub(crate) fn get(&self, target: &Target, workshop: &Workshop) -> Result<Arc<ClusterClient>, Misconfigured> {
        let key = ClientKey::of(target);
        let now = workshop.ambient.now();
        if let Some(entry) = self.lock().get_mut(&key) {
            entry.last_used = now;
            return Ok(Arc::clone(&entry.client));
        }
        // Made outside the lock, because reading a CA takes a while. Of two made at once the first stays.
        let client = Arc::new(ClusterClient::new(target, workshop)?);
        let mut entries = self.lock();
        drop_idle(&mut entries, now);
        make_room(&mut entries);
        let entry = entries.entry(key).or_insert(Entry { client, last_used: now });
        Ok(Arc::clone(&entry.client))
    }

    /// Drops the clients that nobody used lately.
    pub(crate) fn drop_idle(&self, now: Timestamp) {
        drop_idle(&mut self.lock(), now);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ClientKey, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn drop_idle(entries: &mut HashMap<ClientKey, Entry>, now: Timestamp) {
    let oldest = now.saturating_sub(IDLE_CLIENT).unwrap_or(Timestamp::MIN);
    entries.retain(|_, entry| entry.last_used >= oldest);
}

fn make_room(entries: &mut HashMap<ClientKey, Entry>) {
    if entries.len() < MOST_CLIENTS {
        return;
    }
    let oldest = entries.iter().min_by_key(|(_, entry)| entry.last_used).map(|(key, _)| key.clone());
    if let Some(key) = oldest {
        entries.remove(&key);
    }
}

impl ClientKey {
    fn of(target: &Target) -> Self {
        let verification: &[u8] = match target.verification {
            Verification::Full => b"full",
            Verification::Off => b"off",
        };
        let ca = target.ca.as_deref().unwrap_or_default();
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [target.url.as_str().as_bytes(), ca.as_bytes(), verification, target.credential.expose().as_bytes()]
        {
            context.update(&part.len().to_le_bytes());
            context.update(part);
        }
        let mut fingerprint = [0; digest::SHA256_OUTPUT_LEN];
        fingerprint.copy_from_slice(context.finish().as_ref());
        Self { connection: target.connection, version: target.version, fingerprint }
    }
}

#[cfg(test)]
mod tests;
