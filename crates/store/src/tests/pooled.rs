//! The same without prepared statements, as transaction poolers need it.

use super::fixture::{COUNT, Fixture, INSERT_THING, MIGRATIONS, TAKE, TAKE_RETURNING, thing};
use crate::{error::StoreError, postgres::Statements, transaction::Transaction, value::values};

#[tokio::test]
async fn transactions_work_without_prepared_statements() {
    let fixture = Fixture::postgres_with(MIGRATIONS, Statements::Unnamed).await;
    let body = vec![0, 1, 255];
    let whole = values!["a", None::<String>, "here", "name", i64::MAX, false, body.as_slice()];
    let outcomes = fixture
        .database
        .write(
            Transaction::new()
                .step(&INSERT_THING, whole)
                .step(&INSERT_THING, thing("b", 10))
                .step(&TAKE_RETURNING, values!["b", 3])
                .expecting_one("enough"),
        )
        .await
        .unwrap();
    assert_eq!((outcomes[2].changed, outcomes[2].rows[0].integer("amount").unwrap()), (1, 7));
    let row = fixture.thing("a").await.unwrap();
    assert_eq!((row.optional_text("box").unwrap(), row.integer("amount").unwrap()), (None, i64::MAX));
    assert_eq!((row.boolean("open").unwrap(), row.bytes("body").unwrap()), (false, body.as_slice()));
}

#[tokio::test]
async fn failures_mean_the_same_without_prepared_statements() {
    let fixture = Fixture::postgres_with(MIGRATIONS, Statements::Unnamed).await;
    fixture.database.write(Transaction::new().step(&INSERT_THING, thing("a", 1))).await.unwrap();
    let taken = Transaction::new().step(&INSERT_THING, thing("b", 1)).step(&INSERT_THING, thing("a", 1));
    let error = fixture.database.write(taken).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unique { index } if index == "things_pkey"), "{error:?}");
    let guarded = Transaction::new().step(&INSERT_THING, thing("b", 1)).step(&TAKE, values!["a", 2]);
    let error = fixture.database.write(guarded.expecting_one("enough")).await.unwrap_err();
    assert!(matches!(error, StoreError::GuardFailed { guard: "enough" }), "{error:?}");
    assert_eq!(fixture.number(&COUNT).await, 1);
}
