//! What happens to servers, their database and the cluster while they are at work.

use std::sync::Arc;

use mayfly_app::{
    AppError,
    adopt::adopt,
    leases::{EndManyWish, LeaseFilter, end_many, reap},
    sweep::sweep_all,
};
use mayfly_domain::{
    ids::LeaseId,
    lease::LeaseState,
    plan::{LEASE_LABEL, ObjectKind},
};
use mayfly_testkit::fake_cluster::FakeObject;

use super::Life;
use crate::{
    simulation::orphans::is_swept,
    world::{shape::Shape, strangers::forge},
};

/// The furthest that a wall clock is put back in one life.
const FURTHEST_BACK: i64 = 30;

impl Life {
    /// A server dies with all that it was at, and another one starts.
    pub(super) async fn kill(&mut self) {
        let number = self.some_server();
        self.story.push(format!("server {number} dies"));
        self.happened.deaths += 1;
        self.clients.forsake(number);
        self.servers[number] = self.start_server(self.servers[1 - number].store.clone()).await;
    }

    /// An administrator ends every lease, and whatever is being issued is handed to nobody.
    pub(super) async fn end_everything(&mut self) {
        self.story.push("everything ends".to_owned());
        self.asked.extend(self.leases().await.iter().map(|lease| lease.id));
        let server = Arc::clone(&self.servers[self.some_server()]);
        let everything = LeaseFilter::default();
        let ended = end_many(&server.app, &self.world.caller, everything, EndManyWish::End, "the bad day").await;
        let live = self.leases().await.iter().any(|lease| lease.state.name() == "active");
        if ended.is_err() || live {
            self.faults.push(format!("something is live after everything was ended: {ended:?}"));
        }
    }

    /// A server stands still in the middle of all that it is at, while time passes for the others; or goes on.
    pub(super) fn freeze_or_thaw(&mut self) {
        self.clients.frozen = match self.clients.frozen {
            None => Some(self.some_server()),
            Some(_) => None,
        };
        self.story.push(format!("frozen: {:?}", self.clients.frozen));
    }

    pub(super) fn put_clock_back(&mut self) {
        let seconds = i64::try_from(1 + self.dice.below(5)).expect("a few");
        if self.world.wall.seconds_behind() + seconds <= FURTHEST_BACK {
            self.story.push(format!("the wall clock is put back {seconds} s"));
            self.world.wall.put_back(seconds);
        }
    }

    pub(super) fn hold_or_release(&mut self) {
        let ours = self.ours();
        let Some(object) = self.dice.pick(&ours) else { return };
        let (namespace, name) = (object.namespace.as_deref(), object.name.as_str());
        if self.dice.percent(50) {
            self.story.push(format!("{name} is held"));
            self.world.cluster.hold(object.kind, namespace, name);
        } else {
            self.story.push(format!("{name} is released"));
            let object = object.clone();
            self.release(&object);
        }
    }

    /// Nothing holds an object any more. One that was to go meanwhile is gone now, and no sweep took it.
    pub(super) fn release(&mut self, object: &FakeObject) {
        let (cluster, namespace) = (&self.world.cluster, object.namespace.as_deref());
        cluster.release(object.kind, namespace, &object.name);
        if cluster.object(object.kind, namespace, &object.name).is_none() {
            self.motion.orphans.forget(&object.uid);
        }
    }

    /// Somebody removes an object of ours, and perhaps puts one of their own in its place.
    pub(super) async fn rob(&mut self) {
        let ours = self.ours();
        let Some(object) = self.dice.pick(&ours) else { return };
        let namespace = object.namespace.as_deref();
        self.story.push(format!("{} {} is taken", object.kind.name(), object.name));
        let lease = lease_of(object);
        self.motion.robbed.extend(lease);
        self.motion.orphans.forget(&object.uid);
        self.world.cluster.delete_object(object.kind, namespace, &object.name);
        // An anchor whose UID no answer told is known by its name alone, because secrets cannot be read: whoever copies
        // that name has it removed, and so nobody does so here, nor where rows may come back that know no UID yet.
        let is_known = self.leases().await.iter().any(|row| Some(row.id) == lease && row.state.grant().is_some());
        if self.dice.percent(60) && ((is_known && !self.has_copy) || object.kind != ObjectKind::Secret) {
            let cluster = &self.world.cluster;
            let uid = forge(cluster, object.kind, &object.name, self.installation, &self.world.ambient);
            self.strangers.add(cluster, &uid);
        }
    }

