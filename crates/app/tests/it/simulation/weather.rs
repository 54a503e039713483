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
    /// What holds answers that come late.
    gates: Mutex<Vec<Gate>>,
}

impl Weather {
    pub(super) fn new(seed: u64) -> Self {
        let dice = Dice::new(seed, 2);
        Self {
            percent: dice.below(WORST).into(),
            dice,
            calls: AtomicUsize::default(),
            told: Mutex::default(),
            gates: Mutex::default(),
        }
    }

    /// From now on nothing goes wrong.
    pub(super) fn calm(&self) {
        self.percent.store(0, Ordering::Relaxed);
        while self.let_one_through() {}
    }

    /// Lets the answer go that waits for longest. False if none waits.
    pub(super) fn let_one_through(&self) -> bool {
        let mut gates = self.gates.lock().expect("no test panics while it holds this");
        (!gates.is_empty()).then(|| gates.remove(0).open()).is_some()
    }

    /// How many calls there were.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// What happened, call by call.
    pub(super) fn told(&self) -> Vec<String> {
        self.told.lock().expect("no test panics while it holds this").clone()
    }

    fn fault(&self) -> Fault {
        let json = "application/json";
        match self.dice.below(11) {
            0 => Fault::Close,
            1 => Fault::Hang,
            2 => Fault::HangAfterAct,
            3 => Fault::LoseAnswer,
            4 => Fault::CutBody,
            5 => Fault::FailAfterAct,
            6 => Fault::answer(409, json, r#"{"kind":"Status","status":"Failure","reason":"Conflict","code":409}"#),
            7 => Fault::answer(503, json, r#"{"kind":"Status","status":"Failure","code":503}"#),
            8..10 => {
                let gate = Gate::default();
                self.gates.lock().expect("no test panics while it holds this").push(gate.clone());
                Fault::Delay(gate)
            }
            _ => Fault::answer(429, json, r#"{"kind":"Status","status":"Failure","code":429}"#),
        }
    }
}

impl Onlooker for Weather {
    fn arrived(&self, call: Option<Calls>) -> Option<Fault> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let fault = self.dice.percent(self.percent.load(Ordering::Relaxed)).then(|| self.fault());
        self.told.lock().expect("no test panics while it holds this").push(format!("{call:?} {fault:?}"));
        fault
    }

    fn carried_out(&self, _: Option<Calls>) -> Next {
        Next::Answer
    }
}
