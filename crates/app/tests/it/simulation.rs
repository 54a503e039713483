//! Many lives of servers, callers and a cluster in which much goes wrong, each decided by a seed; and mistakes made on
//! purpose, which they have to find.
//!
//! `MAYFLY_LIFE=17 cargo test -p mayfly-app lives` lives that one alone, `MAYFLY_LIFE=17-40` those from one to the other; a
//! life that fails is told in full.
//! `MAYFLY_TEST_COUNTS=long TMPDIR=/dev/shm cargo test -p mayfly-app lives` lives 2,000 of them; a folder in memory spares
//! them the disk.
//! `MAYFLY_BUG=Held cargo test -p mayfly-app mistake` makes only the mistakes that have this in their name.
//!
//! # What runs
//!
//! The code of issue (with `replaces` and `Idempotency-Key`), undo, revoke, reap, sweep, approved sweep and adopt, in two
//! servers on one SQLite database, before a fake cluster with UIDs, finalizers and a token cache. Real is everything but
//! three things: the clock and chance are the test's, the way to the cluster is a pipe without a socket, and the cluster is
//! the fake one. Everything runs on one thread, polled in turn.
//!
//! What goes wrong: calls are refused, cut, lost, answered late, or carried out when their caller has given them up;
//! transactions take long; servers die, or stand still and go on; wall clocks are put back; finalizers hold objects; objects
//! are taken, put back, forged and imitated; other installations have theirs beside ours; the whole database is put back to
//! an earlier time.
//!
//! # What it checks
//!
//! After every step, and again at rest when nothing goes wrong any more and all time has passed:
//!
//! * I1, I4: an object of ours has a row that is reserved, active or ending, or is a known orphan (`orphans.rs`); at rest
//!   the sweep has found every orphan.
//! * I2: a token is out only when its row grants it, with the end that the token has.
//! * I3: what was made for a lease that ended is gone, and its token refused once the cluster looks again.
//! * I5: states move along the arrows only. I19: whatever clocks do, the end of a lease never moves away.
//! * I6, I7: lifetimes stay below their bounds. I9: nothing is outside the allowed namespaces.
//! * I10: nothing without a valid seal of ours is touched, whatever its labels (`world/strangers.rs`).
//! * I12: each change has its one event. I14: no token is in the database.
//! * I16: no two live leases have an object in common. I20: no more live leases than the cap.
//! * I21: a second run of the loop changes nothing. I26: nothing waits for ever.
//! * One lease for a key, also over the death of a server; a replaced lease ends, and not before another takes its place;
//!   no lease ends unasked; an active one keeps its objects. A sweep leaves what is young and asks before it removes much; a
//!   held database touches nothing.
//!
//! Not here: I25 is a table of its own (`unclear.rs`). I8, I11, I13, I15, I17, I18, I22 to I24 are about rights, routes, the
//! audit chain, load and keys, which a life has none of. Anchors that lost their rows are beyond any sweep, because secrets
//! are never listed (`docs/decisions/0016-seals-and-the-sweep.md`): they may stay, and nothing else may.

mod bugs;
mod clients;
mod dice;
mod life;
mod motion;
mod orphans;
mod promises;
mod scan;
mod slow_store;
mod weather;

use std::{env, ops::RangeInclusive};

use mayfly_testkit::counts;
use tokio::runtime;

use self::{
    bugs::Bug,
    life::{Happened, Lived, live},
};

/// Names one seed, to live it again, or several from one to another.
const SEED: &str = "MAYFLY_LIFE";

/// Narrows the mistakes.
const BUG: &str = "MAYFLY_BUG";

/// Lives within which each mistake has to be found.
const LIVES_PER_BUG: u64 = 120;

fn seeds() -> RangeInclusive<u64> {
    let Ok(named) = env::var(SEED) else {
        return 1..=u64::try_from(counts::of(counts::LIVES)).expect("a count");
    };
    let (first, last) = named.split_once('-').unwrap_or((&named, &named));
    first.parse().expect("a seed")..=last.parse().expect("a seed")
}

/// Each life has a runtime of its own: what still hangs at its end goes with it.
fn lived(seed: u64, bug: Option<Bug>) -> Lived {
    runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(live(seed, bug))
}

#[test]
fn all_lives_leave_nothing_unexplained() {
    let mut all = Happened::default();
    let seeds = seeds();
    for seed in seeds.clone() {
        let lived = lived(seed, None);
        if !lived.faults.is_empty() {
            println!("{}", lived.story.join("\n"));
        }
        assert_eq!(lived.faults, Vec::<String>::new(), "live it again with {SEED}={seed}");
        all += lived.happened;
    }
    println!("seeds {seeds:?}: {all:?}");
    // One life alone may be a quiet one.
    if seeds.count() > 1 {
        all.demand_enough();
    }
}

#[test]
fn a_seed_tells_the_same_life_again() {
    for seed in [3, 11, 31] {
        let (Lived { story: one, .. }, Lived { story: again, .. }) = (lived(seed, None), lived(seed, None));
        assert_eq!(one, again, "seed {seed}");
    }
}

#[test]
fn every_mistake_that_is_made_on_purpose_is_found() {
    let mut missed = Vec::new();
    let only = env::var(BUG).unwrap_or_default();
    for bug in Bug::ALL.into_iter().filter(|bug| format!("{bug:?}").contains(&only)) {
        let mut found = None;
        for seed in 1..=LIVES_PER_BUG {
            let faults = lived(seed, Some(bug)).faults;
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