    /// Somebody makes an object with labels and seal of one of ours under another name.
    pub(super) fn imitate(&mut self) {
        let ours = self.ours();
        let Some(object) = self.dice.pick(&ours) else { return };
        let (namespace, name) = (object.namespace.as_deref(), format!("{}-too", object.name));
        if self.world.cluster.object(object.kind, namespace, &name).is_some() {
            return;
        }
        self.story.push(format!("{} {name} is made by somebody", object.kind.name()));
        let body = self.world.cluster.object(object.kind, namespace, &object.name).expect("it is there");
        let uid = self.world.cluster.add_object(object.kind, namespace, &name, body);
        self.strangers.add(&self.world.cluster, &uid);
    }

    /// Somebody copies the objects of a lease that is about to end.
    pub(super) fn keep_objects_of(&mut self, lease: LeaseId) {
        for object in self.ours().into_iter().filter(|object| lease_of(object) == Some(lease) && is_swept(object.kind))
        {
            let body = self.world.cluster.object(object.kind, object.namespace.as_deref(), &object.name);
            self.kept.push((object, body.expect("it is there")));
        }
    }

    /// Somebody puts back what was there of a lease that is over, as a backup of the cluster does.
    pub(super) async fn put_objects_back(&mut self) {
        let over: Vec<LeaseId> = self
            .leases()
            .await
            .iter()
            .filter(|lease| matches!(lease.state, LeaseState::Ended { .. }))
            .map(|lease| lease.id)
            .collect();
        for (object, body) in std::mem::take(&mut self.kept) {
            let (namespace, cluster) = (object.namespace.as_deref(), &self.world.cluster);
            let is_over = lease_of(&object).is_some_and(|lease| over.contains(&lease));
            if !is_over || cluster.object(object.kind, namespace, &object.name).is_some() {
                continue;
            }
            self.story.push(format!("{} {} is put back", object.kind.name(), object.name));
            let uid = cluster.add_object(object.kind, namespace, &object.name, body);
            self.motion.orphans.add(cluster, &FakeObject { uid, ..object });
        }
    }

    /// Somebody copies the database.
    pub(super) fn back_up(&mut self) {
        self.story.push("the database is copied".to_owned());
        self.world.database.back_up();
        self.has_copy = true;
    }

    /// All servers die, and the database becomes what it was when it was copied. It is held until somebody says that it is
    /// the one to go on with.
    pub(super) async fn restore(&mut self) {
        if !self.has_copy {
            return;
        }
        self.story.push("the database is put back".to_owned());
        self.happened.restores += 1;
        let before = self.leases().await;
        self.clients.forsake_all();
        self.servers.clear();
        // What the cluster has received it still does.
        self.settle().await;
        self.world.database.restore();
        let server = self.start_server(self.world.store().await).await;
        self.servers.push(server);
        self.stay_away_while_held().await;
        let server = Arc::clone(&self.servers[0]);
        adopt(&server.app, &self.world.caller).await.expect("an administrator adopts it");
        let second = self.start_server(server.store.clone()).await;
        self.servers.push(second);

        self.motion.forget_rows();
        let rows = self.leases().await;
        // Of what happened since the copy the rows know nothing.
        let changed = rows.iter().filter(|row| !before.contains(row)).map(|row| row.id);
        self.motion.robbed.extend(changed);
        self.lost_tokens.extend(self.world.cluster.live_tokens().into_iter().map(|token| token.jti));
        for object in self.ours() {
            let row = rows.iter().find(|row| lease_of(&object) == Some(row.id));
            if row.is_none_or(|row| matches!(row.state, LeaseState::Ended { .. })) {
                self.motion.orphans.add(&self.world.cluster, &object);
            }
        }
    }

    /// A held database ends nothing, removes nothing and issues nothing.
    async fn stay_away_while_held(&mut self) {
        let (server, before) = (Arc::clone(&self.servers[0]), self.world.cluster.objects());
        let _ = reap(&server.app).await;
        let _ = sweep_all(&server.app).await;
        let issued = self.world.issue(&server, Shape::Role).await;
        if !matches!(issued, Err(AppError::Held)) || self.world.cluster.objects() != before {
            self.faults.push("a held database was not left alone".to_owned());
        }
    }
}

fn lease_of(object: &FakeObject) -> Option<LeaseId> {
    object.labels.get(LEASE_LABEL).and_then(|id| id.parse().ok())
}
