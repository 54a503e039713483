//! Stop at every step: each durable operation is stopped at each of its points, the server with it; a new one takes over,
//! and nothing that is left is unexplained.

mod changing;
mod ending;
mod points;
mod real;
mod removing;

use std::{
    collections::BTreeSet,
    future::{Ready, ready},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use mayfly_app::{
    AppError,
    leases::{IsForced, Reaped, issue, reap, revoke},
};
use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, Fault, When},
};

pub(crate) use self::points::{Hits, Stops};
use crate::world::{Database, Server, World, shape::Shape, strangers::Strangers};

/// Longer than a reservation may last, shorter than any lease.
const AFTER_ANY_RESERVATION: Duration = Duration::from_secs(30);
/// Longer than any lease of these tests.
const AFTER_ANY_LEASE: Duration = Duration::from_mins(6);
/// One shape that makes much, one that makes an anchor, one that makes nothing.
const A_FEW: [Shape; 3] = [Shape::RulesEverywhere, Shape::Anchor, Shape::Plain];
/// More than any operation has points.
const MOST_POINTS: usize = 200;

type Work<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// An operation that is to be stopped, and what has to be there before it.
trait Operation {
    /// Calls that its cluster refuses.
    const REFUSED: Option<Calls> = None;
    /// What the operation needs to know.
    type Prepared;
    /// Makes it possible.
    fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, Self::Prepared>;
    /// Carries it out.
    fn carry_out<'a>(world: &'a World, server: &'a Server, prepared: &'a Self::Prepared) -> Work<'a, ()>;
    /// Asks a new server for the same once more, as whoever heard no answer does.
    fn ask_again<'a>(_: &'a World, _: &'a Server, _: &'a Self::Prepared) -> Work<'a, ()> {
        Box::pin(ready(()))
    }
    /// Looks whether it is done, once everything has come to rest, and tidies up for the next one.
    fn look<'a>(_: &'a World, _: &'a Server, _: &'a Self::Prepared) -> Work<'a, ()> {
        Box::pin(ready(()))
    }
}

/// Stops an operation on leases of `shape` at each of its points, in a world of their own.
async fn stop_everywhere<O: Operation>(database: Database, shape: Shape, hits: &mut Hits) {
    let world = World::new(7, database, &[shape], Duration::ZERO).await;
    let server = world.server().await;
    let strangers = Strangers::plant(&world, server.store.installation());
    drop(server);
    let mut seen = BTreeSet::new();
    for number in 0..=MOST_POINTS {
        assert!(number < MOST_POINTS, "the operation has more than {MOST_POINTS} points");
        let stops = Stops::at(number, O::REFUSED);
        let stopped = stop_once::<O>(&world, &strangers, shape, &stops).await;
        seen.extend(stops.seen());
        let Some(point) = stopped else {
            assert!(number > 0, "an operation without a point");
            break;
        };
        hits.count(point);
    }
    // What goes on side by side passes its points in another order each time: some may have slipped through.
    for point in hits.missing(&seen) {
        let stopped = stop_once::<O>(&world, &strangers, shape, &Stops::at_first(&point, O::REFUSED)).await;
        if let Some(point) = stopped {
            hits.count(point);
        }
    }
}

/// Stops an operation at one point; gives its name, or nothing if the operation came to its end before.
async fn stop_once<O: Operation>(
    world: &World,
    strangers: &Strangers,
    shape: Shape,
    stops: &Arc<Stops>,
) -> Option<String> {
    let server = world.server().await;
    let prepared = O::prepare(world, &server, shape).await;
    world.cluster.look_on(Some(Arc::<Stops>::clone(stops)));
    let stopped = stops.stop(O::carry_out(world, &server, &prepared)).await;
    world.cluster.look_on(None);
    drop(server);
    let server = world.server().await;
    O::ask_again(world, &server, &prepared).await;
    everything_is_explained(world, &server, strangers, &format!("{shape:?}, stopped {stopped:?}")).await;
    O::look(world, &server, &prepared).await;
    stopped
}

