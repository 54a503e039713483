//! The server that all tests share.

use std::env;

use tokio::sync::OnceCell;

use super::{Flush, PostgresServer, ScratchDatabase};

/// Names a server that whoever runs the tests has started, as the address of its superuser's database, so that all
/// test programs share it.
pub const VARIABLE: &str = "MAYFLY_TEST_POSTGRES";

static SHARED: OnceCell<PostgresServer> = OnceCell::const_new();

/// An empty database on the shared server, which is started by whoever asks first.
///
/// # Errors
/// When PostgreSQL is missing and cannot be installed, or does not start.
pub async fn scratch() -> anyhow::Result<ScratchDatabase> {
    if let Some(server) = env::var(VARIABLE).ok().filter(|url| !url.is_empty()) {
        return ScratchDatabase::create(&server).await;
    }
    SHARED.get_or_try_init(|| PostgresServer::start(Flush::Skip)).await?.scratch().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_scratch_database_is_empty_and_gone_afterwards() {
        let one = scratch().await.unwrap();
        let other = scratch().await.unwrap();
        one.execute("CREATE TABLE t (a BIGINT); INSERT INTO t VALUES (1)").await.unwrap();
        assert!(other.execute("SELECT * FROM t").await.is_err());
        assert!(crate::postgres::dump(one.url()).unwrap().contains("CREATE TABLE public.t"));
        let url = one.url().to_owned();
        drop(one);
        assert!(tokio_postgres::connect(&url, tokio_postgres::NoTls).await.is_err());
    }

    #[tokio::test]
    async fn data_outlive_a_server_that_is_killed_and_its_folder_does_not_outlive_it() {
        let server = PostgresServer::start(Flush::Skip).await.unwrap();
        let scratch = server.scratch().await.unwrap();
        scratch.execute("CREATE TABLE t (a BIGINT); INSERT INTO t VALUES (1)").await.unwrap();
        server.kill().unwrap();
        assert!(scratch.execute("SELECT 1").await.is_err());
        server.start_again().await.unwrap();
        scratch.execute("SELECT 1 / (SELECT count(*) FROM t)").await.unwrap();
        server.stop().await.unwrap();
        assert!(scratch.execute("SELECT 1").await.is_err());
        server.start_again().await.unwrap();
        let folder = server.folder().to_owned();
        drop((scratch, server));
        assert!(!folder.exists());
    }
}
