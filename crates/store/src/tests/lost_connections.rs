//! PostgreSQL goes away at the worst moments, and what callers are told is true.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use futures::future::join_all;
use mayfly_testkit::{
    counts,
    postgres::{self, Flush, PostgresServer},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::fixture::{
    Fixture, INSERT_THING, MIGRATIONS, TAKE, THING, THING_STAR, block_row, open, postgres_options, thing,
};
use crate::{
    database::{Database, DatabaseOptions},
    error::StoreError,
    postgres::Statements,
    transaction::Transaction,
    value::values,
};

/// What the line between us and PostgreSQL does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Line {
    Works,
    /// It is cut when `COMMIT` is sent, which does not arrive.
    CutBeforeCommit,
    /// It is cut when the answer to `COMMIT` comes back, which does not arrive.
    CutAfterCommit,
    /// It is cut at the next message, once.
    CutOnce,
}

/// A line that can be cut.
#[derive(Clone)]
struct Wire(Arc<AtomicU8>);

impl Wire {
    fn set(&self, line: Line) {
        self.0.store(line as u8, Ordering::SeqCst);
    }

    fn is(&self, line: Line) -> bool {
        self.0.load(Ordering::SeqCst) == line as u8
    }

    /// Lets the line work again; false if it was not as `line` says.
    fn take(&self, line: Line) -> bool {
        self.0.compare_exchange(line as u8, Line::Works as u8, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    async fn serve(self, listener: TcpListener, server: String) {
        while let Ok((client, _)) = listener.accept().await {
            let upstream = TcpStream::connect(&server).await.unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = upstream.into_split();
            tokio::spawn(self.clone().carry(from_client, to_server, from_server, to_client));
        }
    }

    /// Both directions end together.
    async fn carry(
        self,
        from_client: OwnedReadHalf,
        to_server: OwnedWriteHalf,
        from_server: OwnedReadHalf,
        to_client: OwnedWriteHalf,
    ) {
        let asked =
            |chunk: &[u8]| self.take(Line::CutOnce) || (self.is(Line::CutBeforeCommit) && contains(chunk, b"COMMIT\0"));
        let answered = |chunk: &[u8]| self.is(Line::CutAfterCommit) && contains(chunk, b"COMMIT\0");
        tokio::select! {
            () = copy(from_client, to_server, asked) => {}
            () = copy(from_server, to_client, answered) => {}
        }
    }
}

/// Until the end, or until `cut` says so of what was read and is not passed on.
async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, cut: impl Fn(&[u8]) -> bool) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if cut(&buffer[..length]) || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// A database behind a line that can be cut.
async fn behind_wire() -> (postgres::ScratchDatabase, Database, Wire) {
    let scratch = postgres::scratch().await.unwrap();
    let (sign_in, rest) = scratch.url().split_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{sign_in}@{}/{name}", listener.local_addr().unwrap());
    let wire = Wire(Arc::new(AtomicU8::new(Line::Works as u8)));
    tokio::spawn(wire.clone().serve(listener, server.to_owned()));
    let options = DatabaseOptions::Postgres(postgres_options(&url, Statements::Prepared));
    let database = open(&options, MIGRATIONS).await.unwrap();
    (scratch, database, wire)
}

fn unguarded(id: &str) -> Transaction {
    Transaction::new().step(&INSERT_THING, thing(id, 1)).step(&INSERT_THING, thing(&format!("{id}'s other"), 1))
}

fn guarded(id: &str) -> Transaction {
    unguarded(id).step(&TAKE, values![id, 1]).expecting_one("it is there")
}

async fn is_there(database: &Database, id: &str) -> bool {
    database.read_one(&THING, values![id]).await.unwrap().is_some()
}

#[tokio::test]
async fn a_lost_answer_to_a_commit_is_told_as_unknown_and_the_commit_stands() {
    let (_scratch, database, wire) = behind_wire().await;
    for (id, transaction) in [("a", unguarded("a")), ("b", guarded("b"))] {
        wire.set(Line::CutAfterCommit);
        let error = database.write(transaction).await.unwrap_err();
        assert!(matches!(error, StoreError::OutcomeUnknown(_)), "{error:?}");
        wire.set(Line::Works);
        assert!(is_there(&database, id).await);
    }
}

#[tokio::test]
async fn a_lost_commit_is_told_as_unknown_and_nothing_happened() {
    let (_scratch, database, wire) = behind_wire().await;
    for (id, transaction) in [("a", unguarded("a")), ("b", guarded("b"))] {
        wire.set(Line::CutBeforeCommit);
        let error = database.write(transaction).await.unwrap_err();
        assert!(matches!(error, StoreError::OutcomeUnknown(_)), "{error:?}");
        wire.set(Line::Works);
        assert!(!is_there(&database, id).await);
    }
}

#[tokio::test]
async fn what_cannot_have_happened_is_done_again() {
    let (_scratch, database, wire) = behind_wire().await;
    database.write(guarded("a")).await.unwrap();
    wire.set(Line::CutOnce);
    assert!(is_there(&database, "a").await);
    wire.set(Line::CutOnce);
    database.write(guarded("b")).await.unwrap();
    assert!(is_there(&database, "b").await);
}

#[tokio::test]
async fn a_killed_server_loses_no_answer_and_is_found_again() {
    let server = PostgresServer::start(Flush::Skip).await.unwrap();
    let scratch = server.scratch().await.unwrap();
    let options = DatabaseOptions::Postgres(postgres_options(scratch.url(), Statements::Prepared));
    let database = open(&options, MIGRATIONS).await.unwrap();
    for round in 0..counts::of(counts::DATABASE_KILLS) {
        let writing = join_all((0..16).map(|writer| write_until_error(&database, format!("{round}-{writer}"))));
        let killing = async {
            while !is_there(&database, &format!("{round}-0-20")).await {}
            server.kill().unwrap();
        };
        let (results, ()) = tokio::join!(writing, killing);
        let unavailable = database.read(&THING, values!["a"]).await.unwrap_err();
        assert!(matches!(unavailable, StoreError::Unavailable(_)), "{unavailable:?}");
        server.start_again().await.unwrap();
        for (writer, (answered, error)) in results.into_iter().enumerate() {
            for number in 0..answered {
                assert!(
                    is_there(&database, &format!("{round}-{writer}-{number}")).await,
                    "an answered write is missing"
                );
            }
            let last = is_there(&database, &format!("{round}-{writer}-{answered}")).await;
            match error {
                StoreError::OutcomeUnknown(_) => {}
                StoreError::Unavailable(_) => assert!(!last, "it did happen"),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// How many were answered, and the error that came then.
async fn write_until_error(database: &Database, name: String) -> (usize, StoreError) {
    for number in 0.. {
        let id = format!("{name}-{number}");
        let transaction = if number % 2 == 0 { unguarded(&id) } else { guarded(&id) };
        if let Err(error) = database.write(transaction).await {
            return (number, error);
        }
    }
    unreachable!("there are more numbers than time");
}

#[tokio::test]
async fn a_caller_that_leaves_while_it_waits_for_a_row_leaves_nothing_behind() {
    let fixture = Fixture::postgres().await;
    fixture.database.write(Transaction::new().step(&INSERT_THING, thing("a", 10))).await.unwrap();
    let take = || fixture.database.write(Transaction::new().step(&TAKE, values!["a", 1]).expecting_one("enough"));
    let row = block_row(&fixture.options, "a").await;
    tokio::select! {
        result = take() => panic!("the row was not blocked: {result:?}"),
        () = row.somebody_waits() => {}
    }
    row.release().await;
    take().await.unwrap();
    // The one that left was either undone with its connection, or had already been given the row.
    assert!([8, 9].contains(&fixture.amount("a").await));
}

#[tokio::test]
async fn a_caller_waits_a_second_for_a_connection_and_no_longer() {
    let scratch = postgres::scratch().await.unwrap();
    let options = postgres_options(scratch.url(), Statements::Prepared);
    let options = DatabaseOptions::Postgres(crate::postgres::PostgresOptions { connections: 1, ..options });
    let database = open(&options, MIGRATIONS).await.unwrap();
    database.write(Transaction::new().step(&INSERT_THING, thing("a", 10))).await.unwrap();
    let row = block_row(&options, "a").await;
    let blocked = database.write(Transaction::new().step(&TAKE, values!["a", 1]));
    let refused = async {
        row.somebody_waits().await;
        let error = database.read(&THING, values!["a"]).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        row.release().await;
    };
    let (written, ()) = tokio::join!(blocked, refused);
    written.unwrap();
    assert!(is_there(&database, "a").await);
}

#[tokio::test]
async fn a_column_that_another_server_adds_does_not_disturb() {
    let (scratch, database, _wire) = behind_wire().await;
    database.write(unguarded("a")).await.unwrap();
    let row = database.read_one(&THING_STAR, values!["a"]).await.unwrap().unwrap();
    assert!(row.text("colour").is_err());
    scratch.execute("ALTER TABLE things DROP COLUMN place, ADD COLUMN colour TEXT DEFAULT 'red'").await.unwrap();
    let row = database.read_one(&THING_STAR, values!["a"]).await.unwrap().unwrap();
    assert_eq!((row.text("colour").unwrap(), row.integer("amount").unwrap()), ("red", 1));
}
