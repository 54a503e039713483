//! Stops of what ends many leases at once, and of what removes objects that no lease explains.

use std::time::Duration;

use mayfly_app::{
    leases::{EndManyWish, IsForced, LeaseFilter, end_many, revoke},
    sweep::sweep_all,
};
use mayfly_domain::ids::LeaseId;
use mayfly_testkit::{both_databases, fake_cluster::Calls};

use super::{A_FEW, Kind, Operation, Work, in_shapes, removing::has_ended};
use crate::world::{Server, World, shape::Shape};

/// What nobody could be at work on any more is swept.
const OLD: Duration = Duration::from_secs(8 + 5 + 120 + 1);
/// Every lease of the project.
struct EndingMany;

impl EndingMany {
    async fn end(world: &World, server: &Server) {
        let filter = LeaseFilter { project: Some(world.project), ..LeaseFilter::default() };
        let ended = end_many(&server.app, &world.caller, filter, EndManyWish::End, "a bad day").await;
        ended.expect("they end");
    }
}

impl Operation for EndingMany {
    type Prepared = Vec<LeaseId>;

    fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, Vec<LeaseId>> {
        Box::pin(async move {
            let mut leases = Vec::new();
            for _ in 0..2 {
                leases.push(world.issue(server, shape).await.expect("a token is issued").lease.id);
            }
            leases
        })
    }

    fn carry_out<'a>(world: &'a World, server: &'a Server, _: &'a Vec<LeaseId>) -> Work<'a, ()> {
        Box::pin(Self::end(world, server))
    }

    fn ask_again<'a>(world: &'a World, server: &'a Server, _: &'a Vec<LeaseId>) -> Work<'a, ()> {
        Box::pin(Self::end(world, server))
    }

    fn look<'a>(world: &'a World, server: &'a Server, leases: &'a Vec<LeaseId>) -> Work<'a, ()> {
        Box::pin(async move {
            for lease in leases {
                has_ended(world, server, *lease).await;
            }
        })
    }
}

/// The objects of a lease that is over, which a backup of the cluster brought back.
struct Sweeping;

impl Operation for Sweeping {
    type Prepared = ();

    fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, ()> {
        Box::pin(async move {
            let before = world.cluster.objects();
            let issued = world.issue(server, shape).await.expect("a token is issued");
            let mut made = world.cluster.objects();
            made.retain(|object| !before.contains(object));
            let copies = made.iter().map(|object| {
                let body = world.cluster.object(object.kind, object.namespace.as_deref(), &object.name);
                (object, body.expect("it is there"))
            });
            let copies: Vec<_> = copies.collect();
            Self::end(world, server, issued.lease.id).await;
            for (object, body) in copies {
                world.cluster.add_object(object.kind, object.namespace.as_deref(), &object.name, body);
            }
            world.clock.advance(OLD);
        })
    }

    fn carry_out<'a>(_: &'a World, server: &'a Server, (): &'a ()) -> Work<'a, ()> {
        Box::pin(async move { sweep_all(&server.app).await.expect("the clusters are swept") })
    }

    // That nothing is left is looked at with everything else.
    fn ask_again<'a>(_: &'a World, server: &'a Server, (): &'a ()) -> Work<'a, ()> {
        Box::pin(async move { sweep_all(&server.app).await.expect("the clusters are swept") })
    }
}

impl Sweeping {
    async fn end(world: &World, server: &Server, lease: LeaseId) {
        revoke(&server.app, &world.caller, &world.place(), &lease.to_string(), IsForced::No).await.expect("it ends");
    }
}

both_databases! {
    async fn an_end_of_many_that_is_stopped_anywhere_is_finished_by_asking_again(kind: Kind) {
        in_shapes::<EndingMany>(kind, &A_FEW).await.demand("end of many", &["INSERT", "BEGIN", "CLOSE"], &[]);
    }

    async fn a_sweep_that_is_stopped_anywhere_is_finished_by_the_next(kind: Kind) {
        let hits = in_shapes::<Sweeping>(kind, &[Shape::Role, Shape::RulesEverywhere]).await;
        let calls = [Calls::ListBindings, Calls::ListRoles, Calls::AccountList, Calls::DeleteBinding,
            Calls::DeleteAccount, Calls::DeleteRole];
        hits.demand("sweep", &["INSERT"], &calls);
    }
}
