//! The end of a life: nothing goes wrong any more, and everything comes to rest.

use std::{sync::Arc, time::Duration};

use mayfly_app::{
    leases::{Reaped, reap},
    sweep::sweep_all,
};
use mayfly_domain::lease::LeaseState;
use mayfly_store::watch::watched;
use mayfly_testkit::explained::Picture;

use super::Life;
use crate::{
    simulation::{
        motion::TOKEN_CACHE,
        orphans::{May, is_swept},
        scan::scan,
    },
    world::Server,
};

/// Longer than any lease of a life, and long enough for a sweep to touch anything.
const AFTER_ANY_LEASE: Duration = Duration::from_mins(20);

/// Longer than a lease that has just ended still explains its objects to a sweep, by a clock that was put back.
const AFTER_ANY_END: Duration = Duration::from_mins(3);

impl Life {
    /// Those who wait get their answers, and new servers take over from the disk.
    pub(super) async fn come_to_rest(&mut self) {
        for object in self.ours() {
            self.release(&object);
        }
        self.clients.frozen = None;
        self.settle().await;
        while self.clients.len() > 0 {
            if !self.world.clock.advance_to_next() {
                self.faults.push(format!("{} callers wait for nothing", self.clients.len()));
                return;
            }
            self.settle().await;
        }
        self.look().await;
        self.servers = vec![self.start_server(self.servers[0].store.clone()).await];
        self.rest().await;
        self.pass(AFTER_ANY_LEASE);
        self.lost_tokens.clear();
        self.rest().await;
        self.pass(AFTER_ANY_END);
        self.be_swept().await;
        let leases = self.leases().await;
        self.happened.leases = leases.len();
        let unfinished = leases.iter().filter(|lease| !matches!(lease.state, LeaseState::Ended { .. }));
        self.faults.extend(unfinished.map(|lease| format!("I26: lease {} is {}", lease.id, lease.state.name())));
        // The cluster's authority is another one in each run.
        let told = format!("{leases:#?}");
        self.story.extend(told.lines().filter(|line| !line.contains("ca_sha256")).map(str::to_owned));
        self.faults.extend(scan(&self.world.database, &self.tokens));
    }

    /// The loop runs until it is quiet, and rows and cluster are compared; then once more.
    async fn rest(&mut self) {
        let server = Arc::clone(&self.servers[0]);
        for _ in 0..2 {
            let quiet = watched(self.slow.clone(), server.reap_until_quiet(&self.world)).await;
            self.faults.extend(quiet.err().map(|error| format!("the loop fails: {error}")));
            self.change_nothing(&server).await;
            self.world.clock.advance(TOKEN_CACHE + Duration::from_secs(1));
            let picture = self.picture(&server).await;
            self.faults.extend(self.strangers.touched(&self.world.cluster));
            self.faults.extend(picture.faults());
        }
    }

    /// I21: a second run changes nothing.
    async fn change_nothing(&mut self, server: &Server) {
        let before = self.picture(server).await;
        let again = watched(self.slow.clone(), reap(&server.app)).await.ok();
        let after = self.picture(server).await;
        let is_same = (before.leases, before.objects, before.events) == (after.leases, after.objects, after.events);
        if again != Some(Reaped::default()) || !is_same {
            self.faults.push(format!("I21: the loop does something when nothing is left to do: {again:?}"));
        }
    }

    async fn picture(&self, server: &Server) -> Picture {
        let mut picture = server.picture(&self.world, &self.strangers).await;
        picture.robbed.clone_from(&self.motion.robbed);
        picture.excused.extend(self.motion.orphans.uids().cloned());
        picture.excused.extend(self.lost_tokens.iter().cloned());
        picture
    }

    /// Few orphans go by themselves, many when somebody approves of that; nothing of ours is left but anchors, which no
    /// sweep can see.
    async fn be_swept(&mut self) {
        let server = Arc::clone(&self.servers[0]);
        let sweeping = self.motion.orphans.sweeps.begin(May::SweepFew);
        let swept = watched(self.slow.clone(), sweep_all(&server.app)).await;
        self.faults.extend(swept.err().map(|error| format!("the sweep fails: {error}")));
        drop(sweeping);
        self.look().await;
        let sweeping = self.motion.orphans.sweeps.begin(May::SweepAll);
        let swept = watched(self.slow.clone(), server.look_and_sweep(&self.world)).await;
        drop(sweeping);
        match swept {
            Ok(report) if report.left.is_empty() && report.young == 0 => {}
            other => self.faults.push(format!("the sweep leaves something: {other:?}")),
        }
        self.look().await;
        let orphans = &self.motion.orphans;
        let left = self.ours().into_iter().filter(|object| is_swept(object.kind) || !orphans.contain(object));
        let told: Vec<String> = left.map(|left| format!("I3: {} {} is left", left.kind.name(), left.name)).collect();
        self.faults.extend(told);
    }
}
