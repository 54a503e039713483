//! Statements: the only SQL there can be.
//!
//! A statement is written once, `?1`-style, in a [`statements!`] block beside the noun it serves. The text for
//! PostgreSQL is derived from it while compiling; where the two databases truly differ, the fork stands beside it. What
//! is not in a block cannot be run, and what is in one is prepared on both databases by a test.
//!
//! What both databases understand alike: `INSERT … RETURNING`, `ON CONFLICT DO NOTHING | DO UPDATE … WHERE`,
//! `UPDATE … FROM`, `DELETE … RETURNING`, reading `WITH`, windows, `FILTER`, `(a, b) > (?1, ?2)`,
//! `IS NOT DISTINCT FROM`, `TRUE`, `FALSE`, `NULLS LAST`, `CAST(x AS BIGINT)`. Cast a parameter that stands where
//! nothing tells its type (`CAST(?1 AS TEXT) IS NULL`) and every `SUM` (`CAST(SUM(x) AS BIGINT)`); end each `LIKE` with
//! `ESCAPE '\'`. A claim repeats its condition outside the inner `SELECT`, or two servers take the same row.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// One statement, in both dialects.
pub(crate) struct Sql {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    parameters: usize,
    columns: OnceLock<Columns>,
}

impl Sql {
    /// For [`statements!`] only.
    pub(crate) const fn new(
        name: &'static str,
        sqlite: &'static str,
        postgres: &'static str,
        parameters: usize,
    ) -> Self {
        Self { name, sqlite, postgres, parameters, columns: OnceLock::new() }
    }

    /// The name of its constant, as errors and tests show it.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// The text for SQLite, with `?1`.
    pub(crate) const fn sqlite(&self) -> &'static str {
        self.sqlite
    }

    /// The text for PostgreSQL, with `$1`. Empty where PostgreSQL needs no such step: it is left out there, and has no
    /// outcome.
    pub(crate) const fn postgres(&self) -> &'static str {
        self.postgres
    }

    /// How many values it takes.
    pub(crate) const fn parameters(&self) -> usize {
        self.parameters
    }

    /// The names of its result columns, given those of an answer. They hardly ever change, so the first ones are kept
    /// for all answers; a schema that another server has just changed is noticed.
    pub(crate) fn columns(&self, names: &[&str]) -> Columns {
        let make = || names.iter().copied().map(Box::from).collect();
        let known = self.columns.get_or_init(make);
        if known.iter().map(AsRef::as_ref).eq(names.iter().copied()) { Arc::clone(known) } else { make() }
    }
}

impl fmt::Debug for Sql {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// Names of result columns, in order.
pub(crate) type Columns = Arc<[Box<str>]>;

/// `?1` becomes `$1`, outside of string literals. Same length, so that the caller can size the array.
pub(crate) const fn numbered<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let mut out = [0; LENGTH];
    let mut rest = text.as_bytes();
    let mut position = 0;
    let mut quoted = false;
    while let [byte, tail @ ..] = rest {
        if *byte == b'\'' {
            quoted = !quoted;
        }
        assert!(quoted || *byte != b'$', "write parameters as `?1`: SQLite counts `$1` by first appearance");
        assert!(quoted || *byte != b';', "one statement each");
        let marker = !quoted && *byte == b'?';
        assert!(!marker || matches!(tail.first(), Some(b'1'..=b'9')), "write parameters as `?1`, not as a bare `?`");
        #[expect(clippy::indexing_slicing, reason = "checked while compiling: both have LENGTH bytes")]
        {
            out[position] = if marker { b'$' } else { *byte };
        }
        rest = tail;
        position += 1;
    }
    out
}

/// The highest number behind a `?`.
pub(crate) const fn parameters(text: &str) -> usize {
    let mut rest = text.as_bytes();
    let mut highest = 0;
    let mut quoted = false;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte == b'\'' {
            quoted = !quoted;
        }
        if !quoted && *byte == b'?' {
            let mut number = 0;
            while let [digit @ b'0'..=b'9', after @ ..] = rest {
                number = number * 10 + (*digit - b'0') as usize;
                rest = after;
            }
            if number > highest {
                highest = number;
            }
        }
    }
    highest
}

/// Bytes that [`numbered`] made, as text again.
pub(crate) const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// Declares the statements of a noun and `STATEMENTS`, the list of them that `registry.rs` hands to the tests.
///
/// ```text
/// statements! {
///     pub(crate) INSERT_LEASE = "INSERT INTO leases (id, state) VALUES (?1, ?2)";
///     // PostgreSQL must skip rows that another server is just claiming.
///     CLAIM = "UPDATE …", postgres "UPDATE … FOR UPDATE SKIP LOCKED …";
///     // PostgreSQL does it in the next statement of the same transaction.
///     RECORD = "INSERT …", postgres "";
/// }
/// ```
macro_rules! statements {
    ($($(#[$meta:meta])* $visibility:vis $name:ident = $text:expr $(, postgres $fork:expr)?;)+) => {
        $(
            $(#[$meta])*
            $visibility static $name: $crate::sql::Sql = {
                const TEXT: &str = $text;
                const POSTGRES: &str = $crate::sql::last!(TEXT $(, $fork)?);
                const NUMBERED: [u8; POSTGRES.len()] = $crate::sql::numbered(POSTGRES);
                const PARAMETERS: usize = $crate::sql::parameters(TEXT);
                const { assert!(POSTGRES.is_empty() || PARAMETERS == $crate::sql::parameters(POSTGRES), "a fork takes the same values") };
                $crate::sql::Sql::new(stringify!($name), TEXT, $crate::sql::text(&NUMBERED), PARAMETERS)
            };
        )+

        /// Every statement of this file.
        #[cfg(test)]
        pub(crate) static STATEMENTS: &[&$crate::sql::Sql] = &[$(&$name),+];
    };
}

/// The last of one or two expressions.
macro_rules! last {
    ($only:expr) => {
        $only
    };
    ($first:expr, $last:expr) => {
        $last
    };
}

pub(crate) use {last, statements};

#[cfg(test)]
mod tests {
    statements! {
        PLAIN = "SELECT a, '?9 $ ;' FROM t WHERE b = ?2 AND c = ?1 AND d = ?12";
        FORKED = "SELECT ?1", postgres "SELECT ?1 FOR UPDATE";
    }

    #[test]
    fn parameters_are_renamed_outside_of_literals() {
        assert_eq!(PLAIN.postgres, "SELECT a, '?9 $ ;' FROM t WHERE b = $2 AND c = $1 AND d = $12");
        assert_eq!(PLAIN.parameters(), 12);
        assert_eq!(PLAIN.sqlite(), "SELECT a, '?9 $ ;' FROM t WHERE b = ?2 AND c = ?1 AND d = ?12");
    }

    #[test]
    fn a_fork_replaces_the_text_for_postgres_only() {
        assert_eq!((FORKED.sqlite(), FORKED.postgres), ("SELECT ?1", "SELECT $1 FOR UPDATE"));
        assert_eq!(STATEMENTS.iter().map(|sql| sql.name()).collect::<Vec<_>>(), ["PLAIN", "FORKED"]);
    }
}
