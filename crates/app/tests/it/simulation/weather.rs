//! What goes wrong between a server and its cluster.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use mayfly_testkit::fake_cluster::{Calls, Fault, Gate, Next, Onlooker};

use super::dice::Dice;

/// Of a hundred calls this many go wrong at most; each world has its own weather.
const WORST: u64 = 25;

pub(super) struct Weather {
    dice: Dice,
    percent: AtomicU64,
    calls: AtomicUsize,
    told: Mutex<Vec<String>>,
    /// What holds answers that come late, and calls that do.
    gates: Mutex<Vec<(Gate, Held)>>,
    /// Calls that were let through late since somebody asked.
    late: Mutex<Late>,
}

/// What waits for a gate.
#[derive(Clone, Copy)]
enum Held {
    Answer,
    Making,
    Removal,
}

/// Calls that came to pass late.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Late {
    /// Those that make something.
    pub(super) made: usize,
    /// Those that remove something.
    pub(super) removed: usize,
}

/// Objects that come to be after everybody has given up on them, for as long as a sweep can find them: anchors it cannot,
/// and of a token that comes to be later than anybody could know, no row can say until when it lives.
const MADE_LATE: [Calls; 3] = [Calls::CreateAccount, Calls::CreateBinding, Calls::CreateRole];
const REMOVED_LATE: [Calls; 4] = [Calls::DeleteAccount, Calls::DeleteBinding, Calls::DeleteRole, Calls::DeleteSecret];

impl Weather {
    pub(super) fn new(seed: u64) -> Self {
        let dice = Dice::new(seed, 2);
        Self {
            percent: dice.below(WORST).into(),
            dice,
            calls: AtomicUsize::default(),
            told: Mutex::default(),
            gates: Mutex::default(),
            late: Mutex::default(),
        }
    }

    /// From now on nothing goes wrong.
    pub(super) fn calm(&self) {
        self.percent.store(0, Ordering::Relaxed);
        while self.let_one_through() {}
    }

    /// Lets the answer or the call go that waits for longest. False if none waits.
    pub(super) fn let_one_through(&self) -> bool {
        let mut gates = self.gates.lock().expect("no test panics while it holds this");
        if gates.is_empty() {
            return false;
        }
        let (gate, held) = gates.remove(0);
        let mut late = self.late.lock().expect("no test panics while it holds this");
        match held {
            Held::Answer => {}
            Held::Making => late.made += 1,
            Held::Removal => late.removed += 1,
        }
        gate.open();
        true
    }

    /// The calls that were let through late since this was asked last.
    pub(super) fn take_late(&self) -> Late {
        std::mem::take(&mut *self.late.lock().expect("no test panics while it holds this"))
    }

    /// How many calls there were.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// What happened, call by call.
    pub(super) fn told(&self) -> Vec<String> {
        self.told.lock().expect("no test panics while it holds this").clone()
    }

    fn fault(&self, call: Option<Calls>) -> Fault {
        let json = "application/json";
        match self.dice.below(13) {
            0 => Fault::Close,
            1 => Fault::Hang,
            2 => Fault::HangAfterAct,
            3 => Fault::LoseAnswer,
            4 => Fault::CutBody,
            5 => Fault::FailAfterAct,
            6 => Fault::answer(409, json, r#"{"kind":"Status","status":"Failure","reason":"Conflict","code":409}"#),
            7 => Fault::answer(503, json, r#"{"kind":"Status","status":"Failure","code":503}"#),
            8..10 => Fault::Delay(self.gate(Held::Answer)),
            10..12 => match call {
                Some(call) if MADE_LATE.contains(&call) => Fault::ActLate(self.gate(Held::Making)),
                Some(call) if REMOVED_LATE.contains(&call) => Fault::ActLate(self.gate(Held::Removal)),
                Some(_) | None => Fault::Delay(self.gate(Held::Answer)),
            },
            _ => Fault::answer(429, json, r#"{"kind":"Status","status":"Failure","code":429}"#),
        }
    }

    fn gate(&self, held: Held) -> Gate {
        let gate = Gate::default();
        self.gates.lock().expect("no test panics while it holds this").push((gate.clone(), held));
        gate
    }
}

impl Onlooker for Weather {
    fn arrived(&self, call: Option<Calls>) -> Option<Fault> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let fault = self.dice.percent(self.percent.load(Ordering::Relaxed)).then(|| self.fault(call));
        self.told.lock().expect("no test panics while it holds this").push(format!("{call:?} {fault:?}"));
        fault
    }

    fn carried_out(&self, _: Option<Calls>) -> Next {
        Next::Answer
    }
}
