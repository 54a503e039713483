//! A server that is killed at any moment leaves nothing in the cluster that no row explains, and takes back what its rows
//! say is over; and no token is anywhere but with its caller.
//!
//! Callers issue and end leases with temporary accounts, with Roles of their own and with anchors; the loop ends those of
//! a minute. [`death`](super::death) tells how far each lease had come when a kill hit it, and
//! [`exposure`](super::exposure) looks for the tokens.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::lease::{Lease, LeaseState, Outcome};
use mayfly_e2e::{
    ACCOUNT, Installation, Mayfly, Scene,
    inputs::{dynamic, own_rules, revocable},
    waiting::until,
};
use mayfly_store::audit_events::AuditFilter;
use mayfly_testkit::{
    ambient::ambient,
    both_databases,
    clock::TestClock,
    counts,
    explained::{Picture, told},
    fake_cluster::Calls,
};

use super::{
    cluster::Cluster,
    death::{Deaths, Phase, Rows},
    exposure,
    load::{self, End, Told, Wish},
    tally::Tally,
    trigger::{Aim, Shot, Trigger},
};

const TEMPORARY: &str = "temporary";
const OWN_RULES: &str = "own-rules";
const ANCHORED: &str = "anchored";
/// Each kind is ended by its holder, by the loop, and by neither.
const WISHES: &[Wish] = &[
    ended(TEMPORARY),
    ended(OWN_RULES),
    ended(ANCHORED),
    due(TEMPORARY),
    ended(OWN_RULES),
    due(ANCHORED),
    ended(ANCHORED),
    due(OWN_RULES),
    ended(TEMPORARY),
    kept(TEMPORARY),
    ended(ANCHORED),
    kept(ANCHORED),
    ended(OWN_RULES),
    kept(OWN_RULES),
];
/// The loop comes last, when there are leases for it.
const AIMS: [Aim; 8] = [
    Aim::Time,
    Aim::Call(Calls::CreateObject),
    Aim::Call(Calls::Token),
    Aim::Answer,
    Aim::Call(Calls::DeleteObject),
    Aim::End,
    Aim::After(Calls::DeleteSecret),
    Aim::Due,
];
/// How many times as many kills there are at most, for all phases to be hit.
const MOST_TIMES: usize = 16;
/// Leases of a minute and claims of a dead server lapse in this time, and the loop comes to them.
const RESOLVE_PATIENCE: Duration = Duration::from_mins(4);
/// From when a lease is due until the loop removes something of it.
const DUE_PATIENCE: Duration = Duration::from_secs(40);
/// API servers remember accepted tokens for ten seconds.
const REFUSED_WITHIN: Duration = Duration::from_secs(15);
/// How long before a lease is due the kill is made ready for it.
const BEFORE_DUE: SignedDuration = SignedDuration::from_millis(100);
/// As much as our own code has to say.
const LOG_FILTER: &str = "mayfly_app=trace,mayfly_cluster=trace,mayfly_server=trace,mayfly_store=trace,info";

const fn ended(secret: &'static str) -> Wish {
    Wish { secret, ttl: "1h", is_ended: true }
}

const fn due(secret: &'static str) -> Wish {
    Wish { secret, ttl: "1m", is_ended: false }
}

const fn kept(secret: &'static str) -> Wish {
    Wish { secret, ttl: "1h", is_ended: false }
}

both_databases! {
    async fn killed_server_leaves_nothing_unexplained_and_no_token_anywhere(home: Installation) {
        let kills = counts::of(counts::KILLS_WITH_OBJECTS);
        Stage::set(&home, Cluster::fake().await).await.play(kills).await;
    }

    async fn server_killed_before_a_real_cluster_leaves_nothing_unexplained_and_no_token_anywhere(home: Installation) {
        let kills = counts::of(counts::REAL_KILLS_WITH_OBJECTS);
        Stage::set(&home, Cluster::real().await).await.play(kills).await;
    }
}

