//! The ground floor, tested from inside: statements and transactions over tables of the tests' own. What callers of the
//! crate see is tested in `tests/it`.

mod fixture;
mod group_commit;
mod schema;
mod statements;
mod transactions;
mod values;
