//! Byte streams carry bytes as they are, and a stalled one holds up nobody.

use std::{
    env,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::future::{BoxFuture, join_all};
use mayfly_tunnel::{
    answering::{Answers, Asked},
    asking::Tunnel,
    carrier::Carrier,
    failure::{Leg, Reached, Refusal},
    protocol::MOST_FORWARDS,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::rig::{Echo, Rig, soon};

const LIMIT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn bytes_come_back_as_they_went_and_each_half_ends_by_itself() {
    let rig = Rig::new();
    let (opened, _session) = rig.tunnel(Arc::new(Echo)).await;
    let forward = opened.tunnel.connect("api.internal", 6443, LIMIT).await.unwrap();
    let (mut reader, mut writer) = tokio::io::split(forward);
    let sent: Vec<u8> = (0..3_000_000_u32).map(|index| u8::try_from(index % 251).unwrap()).collect();
    let sending = async {
        writer.write_all(&sent).await.unwrap();
        writer.shutdown().await.unwrap();
    };
    let mut received = Vec::new();
    let ((), read) = tokio::join!(sending, reader.read_to_end(&mut received));
    read.unwrap();
    assert_eq!(received.len(), sent.len());
    assert!(received == sent);
}

#[tokio::test]
async fn what_the_gateway_does_not_list_is_refused_by_name() {
    let rig = Rig::new();
    let (opened, _session) = rig.tunnel(Arc::new(Echo)).await;
    for (host, port) in [("api.internal", 443), ("169.254.169.254", 80), ("::1", 6443)] {
        let failed = opened.tunnel.connect(host, port, LIMIT).await.err().unwrap();
        assert_eq!((failed.leg, failed.reached, failed.code.as_str()), (Leg::Gateway, Reached::Refused, "policy"));
        assert!(failed.message.contains(&format!("{host}:{port}")), "{failed}");
    }
}

/// Sends without end, whatever is read of it.
struct Flood;

impl Answers for Flood {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(async move { Ok(asked.body) })
    }

    fn connect<'a>(
        &'a self,
        _host: &'a str,
        _port: u16,
        _limit: Duration,
    ) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        Box::pin(async move {
            // Little of its own: what is measured is the tunnel's memory.
            let (near, mut far) = tokio::io::duplex(8 * 1024);
            tokio::spawn(async move {
                let piece = [7; 4 * 1024];
                while far.write_all(&piece).await.is_ok() {}
            });
            Ok(Box::new(near) as Box<dyn Carrier>)
        })
    }
}

/// Calls beside them.
const CALLS: usize = 500;

/// What the windows of all of them may take at both ends, which are one process here.
const MOST_MEMORY: u64 = 40 * 1024 * 1024;

/// How much longer half of the calls may take.
const SOON: Duration = Duration::from_millis(5);

/// How long calls of each of two tunnels take, by turns: what else the machine does takes its time from both. Sorted.
#[expect(clippy::disallowed_methods, reason = "what is measured is the machine's own time")]
async fn times(rig: &Rig, tunnels: [&Tunnel; 2]) -> [Vec<Duration>; 2] {
    let mut times = [(); 2].map(|()| Vec::with_capacity(CALLS));
    for _ in 0..CALLS {
        for (tunnel, times) in tunnels.into_iter().zip(&mut times) {
            let begun = Instant::now();
            assert_eq!(soon(tunnel.call(rig.operation("{}"))).await.unwrap(), "{}");
            times.push(begun.elapsed());
        }
    }
    for times in &mut times {
        times.sort();
    }
    times
}

/// Bytes of memory that this process has.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Set where a test runs alone in its process.
const ALONE: &str = "MAYFLY_TEST_ALONE";

/// Runs the test `name` once more, in a process of its own: memory is that of a whole process, and others run in this one.
fn alone(name: &str) {
    let own = env::current_exe().unwrap();
    let run = Command::new(own).args(["--exact", name, "--nocapture"]).env(ALONE, "yes").status().unwrap();
    assert!(run.success(), "{name}, alone");
}

#[tokio::test]
async fn stalled_streams_keep_no_operation_from_its_answer() {
    if env::var_os(ALONE).is_none() {
        return alone("streams::stalled_streams_keep_no_operation_from_its_answer");
    }
    let rig = Rig::new();
    let (opened, _session) = rig.tunnel(Arc::new(Flood)).await;
    let (calm, _calm_session) = rig.tunnel(Arc::new(Echo)).await;
    let before = resident();
    let opening = (0..MOST_FORWARDS).map(|_| opened.tunnel.connect("api.internal", 6443, LIMIT));
    let stalled: Vec<_> = join_all(opening).await.into_iter().map(Result::unwrap).collect();
    let failed = opened.tunnel.connect("api.internal", 6443, LIMIT).await.err().unwrap();
    assert_eq!((failed.leg, failed.reached, failed.code.as_str()), (Leg::Server, Reached::NotSent, "overloaded"));
    let [free, beside] = times(&rig, [&calm.tunnel, &opened.tunnel]).await;
    let (grown, late) = (resident().saturating_sub(before), CALLS * 99 / 100);
    println!(
        "beside {} stalled streams: {:?} at the 99th part, and {:?} without; {} KiB",
        stalled.len(),
        beside[late],
        free[late],
        grown / 1024
    );
    assert!(grown <= MOST_MEMORY, "{grown} bytes");
    // A call that had to wait for a stalled stream would wait for ever; the last hundredth is what else the machine does.
    // What all of the process would lose to them is no part of the difference, but is bounded, too.
    assert!(beside[CALLS / 2] <= 10 * SOON, "{:?}", beside[CALLS / 2]);
    assert!(beside[CALLS / 2] <= free[CALLS / 2] + SOON, "{:?}, and {:?} without", beside[CALLS / 2], free[CALLS / 2]);
    drop(stalled);
    // A place is free again as soon as its stream is dropped.
    assert!(opened.tunnel.connect("api.internal", 6443, LIMIT).await.is_ok());
}
