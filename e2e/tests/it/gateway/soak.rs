//! Leases are made and ended by a gateway for a long time, while its processes, its tunnels and a server fail again and again: no call is
//! refused that could be tried once more, nothing stays behind, and what lived through all of it has not grown.
//!
//! The design asks for a day. The long count is half an hour, its first third as long as a gateway keeps its answers
//! (`crates/gateway/src/answers.rs`): from then on it should hold as much as it ever will.

mod held;
mod load;
mod world;

use std::{env, sync::Arc, time::Duration};

use jiff::Timestamp;
use mayfly_testkit::{ambient::ambient, clock::TestClock, counts};
use rustix::process::getuid;

use self::{
    held::{Held, Watch, sockets},
    load::Load,
    world::{Fault, World},
};

/// Leases between two faults.
const LEASES: usize = 12;

/// What may be more in the last third than in the one before. Faults open files and threads for a moment.
const MOST: Held = Held { resident_kib: 2_048, files: 8, threads: 8 };

/// The same of a time that is over before a process is warm: in its first ten minutes a gateway has ever more answers to keep.
const MOST_AT_FIRST: Held = Held { resident_kib: 6_144, ..MOST };

/// A third of what takes longer is enough to be warm.
const FIRST: Duration = Duration::from_mins(30);

#[tokio::test]
async fn real_gateway_and_servers_that_fail_again_and_again_refuse_nothing_and_do_not_grow() {
    if !may_look() {
        return;
    }
    let time = Duration::from_secs(u64::try_from(counts::of(counts::SOAK_SECONDS)).unwrap());
    let most = if time < FIRST { MOST_AT_FIRST } else { MOST };
    let seed = u64::from_be_bytes(ambient().random());
    println!("faults with the seed {seed}");
    let chance = TestClock::default().ambient(seed);
    let mut world = World::new().await;
    let lasting = world.lasting();
    let before = lasting.map(|(_, process)| sockets(process));

    let load = Arc::new(Load::default());
    let asking = load.begin(&world.scene);
    let watches = lasting.map(|(_, process)| Watch::over(process));
    let (begun, mut faults) = (ambient().now(), Vec::new());
    while since(begun) < time {
        load.more(LEASES, &format!("leases after {:?}", faults.last())).await;
        let fault = Fault::draw(&chance);
        faults.push((ambient().now(), fault));
        world.suffer(fault).await;
        world.is_well().await;
    }
    load.end();
    asking.await.unwrap();
    let (lasted, mut grown) = (since(begun), Vec::new());
    for ((name, process), (watch, before)) in lasting.into_iter().zip(watches.into_iter().zip(before)) {
        let course = watch.end().await;
        let (slope, after) = (course.kib_per_hour(lasted), sockets(process));
        println!("{name}: {:?}, then {:?}: {slope:+.0} KiB/h", course.middle, course.last);
        println!("{name}: {before} sockets before, {after} after");
        grown.extend(course.grown_beyond(most).into_iter().map(|what| format!("{name}: {what}")));
    }
    world.nothing_is_left().await;
    let (unclear, refused) = load.refused(&world.absences);
    let (leases, lasted, absences) = (load.ended(), lasted.as_secs(), world.absences.len());
    println!(
        "{leases} leases made and ended in {lasted} s, {} faults; in {absences} of them a process ended or was long away, {unclear} calls \
         were under way there and refused",
        faults.len()
    );
    assert!(refused.is_empty(), "{refused:#?}, of {faults:#?}");
    assert_eq!(grown, Vec::<String>::new());
}

/// Whether this process may look at what a server holds, whose memory is not left to others.
fn may_look() -> bool {
    let may = getuid().is_root();
    if !may {
        println!("passed by: only root may look at what a server holds");
        let is_insisted = env::var_os("CI").is_some_and(|value| !value.is_empty());
        assert!(!is_insisted, "with `CI` set, it has to be looked at");
    }
    may
}

fn since(begun: Timestamp) -> Duration {
    ambient().now().duration_since(begun).unsigned_abs()
}
