//! What goes in comes out, and both databases compare and sort it alike.

use mayfly_testkit::both_databases;

use super::fixture::{AVERAGE, Fixture, IDS, INSERT_THING, LIKE, thing};
use crate::{
    error::StoreError,
    transaction::Transaction,
    value::{Value, values},
};

async fn insert(fixture: &Fixture, values: Vec<Value>) {
    fixture.database.write(Transaction::new().step(&INSERT_THING, values)).await.unwrap();
}

both_databases! {
    async fn every_kind_of_value_comes_back_as_it_was(fixture: Fixture) {
        let body: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        for (id, amount, open, body) in
            [("a", 0, true, Some(body)), ("", i64::MAX, false, Some(Vec::new())), ("ü 語 '\"\\ \u{10ffff}", 1, true, None)]
        {
            insert(&fixture, values![id, None::<String>, "here", id, amount, open, body.clone()]).await;
            let row = fixture.thing(id).await.unwrap();
            assert_eq!((row.text("id").unwrap(), row.optional_text("box").unwrap()), (id, None));
            assert_eq!((row.integer("amount").unwrap(), row.boolean("open").unwrap()), (amount, open));
            assert_eq!(row.optional_bytes("body").unwrap(), body.as_deref());
        }
    }

    async fn text_sorts_by_its_bytes(fixture: Fixture) {
        for id in ["b", "a", "B", "Z", "é", "_", "10", "9", "a b", "ab"] {
            insert(&fixture, thing(id, 1)).await;
        }
        let rows = fixture.database.read(&IDS, values![]).await.unwrap();
        let ids: Vec<&str> = rows.iter().map(|row| row.text("id").unwrap()).collect();
        assert_eq!(ids, ["10", "9", "B", "Z", "_", "a", "a b", "ab", "b", "é"]);
    }

    async fn patterns_tell_capitals_apart_and_can_be_escaped(fixture: Fixture) {
        for (id, name) in [("1", "Abc"), ("2", "abd"), ("3", "a%d")] {
            insert(&fixture, values![id, None::<String>, "here", name, 1, true, None::<Vec<u8>>]).await;
        }
        for (pattern, expected) in [("a%", &["2", "3"][..]), ("A_c", &["1"]), ("a\\%d", &["3"])] {
            let rows = fixture.database.read(&LIKE, values![pattern]).await.unwrap();
            let ids: Vec<&str> = rows.iter().map(|row| row.text("id").unwrap()).collect();
            assert_eq!(ids, expected, "{pattern}");
        }
    }

    async fn a_nul_character_is_refused_before_anything_happens(fixture: Fixture) {
        let transaction = Transaction::new().step(&INSERT_THING, thing("a", 1)).step(&INSERT_THING, thing("b\0c", 1));
        let error = fixture.database.write(transaction).await.unwrap_err();
        assert!(matches!(error, StoreError::Unstorable { statement: "INSERT_THING" }), "{error:?}");
        assert!(fixture.thing("a").await.is_none());
        assert!(fixture.database.read(&LIKE, values!["\0"]).await.is_err());
    }

    async fn a_wrong_number_of_values_is_refused_before_anything_happens(fixture: Fixture) {
        let transaction = Transaction::new().step(&INSERT_THING, thing("a", 1)).step(&INSERT_THING, values!["b"]);
        let error = fixture.database.write(transaction).await.unwrap_err();
        assert!(matches!(error, StoreError::Statement { statement: "INSERT_THING", .. }), "{error:?}");
        assert!(fixture.thing("a").await.is_none());
    }

    async fn a_value_of_another_kind_is_told_with_its_place(fixture: Fixture) {
        insert(&fixture, thing("a", 7)).await;
        let row = fixture.thing("a").await.unwrap();
        for (column, error) in [
            ("name", row.integer("name").unwrap_err()),
            ("amount", row.text("amount").unwrap_err()),
            ("amount", row.boolean("amount").unwrap_err()),
            ("body", row.bytes("body").unwrap_err()),
            ("name", row.json::<Vec<i64>>("name").unwrap_err()),
            ("name", row.parsed::<i64>("name").unwrap_err()),
            ("colour", row.text("colour").unwrap_err()),
        ] {
            let StoreError::Corrupt { statement, column: found, id, .. } = &error else { panic!("{error:?}") };
            assert_eq!((*statement, found.as_str(), id.as_deref()), ("THING", column, Some("a")));
            assert!(!error.to_string().contains("name of a"), "{error}");
        }
    }

    async fn a_column_of_a_foreign_kind_is_an_error_and_the_database_goes_on(fixture: Fixture) {
        insert(&fixture, thing("a", 1)).await;
        insert(&fixture, thing("b", 2)).await;
        let error = fixture.database.read(&AVERAGE, values![]).await.unwrap_err();
        assert!(matches!(error, StoreError::Statement { statement: "AVERAGE", .. }), "{error:?}");
        assert!(fixture.thing("a").await.is_some());
    }
}

#[test]
fn values_hide_themselves_in_debug_output() {
    let shown = format!("{:?}", values!["secret", 1, true, vec![1_u8], None::<i64>]);
    assert_eq!(shown, "[text, integer, boolean, bytes, null]");
}
