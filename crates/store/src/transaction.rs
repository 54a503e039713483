//! A transaction is data: steps, the values they take, and what each must have changed.
//!
//! So the same text runs on both databases, alone or grouped with others, inline or on another thread, and no
//! transaction can stay open across anything that waits.

use crate::{row::Row, sql::Sql, value::Value};

/// How many rows a step must change (a `SELECT` step: find) for the transaction to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Whatever it changes is right.
    Any,
    /// This many, or the whole transaction is undone.
    Exactly(u64),
}

/// What a step has to do with the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Records {
    /// Nothing.
    Nothing,
    /// Its values are those of an event, which is linked when the step is run.
    Event,
    /// Each row that it gives is an event, which is linked and written behind it.
    Rows,
}

/// One statement of a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) sql: &'static Sql,
    pub(crate) values: Vec<Value>,
    pub(crate) expect: Expect,
    /// The claim that was false when `expect` is not met: what [`crate::error::StoreError::GuardFailed`] says.
    pub(crate) guard: &'static str,
    pub(crate) records: Records,
}

impl Step {
    /// Runs `sql` with `values`, whatever it changes.
    pub(crate) const fn new(sql: &'static Sql, values: Vec<Value>) -> Self {
        Self { sql, values, expect: Expect::Any, guard: "", records: Records::Nothing }
    }

    /// Says what it has to do with the audit log.
    pub(crate) const fn recording(mut self, records: Records) -> Self {
        self.records = records;
        self
    }

    /// Undoes the whole transaction unless exactly `count` rows are changed; `guard` is the claim that was false then.
    pub(crate) const fn expecting(mut self, count: u64, guard: &'static str) -> Self {
        self.expect = Expect::Exactly(count);
        self.guard = guard;
        self
    }

    /// [`Step::expecting`] one row.
    pub(crate) const fn expecting_one(self, guard: &'static str) -> Self {
        self.expecting(1, guard)
    }

    pub(crate) const fn is_met_by(&self, changed: u64) -> bool {
        match self.expect {
            Expect::Any => true,
            Expect::Exactly(count) => changed == count,
        }
    }
}

/// What else may happen at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// Each statement sees what is committed when it starts. Right for guarded updates, which look again at the row
    /// they lock.
    #[default]
    Statement,
    /// As if no other transaction of this kind ran meanwhile. Needed where a statement counts or looks for rows that
    /// another server may just be adding, such as a cap on leases. SQLite always works this way.
    Serial,
}

/// Steps that happen together or not at all, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    pub(crate) steps: Vec<Step>,
    pub(crate) isolation: Isolation,
}

impl Transaction {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a statement whose effect is not guarded.
    #[must_use]
    pub(crate) fn step(self, sql: &'static Sql, values: Vec<Value>) -> Self {
        self.with(Step::new(sql, values))
    }

    /// Adds a step that was made elsewhere, such as an audit event.
    #[must_use]
    pub(crate) fn with(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Adds several such steps, in their order.
    #[must_use]
    pub(crate) fn with_all(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.steps.extend(steps);
        self
    }

    /// Guards the step added last; see [`Step::expecting`].
    #[must_use]
    pub(crate) fn expecting(mut self, count: u64, guard: &'static str) -> Self {
        debug_assert!(!self.steps.is_empty(), "a guard stands behind its step");
        if let Some(last) = self.steps.last_mut() {
            last.expect = Expect::Exactly(count);
            last.guard = guard;
        }
        self
    }

    /// Guards the step added last: it changes one row, or nothing of the transaction happens.
    #[must_use]
    pub(crate) fn expecting_one(self, guard: &'static str) -> Self {
        self.expecting(1, guard)
    }

    /// Says of the step added last that each of its rows is an event.
    #[must_use]
    pub(crate) fn recording_rows(mut self) -> Self {
        if let Some(last) = self.steps.last_mut() {
            last.records = Records::Rows;
        }
        self
    }

    /// Whether it writes events.
    pub(crate) fn records(&self) -> bool {
        self.steps.iter().any(|step| step.records != Records::Nothing)
    }

    /// Whether some of its events are known only once a step has run.
    pub(crate) fn records_rows(&self) -> bool {
        self.steps.iter().any(|step| step.records == Records::Rows)
    }

    /// Runs it as if alone; see [`Isolation::Serial`].
    #[must_use]
    pub(crate) const fn serial(mut self) -> Self {
        self.isolation = Isolation::Serial;
        self
    }
}

/// What one step did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// Rows changed; for a `SELECT`, rows found.
    pub(crate) changed: u64,
    /// What `RETURNING` or `SELECT` gave, in the database's order.
    pub(crate) rows: Vec<Row>,
}
