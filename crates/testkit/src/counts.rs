//! How often repeated tests repeat: every count in one table, an everyday one and a long one.
//!
//! `cargo xtask test` takes the everyday column, `cargo xtask test --long` the other, through `MAYFLY_TEST_COUNTS`.

use std::env;

/// Which column to take: `everyday`, which is also the default, or `long`.
pub const VARIABLE: &str = "MAYFLY_TEST_COUNTS";

/// Answers of each of three callers in each weather.
pub const ANSWERS_IN_WEATHER: &str = "answers_in_weather";
/// How often each of very many gateways tries to come while its server is away. From the seventh on they wait as long as they do at
/// most.
pub const ATTEMPTS_IN_VAIN: &str = "attempts_in_vain";
/// Manipulations of the audit log, on each database. In all there are a thousand in the long run.
pub const AUDIT_MANIPULATIONS: &str = "audit_manipulations";
/// Seconds that a database is away.
pub const DATABASE_AWAY_SECONDS: &str = "database_away_seconds";
/// Kills of a database server in the middle of work.
pub const DATABASE_KILLS: &str = "database_kills";
/// Seconds after which a balancer closes a connection.
pub const BALANCED_SECONDS: &str = "balanced_seconds";
/// Callers at once when the server dies that holds the only tunnel.
pub const CALLERS_OF_ONE_TUNNEL: &str = "callers_of_one_tunnel";
/// Leases with objects that are due in one second, on each kind of cluster.
pub const CROWD: &str = "crowd";
/// Tunnels that are cut in the middle of a call, each at another moment.
pub const CUT_TUNNELS: &str = "cut_tunnels";
/// Days of leases that are lived twice, each with another seed.
pub const DAYS: &str = "days";
/// Seconds for which a part of a private installation stands still. More than a call may take.
pub const FROZEN_SECONDS: &str = "frozen_seconds";
/// Seconds that each fuzz target runs for.
pub const FUZZ_SECONDS: &str = "fuzz_seconds";
/// Gateways whose server dies.
pub const GATEWAYS_AT_ONCE: &str = "gateways_at_once";
/// Tunnels of one process whose ends go silent, one after the other.
pub const GHOSTS: &str = "ghosts";
/// Lives of machines that make and give roles, each with another seed.
pub const GROWTH: &str = "growth";
/// Guesses at a client secret.
pub const GUESSES: &str = "guesses";
/// Addresses that they come from.
pub const GUESSING_ADDRESSES: &str = "guessing_addresses";
/// Gateways at once that begin to come and stop.
pub const HALF_HANDSHAKES: &str = "half_handshakes";
/// Kills of a server under load, on each database.
pub const KILLS: &str = "kills";
/// Kills of a server under load whose leases have something in the cluster, on each database. In all there are a thousand
/// in the long run.
pub const KILLS_WITH_OBJECTS: &str = "kills_with_objects";
/// Leases that are ended while their gateway is away.
pub const LEASES_AWAY: &str = "leases_away";
/// Leases that are due at once, on each database.
pub const LEASES_DUE: &str = "leases_due";
/// Leases with objects that wait for a cluster that is away, on each database.
pub const LEASES_WAITING: &str = "leases_waiting";
/// Logins with a client secret that allows one.
pub const PARALLEL_LOGINS: &str = "parallel_logins";
/// Races between a lease and the removal of its dynamic secret, on each database.
pub const RACES: &str = "races";
/// Kills of a server that issues from a real cluster, on each database.
pub const REAL_KILLS: &str = "real_kills";
/// The same where their leases have something in it.
pub const REAL_KILLS_WITH_OBJECTS: &str = "real_kills_with_objects";
/// Lives of servers, callers and a cluster where much goes wrong, each with another seed.
pub const LIVES: &str = "lives";
/// Stops of each operation in each shape before a real cluster, on each database; no more than it has points.
pub const REAL_STOPS: &str = "real_stops";
/// Restarts of a server that a few gateways come to, each time anew.
pub const RESTARTS_BEFORE_GATEWAYS: &str = "restarts_before_gateways";
/// Restarts of both servers and both processes of a gateway, in turn.
pub const ROLLING_RESTARTS: &str = "rolling_restarts";
/// Kills of a server that rotates keys, on each database.
pub const ROTATION_KILLS: &str = "rotation_kills";
/// Requests of each operation, and each kind of wrong ones, that are made of the API's description.
pub const SCHEMA_EXAMPLES: &str = "schema_examples";
/// Roles made of random rules, each held against every list of dynamic secrets.
pub const RANDOM_ROLES: &str = "random_roles";
/// Shapes of credentials with objects whose every call is stopped or answered unclearly. Of the six there are, the first three make
/// every kind of call.
pub const SHAPES: &str = "shapes";
/// Leases of each of two servers on one database.
pub const SHARED_LEASES: &str = "shared_leases";
/// Kills of a server that delivers the audit log, on each database. Each costs half a minute.
pub const STREAM_KILLS: &str = "stream_kills";

/// Seconds for which parts of an installation with a gateway fail again and again.
pub const SOAK_SECONDS: &str = "soak_seconds";
/// Connections to a server that bring nothing, or half a request.
pub const SLOW_CONNECTIONS: &str = "slow_connections";
/// Texts that could be a statement, in each parameter of each reading operation; three hundred at most.
pub const STATEMENTS: &str = "statements";

/// Cases of each property test. `cargo xtask test` hands it to `proptest`, which needs no word in the test itself.
pub const PROPERTY_CASES: &str = "property_cases";

