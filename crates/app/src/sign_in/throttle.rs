//! Slowing down whoever guesses, without shutting out whoever does not.
//!
//! Each attempt is counted before it is checked, so that a hundred at once are no more than a hundred, and taken back
//! when it was right. Three things are counted, for all servers together:
//!
//! - the *source*, an address (of IPv6 its first 64 bits, which one household has): after [`SOURCE_MOST`] failures it is
//!   not heard for the rest of its window, whomever it tries;
//! - the *account*: after [`ACCOUNT_MOST`] failures, wherever they came from, it is guarded;
//! - source and account together: from a guarded account on, a source that failed there [`PAIR_MOST`] times is not heard.
//!
//! So the owner, who comes from a source that did not fail, gets in during any attack, and an attacker gets
//! [`PAIR_MOST`] guesses an hour for each address that they own. An account that nobody has is counted like any other.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{caller::Origin, hex::hex, ids::UserId, source::Source};

use crate::{App, AppError, secret_text};

/// Failures of one source in [`SOURCE_WINDOW`].
const SOURCE_MOST: i64 = 20;
const SOURCE_WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// Failures of one account in [`ACCOUNT_WINDOW`] from which it is guarded: NIST SP 800-63B section 5.2.2 asks for at most
/// 100.
const ACCOUNT_MOST: i64 = 100;
const ACCOUNT_WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Failures of one source at a guarded account.
const PAIR_MOST: i64 = 3;
/// The longest window; older ones are forgotten.
const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(2);
/// Rows removed at a time.
const BATCH: i64 = 1_000;

/// An attempt that was counted.
pub(crate) struct Attempt {
    ids: Vec<String>,
    /// Whether it may succeed.
    pub(super) is_heard: bool,
    /// What marks that somebody was told of it, where the account is guarded: another one for each window.
    pub(super) guarded: Option<String>,
}

/// Counts an attempt of a source at an account, or refuses the source.
pub(super) async fn admit(app: &App, origin: &Origin, email: &str) -> Result<Attempt, AppError> {
    let source = Source::name_of(origin.ip_address);
    refuse_above(app, format!("source:{source}"), SOURCE_MOST, SOURCE_WINDOW).await?;
    let account = hex(&secret_text::digest_of(email));
    let ids = vec![format!("account:{account}"), format!("pair:{source}:{account}")];
    let now = app.ambient.now();
    let counted = app.store.sign_in_attempts().count(&ids, now, ago(now, ACCOUNT_WINDOW)).await?;
    let [of_account, of_pair] = counted.as_slice() else { return Err(AppError::Bug("an attempt was not counted")) };
    let is_guarded = of_account.number > ACCOUNT_MOST;
    Ok(Attempt {
        ids: ids.into_iter().chain([format!("source:{source}")]).collect(),
        is_heard: !is_guarded || of_pair.number <= PAIR_MOST,
        guarded: is_guarded.then(|| format!("guarded:{account}:{}", of_account.began_at)),
    })
}

/// Counts an attempt of a source at nobody in particular, or refuses the source. No account is guarded by it: what is
/// shown is nothing that could be guessed.
pub(crate) async fn admit_source(app: &App, origin: &Origin) -> Result<Attempt, AppError> {
    let id = format!("source:{}", Source::name_of(origin.ip_address));
    refuse_above(app, id.clone(), SOURCE_MOST, SOURCE_WINDOW).await?;
    Ok(Attempt { ids: vec![id], is_heard: true, guarded: None })
}

impl Attempt {
    /// It was no failure.
    pub(crate) async fn take_back(&self, app: &App) -> Result<(), AppError> {
        Ok(app.store.sign_in_attempts().take_back(&self.ids).await?)
    }
}

