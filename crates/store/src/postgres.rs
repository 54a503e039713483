//! PostgreSQL: several servers on one database.
//!
//! Statements of a transaction travel together, so that a transaction costs one round trip, or two if it is guarded.
//! [`address`] reads the URL, [`tls`] decides whom to trust, [`pool`] keeps connections, [`flight`] sends, [`failure`]
//! says what an error means, and above all whether a transaction with an error may have happened all the same.

mod address;
mod cells;
mod failure;
mod flight;
mod pool;
mod tls;

use std::{net::SocketAddr, slice, time::Duration};

use jiff::Timestamp;
use mayfly_domain::sensitive::Sensitive;

use self::{
    address::Address,
    failure::Failure,
    pool::{Connection, Open, Pool},
};
use crate::{
    audit_chain::link::{self, Chains, Lane},
    audit_events,
    error::StoreError,
    migrations::{self, Migration},
    row::Row,
    sql::Sql,
    transaction::{Outcome, Records, Step, Transaction},
    value::Value,
};

/// How statements reach PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Statements {
    /// Prepared once for each connection.
    #[default]
    Prepared,
    /// Sent in full each time and without settings of the session: for poolers that give a connection for one
    /// transaction at a time, such as PgBouncer before 1.21. Set `statement_timeout` for the role there.
    Unnamed,
}

/// How to reach a PostgreSQL database.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// `postgresql://user:password@host:port/database?sslmode=verify-full`. Besides the usual `sslmode`s it may have
    /// `sslrootcert`, the path of a PEM file, or `system` for the public authorities.
    pub url: Sensitive<String>,
    /// Most connections at a time, at least one; see [`PostgresOptions::DEFAULT_CONNECTIONS`].
    pub connections: usize,
    /// How statements are sent.
    pub statements: Statements,
}

impl PostgresOptions {
    /// Enough to keep a disk busy; more would only wait for each other inside the server.
    pub const DEFAULT_CONNECTIONS: usize = 16;

    /// The network addresses of the servers in `url`, as they resolve now: nobody may make Mayfly connect there.
    pub fn server_addresses(url: &Sensitive<String>) -> Vec<SocketAddr> {
        Address::parse(url.expose()).map(|address| address.addresses()).unwrap_or_default()
    }
}

/// Milliseconds before each further try of a transaction that the database undid because of another one, or whose connection was
/// found to be dead before it could commit. Another one is often over by then; it may also be committing, which takes as long as
/// the disk does, and no try gets past it before.
const PAUSES: [u64; 9] = [0, 1, 5, 10, 25, 50, 100, 250, 500];

/// A PostgreSQL database, reached through a pool.
pub(crate) struct Postgres {
    pool: Pool,
    statements: Statements,
    chains: Chains,
}