/// Sorted by name. A row that nobody asks for is to be removed.
const TABLE: &[Row] = &[
    Row { name: ANSWERS_IN_WEATHER, everyday: 8, long: 200 },
    Row { name: ATTEMPTS_IN_VAIN, everyday: 1, long: 7 },
    Row { name: AUDIT_MANIPULATIONS, everyday: 40, long: 500 },
    Row { name: BALANCED_SECONDS, everyday: 10, long: 30 },
    Row { name: CALLERS_OF_ONE_TUNNEL, everyday: 8, long: 32 },
    Row { name: CROWD, everyday: 300, long: 10_000 },
    Row { name: CUT_TUNNELS, everyday: 16, long: 1_000 },
    Row { name: DATABASE_AWAY_SECONDS, everyday: 5, long: 60 },
    Row { name: DATABASE_KILLS, everyday: 3, long: 30 },
    Row { name: DAYS, everyday: 2, long: 50 },
    Row { name: FROZEN_SECONDS, everyday: 12, long: 60 },
    Row { name: FUZZ_SECONDS, everyday: 15, long: 1_800 },
    Row { name: GATEWAYS_AT_ONCE, everyday: 100, long: 1_000 },
    Row { name: GHOSTS, everyday: 100, long: 1_000 },
    Row { name: GROWTH, everyday: 6, long: 200 },
    Row { name: GUESSES, everyday: 2_000, long: 1_000_000 },
    Row { name: GUESSING_ADDRESSES, everyday: 50, long: 1_000 },
    Row { name: HALF_HANDSHAKES, everyday: 300, long: 10_000 },
    Row { name: KILLS, everyday: 15, long: 200 },
    Row { name: KILLS_WITH_OBJECTS, everyday: 12, long: 500 },
    Row { name: LEASES_AWAY, everyday: 24, long: 500 },
    Row { name: LEASES_DUE, everyday: 5_000, long: 50_000 },
    Row { name: LEASES_WAITING, everyday: 200, long: 10_000 },
    Row { name: LIVES, everyday: 20, long: 2_000 },
    Row { name: PARALLEL_LOGINS, everyday: 200, long: 1_000 },
    Row { name: PROPERTY_CASES, everyday: 256, long: 20_000 },
    Row { name: RACES, everyday: 60, long: 1_000 },
    Row { name: RANDOM_ROLES, everyday: 40, long: 2_000 },
    Row { name: REAL_KILLS, everyday: 3, long: 20 },
    Row { name: REAL_KILLS_WITH_OBJECTS, everyday: 8, long: 56 },
    Row { name: REAL_STOPS, everyday: 2, long: 40 },
    Row { name: RESTARTS_BEFORE_GATEWAYS, everyday: 4, long: 40 },
    Row { name: ROLLING_RESTARTS, everyday: 2, long: 10 },
    Row { name: ROTATION_KILLS, everyday: 2, long: 20 },
    Row { name: SCHEMA_EXAMPLES, everyday: 5, long: 200 },
    Row { name: SHAPES, everyday: 3, long: 6 },
    Row { name: SHARED_LEASES, everyday: 20, long: 200 },
    Row { name: SLOW_CONNECTIONS, everyday: 1_000, long: 10_000 },
    Row { name: SOAK_SECONDS, everyday: 30, long: 1_800 },
    Row { name: STATEMENTS, everyday: 5, long: 300 },
    Row { name: STREAM_KILLS, everyday: 3, long: 30 },
];

struct Row {
    name: &'static str,
    everyday: usize,
    long: usize,
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Small enough for every run.
    Everyday,
    /// For the nights.
    Long,
}

impl Column {
    /// Its word in [`VARIABLE`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyday => "everyday",
            Self::Long => "long",
        }
    }

    /// The count of the row `name`.
    ///
    /// # Panics
    /// When there is no such row: a test that repeats itself no times would prove nothing.
    pub fn of(self, name: &str) -> usize {
        let row = TABLE.iter().find(|row| row.name == name);
        assert!(row.is_some(), "there is no count `{name}`: add it to the table in `testkit/src/counts.rs`");
        row.map_or(0, |row| match self {
            Self::Everyday => row.everyday,
            Self::Long => row.long,
        })
    }

    fn named(word: &str) -> Option<Self> {
        match word {
            "" | "everyday" => Some(Self::Everyday),
            "long" => Some(Self::Long),
            _ => None,
        }
    }
}

/// The count of the row `name`, in the column that whoever runs the tests has chosen.
///
/// # Panics
/// When there is no such row, or [`VARIABLE`] names no column.
pub fn of(name: &str) -> usize {
    let word = env::var(VARIABLE).unwrap_or_default();
    Column::named(&word).expect("`MAYFLY_TEST_COUNTS` is `everyday` or `long`").of(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_there_once_and_long_is_longer() {
        assert!(TABLE.is_sorted_by(|one, next| one.name < next.name));
        for row in TABLE {
            assert!(0 < row.everyday && row.everyday < row.long, "{}", row.name);
        }
    }

    #[test]
    fn columns_are_known_by_their_words() {
        for column in [Column::Everyday, Column::Long] {
            assert_eq!(Column::named(column.as_str()), Some(column));
        }
        assert_eq!((Column::named(""), Column::named("Long")), (Some(Column::Everyday), None));
        assert_eq!(Column::Everyday.of(PROPERTY_CASES), 256);
    }

    #[test]
    #[should_panic(expected = "there is no count `misspelt`")]
    fn a_row_that_is_not_there_fails_its_test() {
        Column::Everyday.of("misspelt");
    }
}
