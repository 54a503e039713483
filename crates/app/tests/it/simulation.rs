//! Many lives of servers, callers and a cluster in which much goes wrong, each decided by a seed; and mistakes made on
//! purpose, which they have to find.
//!
//! `MAYFLY_LIFE=17 cargo test -p mayfly-app lives` lives that one alone; a life that fails is told in full.
//! `MAYFLY_BUG=Held cargo test -p mayfly-app mistake` makes only the mistakes that have this in their name.
//!
//! The world is real but for three things: the clock and chance are the test's, the way to the cluster is a pipe without a
//! socket, and the cluster is the fake one. Everything runs on one thread, polled in turn.

mod bugs;
mod clients;
mod dice;
mod life;
mod motion;
mod scan;
mod slow_store;
mod weather;

use std::env;

use mayfly_testkit::counts;

use self::{
    bugs::Bug,
    life::{Lived, live},
};

/// Names one seed, to live it again.
const SEED: &str = "MAYFLY_LIFE";

/// Narrows the mistakes.
const BUG: &str = "MAYFLY_BUG";

/// Lives within which each mistake has to be found.
const LIVES_PER_BUG: u64 = 60;

fn seeds() -> std::ops::RangeInclusive<u64> {
    match env::var(SEED).ok().and_then(|text| text.parse().ok()) {
        Some(seed) => seed..=seed,
        None => 1..=u64::try_from(counts::of(counts::LIVES)).expect("a count"),
    }
}

#[tokio::test]
async fn all_lives_leave_nothing_unexplained() {
    let (mut tokens, mut leases, mut broken, mut deaths) = (0, 0, 0, 0);
    let seeds = seeds();
    for seed in seeds.clone() {
        let lived = live(seed, None).await;
        if !lived.faults.is_empty() {
            println!("{}", lived.story.join("\n"));
        }
        assert_eq!(lived.faults, Vec::<String>::new(), "live it again with {SEED}={seed}");
        tokens += lived.tokens;
        leases += lived.leases;
        broken += lived.broken_calls;
        deaths += lived.deaths;
    }
    println!(
        "seeds {seeds:?}: {leases} leases, {tokens} tokens received, {broken} calls broken, {deaths} servers dead"
    );
    // One life alone may be a quiet one.
    if seeds.count() == 1 {
        return;
    }
    assert!(leases > tokens && tokens > 0 && broken > 0 && deaths > 0, "too little happened");
}

#[tokio::test]
async fn a_seed_tells_the_same_life_again() {
    for seed in [3, 11] {
        let (Lived { story: one, .. }, Lived { story: again, .. }) = (live(seed, None).await, live(seed, None).await);
        assert_eq!(one, again, "seed {seed}");
    }
}

#[tokio::test]
async fn every_mistake_that_is_made_on_purpose_is_found() {
    let mut missed = Vec::new();
    let only = env::var(BUG).unwrap_or_default();
    for bug in Bug::ALL.into_iter().filter(|bug| format!("{bug:?}").contains(&only)) {
        let mut found = None;
        for seed in 1..=LIVES_PER_BUG {
            let faults = live(seed, Some(bug)).await.faults;
            if let Some(fault) = faults.into_iter().next() {
                found = Some((seed, fault));
                break;
            }
        }
        match found {
            Some((seed, fault)) => println!("{bug:?}: found with seed {seed}: {fault}"),
            None => missed.push(bug),
        }
    }
    assert_eq!(missed, [], "not found in {LIVES_PER_BUG} lives");
}
