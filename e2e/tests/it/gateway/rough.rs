//! Rough weather between a private network and its server: what is answered is right, and nobody waits beyond the deadline.

use std::{sync::Arc, time::Duration};

use mayfly_e2e::{Gateway, Installation, SECRET, Scene, inputs};
use mayfly_testkit::{
    counts,
    network::{Rig, Weather},
};

use super::{
    PATIENCE,
    calls::{Asking, Calls, DEADLINE},
    in_state, make, policy,
    rooms::Rooms,
};

/// What the weather repeats itself by.
const SEED: u64 = 23;

/// For all answers in one weather.
const ENOUGH: Duration = Duration::from_mins(5);

/// Round trips of a far site.
const FAR: Duration = Duration::from_millis(20);

/// Whether anything may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failures {
    None,
    /// With every fifth frame lost in each direction, TCP itself is silent for seconds.
    InTime,
}

fn weathers() -> [(&'static str, Weather, Failures); 5] {
    let lossy = |loss_percent| Weather { loss_percent, ..Weather::late(FAR) };
    [
        ("one of a hundred lost", lossy(1.0), Failures::None),
        ("five of a hundred lost", lossy(5.0), Failures::None),
        ("a quarter overtaken", Weather { reorder_percent: 25.0, jitter: FAR, ..Weather::late(FAR) }, Failures::None),
        ("1 Mbit/s", Weather { bits_per_second: Some(1_000_000), ..Weather::late(FAR) }, Failures::None),
        ("a fifth lost", lossy(20.0), Failures::InTime),
    ]
}

#[tokio::test]
async fn real_calls_in_rough_weather_are_right_and_in_time() {
    let Some(rig) = Rig::with_weather(SEED).unwrap() else { return };
    let rooms = Rooms::furnish(rig, "rough").await;
    let mayfly = Installation::sqlite().await.start_in(&rooms.rig.servers, &[]).await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let (path, enrolment) = make(&scene.client, "gw-rough").await;
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&rooms.ground), &rooms.cluster).unwrap();
    let gateway = rooms.place(gateway);
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let by_gateway = inputs::by_gateway(&shown.id);
    scene.create_secret_with(&by_gateway, &rooms.ground.side).await.unwrap();
    let answers = counts::of(counts::ANSWERS_IN_WEATHER);
    for (name, weather, failures) in weathers() {
        rooms.rig.shim().unwrap().set_both(weather);
        let load = Arc::new(Calls::default());
        let callers = (0..3).map(|_| Asking { scene: scene.clone(), secret: SECRET.to_owned() });
        let asking = load.begin(callers.collect());
        load.each_has_within(answers, ENOUGH).await;
        load.end();
        asking.await.unwrap();
        rooms.rig.shim().unwrap().set_both(Weather::default());
        let calls = load.calls();
        let refused: Vec<_> = calls.iter().filter_map(|call| call.refused.as_ref()).collect();
        let mut times: Vec<_> = calls.iter().map(|call| call.took).collect();
        times.sort();
        let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
        println!("{name}: {} calls, {} refused, half in {median:?}, all in {longest:?}", calls.len(), refused.len());
        assert!(failures == Failures::InTime || refused.is_empty(), "{name}: {refused:?}");
        assert!(longest <= DEADLINE, "{name}: {longest:?}");
        for token in calls.iter().filter_map(|call| call.token.as_ref()) {
            let who = rooms.ground.who_am_i(token).await.unwrap().unwrap();
            assert!(who.ends_with(&format!(":{}:{}", rooms.ground.side.namespace, mayfly_e2e::ACCOUNT)), "{who}");
        }
    }
    running.stop().await.unwrap();
    mayfly.stop().await.unwrap();
}
