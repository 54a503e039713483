//! The one place where passwords are hashed and compared.
//!
//! A hash takes tens of milliseconds of a processor and 19 MiB, on purpose. Two at a time run beside the tasks that
//! answer requests, and few may wait, so that a crowd at the door cannot use the machine up.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use mayfly_domain::{clock::Ambient, password::Password, sensitive::Sensitive};
use tokio::sync::Semaphore;

use crate::AppError;

/// Memory of one hash: the OWASP Password Storage Cheat Sheet's recommendation for argon2id, with two passes and one
/// lane.
const KIBIBYTES: u32 = 19 * 1024;
/// Hashes that run at the same time.
const AT_ONCE: usize = 2;
/// Hashes that run or wait. At 50 ms each the last of them waits for under two seconds.
const MOST: usize = 64;
/// No password has this hash. Whoever is not there is compared with it, so that time does not tell.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes passwords, a few at a time.
pub(crate) struct Passwords {
    queue: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { queue: Arc::new(Semaphore::new(MOST)), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Passwords {
    /// What is stored of a new password.
    pub(crate) async fn hash(&self, ambient: &Ambient, password: &Password) -> Result<String, AppError> {
        let (salt, password) = (ambient.random::<16>(), password.sensitive().clone());
        let hashed = self.run(move || {
            let hashed = argon2()?.hash_password_with_salt(password.expose().as_bytes(), &salt);
            hashed.map(|hash| hash.to_string()).map_err(|_| AppError::Bug("the password could not be hashed"))
        });
        hashed.await?
    }

    /// Whether `password` is the one with this hash. Without a hash the same work is done, and the answer is no.
    pub(crate) async fn verify(&self, password: &Sensitive<String>, hash: Option<&str>) -> Result<bool, AppError> {
        let (password, hash) = (password.clone(), hash.unwrap_or(NOBODYS).to_owned());
        let verified = self.run(move || {
            let verified = argon2()?.verify_password(password.expose().as_bytes(), hash.as_str());
            Ok(verified.is_ok() && hash != NOBODYS)
        });
        verified.await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let waiting = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| AppError::Busy)?;
        let closed = |_| AppError::Bug("hashing has been shut down");
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(closed)?;
        // The places go with the work: a caller who is gone does not make room for another hash beside it.
        let work = move || {
            let done = work();
            drop((waiting, place));
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| AppError::Bug("hashing a password was interrupted"))
    }
}

fn argon2() -> Result<Argon2<'static>, AppError> {
    let parameters = Params::new(KIBIBYTES, 2, 1, None).map_err(|_| AppError::Bug("argon2 parameters"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

#[cfg(test)]
mod tests {
    use mayfly_testkit::clock::TestClock;

    use super::*;

    #[tokio::test]
    async fn only_the_same_password_has_the_hash() {
        let passwords = Passwords::default();
        let password: Password = "correct horse battery".parse().unwrap();
        let hash = passwords.hash(&TestClock::default().ambient(1), &password).await.unwrap();
        let start = |text: &str| text.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(start(&hash), start(NOBODYS), "nobody's hash costs what others cost");
        assert!(passwords.verify(password.sensitive(), Some(&hash)).await.unwrap());
        for wrong in ["correct horse batterx", "", "Correct horse battery"] {
            assert!(!passwords.verify(&Sensitive::from(wrong), Some(&hash)).await.unwrap(), "{wrong}");
        }
        assert!(!passwords.verify(password.sensitive(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_crowd_is_turned_away_and_whoever_was_let_in_is_answered() {
        let passwords = Arc::new(Passwords::default());
        let place = Arc::clone(&passwords.places).acquire_many_owned(2).await.unwrap();
        let password = Sensitive::from("correct horse battery");
        let verify = || {
            let (passwords, password) = (Arc::clone(&passwords), password.clone());
            tokio::spawn(async move { passwords.verify(&password, None).await })
        };
        let let_in: Vec<_> = (0..MOST).map(|_| verify()).collect();
        while passwords.queue.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(passwords.verify(&password, None).await, Err(AppError::Busy)));
        drop(place);
        for one in let_in {
            assert!(!one.await.unwrap().unwrap());
        }
    }
}