#[expect(clippy::disallowed_methods, reason = "the database is the machine's, and so is its time")]
async fn rest(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

impl Postgres {
    /// Connects, checks that the server is fit for us, and brings the database to the newest schema.
    pub(crate) async fn open(
        options: &PostgresOptions,
        migrations: &[Migration],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let pool = Pool::new(options)?;
        let connection = pool.connection().await.map_err(|failure| cannot_open(&failure.into_error()))?;
        pool::check_server(&connection).await?;
        migrations::postgres::apply(&connection, migrations, now).await?;
        connection.give_back();
        Ok(Self { pool, statements: options.statements, chains: Chains::default() })
    }

    pub(crate) async fn write(&self, transaction: &Transaction) -> Result<Vec<Outcome>, StoreError> {
        for pause in PAUSES {
            match self.write_once(transaction).await {
                Err(Failure::Again(_)) => rest(pause).await,
                result => return result.map_err(Failure::into_error),
            }
        }
        self.write_once(transaction).await.map_err(Failure::into_error)
    }

    pub(crate) async fn read(&self, sql: &'static Sql, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let step = Step::new(sql, values);
        for pause in PAUSES {
            match self.read_once(&step).await {
                Err(Failure::Again(_)) => rest(pause).await,
                result => return result.map(|outcome| outcome.rows).map_err(Failure::into_error),
            }
        }
        self.read_once(&step).await.map(|outcome| outcome.rows).map_err(Failure::into_error)
    }

    /// What tells this database from a copy of it: the server's own number, made when its data folder was, and the
    /// database's number in it.
    pub(crate) async fn identity(&self) -> Result<String, StoreError> {
        const IDENTITY: &str = "SELECT 'postgres:' || system_identifier || ':' || pg_database.oid
            FROM pg_control_system(), pg_database WHERE datname = current_database()";
        let connection = self.pool.connection().await.map_err(Failure::into_error)?;
        let row = connection.query_typed_one(IDENTITY, &[]).await;
        let identity = row.and_then(|row| row.try_get(0)).map_err(|error| cannot_open(&error))?;
        connection.give_back();
        Ok(identity)
    }

    pub(crate) const fn chains(&self) -> &Chains {
        &self.chains
    }

    /// With the chain that its events go to. Whoever stops waiting for it lets nobody go on with that chain.
    async fn write_once(&self, transaction: &Transaction) -> Result<Vec<Outcome>, Failure> {
        if !transaction.records() {
            return Box::pin(self.send(transaction, None)).await;
        }
        let before = self.chains.take().map_err(Failure::Final)?;
        let mut lane = before.clone();
        let linked = self.linked(transaction, &mut lane).map_err(Failure::Final)?;
        let result = Box::pin(self.send(&linked, Some(&mut lane))).await;
        match &result {
            Ok(_) => self.chains.give_back(lane),
            // Whether the events are there is not known.
            Err(Failure::Final(StoreError::OutcomeUnknown(_))) => {}
            Err(_) => self.chains.give_back(before),
        }
        result
    }

    fn linked(&self, transaction: &Transaction, lane: &mut Lane) -> Result<Transaction, StoreError> {
        let mut linked = transaction.clone();
        for step in linked.steps.iter_mut().filter(|step| step.records == Records::Event) {
            step.values = self.chains.link(lane, std::mem::take(&mut step.values))?;
        }
        Ok(linked)
    }

    async fn send(&self, transaction: &Transaction, lane: Option<&mut Lane>) -> Result<Vec<Outcome>, Failure> {
        let connection = self.pool.connection().await?;
        let result = match self.prepare(&connection, &transaction.steps).await {
            Ok(prepared) => match lane.filter(|_| transaction.records_rows()) {
                // Rare, and large.
                Some(lane) => Box::pin(self.send_recording(&connection, transaction, &prepared, lane)).await,
                None => flight::run(&connection, transaction, &prepared).await,
            },
            Err(failure) => Err(failure),
        };
        finish(connection, result, flight::left_open(transaction)).await
    }

    /// Where steps give events: those are linked and written before the commit.
    async fn send_recording(
        &self,
        connection: &Connection,
        transaction: &Transaction,
        prepared: &[tokio_postgres::Statement],
        lane: &mut Lane,
    ) -> Result<Vec<Outcome>, Failure> {
        let mut outcomes = flight::begin(connection, transaction, prepared).await?;
        let mut rows = Vec::new();
        for (step, outcome) in transaction.steps.iter().zip(&mut outcomes) {
            if step.records == Records::Rows {
                rows.append(&mut outcome.rows);
            }
        }
        if !rows.is_empty() {
            let events = self.chains.link_rows(lane, rows).map_err(Failure::Final)?;
            let batch = Step::new(&audit_events::INSERT_BATCH, link::columns(events));
            let prepared = self.prepare(connection, slice::from_ref(&batch)).await?;
            flight::write_more(connection, &batch, prepared.first()).await?;
        }
        flight::commit(connection).await?;
        Ok(outcomes)
    }

    async fn read_once(&self, step: &Step) -> Result<Outcome, Failure> {
        let connection = self.pool.connection().await?;
        let result = match self.prepare(&connection, slice::from_ref(step)).await {
            Ok(prepared) => flight::read(&connection, step, prepared.first()).await,
            Err(failure) => Err(failure),
        };
        finish(connection, result, Open::Nothing).await
    }

    /// The prepared form of each step, or nothing where statements are sent in full.
    async fn prepare(
        &self,
        connection: &Connection,
        steps: &[Step],
    ) -> Result<Vec<tokio_postgres::Statement>, Failure> {
        if self.statements == Statements::Unnamed {
            return Ok(Vec::new());
        }
        let mut prepared = Vec::with_capacity(steps.len());
        for step in steps {
            let statement = connection.prepare_cached(step.sql.postgres()).await;
            prepared.push(statement.map_err(|error| Failure::before_commit(step.sql.name(), &error))?);
        }
        Ok(prepared)
    }
}

async fn finish<T>(connection: Connection, result: Result<T, Failure>, open: Open) -> Result<T, Failure> {
    match &result {
        Ok(_) => connection.give_back(),
        Err(failure) => connection.give_back_after(failure, open).await,
    }
    result
}

fn cannot_open(error: &dyn std::error::Error) -> StoreError {
    StoreError::Refused(format!("cannot use the PostgreSQL database: {}", mayfly_domain::error::chain(error)))
}