struct Stage<'a> {
    home: &'a Installation,
    cluster: Cluster,
    namespace: String,
    mayfly: Mayfly,
    scene: Scene,
    /// What came of the wishes that were answered.
    answered: Vec<Told>,
    /// When leases are due.
    due: BTreeSet<Timestamp>,
    deaths: Deaths,
    tally: Tally<Phase>,
}

impl<'a> Stage<'a> {
    async fn set(home: &'a Installation, cluster: Cluster) -> Self {
        let mayfly = start(home).await;
        let scene = Scene::bootstrap(&mayfly).await.unwrap();
        let side = cluster.side();
        for (name, inputs) in [(TEMPORARY, dynamic()), (OWN_RULES, own_rules()), (ANCHORED, revocable())] {
            scene.create_secret_named(name, &inputs, &side).await.unwrap();
        }
        let (answered, due, deaths) = (Vec::new(), BTreeSet::new(), Deaths::default());
        let (namespace, tally) = (side.namespace, Tally::of(&Phase::ALL));
        Self { home, cluster, namespace, mayfly, scene, answered, due, deaths, tally }
    }

    async fn play(mut self, kills: usize) {
        let seed = u64::from_be_bytes(ambient().random());
        println!("{kills} kills on {} with the seed {seed}", self.home.database_name());
        let chance = TestClock::default().ambient(seed);
        let mut round = 0;
        // Chance may leave one out at first.
        while round < kills || (round < MOST_TIMES * kills && !self.tally.missed().is_empty()) {
            let shot = Shot::new(self.mayfly.killer());
            let is_due = AIMS[round % AIMS.len()] == Aim::Due;
            if is_due {
                self.until_due().await;
            }
            Trigger::draw(&AIMS, round, &chance).arm(&shot, Some(self.cluster.faults()));
            let told = if is_due {
                self.until_shot_at_the_loop(&shot).await
            } else {
                load::until_shot(&self.scene, &shot, round, WISHES).await
            };
            self = self.bury_and_start(told).await;
            round += 1;
        }
        println!("{round} kills on {}:\n{}", self.home.database_name(), self.tally);
        self.tally.insist_on_every_phase();
        self.finish().await;
    }

    /// Waits for the first lease of a minute that is not due yet.
    async fn until_due(&self) {
        let now = ambient().now();
        let next = *self.due.range(now..).next().expect("some lease of a minute is not due yet");
        ambient().sleep(Duration::try_from(next.duration_since(now) - BEFORE_DUE).unwrap_or_default()).await;
    }

    async fn until_shot_at_the_loop(&self, shot: &Shot) -> Vec<Told> {
        let shot = until(DUE_PATIENCE, "the loop removes what is due", async || Ok(shot.is_fired().then_some(())));
        shot.await.unwrap_or_else(|error| panic!("{error}\n{}", self.mayfly.log()));
        Vec::new()
    }

    async fn bury_and_start(mut self, told: Vec<Told>) -> Self {
        self.mayfly.buried().await.unwrap();
        self.cluster.faults().clear();
        let rows = Rows::of(self.home, &self.scene).await;
        self.tally.note(&self.deaths.look(&rows, &self.cluster, &told).await);
        drop(rows);
        self.mayfly = start(self.home).await;
        self.scene = self.scene.at(&self.mayfly);
        self.answered.extend(told.into_iter().filter(|told| told.answer.is_some()));
        let of_a_minute = self.answered.iter().filter(|told| is_due(told));
        self.due = of_a_minute.map(|told| ends(told).unwrap()).collect();
        self
    }

