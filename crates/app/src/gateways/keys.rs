//! The keys of a gateway's cluster: pasted by a person, and told by the gateway when the cluster changes them.
//!
//! What a gateway tells takes the place of what was known, so a key counts for as long as its cluster publishes it. Which rules
//! hold, and what a gateway that lies gains: `docs/decisions/0057-gateways-tell-the-keys-of-their-clusters.md`.

use mayfly_domain::{
    audit::GatewayEvent,
    gateway::{Gateway, KeyChanges, ToldKeys, TrustedKeys},
};
use mayfly_providers::{IgnoredKey, InvalidKeys, KeySet, key::LONGEST_KEYS};
use mayfly_store::{StoreError, gateways::GATEWAY_UNCHANGED};

use super::Present;
use crate::{App, AppError};

/// Longest JWKS that a gateway tells, in bytes: ten keys of RSA with 4096 bits have a third of it.
pub const LONGEST_TOLD: usize = 32 * 1024;

/// Most keys in one. Clusters publish two while they change, and managed ones a few more.
const MOST_TOLD: usize = 20;

/// Longest id of a key that an event tells; Kubernetes' have 43 characters.
const LONGEST_ID: usize = 128;

/// Tries to keep what was told over what somebody changes meanwhile.
const TRIES: u32 = 3;

/// Why keys do not count that a gateway told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysRefused {
    /// It may not come at all.
    #[error("the gateway was removed, revoked or locked")]
    NotOpen,
    /// No keys are known of it.
    #[error("the processes of this gateway prove themselves by tokens, so the keys of its cluster are not asked for")]
    OtherMethod,
    /// Nobody needs to tell them.
    #[error("the cluster of this gateway publishes its keys, so they are not asked for")]
    Published,
    /// Somebody said so.
    #[error("the keys of this gateway's cluster are pasted by people alone (`followsKeys` is off)")]
    Pasted,
    /// Too long.
    #[error("the JWKS has more than {LONGEST_TOLD} bytes")]
    TooLong,
    /// Too many.
    #[error("the JWKS has more than {MOST_TOLD} keys")]
    TooMany,
    /// An id that nobody could read in an event.
    #[error("the id of a key has more than {LONGEST_ID} characters, or others than those of ASCII")]
    OddId,
    /// They are none.
    #[error("the JWKS {0}")]
    Invalid(InvalidKeys),
    /// It could be any cluster's.
    #[error("none of the keys was known before: this may be another cluster; paste the keys if it is not")]
    Strange,
}

/// What somebody pasted as the keys of a cluster, if it is that.
pub fn keys(text: &str) -> Result<String, String> {
    if text.len() > LONGEST_KEYS {
        return Err(format!("must have at most {LONGEST_KEYS} characters"));
    }
    KeySet::from_text(text).map(|_| text.to_owned()).map_err(|invalid| invalid.to_string())
}

/// The ids of the keys that count now, where a cluster's keys are known; those that it publishes are read when they are needed. Keys
/// that were pasted as PEM have none.
pub fn key_ids(gateway: &Gateway) -> Option<Vec<String>> {
    let (_, TrustedKeys::Known(text)) = gateway.trusted()? else { return None };
    let known = KeySet::from_text(text).ok()?;
    Some(known.ids().into_iter().map(str::to_owned).collect())
}

/// Takes `jwks` for the keys of the cluster of a gateway that is here, if it may say so.
pub async fn tell_keys(app: &App, present: &Present, jwks: &str) -> Result<Result<(), KeysRefused>, AppError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match told(app, present, jwks).await {
            Err(AppError::Store(StoreError::GuardFailed { guard: GATEWAY_UNCHANGED })) if tries < TRIES => {}
            Ok(Err(why)) => {
                refuse(app, present, why).await?;
                return Ok(Err(why));
            }
            other => return other,
        }
    }
}

async fn told(app: &App, present: &Present, jwks: &str) -> Result<Result<(), KeysRefused>, AppError> {
    let found = app.store.gateways().find(present.gateway.id).await?;
    let Some(gateway) = found.filter(|gateway| gateway.standing.is_open()) else {
        return Ok(Err(KeysRefused::NotOpen));
    };
    let (keys, ignored) = match read(&gateway, jwks) {
        Ok(read) => read,
        Err(why) => return Ok(Err(why)),
    };
    let now = app.ambient.now();
    if let Some(known) = gateway.told_keys.as_ref().filter(|known| is_same(&known.keys, &keys)) {
        let again = ToldKeys { at: now, ..known.clone() };
        app.store.gateways().told_keys_again(gateway.id, &again).await?;
        return Ok(Ok(()));
    }
    let event = GatewayEvent::ChangeGatewayKeys {
        gateway_id: gateway.id,
        name: gateway.name.to_string(),
        instance: present.name.instance.clone(),
        key_ids: keys.ids().into_iter().map(str::to_owned).collect(),
        ignored: ignored.iter().map(in_words).collect(),
    };
    let event = app.event(&present.caller, None, event);
    let told = ToldKeys { keys: jwks.to_owned(), at: event.created_at };
    app.store.gateways().tell_keys(&gateway, &told, &event).await?;
    Ok(Ok(()))
}

/// The keys of `jwks`, if `gateway` may tell them, and those of it that cannot be used.
fn read(gateway: &Gateway, jwks: &str) -> Result<(KeySet, Vec<IgnoredKey>), KeysRefused> {
    let (trust, TrustedKeys::Known(known)) = gateway.trusted().ok_or(KeysRefused::OtherMethod)? else {
        return Err(KeysRefused::Published);
    };
    if trust.key_changes == KeyChanges::Pasted {
        return Err(KeysRefused::Pasted);
    }
    if jwks.len() > LONGEST_TOLD {
        return Err(KeysRefused::TooLong);
    }
    let (keys, ignored) = KeySet::read_jwks(jwks.as_bytes()).map_err(KeysRefused::Invalid)?;
    if keys.count() + ignored.len() > MOST_TOLD {
        return Err(KeysRefused::TooMany);
    }
    let told_ids = ignored.iter().filter_map(|key| key.id.as_deref());
    if keys.ids().into_iter().chain(told_ids).any(|id| !is_plain_id(id)) {
        return Err(KeysRefused::OddId);
    }
    // Keys are read when they are saved; these were.
    let known = KeySet::from_text(known).map_err(KeysRefused::Invalid)?;
    if keys.shares_a_key_with(&known) { Ok((keys, ignored)) } else { Err(KeysRefused::Strange) }
}

/// Whether somebody could read the id of a key in an event.
pub(crate) fn is_plain_id(id: &str) -> bool {
    id.len() <= LONGEST_ID && id.chars().all(|character| character.is_ascii_graphic())
}

fn is_same(text: &str, keys: &KeySet) -> bool {
    KeySet::from_text(text).is_ok_and(|known| known.is_same_as(keys))
}

fn in_words(IgnoredKey { id, why }: &IgnoredKey) -> String {
    match id {
        Some(id) => format!("`{id}` {why}"),
        None => format!("a key without an id {why}"),
    }
}

async fn refuse(app: &App, present: &Present, why: KeysRefused) -> Result<(), AppError> {
    let told = GatewayEvent::RefuseGatewayKeys {
        gateway_id: present.gateway.id,
        name: present.gateway.name.to_string(),
        instance: present.name.instance.clone(),
        why: why.to_string(),
    };
    Ok(app.store.audit_events().append(&app.event(&present.caller, None, told)).await?)
}
