//! Random manipulations by somebody who can write the database: each is found where it is, and what cannot be is said.

use std::collections::BTreeMap;

use mayfly_store::audit_chain::{
    seal::Head,
    verify::{Fault, Finding, Verified},
};
use mayfly_testkit::{both_databases, counts};

use super::World;

const KEPT: [&str; 3] = ["audit_events", "audit_seals", "audit_positions"];

/// An event's place.
#[derive(Clone, Debug)]
struct Place {
    id: String,
    chain: i64,
    number: i64,
}

/// A log with several chains and seals; a head was exported before the last of both.
struct Log {
    world: World,
    head: Head,
    places: Vec<Place>,
    /// How far each chain is sealed, and how far it was when the head was exported.
    sealed: BTreeMap<i64, i64>,
    exported: BTreeMap<i64, i64>,
}

impl Log {
    async fn new(world: World) -> Self {
        world.append_many(6).await;
        world.seal().await;
        world.append_many(9).await;
        world.seal().await;
        let head = world.head().await;
        let exported = world.store().audit_chain().positions("sealer").await.unwrap();
        world.append_many(5).await;
        world.seal().await;
        world.append_many(4).await;
        let sealed = world.store().audit_chain().positions("sealer").await.unwrap();
        for table in KEPT {
            world.raw().execute(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
        }
        let rows = world.raw().rows("SELECT id, chain, number FROM audit_events ORDER BY id").await;
        let place = |row: &String| {
            let cells: Vec<&str> = row.split('|').collect();
            Place { id: cells[0].to_owned(), chain: cells[1].parse().unwrap(), number: cells[2].parse().unwrap() }
        };
        let places = rows.iter().map(place).collect();
        Self { world, head, places, sealed, exported }
    }

    fn below(&self, limit: usize) -> usize {
        let random = usize::from_be_bytes(self.world.ambient().random());
        random % limit
    }

    fn any(&self) -> Place {
        self.places[self.below(self.places.len())].clone()
    }

    async fn run(&self, statement: &str) {
        self.world.raw().execute(statement).await;
    }

    async fn restore(&self) {
        for table in KEPT {
            self.run(&format!("DELETE FROM {table}")).await;
            self.run(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
        }
    }

    fn last(&self, chain: i64) -> i64 {
        self.places.iter().filter(|place| place.chain == chain).map(|place| place.number).max().unwrap_or(0)
    }

    /// Whether the removal of the last events of a chain, from this one on, leaves a trace.
    fn is_provable(&self, place: &Place) -> bool {
        self.sealed.get(&place.chain).is_some_and(|sealed| place.number <= *sealed)
            || place.number < self.last(place.chain)
    }

    async fn verify(&self) -> Verified {
        self.world.verify(Some(&self.head)).await
    }

    async fn delete(&self) {
        let place = self.any();
        self.run(&format!("DELETE FROM audit_events WHERE id = '{}'", place.id)).await;
        let found = self.verify().await.findings;
        if self.is_provable(&place) {
            let [finding] = &found[..] else { panic!("{place:?}: {found:?}") };
            assert_eq!(finding.fault, Fault::Missing, "{place:?}");
            let expected = (Some(place.chain), Some(place.number), Some(place.number));
            assert_eq!((finding.chain, finding.first, finding.last), expected);
        } else {
            assert_eq!(found, [], "{place:?}");
        }
    }

    async fn change(&self) {
        let changes = [
            "metadata = '{\"operation\":\"x\"}'",
            "actor = '{}'",
            "created_at = created_at + 1",
            "kind = 'x'",
            "organization_id = 'x'",
            "project_id = 'x'",
            "ip_address = '192.0.2.99'",
            "user_agent = user_agent || ' '",
            "user_agent_type = 'x'",
            "actor_id = 'x'",
        ];
        let (place, change) = (self.any(), changes[self.below(changes.len())]);
        self.run(&format!("UPDATE audit_events SET {change} WHERE id = '{}'", place.id)).await;
        self.finds_about(&[&place.id], change).await;
    }

    async fn forge_mark(&self) {
        let (place, other) = (self.any(), self.any());
        let column = ["mac", "previous"][self.below(2)];
        if place.id == other.id || column == "previous" && (place.number, other.number) == (1, 1) {
            return;
        }
        let statement = format!(
            "UPDATE audit_events SET {column} = (SELECT {column} FROM audit_events WHERE id = '{}') WHERE id = '{}'",
            other.id, place.id
        );
        self.run(&statement).await;
        self.finds_about(&[&place.id], &statement).await;
    }

    async fn reorder(&self) {
        let (one, other) = (self.any(), self.any());
        if one.id == other.id {
            return;
        }
        let put = async |id: &str, chain: i64, number: i64| {
            self.run(&format!("UPDATE audit_events SET chain = {chain}, number = {number} WHERE id = '{id}'")).await;
        };
        put(&one.id, -1, -1).await;
        put(&other.id, one.chain, one.number).await;
        put(&one.id, other.chain, other.number).await;
        self.finds_about(&[&one.id, &other.id], "swapped").await;
    }

    async fn insert(&self) {
        const NEW: &str = "ffffffff-0000-7000-8000-000000000000";
        let copied = self.any();
        let place = match self.below(3) {
            0 => "NULL, NULL".to_owned(),
            1 => format!("{}, {}", copied.chain, self.last(copied.chain) + 7),
            _ => "77, 1".to_owned(),
        };
        let statement = format!(
            "INSERT INTO audit_events SELECT '{NEW}', organization_id, project_id, kind, metadata, actor, actor_id, ip_address,
                user_agent, user_agent_type, created_at, {place}, previous, mac FROM audit_events WHERE id = '{}'",
            copied.id
        );
        self.run(&statement).await;
        self.finds_about(&[NEW], &statement).await;
    }

    /// Cuts off the end of the log as whoever knows how it is made would: events, seals and positions.
    async fn truncate(&self) {
        let from = self.any();
        let cut: Vec<&Place> = self.places.iter().filter(|place| place.id >= from.id).collect();
        let is_cut = |until: &BTreeMap<i64, i64>| {
            cut.iter().any(|place| until.get(&place.chain).is_some_and(|number| place.number <= *number))
        };
        self.run(&format!("DELETE FROM audit_events WHERE id >= '{}'", from.id)).await;
        self.run("DELETE FROM audit_positions").await;
        let mut found = self.verify().await;
        if is_cut(&self.sealed) {
            assert!(found.findings.iter().all(|finding| finding.fault == Fault::Missing), "{:?}", found.findings);
            assert!(!found.findings.is_empty());
            // He takes the last seal too, and if need be those before.
            let last = if is_cut(&self.exported) { self.below(2) + 1 } else { 3 };
            self.run(&format!("DELETE FROM audit_seals WHERE number >= {last}")).await;
            found = self.verify().await;
        }
        if is_cut(&self.exported) {
            assert!(
                found.findings.iter().any(|finding| finding.fault == Fault::CutOff),
                "{from:?} {:?}",
                found.findings
            );
        } else {
            assert_eq!(found.findings, [], "{from:?}");
            let said = format!("written after seal {}", self.head.number);
            assert!(found.unproven.iter().any(|what| what.contains(&said)), "{:?}", found.unproven);
        }
    }

    async fn touch_seal(&self) {
        let number = i64::try_from(self.below(3)).unwrap() + 1;
        let (statement, fault) = match self.below(3) {
            0 => (format!("DELETE FROM audit_seals WHERE number = {number}"), Fault::SealMissing),
            1 => {
                (format!("UPDATE audit_seals SET content = content || ' ' WHERE number = {number}"), Fault::SealChanged)
            }
            _ => (
                format!("UPDATE audit_seals SET created_at = created_at + 1 WHERE number = {number}"),
                Fault::SealChanged,
            ),
        };
        self.run(&statement).await;
        let found = self.verify().await.findings;
        assert!(found.iter().any(|finding| finding.fault == fault && finding.seal.is_some()), "{statement}: {found:?}");
        assert!(found.iter().all(|finding| finding.event.is_none()), "{statement}: {found:?}");
    }

    /// That findings name these rows and, besides, only that something is missing where one of them was.
    async fn finds_about(&self, ids: &[&str], what: &str) {
        let verified = self.verify().await;
        let is_about = |finding: &Finding| finding.event.as_deref().is_some_and(|event| ids.contains(&event));
        for id in ids {
            assert!(
                verified.findings.iter().any(|finding| finding.event.as_deref() == Some(id)),
                "{what}: {verified:?}"
            );
        }
        assert!(verified.findings.iter().all(is_about), "{what}: {:?}", verified.findings);
    }
}

both_databases! {
    async fn random_manipulations_of_the_log_are_all_found(world: World) {
        let log = Log::new(world).await;
        assert_eq!(log.verify().await.findings, []);
        for turn in 0..counts::of(counts::AUDIT_MANIPULATIONS) {
            match turn % 7 {
                0 => log.delete().await,
                1 => log.change().await,
                2 => log.reorder().await,
                3 => log.insert().await,
                4 => log.truncate().await,
                5 => log.forge_mark().await,
                _ => log.touch_seal().await,
            }
            log.restore().await;
            let control = log.verify().await;
            assert_eq!((control.findings, control.intact), (vec![], log.places.len() as u64), "turn {turn}");
        }
    }
}