/// What only somebody who knows a secret already, or is signed in, can try: counted for the person alone, wherever it
/// comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HardLimit {
    /// Codes of the second factor, after the right password.
    Code(UserId),
    /// The password of somebody who is signed in.
    Password(UserId),
    /// Mails that an address is sent on demand.
    Mail(UserId),
    /// Mails that tell an address of requests.
    Notice(UserId),
    /// Demands for mail of a source.
    Demand(Option<IpAddr>),
    /// Tries of links of a source.
    Link(Option<IpAddr>),
    /// Demands of a source for something that a passkey signs, of which no sign-in came.
    Challenge(Option<IpAddr>),
    /// Sign-ins at an identity provider that a source began and did not finish.
    Sso(Option<IpAddr>),
    /// Sign-ins that command lines of a source asked for and did not get.
    SsoRequest(Option<IpAddr>),
    /// Setup codes of a source.
    Setup(Option<IpAddr>),
}

impl HardLimit {
    fn id(self) -> String {
        match self {
            Self::Code(user) => format!("code:{user}"),
            Self::Password(user) => format!("password:{user}"),
            Self::Mail(user) => format!("mail:{user}"),
            Self::Notice(user) => format!("notice:{user}"),
            Self::Demand(address) => format!("demand:{}", Source::name_of(address)),
            Self::Link(address) => format!("link:{}", Source::name_of(address)),
            Self::Challenge(address) => format!("challenge:{}", Source::name_of(address)),
            Self::Sso(address) => format!("sso:{}", Source::name_of(address)),
            Self::SsoRequest(address) => format!("sso-request:{}", Source::name_of(address)),
            Self::Setup(address) => format!("setup:{}", Source::name_of(address)),
        }
    }

    /// In its window.
    const fn most(self) -> i64 {
        match self {
            Self::Setup(_) => 5,
            Self::Code(_) | Self::Password(_) | Self::Demand(_) => 10,
            Self::Mail(_) => 3,
            Self::Link(_) | Self::Notice(_) => 30,
            // A page may ask each time it is shown, an office is one source, and each in it may give up once or twice.
            Self::Challenge(_) | Self::Sso(_) => 300,
            Self::SsoRequest(_) => 60,
        }
    }

    const fn window(self) -> SignedDuration {
        match self {
            // Whoever mistyped it waits no longer than it takes to look again.
            Self::Setup(_) => SignedDuration::from_mins(1),
            Self::Code(_)
            | Self::Password(_)
            | Self::Mail(_)
            | Self::Notice(_)
            | Self::Demand(_)
            | Self::Link(_)
            | Self::Challenge(_)
            | Self::Sso(_)
            | Self::SsoRequest(_) => ACCOUNT_WINDOW,
        }
    }

    /// It was no failure.
    pub(crate) async fn take_back(self, app: &App) -> Result<(), AppError> {
        Ok(app.store.sign_in_attempts().take_back(&[self.id()]).await?)
    }
}

/// Counts an attempt, or refuses it when there were too many in its window.
pub(crate) async fn admit_hard(app: &App, limit: HardLimit) -> Result<(), AppError> {
    refuse_above(app, limit.id(), limit.most(), limit.window()).await
}

async fn refuse_above(app: &App, id: String, most: i64, window: SignedDuration) -> Result<(), AppError> {
    let now = app.ambient.now();
    let counted = app.store.sign_in_attempts().count(&[id], now, ago(now, window)).await?;
    match counted.first() {
        Some(counted) if counted.number > most => {
            Err(AppError::TooManyAttempts { until: counted.began_at.saturating_add(window).unwrap_or(now) })
        }
        _ => Ok(()),
    }
}

/// Forgets attempts that count no more.
pub async fn forget_old_attempts(app: &App) -> Result<(), AppError> {
    let before = ago(app.ambient.now(), LONGEST_WINDOW);
    loop {
        let removed = app.store.sign_in_attempts().forget(before, BATCH).await?;
        if i64::try_from(removed).is_ok_and(|removed| removed < BATCH) {
            return Ok(());
        }
    }
}

fn ago(now: Timestamp, window: SignedDuration) -> Timestamp {
    now.saturating_sub(window).unwrap_or(Timestamp::MIN)
}
