//! A cable with weather: what it costs by itself, and that delay, loss and rate are really there.

use std::{
    io::{Read as _, Write as _},
    thread,
    time::{Duration, Instant},
};

use mayfly_testkit::network::{Rig, Towards, Weather};

use super::connected;

/// What the cable may cost by itself, there and back.
const OWN_COST: Duration = Duration::from_micros(300);

/// Of each cable, one after the other.
const ECHOES: usize = ECHOES_OF_A_TURN * TURNS;

/// Of one of the cables, before it is the other's turn.
const ECHOES_OF_A_TURN: usize = 50;

/// How often it is a cable's turn.
const TURNS: usize = 20;

/// How long a byte takes there and back, sorted.
#[expect(clippy::disallowed_methods, reason = "what is measured is the machine's own time")]
fn round_trips(rig: &Rig, count: usize) -> Vec<Duration> {
    let (mut near, mut far) = connected(&rig.edge, &rig.internet);
    let echoing = thread::spawn(move || {
        let mut byte = [0];
        while matches!(far.read(&mut byte), Ok(1)) && far.write_all(&byte).is_ok() {}
    });
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        near.write_all(&[1]).unwrap();
        near.read_exact(&mut [0]).unwrap();
        times.push(begun.elapsed());
    }
    drop(near);
    echoing.join().unwrap();
    times.sort();
    times
}

#[test]
fn a_cable_with_weather_costs_less_than_it_may() {
    let Some(rig) = Rig::with_weather(1).unwrap() else { return };
    let plain = Rig::make().unwrap();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    // By turns, so that what else the machine does takes its time from both.
    for _ in 0..TURNS {
        with.extend(round_trips(&rig, ECHOES_OF_A_TURN));
        without.extend(round_trips(&plain, ECHOES_OF_A_TURN));
    }
    with.sort();
    without.sort();
    let cost = |at: usize| with[at].saturating_sub(without[at]);
    println!("the cable costs {:?} at the median, {:?} at the tenth part", cost(ECHOES / 2), cost(ECHOES / 10));
    // The quick tenth tells of the cable alone.
    assert!(cost(ECHOES / 10) < OWN_COST, "{:?} against {:?}", with[ECHOES / 10], without[ECHOES / 10]);
}

#[test]
fn delay_is_really_there_in_the_direction_that_has_it() {
    let Some(rig) = Rig::with_weather(2).unwrap() else { return };
    let shim = rig.shim().unwrap();
    let quick = round_trips(&rig, 20)[0];
    shim.set(Towards::First, Weather::late(Duration::from_millis(30)));
    let one = round_trips(&rig, 20)[0];
    shim.set_both(Weather::late(Duration::from_millis(30)));
    let both = round_trips(&rig, 20)[0];
    println!("without {quick:?}, one way {one:?}, both ways {both:?}");
    assert!(quick < Duration::from_millis(10), "{quick:?}");
    // A busy machine may take longer, but not as long as the other direction's delay.
    assert!((30..60).contains(&one.as_millis()) && (60..90).contains(&both.as_millis()), "{one:?}, {both:?}");
}

#[test]
fn what_is_lost_or_overtaken_comes_all_the_same_and_in_order() {
    let Some(rig) = Rig::with_weather(3).unwrap() else { return };
    let shim = rig.shim().unwrap();
    for weather in [Weather::lossy(5.0), Weather { reorder_percent: 25.0, ..Weather::late(Duration::from_millis(2)) }] {
        let (mut near, mut far) = connected(&rig.edge, &rig.internet);
        shim.set_both(weather);
        let sent: Vec<u8> = (0..=u8::MAX).cycle().take(256 * 1024).collect();
        let whole = sent.clone();
        let sending = thread::spawn(move || near.write_all(&whole));
        let mut received = vec![0; sent.len()];
        far.read_exact(&mut received).unwrap();
        sending.join().unwrap().unwrap();
        assert!(received == sent, "{weather:?}");
        shim.set_both(Weather::default());
    }
    assert!(retransmitted(rig.edge.name().unwrap()) > 0, "the kernel sent some again");
}

/// Segments that a room's kernel sent more than once.
fn retransmitted(room: &str) -> u64 {
    let told =
        std::process::Command::new("ip").args(["netns", "exec", room, "cat", "/proc/net/snmp"]).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let mut lines = told.lines().filter(|line| line.starts_with("Tcp:")).map(|line| line.split(' '));
    let (names, numbers) = (lines.next().unwrap(), lines.next().unwrap());
    let found = names.zip(numbers).find(|(name, _)| *name == "RetransSegs");
    found.unwrap().1.parse().unwrap()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "what is measured is the machine's own time")]
fn a_narrow_line_takes_its_time() {
    let Some(rig) = Rig::with_weather(4).unwrap() else { return };
    let (mut near, mut far) = connected(&rig.edge, &rig.internet);
    rig.shim().unwrap().set_both(Weather { bits_per_second: Some(1_000_000), ..Weather::default() });
    let begun = Instant::now();
    let sending = thread::spawn(move || near.write_all(&vec![7; 125_000]).map(|()| near));
    far.read_exact(&mut vec![0; 125_000]).unwrap();
    let took = begun.elapsed();
    sending.join().unwrap().unwrap();
    println!("a million bits took {took:?}");
    // What its full queue loses is sent again, after pauses of TCP that double from a fifth of a second: five of them are six seconds.
    assert!((950..10_000).contains(&took.as_millis()), "{took:?}");
}

#[test]
fn what_is_passed_on_from_further_away_comes_too() {
    let Some(rig) = Rig::with_weather(5).unwrap() else { return };
    let (mut near, mut far) = connected(&rig.edge, &rig.servers);
    let there =
        thread::spawn(move || far.read_exact(&mut vec![0; 1_000_000]).map(|()| far.write_all(&vec![1; 1_000_000])));
    near.write_all(&vec![1; 1_000_000]).unwrap();
    near.read_exact(&mut vec![0; 1_000_000]).unwrap();
    there.join().unwrap().unwrap().unwrap();
}
