//! Connections, kept ready.

use std::{ops::Deref, time::Duration};

use deadpool_postgres::{ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, RecyclingMethod, Runtime};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{PostgresOptions, Statements, address::Address, failure::Failure, tls};
use crate::error::StoreError;

/// How long a caller waits when all connections are in use: longer than a hiccup, shorter than any deadline of ours.
const WAIT: Duration = Duration::from_secs(1);

/// How long a new connection may take, with its TLS handshake and its sign-in.
const CONNECT: Duration = Duration::from_secs(5);

/// The oldest PostgreSQL that its own project still cared for when this was written.
const OLDEST_VERSION: i32 = 140_000;

/// No statement of ours takes a second; whatever takes this long stands in the way of others.
const SESSION: &str = "SET statement_timeout = '15s'; SET lock_timeout = '10s'; \
                       SET idle_in_transaction_session_timeout = '15s'";

/// Connections to one database.
pub(super) struct Pool(deadpool_postgres::Pool);

impl Pool {
    /// Connects to nothing yet.
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, StoreError> {
        let Address { config, verification } = Address::parse(options.url.expose())?;
        let tls = MakeRustlsConnect::new(tls::config(&verification)?);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let mut builder = deadpool_postgres::Pool::builder(Manager::from_config(config, tls, recycling))
            .max_size(options.connections.max(1))
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CONNECT))
            .runtime(Runtime::Tokio1);
        if options.statements == Statements::Prepared {
            builder = builder.post_create(Hook::async_fn(|client: &mut ClientWrapper, _| {
                Box::pin(async move { client.batch_execute(SESSION).await.map_err(HookError::Backend) })
            }));
        }
        builder.build().map(Self).map_err(|error| StoreError::Refused(format!("cannot make a pool: {error}")))
    }

    /// One that is free, or a new one.
    pub(super) async fn connection(&self) -> Result<Connection, Failure> {
        let object = self.0.get().await.map_err(|error| Failure::no_connection(&error))?;
        Ok(Connection { object: Some(object), state: State::InUse })
    }
}

/// A connection on loan. Unless it is returned by [`Connection::give_back`], it is closed: nobody knows what a caller
/// that stopped waiting has left open in it.
pub(super) struct Connection {
    object: Option<Object>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    InUse,
    Clean,
}

impl Connection {
    /// Nothing is open in it: the next caller may have it.
    pub(super) fn give_back(mut self) {
        self.state = State::Clean;
    }

    /// Gives it back after a failure that leaves it fit for use; what was left `open` is ended first.
    pub(super) async fn give_back_after(self, failure: &Failure, open: Open) {
        if !failure.leaves_connection_usable() || self.is_closed() {
            return;
        }
        if failure.is_stale_plan() {
            self.statement_cache.clear();
        }
        if open == Open::Nothing || self.batch_execute("ROLLBACK").await.is_ok() {
            self.give_back();
        }
    }
}

/// What a failure may have left open in a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Nothing,
    Transaction,
}

impl Deref for Connection {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        self.object.as_ref().expect("it is only taken by drop")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(object) = self.object.take()
            && self.state == State::InUse
        {
            drop(Object::take(object));
        }
    }
}

/// What we rely on, and whoever runs the server may have chosen otherwise.
pub(super) async fn check_server(connection: &Connection) -> Result<(), StoreError> {
    const QUESTION: &str = "SELECT CAST(current_setting('server_version_num') AS int4),
        current_setting('server_encoding'), pg_is_in_recovery(), current_setting('fsync'),
        current_setting('synchronous_commit')";
    let row = connection.query_typed_one(QUESTION, &[]).await.map_err(|error| super::cannot_open(&error))?;
    let refused = |problem: String| Err(StoreError::Refused(format!("cannot use the PostgreSQL database: {problem}")));
    let read = |error| super::cannot_open(&error);
    let version: i32 = row.try_get(0).map_err(read)?;
    let encoding: String = row.try_get(1).map_err(read)?;
    if version < OLDEST_VERSION {
        return refused(format!("version {version} is too old, {OLDEST_VERSION} or later is needed"));
    }
    if encoding != "UTF8" {
        return refused(format!("its encoding is {encoding}, and names may be in any script: make it with UTF8"));
    }
    if row.try_get(2).map_err(read)? {
        return refused("it is a standby, which cannot be written to: give the address of the primary".to_owned());
    }
    let (fsync, commit): (String, String) = (row.try_get(3).map_err(read)?, row.try_get(4).map_err(read)?);
    if fsync == "off" || commit == "off" {
        tracing::warn!(fsync, synchronous_commit = commit, "PostgreSQL may lose answered changes when it crashes");
    }
    Ok(())
}
