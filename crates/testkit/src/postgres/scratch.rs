//! A database for one test.

use std::{
    process,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use anyhow::Context as _;
use tokio_postgres::NoTls;

/// An empty database, dropped with this value. Its text sorts as the machine's bytes do, whatever its server's locale.
#[derive(Debug)]
pub struct ScratchDatabase {
    url: String,
    name: String,
    server: String,
}

static NEXT: AtomicU64 = AtomicU64::new(0);

impl ScratchDatabase {
    /// Makes one on the server whose superuser reaches it at `server`.
    pub(super) async fn create(server: &str) -> anyhow::Result<Self> {
        let name = format!("scratch_{}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let (address, _) = server.rsplit_once('/').context("the server's address names no database")?;
        let url = format!("{address}/{name}");
        // Copied as files: faster than through the log for something as small as an empty database.
        execute(
            server,
            &[&drop_statement(&name), &format!("CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")],
        )
        .await?;
        Ok(Self { url, name, server: server.to_owned() })
    }

    /// Its address, with the rights of a superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs `statements`, separated by semicolons, over a connection of their own.
    ///
    /// # Errors
    /// When the server refuses one.
    pub async fn execute(&self, statements: &str) -> anyhow::Result<()> {
        execute(&self.url, &[statements]).await
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        let (server, statement) = (self.server.clone(), drop_statement(&self.name));
        // A thread of its own: the test's runtime may be ending. A server that is gone took the database with it.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(execute(&server, &[&statement])))
        });
        let _ = dropping.join();
    }
}

/// A process that had our number may have left one behind.
fn drop_statement(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

async fn execute(url: &str, statements: &[&str]) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.context("reach the test database server")?;
    let work = async move {
        for statement in statements {
            client.batch_execute(statement).await?;
        }
        anyhow::Ok(())
    };
    // Dropping the client at the end of the work ends the connection.
    let (work, connection) = tokio::join!(work, connection);
    work?;
    Ok(connection?)
}
