//! A role for a time is never given without its end being written down: whatever moment everything stops at.

use std::{future::Future, pin::Pin, time::Duration};

use mayfly_app::{
    groups,
    identities::{self, NewIdentity},
    leases::LeasesOfHolder,
    memberships::{self, RoleWish, RolesChange, TemporaryWish},
    projects::ProjectName,
};
use mayfly_domain::{access::role::OrganizationRole, ids::GroupId, membership::Principal};
use mayfly_testkit::both_databases;

use crate::{
    stops::Stops,
    world::{Database, Server, World},
};

/// How somebody comes to a role for a time.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// They are given it when they come.
    Given,
    /// They had others.
    Changed,
    /// A group has it, and they come into that.
    Joined,
}

struct Scene {
    world: World,
    server: Server,
    group: GroupId,
}

fn roles(is_temporary: bool) -> Vec<RoleWish> {
    let temporary = is_temporary.then(|| TemporaryWish { range: "1h".parse().expect("a lifetime"), from: None });
    vec![RoleWish { slug: "member".to_owned(), temporary }]
}

impl Scene {
    async fn new(database: Database) -> Self {
        let world = World::new(1, database, &[], Duration::ZERO).await;
        let server = world.server().await;
        let (app, caller) = (&server.app, &world.caller);
        let group = groups::create(app, caller, "G".parse().unwrap(), "g".parse().unwrap()).await.expect("a group").id;
        let project = ProjectName::Id(world.project);
        memberships::create(app, caller, &project, Principal::Group(group), roles(true)).await.expect("it joins");
        Self { world, server, group }
    }

    async fn somebody(&self, number: usize) -> Principal {
        let new = NewIdentity {
            name: format!("robot {number}").parse().expect("a name"),
            role: OrganizationRole::NoAccess,
            metadata: Vec::new(),
            has_delete_protection: false,
        };
        let made = identities::create(&self.server.app, &self.world.caller, new).await.expect("an identity is made");
        Principal::Identity(made.id)
    }

    fn come(&self, way: Way, principal: Principal) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        let (app, caller, project) = (&self.server.app, &self.world.caller, ProjectName::Id(self.world.project));
        Box::pin(async move {
            match way {
                Way::Given => drop(memberships::create(app, caller, &project, principal, roles(true)).await),
                Way::Changed => {
                    let change = RolesChange { roles: roles(true), leases: LeasesOfHolder::End };
                    drop(memberships::update(app, caller, &project, principal, change).await);
                }
                Way::Joined => drop(groups::add(app, caller, self.group, principal).await),
            }
        })
    }

    /// Whether they have the role.
    async fn has(&self, principal: Principal) -> bool {
        let held = self.server.store.memberships().held(self.world.project, principal).await.expect("it is read");
        held.is_some_and(|held| held.iter().any(|role| role.span.is_some()))
    }

    /// Whether its end is written down.
    async fn ends(&self, principal: Principal) -> bool {
        let later = self.world.ambient.now().saturating_add(jiff::SignedDuration::from_hours(2)).expect("a time");
        let written = self.server.store.lost_rights().list(later, None, 10_000).await.expect("it is read");
        written.iter().any(|lost| lost.holder == principal && lost.lost_at > self.world.ambient.now())
    }
}

both_databases! {
    async fn a_role_for_a_time_has_its_end_written_down_wherever_everything_stops(database: Database) {
        let scene = Scene::new(database).await;
        let (app, caller, project) = (&scene.server.app, &scene.world.caller, ProjectName::Id(scene.world.project));
        let mut number = 0;
        for way in [Way::Given, Way::Changed, Way::Joined] {
            let (mut at, mut given) = (0, 0);
            loop {
                let somebody = scene.somebody(number).await;
                number += 1;
                if matches!(way, Way::Changed) {
                    memberships::create(app, caller, &project, somebody, roles(false)).await.expect("they join");
                }
                let stop = Stops::at(at, None).stop(scene.come(way, somebody)).await;
                if scene.has(somebody).await {
                    given += 1;
                    assert!(scene.ends(somebody).await, "{way:?}, stopped {stop:?}");
                }
                at += 1;
                if stop.is_none() {
                    break;
                }
            }
            assert!(given > 1, "{way:?}: it was stopped after the role was given, and ran to its end");
        }
    }
}
