//! By what this gateway knows the installation's objects: the public keys of its seals, as the server told them last.
//!
//! They are kept, so that what is over is found when the server is away.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::SealKeys;
use mayfly_domain::{error::chain, ids::InstallationId};
use mayfly_tunnel::record::{Hello, SealKey};
use serde::{Deserialize, Serialize};

use crate::state::{self, StateFailed};

/// The file's name in the state folder.
const FILE: &str = "seal-keys.json";

/// Clocks that are farther apart are not to be removed by.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_secs(60);

/// What is known of an installation's seals.
pub struct SealBook {
    folder: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Known>,
    /// By how much this machine's clock was ahead of the server's, where that was too much.
    ahead: Option<SignedDuration>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Known {
    installation: InstallationId,
    keys: Vec<SealKey>,
}

impl SealBook {
    /// What `folder` holds of them.
    pub fn load(folder: Option<&Path>) -> Result<Self, StateFailed> {
        let known = folder.map(|folder| state::read(folder, FILE)).transpose()?.flatten();
        Ok(Self { folder: folder.map(Path::to_owned), state: Mutex::new(State { known, ahead: None }) })
    }

    /// Learns what a server says of itself, `now`. One that says no key leaves what is known.
    pub(crate) fn learn(&self, hello: &Hello, now: Timestamp) {
        let ahead = now.duration_since(hello.clock);
        self.state().ahead = (ahead.abs() > CLOCKS_DIFFER).then_some(ahead);
        if !hello.seal_keys.is_empty() {
            self.learn_keys(hello.installation, hello.seal_keys.clone());
        }
    }

    /// Learns the keys of an installation, instead of those that are known.
    pub(crate) fn learn_keys(&self, installation: InstallationId, keys: Vec<SealKey>) {
        let mut state = self.state();
        let known = Some(Known { installation, keys });
        if state.known != known
            && let Some(folder) = &self.folder
            && let Err(error) = state::write(folder, FILE, &known)
        {
            tracing::error!(error = chain(&error), "the keys of seals could not be kept");
        }
        state.known = known;
    }

    /// Whose objects are to be looked for, and by which keys they are known.
    pub(crate) fn known(&self) -> Option<(InstallationId, SealKeys)> {
        let state = self.state();
        let known = state.known.as_ref()?;
        let keys = known.keys.iter().filter_map(|key| Some((key.id, STANDARD.decode(&key.key).ok()?)));
        Some((known.installation, SealKeys::new(keys)))
    }

    /// By how much this machine's clock is wrong, as far as that was told, and too much.
    pub(crate) fn clock_is_ahead(&self) -> Option<SignedDuration> {
        self.state().ahead
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use mayfly_domain::ids::ReplicaId;
    use mayfly_testkit::{clock::TestClock, sealer::Sealer};

    use super::*;

    #[test]
    fn keys_outlast_the_process_and_a_server_that_says_none() {
        let clock = TestClock::default();
        let ambient = clock.ambient(1);
        let (sealer, folder) = (Sealer::new(&ambient), tempfile::tempdir().unwrap());
        let book = SealBook::load(Some(folder.path())).unwrap();
        assert!(book.known().is_none());
        let key = SealKey { id: sealer.id, key: STANDARD.encode(sealer.public()) };
        let hello = Hello {
            installation: sealer.installation,
            replica: ReplicaId::generate(&ambient),
            replicas: 1,
            version: "1".to_owned(),
            features: Vec::new(),
            clock: ambient.now(),
            seal_keys: vec![key],
        };
        book.learn(&hello, ambient.now());
        let expected = Some((sealer.installation, SealKeys::new([(sealer.id, sealer.public())])));
        assert_eq!(book.known(), expected);
        book.learn(&Hello { seal_keys: Vec::new(), ..hello.clone() }, ambient.now());
        assert_eq!(book.known(), expected);
        assert_eq!(SealBook::load(Some(folder.path())).unwrap().known(), expected);

        // Nothing is removed by a clock that is wrong, until a server says that it is right again.
        let (late, right) = (ambient.now() + SignedDuration::from_secs(61), ambient.now());
        book.learn(&hello, late);
        assert_eq!(book.clock_is_ahead(), Some(SignedDuration::from_secs(61)));
        book.learn(&hello, right);
        assert_eq!(book.clock_is_ahead(), None);
    }
}