    /// The loop ends what the killed servers left; then everything must be explained, and nothing hold a token.
    async fn finish(mut self) {
        let planted = exposure::plant(&self.scene, TEMPORARY, self.cluster.faults()).await;
        self.resolved().await;
        let tokens = self.answered.iter().filter_map(|told| Scene::token(told.answer.as_ref()?));
        let tokens = tokens.map(str::to_owned).chain(self.cluster.tokens_made()).collect();
        exposure::look(self.home, &self.scene, &planted, &tokens).await;
        self.mayfly.stop().await.unwrap();
        let rows = Rows::of(self.home, &self.scene).await;
        let picture = picture(&rows, &self.cluster, &self.namespace).await;
        assert_eq!(picture.faults(), Vec::<String>::new());
        let by_id: HashMap<String, &Lease> = picture.leases.iter().map(|lease| (lease.id.to_string(), lease)).collect();
        for told in self.answered.drain(..) {
            let id = &told.answer.as_ref().unwrap().lease.id;
            check(&told, by_id.get(id).unwrap_or_else(|| panic!("the answered lease {id} is lost")), &self.cluster)
                .await;
        }
        println!("{} leases, {} objects, {} tokens looked for", by_id.len(), picture.objects.len(), tokens.len());
    }

    async fn resolved(&self) {
        let Scene { client, project_slug, .. } = &self.scene;
        let last = self.answered.iter().filter(|told| is_due(told)).max_by_key(|told| ends(told)).unwrap();
        let last = last.answer.as_ref().unwrap().lease.id.clone();
        let resolved = until(RESOLVE_PATIENCE, "every lease is resolved", async || {
            let mut left = client.leases(project_slug, Some("reserved"), None).await?;
            left.extend(client.leases(project_slug, Some("ending"), None).await?);
            let path = format!("/api/v1/leases/{last}?projectSlug={project_slug}");
            let mayfly_api::leases::LeaseBody { lease } = client.get(&path).await?;
            Ok((left.is_empty() && lease.state == "ended").then_some(()))
        });
        resolved.await.unwrap_or_else(|error| panic!("{error}\n{}", self.mayfly.log()));
    }
}

async fn start(home: &Installation) -> Mayfly {
    home.start_with(&[("MAYFLY_LOG_FILTER", LOG_FILTER)]).await.unwrap()
}

fn is_due(told: &Told) -> bool {
    told.wish.ttl == "1m"
}

fn ends(told: &Told) -> Option<Timestamp> {
    told.answer.as_ref()?.lease.expire_at.parse().ok()
}

async fn picture(rows: &Rows, cluster: &Cluster, namespace: &str) -> Picture {
    let installation = rows.store().installation().to_string();
    let events = rows.store().audit_events().list(&AuditFilter::everything()).await.unwrap();
    Picture {
        leases: rows.leases(None, None).await,
        events: told(events.into_iter().rev().map(|event| (event.kind, event.metadata))),
        objects: cluster.objects(&installation).await,
        tokens: cluster.live_tokens(),
        account: (namespace.to_owned(), ACCOUNT.to_owned()),
        installation,
        strangers: BTreeSet::new(),
        behind: SignedDuration::ZERO,
        excused: BTreeSet::new(),
        robbed: BTreeSet::new(),
    }
}

/// A lease ended as its caller and the clock wanted it, and its token is worth what its row says.
async fn check(told: &Told, lease: &Lease, cluster: &Cluster) {
    let is_active = matches!(lease.state, LeaseState::Active { .. });
    let has_ended = |wanted: &Outcome| matches!(&lease.state, LeaseState::Ended { outcome, .. } if outcome == wanted);
    let is_right = match told.end {
        End::Answered => has_ended(&Outcome::Revoked),
        End::Tried => is_active || has_ended(&Outcome::Revoked),
        End::NotTried if is_due(told) => has_ended(&Outcome::Expired),
        End::NotTried => is_active,
    };
    assert!(is_right, "lease {} is {:?}, and its end was {:?}", lease.id, lease.state, told.end);
    let token = Scene::token(told.answer.as_ref().unwrap()).unwrap();
    let what = format!("the token of lease {}, which is {}, is accepted or not", lease.id, lease.state.name());
    let agreed = until(REFUSED_WITHIN, &what, async || Ok((cluster.accepts(token).await == is_active).then_some(())));
    agreed.await.unwrap();
}
