//! How often the kills hit what.

use std::{collections::BTreeMap, fmt};

/// Wishes and kills by the phase that was hit.
pub(super) struct Tally<Phase>(BTreeMap<Phase, Hits>);

#[derive(Clone, Copy, Default)]
struct Hits {
    wishes: usize,
    kills: usize,
}

impl<Phase: Copy + Ord + fmt::Debug> Tally<Phase> {
    /// Of these phases, each of which must be hit.
    pub(super) fn of(phases: &[Phase]) -> Self {
        Self(phases.iter().map(|phase| (*phase, Hits::default())).collect())
    }

    /// What one kill hit: how many wishes in which phases.
    pub(super) fn note(&mut self, kill: &BTreeMap<Phase, usize>) {
        for (phase, wishes) in kill.iter().filter(|(_, wishes)| **wishes > 0) {
            let hits = self.0.entry(*phase).or_default();
            hits.wishes += wishes;
            hits.kills += 1;
        }
    }

    /// Phases that no kill hit.
    pub(super) fn missed(&self) -> Vec<Phase> {
        self.0.iter().filter(|(_, hits)| hits.kills == 0).map(|(phase, _)| *phase).collect()
    }

    /// Fails if no kill hit one of the phases: then this run has proved less than it says.
    pub(super) fn insist_on_every_phase(&self) {
        let missed = self.missed();
        assert!(missed.is_empty(), "no kill hit {missed:?}\n{self}");
    }
}

impl<Phase: fmt::Debug> fmt::Display for Tally<Phase> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (phase, Hits { wishes, kills }) in &self.0 {
            writeln!(formatter, "{phase:?}: {wishes} wishes in {kills} kills")?;
        }
        Ok(())
    }
}