/// Lets a server take over, and compares what is there with the rows; then once more, when nothing may change.
async fn everything_is_explained(world: &World, server: &Server, strangers: &Strangers, what: &str) {
    world.clock.advance(AFTER_ANY_RESERVATION);
    server.reap_until_quiet(world).await.expect("the loop runs");
    let mut faults = strangers.touched(&world.cluster);
    faults.extend(server.picture(world, strangers).await.faults());
    assert_eq!(faults, Vec::<String>::new(), "{what}");
    let again = reap(&server.app).await.expect("the loop runs");
    assert_eq!(again, Reaped::default(), "{what}: nothing is left to do");
}

/// The same for as many shapes as there is time for, with a fresh database for each.
async fn in_some_shapes<O: Operation>(kind: Kind) -> Hits {
    in_shapes::<O>(kind, Shape::some_with_objects()).await
}

async fn in_shapes<O: Operation>(kind: Kind, shapes: &[Shape]) -> Hits {
    let mut hits = Hits::default();
    for &shape in shapes {
        stop_everywhere::<O>(kind.database().await, shape, &mut hits).await;
    }
    hits
}

/// Which database.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    // The two constructors that `both_databases!` asks for.
    pub(crate) fn sqlite() -> Ready<Self> {
        ready(Self::Sqlite)
    }

    pub(crate) fn postgres() -> Ready<Self> {
        ready(Self::Postgres)
    }

    /// A number for each.
    const fn turn(self) -> usize {
        match self {
            Self::Sqlite => 0,
            Self::Postgres => 1,
        }
    }

    pub(crate) async fn database(self) -> Database {
        match self {
            Self::Sqlite => Database::folder(),
            Self::Postgres => Database::server().await,
        }
    }
}

struct Issuing;

impl Operation for Issuing {
    type Prepared = Shape;

    fn prepare<'a>(_: &'a World, _: &'a Server, shape: Shape) -> Work<'a, Shape> {
        Box::pin(async move { shape })
    }

    fn carry_out<'a>(world: &'a World, server: &'a Server, shape: &'a Shape) -> Work<'a, ()> {
        Box::pin(async move {
            issue(&server.app, &world.caller, world.wish(*shape)).await.expect("a token is issued");
        })
    }
}

/// An issue whose token is refused once everything for it was made, and which is undone.
struct Undoing;

impl Operation for Undoing {
    const REFUSED: Option<Calls> = Some(Calls::Token);
    type Prepared = Shape;

    fn prepare<'a>(_: &'a World, _: &'a Server, shape: Shape) -> Work<'a, Shape> {
        Box::pin(async move { shape })
    }

    fn carry_out<'a>(world: &'a World, server: &'a Server, shape: &'a Shape) -> Work<'a, ()> {
        Box::pin(async move {
            issue(&server.app, &world.caller, world.wish(*shape)).await.expect_err("its token is refused");
        })
    }
}

struct Revoking;

impl Operation for Revoking {
    type Prepared = String;

    fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, String> {
        Box::pin(async move { world.issue(server, shape).await.expect("a token is issued").lease.id.to_string() })
    }

    fn carry_out<'a>(world: &'a World, server: &'a Server, id: &'a String) -> Work<'a, ()> {
        Box::pin(async move {
            let ended = revoke(&server.app, &world.caller, &world.place(), id, IsForced::No).await.expect("it ends");
            assert_eq!(ended.state.name(), "ended");
        })
    }

    fn ask_again<'a>(world: &'a World, server: &'a Server, id: &'a String) -> Work<'a, ()> {
        Box::pin(async move {
            match revoke(&server.app, &world.caller, &world.place(), id, IsForced::No).await {
                Ok(lease) => assert_eq!(lease.state.name(), "ended"),
                Err(error) => assert!(matches!(error, AppError::LeaseNotFound(_)), "it has ended already: {error}"),
            }
        })
    }
}

