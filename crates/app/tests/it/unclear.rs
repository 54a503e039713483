//! Unclear answers, as a table: each call of as many shapes as there is time for, times each way in which its answer can be
//! unclear. Whatever came of the call, rows and cluster end as they do after a clean success or a clean refusal (I25), and
//! the caller was told which of the two it is.

mod answer;

use std::{collections::BTreeMap, future::Future, pin::Pin, time::Duration};

use jiff::SignedDuration;
use mayfly_app::leases::{IsForced, reap, revoke};
use mayfly_domain::{
    clock::Clock as _,
    lease::{Lease, LeaseState, Outcome},
    plan::{INSTALLATION_LABEL, ObjectKind},
};
use mayfly_testkit::fake_cluster::{Calls, FakeObject, When};

use self::answer::Unclear;
use crate::world::{Database, Server, World, shape::Shape, strangers::Strangers};

/// Longer than a reservation may last, shorter than any lease.
const AFTER_ANY_RESERVATION: Duration = Duration::from_secs(30);
/// Longer than a lease with objects.
const AFTER_SUCH_A_LEASE: Duration = Duration::from_mins(6);
/// Longer than any lease, and any token.
const AFTER_ANY_LEASE: Duration = Duration::from_mins(12);

/// For each shape, in the mean: more than a hundred for all of them.
const FEWEST_CELLS: usize = 17;

/// Where a lease came to rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct End {
    state: &'static str,
    objects: Vec<ObjectKind>,
    tokens: usize,
}

impl End {
    fn of(world: &World, server: &Server, lease: &Lease, strangers: &Strangers) -> Self {
        let installation = server.store.installation().to_string();
        let is_labelled = |object: &FakeObject| object.labels.get(INSTALLATION_LABEL) == Some(&installation);
        let objects = world.cluster.objects().into_iter();
        let ours = objects.filter(|object| is_labelled(object) && !strangers.contain(object));
        let tokens = world.cluster.live_tokens().into_iter();
        Self {
            state: lease.state.name(),
            objects: ours.map(|object| object.kind).collect(),
            tokens: tokens.filter(|token| token.namespace == crate::world::NAMESPACE).count(),
        }
    }

    const fn over() -> Self {
        Self { state: "ended", objects: Vec::new(), tokens: 0 }
    }
}

/// What is done, what it needs, and whether it did what it was for.
#[derive(Clone, Copy, Debug)]
enum Work {
    /// A token is issued.
    Issue,
    /// A token is issued and refused at the last step; what was made for it is removed.
    Undo,
    /// Somebody ends a lease.
    Revoke,
    /// The time of a lease is up.
    Expire,
}

type Doing<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

impl Work {
    async fn prepare(self, world: &World, server: &Server, shape: Shape) {
        match self {
            Self::Issue => {}
            Self::Undo => world.cluster.faults().inject(Calls::Token, When::Always, Unclear::Refused.fault()),
            Self::Revoke => drop(world.issue(server, shape).await.expect("a token is issued")),
            Self::Expire => {
                world.issue(server, shape).await.expect("a token is issued");
                world.clock.advance(AFTER_SUCH_A_LEASE);
            }
        }
    }

    /// Does it, and says whether the caller was told that it is done.
    fn carry_out<'a>(self, world: &'a World, server: &'a Server, shape: Shape) -> Doing<'a> {
        Box::pin(async move {
            match self {
                Self::Issue | Self::Undo => world.issue(server, shape).await.is_ok(),
                Self::Revoke => {
                    let id = newest(world, server).await.id.to_string();
                    let ended = revoke(&server.app, &world.caller, &world.place(), &id, IsForced::No).await;
                    ended.is_ok_and(|lease| lease.state.name() == "ended")
                }
                Self::Expire => reap(&server.app).await.is_ok_and(|reaped| reaped.removed == 1),
            }
        })
    }

    /// The calls that it makes where nothing goes wrong.
    async fn calls(self, shape: Shape) -> Vec<Calls> {
        let world = World::new(11, Database::folder(), &[shape], Duration::ZERO).await;
        let server = world.server().await;
        self.prepare(&world, &server, shape).await;
        let count = |calls: Calls| world.cluster.requests().count(calls);
        let before = Calls::EACH.map(count);
        self.carry_out(&world, &server, shape).await;
        let made = Calls::EACH.into_iter().zip(before).filter(|(calls, before)| count(*calls) > *before);
        // What is refused on purpose is none of the table's.
        made.map(|(calls, _)| calls).filter(|calls| !matches!((self, calls), (Self::Undo, Calls::Token))).collect()
    }
}

async fn newest(world: &World, server: &Server) -> Lease {
    server.leases(world).await.into_iter().next().expect("a lease")
}

/// How it came out, by where it came to rest.
type Ends = BTreeMap<End, usize>;

/// A world in which the cells of one call are tried, one after the other.
struct Ground {
    world: World,
    strangers: Strangers,
}

impl Ground {
    async fn of(world: World) -> Self {
        let strangers = Strangers::plant(&world, world.store().await.installation());
        Self { world, strangers }
    }

