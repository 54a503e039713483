//! What callers and the servers' own loops ask for.

use std::{rc::Rc, sync::Arc};

use mayfly_app::{
    AppError,
    leases::{IsForced, IssueLease, RequestKey, reap, revoke},
    sweep::sweep_all,
};
use mayfly_domain::ids::LeaseId;
use mayfly_store::watch::watched;

use super::{Came, Life, Received};
use crate::{
    simulation::{bugs, orphans::May, promises},
    world::{Server, World, shape::Shape},
};

/// A request for a token.
#[derive(Clone)]
pub(super) struct Asked {
    shape: Shape,
    key: Option<String>,
    replaces: Option<LeaseId>,
}

impl Asked {
    fn wish(&self, world: &World) -> IssueLease {
        let body = format!("{:?} {:?}", self.shape, self.replaces);
        IssueLease {
            reason: Some(promises::reason(self.key.as_deref(), self.replaces)),
            key: self.key.clone().map(|key| RequestKey::new(key, body.as_bytes())),
            replaces: self.replaces.map(|id| id.to_string()),
            ..world.wish(self.shape)
        }
    }
}

impl Life {
    /// Somebody asks for a token: a new one, in the place of another, or once more what they asked for before.
    pub(super) async fn issue(&mut self) {
        let asked = match self.dice.below(10) {
            0..2 if !self.keyed.is_empty() => self.again(),
            0..4 => self.with_key().await,
            4..6 => Asked { replaces: self.some_live().await, ..self.something() },
            _ => self.something(),
        };
        let (world, server, bug) = (Rc::clone(&self.world), self.some_server(), self.bug);
        self.call(server, async move |server| match bugs::issue(bug, &server, &world, asked.wish(&world)).await {
            Ok(issued) => Came::Token(Received {
                lease: issued.lease.id,
                token: issued.token.expose().clone(),
                replaced: asked.replaces,
            }),
            Err(AppError::KeyUsed { lease, .. }) => Came::Used(asked.key.unwrap_or_default(), lease),
            Err(error) => Came::Else(format!("{:?}: {error}", asked.shape)),
        });
    }

    fn something(&self) -> Asked {
        Asked { shape: *self.dice.pick(&self.shapes).expect("there are shapes"), key: None, replaces: None }
    }

    async fn with_key(&mut self) -> Asked {
        let replaces = if self.dice.percent(30) { self.some_live().await } else { None };
        let asked = Asked { key: Some(format!("key-{}", self.keyed.len())), replaces, ..self.something() };
        self.keyed.push(asked.clone());
        asked
    }

    /// What was sent before, or by mistake something else with the same key.
    fn again(&self) -> Asked {
        let before = self.dice.pick(&self.keyed).expect("it is not empty").clone();
        if self.dice.percent(20) { Asked { key: before.key, ..self.something() } } else { before }
    }

    async fn some_live(&self) -> Option<LeaseId> {
        let live: Vec<LeaseId> =
            self.leases().await.iter().filter(|lease| lease.is_live()).map(|lease| lease.id).collect();
        self.dice.pick(&live).copied()
    }

    pub(super) async fn revoke(&mut self) {
        let Some(id) = self.some_live().await else { return };
        self.asked.insert(id);
        self.keep_objects_of(id);
        let (world, server) = (Rc::clone(&self.world), self.some_server());
        self.call(server, async move |server| {
            let ended = revoke(&server.app, &world.caller, &world.place(), &id.to_string(), IsForced::No).await;
            Came::Else(ended.map_or_else(
                |error| format!("revoke {id}: {error}"),
                |lease| format!("{id} is {}", lease.state.name()),
            ))
        });
    }

    pub(super) fn reap(&mut self) {
        let server = self.some_server();
        self.call(server, async |server| Came::Else(format!("{:?}", reap(&server.app).await)));
    }

    /// As a server does by itself every few minutes.
    pub(super) fn sweep(&mut self) {
        let (server, running) = (self.some_server(), self.motion.orphans.sweeps.begin(May::SweepFew));
        self.call(server, async move |server| {
            let _running = running;
            Came::Else(format!("swept: {:?}", sweep_all(&server.app).await))
        });
    }

    /// Somebody looks at what a sweep would remove, and approves of it.
    pub(super) fn look_and_sweep(&mut self) {
        let (world, server) = (Rc::clone(&self.world), self.some_server());
        let running = self.motion.orphans.sweeps.begin(May::SweepAll);
        self.call(server, async move |server| {
            let _running = running;
            Came::Else(format!("approved: {:?}", server.look_and_sweep(&world).await))
        });
    }

    /// Calls a server.
    fn call(&mut self, number: usize, work: impl AsyncFnOnce(Arc<Server>) -> Came + 'static) {
        let (server, slow) = (Arc::clone(&self.servers[number]), Arc::clone(&self.slow));
        self.clients.add(number, async move { watched(slow, work(server)).await });
    }

    pub(super) fn some_server(&self) -> usize {
        usize::from(self.dice.percent(50))
    }
}
