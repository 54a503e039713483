//! The ground floor, tested from inside: statements and transactions over tables of the tests' own. What callers of the
//! crate see is tested in `tests/it`.

mod crash;
mod fixture;
mod group_commit;
mod lost_connections;
mod plans;
mod pooled;
mod released;
mod schema;
mod sealed;
mod statements;
mod tls;
mod transactions;
mod values;