/// The loop, with a lease whose time is up.
struct ReapingDue;

impl Operation for ReapingDue {
    type Prepared = ();

    fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, ()> {
        Box::pin(async move {
            world.issue(server, shape).await.expect("a token is issued");
            world.clock.advance(AFTER_ANY_LEASE);
        })
    }

    fn carry_out<'a>(_: &'a World, server: &'a Server, (): &'a ()) -> Work<'a, ()> {
        Box::pin(async move {
            assert_eq!(reap(&server.app).await.expect("the loop runs").removed, 1);
        })
    }
}

/// The loop, with a reservation whose server died when the token had just been made.
struct ReapingAbandoned;

impl Operation for ReapingAbandoned {
    type Prepared = ();

    fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, ()> {
        Box::pin(async move {
            let made = world.requests().count(Calls::Token);
            world.faults().inject(Calls::Token, When::Always, Fault::HangAfterAct);
            let issuing = Box::pin(world.issue(server, shape));
            let dying = Box::pin(world.requests().wait_for(Calls::Token, made + 1));
            drop(futures::future::select(issuing, dying).await);
            world.faults().clear();
            world.clock.advance(AFTER_ANY_RESERVATION);
        })
    }

    fn carry_out<'a>(_: &'a World, server: &'a Server, (): &'a ()) -> Work<'a, ()> {
        Box::pin(async move {
            let reaped = reap(&server.app).await.expect("the loop runs");
            assert_eq!((reaped.abandoned, reaped.removed), (1, 1));
        })
    }
}

both_databases! {
    async fn an_issue_that_is_stopped_anywhere_leaves_nothing_unexplained(kind: Kind) {
        let hits = in_some_shapes::<Issuing>(kind).await;
        let calls = [Calls::Namespace, Calls::CreateAccount, Calls::CreateBinding, Calls::CreateRole,
            Calls::CreateSecret, Calls::ReadRole, Calls::Token];
        hits.demand("issue", &["RESERVE", "ACTIVATE"], &calls);
    }

    async fn an_undo_that_is_stopped_anywhere_leaves_nothing_unexplained(kind: Kind) {
        let hits = in_some_shapes::<Undoing>(kind).await;
        let calls = [Calls::DeleteAccount, Calls::DeleteBinding, Calls::DeleteRole, Calls::DeleteSecret];
        hits.demand("undo", &["RESERVE", "BEGIN", "FINISH"], &calls);
    }

    async fn a_revocation_that_is_stopped_anywhere_leaves_nothing_unexplained(kind: Kind) {
        let hits = in_some_shapes::<Revoking>(kind).await;
        let calls = [Calls::DeleteAccount, Calls::DeleteBinding, Calls::DeleteRole, Calls::DeleteSecret];
        hits.demand("revoke", &["BEGIN", "FINISH"], &calls);
    }

    async fn a_reap_of_a_due_lease_that_is_stopped_anywhere_leaves_nothing_unexplained(kind: Kind) {
        let hits = in_some_shapes::<ReapingDue>(kind).await;
        let calls = [Calls::DeleteAccount, Calls::DeleteBinding, Calls::DeleteRole, Calls::DeleteSecret];
        hits.demand("reap of a due lease", &["RECORD_EXPIRY", "RECORD_DUE", "FINISH"], &calls);
    }

    async fn a_reap_of_an_abandoned_reservation_that_is_stopped_anywhere_leaves_nothing_unexplained(kind: Kind) {
        let hits = in_some_shapes::<ReapingAbandoned>(kind).await;
        let calls = [Calls::Account, Calls::ReadBinding, Calls::DeleteAccount, Calls::DeleteBinding, Calls::DeleteRole,
            Calls::DeleteSecret];
        hits.demand("reap of an abandoned reservation", &["BEGIN", "RECORD_DUE", "FINISH"], &calls);
    }
}
