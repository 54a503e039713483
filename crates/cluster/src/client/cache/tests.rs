use mayfly_domain::sensitive::Sensitive;
use mayfly_testkit::clock::TestClock;

use super::*;
use crate::{
    connect::{Direct, TlsSettings},
    egress::EgressPolicy,
    executor::{TrustRoots, VerificationOff},
};

fn workshop(clock: &TestClock) -> Workshop {
    let ambient = clock.ambient(1);
    let tls = TlsSettings::new(ambient.clone(), VerificationOff::Allowed, TrustRoots::Only(Vec::new()));
    Workshop { dial: Arc::new(Direct::new(ambient.clone(), EgressPolicy::default())), ambient, tls }
}

fn target(workshop: &Workshop) -> Target {
    Target {
        connection: ConnectionId::generate(&workshop.ambient),
        version: 1,
        url: "https://kubernetes.test:6443".parse().unwrap(),
        ca: None,
        verification: Verification::Full,
        credential: Sensitive::from("token"),
        token_file: None,
        route: mayfly_domain::connection::Route::Direct,
    }
}

fn count(cache: &ClientCache) -> usize {
    cache.lock().len()
}

#[tokio::test]
async fn one_target_has_one_client() {
    let workshop = workshop(&TestClock::default());
    let (cache, target) = (ClientCache::default(), target(&workshop));
    let first = cache.get(&target, &workshop).unwrap();
    assert!(Arc::ptr_eq(&first, &cache.get(&target.clone(), &workshop).unwrap()));
    assert_eq!(count(&cache), 1);
}

#[tokio::test]
async fn another_target_has_another_client() {
    let workshop = workshop(&TestClock::default());
    let (cache, original) = (ClientCache::default(), target(&workshop));
    let change = |change: &dyn Fn(&mut Target)| {
        let mut changed = original.clone();
        change(&mut changed);
        changed
    };
    let targets = [
        original.clone(),
        change(&|target| target.connection = ConnectionId::generate(&workshop.ambient)),
        change(&|target| target.version = 2),
        change(&|target| target.url = "https://kubernetes.test:6444".parse().unwrap()),
        change(&|target| target.verification = Verification::Off),
        change(&|target| target.credential = Sensitive::from("tokeo")),
    ];
    for target in &targets {
        cache.get(target, &workshop).unwrap();
    }
    assert_eq!(count(&cache), targets.len());
}

#[tokio::test]
async fn what_moves_between_two_fields_makes_another_key() {
    let workshop = workshop(&TestClock::default());
    let mut one = target(&workshop);
    one.ca = Some("x".to_owned());
    let mut other = one.clone();
    (other.ca, other.credential) = (Some(String::new()), Sensitive::from("xtoken"));
    assert!(ClientKey::of(&one) != ClientKey::of(&other));
}

#[tokio::test]
async fn the_client_unused_for_longest_makes_room() {
    let clock = TestClock::default();
    let workshop = workshop(&clock);
    let cache = ClientCache::default();
    let first = target(&workshop);
    cache.get(&first, &workshop).unwrap();
    clock.advance(Duration::from_millis(1));
    let second = target(&workshop);
    cache.get(&second, &workshop).unwrap();
    clock.advance(Duration::from_millis(1));
    let kept = cache.get(&first, &workshop).unwrap();
    for _ in 2..=MOST_CLIENTS {
        cache.get(&target(&workshop), &workshop).unwrap();
    }
    assert_eq!(count(&cache), MOST_CLIENTS);
    assert!(Arc::ptr_eq(&kept, &cache.get(&first, &workshop).unwrap()));
    assert!(!cache.lock().contains_key(&ClientKey::of(&second)), "it was used before the first");
}

#[tokio::test]
async fn a_target_that_cannot_be_used_leaves_nothing_behind() {
    let workshop = workshop(&TestClock::default());
    let cache = ClientCache::default();
    let mut broken = target(&workshop);
    broken.credential = Sensitive::from("line\nbreak");
    assert_eq!(cache.get(&broken, &workshop).err(), Some(Misconfigured::Credential));
    assert_eq!(count(&cache), 0);
}
