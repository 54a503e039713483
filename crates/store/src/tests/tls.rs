//! Whom each `sslmode` trusts, against a server that offers TLS.

use std::fs;

use mayfly_testkit::postgres::{Flush, PostgresServer};

use super::fixture::{MIGRATIONS, open, postgres_options};
use crate::{
    database::DatabaseOptions,
    postgres::Statements,
    sql::{Sql, statements},
    value::values,
};

statements! {
    ENCRYPTED = "SELECT ssl AS encrypted FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
}

const _: &[&Sql] = STATEMENTS;

/// Whether the connection is encrypted, or why there is none.
async fn encrypted(url: &str, query: &str) -> Result<bool, String> {
    let options = DatabaseOptions::Postgres(postgres_options(&format!("{url}?{query}"), Statements::Prepared));
    let database = open(&options, MIGRATIONS).await.map_err(|error| error.to_string())?;
    let row = database.read_one(&ENCRYPTED, values![]).await.map_err(|error| error.to_string())?;
    row.expect("a connection has a line there").boolean("encrypted").map_err(|error| error.to_string())
}

#[tokio::test]
async fn each_mode_trusts_whom_it_should() {
    let server = PostgresServer::start(Flush::Skip).await.unwrap();
    let url = server.url("postgres");
    assert_eq!(encrypted(&url, "").await, Ok(false));
    assert!(encrypted(&url, "sslmode=require").await.is_err());

    let folder = tempfile::tempdir().unwrap();
    let root = |name: &str, authority: &str| {
        let path = folder.path().join(name);
        fs::write(&path, authority).unwrap();
        format!("sslrootcert={}", path.display())
    };
    let stranger = root("stranger.pem", &server.restart_with_tls("other.example").await.unwrap());
    let misnamed = root("misnamed.pem", &server.restart_with_tls("other.example").await.unwrap());
    for (query, expected) in [
        ("sslmode=disable".to_owned(), Some(false)),
        (String::new(), Some(true)),
        ("sslmode=require".to_owned(), Some(true)),
        (format!("sslmode=require&{misnamed}"), Some(true)),
        (format!("sslmode=verify-ca&{misnamed}"), Some(true)),
        (format!("sslmode=verify-full&{misnamed}"), None),
        (format!("sslmode=require&{stranger}"), None),
        (format!("sslmode=verify-ca&{stranger}"), None),
        ("sslmode=verify-ca".to_owned(), None),
        ("sslmode=verify-full".to_owned(), None),
        ("sslmode=require&sslrootcert=/nowhere.pem".to_owned(), None),
    ] {
        assert_eq!(encrypted(&url, &query).await.ok(), expected, "{query}");
    }
    let named = root("named.pem", &server.restart_with_tls("127.0.0.1").await.unwrap());
    assert_eq!(encrypted(&url, &format!("sslmode=verify-full&{named}")).await, Ok(true));
}