    /// One cell of the table. `when` says whether the cluster is well again at the next call, or only for the loop.
    async fn cell(&self, work: Work, shape: Shape, (calls, unclear, when): (Calls, Unclear, When)) -> End {
        let what = format!("{work:?} of {shape:?}, {calls:?} {unclear:?} ({when:?})");
        let world = &self.world;
        let server = world.server().await;
        work.prepare(world, &server, shape).await;
        world.cluster.faults().inject(calls, when, unclear.fault());
        let is_done = unclear.wait(world, work.carry_out(world, &server, shape)).await;
        world.cluster.faults().clear();
        drop(server);

        let server = world.server().await;
        world.clock.advance(AFTER_ANY_RESERVATION);
        server.reap_until_quiet(world).await.expect("the loop runs");
        let mut faults = self.strangers.touched(&world.cluster);
        faults.extend(server.picture(world, &self.strangers).await.faults());
        assert_eq!(faults, Vec::<String>::new(), "{what}");
        let lease = newest(world, &server).await;
        if matches!(work, Work::Issue | Work::Undo) {
            assert_eq!(
                is_done,
                lease.state.name() == "active",
                "{what}: what the caller was told is not so: {lease:?}"
            );
            told_as_it_is(world, &lease, (shape, calls, unclear), &what);
        }
        let end = End::of(world, &server, &lease, &self.strangers);
        world.clock.advance(AFTER_ANY_LEASE);
        server.reap_until_quiet(world).await.expect("the loop runs");
        end
    }
}

/// A token that may be somewhere is recorded, with the time that it cannot live beyond; one that cannot be is not.
fn told_as_it_is(world: &World, lease: &Lease, (shape, calls, unclear): (Shape, Calls, Unclear), what: &str) {
    let LeaseState::Ended { outcome, ended_at, .. } = &lease.state else { return };
    match outcome {
        Outcome::NeverIssued { .. } => {
            let is_clear = calls != Calls::Token || unclear == Unclear::Refused;
            assert!(is_clear, "{what}: a token may have been issued, and the row says never");
        }
        Outcome::PossiblyIssued { dead_by } if shape == Shape::Plain => {
            assert_eq!(calls, Calls::Token, "{what}: {outcome:?}");
            // A token lives ten minutes, and is accepted for one more.
            let rest = dead_by.duration_since(world.clock.now());
            assert!(rest < SignedDuration::from_mins(12), "{what}: {dead_by} tells nothing");
            world.clock.advance(Duration::try_from(rest).expect("it is to come"));
        }
        Outcome::PossiblyIssued { dead_by } => {
            assert_eq!(calls, Calls::Token, "{what}: {outcome:?}");
            assert!(dead_by.duration_since(*ended_at) <= SignedDuration::from_secs(15), "{what}: {outcome:?}");
        }
        other => panic!("{what}: {other:?}"),
    }
}

/// The whole table of one kind of work. Each cell ends as one of `clean` does.
async fn table(work: Work, shapes: &[Shape], clean: impl Fn(&Lease) -> Vec<End>) -> Ends {
    let mut ends = Ends::new();
    for shape in shapes {
        let sample = sample(*shape).await;
        let all_calls = work.calls(*shape).await;
        assert!(!all_calls.is_empty(), "{work:?} of {shape:?} makes no call");
        for calls in all_calls {
            let pipes = Ground::of(World::new(11, Database::folder(), &[*shape], Duration::ZERO).await).await;
            let sockets = Ground::of(World::over_sockets(11, Database::folder(), &[*shape]).await).await;
            for unclear in Unclear::ALL {
                let ground = if unclear == Unclear::ResetBefore { &sockets } else { &pipes };
                for when in [When::Nth(1), When::Always] {
                    let end = Box::pin(ground.cell(work, *shape, (calls, unclear, when))).await;
                    let clean = clean(&sample);
                    assert!(clean.contains(&end), "{work:?} of {shape:?}, {calls:?} {unclear:?} ({when:?}): {end:?}");
                    *ends.entry(end).or_default() += 1;
                }
            }
        }
    }
    for (end, count) in &ends {
        println!("{work:?}: {count:4} cells end {end:?}");
    }
    ends
}

/// A lease of this shape, for what is planned for it.
async fn sample(shape: Shape) -> Lease {
    let world = World::new(11, Database::folder(), &[shape], Duration::ZERO).await;
    world.issue(&world.server().await, shape).await.expect("a token is issued").lease
}

/// As after a clean success.
fn issued(lease: &Lease) -> End {
    let mut objects: Vec<ObjectKind> = lease.plan.objects().iter().map(|object| object.kind).collect();
    objects.sort_unstable();
    End { state: "active", objects, tokens: 1 }
}

#[tokio::test]
async fn an_issue_with_an_unclear_answer_ends_as_a_clean_one_does() {
    let shapes = [Shape::some_with_objects(), &[Shape::Plain]].concat();
    let ends = Box::pin(table(Work::Issue, &shapes, |lease| vec![issued(lease), End::over()])).await;
    let (issued, refused): (Vec<_>, Vec<_>) = ends.keys().partition(|end| end.state == "active");
    assert!(issued.len() > 1 && refused.len() == 1, "both kinds of ends were seen: {ends:?}");
}

/// For what ends all there was.
async fn nothing_is_left(work: Work) {
    let shapes = Shape::some_with_objects();
    let ends = Box::pin(table(work, shapes, |_| vec![End::over()])).await;
    assert!(ends.values().sum::<usize>() >= FEWEST_CELLS * shapes.len(), "{ends:?}");
}

#[tokio::test]
async fn an_undo_with_an_unclear_answer_leaves_nothing() {
    nothing_is_left(Work::Undo).await;
}

#[tokio::test]
async fn a_revocation_with_an_unclear_answer_leaves_nothing() {
    nothing_is_left(Work::Revoke).await;
}

#[tokio::test]
async fn an_expiry_with_an_unclear_answer_leaves_nothing() {
    nothing_is_left(Work::Expire).await;
}
