//! What a transaction promises, the same on both databases.

use futures::future::join_all;
use mayfly_testkit::both_databases;

use super::fixture::{
    ADD_IF_FEWER, BROKEN, COUNT, DELETE_BOX, Fixture, INSERT_BOX, INSERT_THING, TAKE, TAKE_BLINDLY, TAKE_RETURNING,
    THING, thing,
};
use crate::{
    error::StoreError,
    transaction::{Step, Transaction},
    value::values,
};

const ENOUGH: &str = "there is enough of it";

fn insert(ids: &[&str]) -> Transaction {
    ids.iter().fold(Transaction::new(), |transaction, id| transaction.step(&INSERT_THING, thing(id, 10)))
}

both_databases! {
    async fn all_steps_happen_and_each_has_its_outcome(fixture: Fixture) {
        let transaction = insert(&["a", "b"])
            .step(&TAKE_RETURNING, values!["a", 3])
            .expecting_one(ENOUGH)
            .step(&THING, values!["b"])
            .expecting_one("it is there");
        let outcomes = fixture.database.write(transaction).await.unwrap();
        let changed: Vec<u64> = outcomes.iter().map(|outcome| outcome.changed).collect();
        assert_eq!(changed, [1, 1, 1, 1]);
        assert_eq!(outcomes[2].rows[0].integer("amount").unwrap(), 7);
        assert_eq!(outcomes[3].rows[0].text("name").unwrap(), "name of b");
    }

    async fn a_broken_guard_undoes_everything(fixture: Fixture) {
        fixture.database.write(insert(&["a", "b"])).await.unwrap();
        for step in [Step::new(&TAKE, values!["b", 11]), Step::new(&TAKE_RETURNING, values!["c", 1])] {
            let transaction = Transaction::new()
                .step(&TAKE, values!["a", 5])
                .with(step.expecting_one(ENOUGH))
                .step(&INSERT_THING, thing("z", 1));
            let error = fixture.database.write(transaction).await.unwrap_err();
            assert!(matches!(error, StoreError::GuardFailed { guard: ENOUGH }), "{error:?}");
            assert_eq!((fixture.amount("a").await, fixture.number(&COUNT).await), (10, 2));
        }
    }

    async fn a_failed_step_undoes_everything_guarded_or_not(fixture: Fixture) {
        fixture.database.write(insert(&["a"])).await.unwrap();
        for transaction in [
            Transaction::new().step(&TAKE, values!["a", 5]).step(&INSERT_THING, thing("a", 1)),
            Transaction::new().step(&TAKE, values!["a", 5]).expecting_one(ENOUGH).step(&INSERT_THING, thing("a", 1)),
            Transaction::new().step(&TAKE, values!["a", 5]).step(&INSERT_THING, thing("a", 1)).serial(),
        ] {
            let error = fixture.database.write(transaction).await.unwrap_err();
            assert!(matches!(error, StoreError::Unique { .. }), "{error:?}");
            assert_eq!(fixture.amount("a").await, 10);
        }
    }

    async fn a_taken_key_is_told_by_the_name_of_its_index(fixture: Fixture) {
        let with = |id: &str, place: &str, name: &str, open: bool| {
            Transaction::new().step(&INSERT_THING, values![id, None::<String>, place, name, 1, open, None::<Vec<u8>>])
        };
        fixture.database.write(with("a", "here", "one", true)).await.unwrap();
        fixture.database.write(with("b", "here", "two", false)).await.unwrap();
        for (transaction, expected) in [
            (with("a", "there", "other", true), "things_pkey"),
            (with("c", "here", "one", true), "things_place_name"),
            (with("c", "there", "TWO", false), "things_lower_name"),
        ] {
            let error = fixture.database.write(transaction).await.unwrap_err();
            assert!(matches!(&error, StoreError::Unique { index } if index == expected), "{expected}: {error:?}");
        }
    }

    async fn a_missing_row_that_is_referred_to_is_told(fixture: Fixture) {
        let boxed = |parent: &str| values!["a", parent, "here", "a", 1, true, None::<Vec<u8>>];
        let error = fixture.database.write(Transaction::new().step(&INSERT_THING, boxed("none"))).await.unwrap_err();
        assert!(matches!(error, StoreError::ForeignKey { statement: "INSERT_THING" }), "{error:?}");
        let both = Transaction::new().step(&INSERT_BOX, values!["box"]).step(&INSERT_THING, boxed("box"));
        fixture.database.write(both).await.unwrap();
        let error = fixture.database.write(Transaction::new().step(&DELETE_BOX, values!["box"])).await.unwrap_err();
        assert!(matches!(error, StoreError::ForeignKey { statement: "DELETE_BOX" }), "{error:?}");
    }

    async fn a_broken_check_is_a_defect_of_ours_and_undoes_everything(fixture: Fixture) {
        fixture.database.write(insert(&["a", "b"])).await.unwrap();
        let transaction = Transaction::new().step(&TAKE, values!["b", 1]).step(&TAKE_BLINDLY, values!["a", 11]);
        let error = fixture.database.write(transaction).await.unwrap_err();
        assert!(matches!(error, StoreError::Statement { statement: "TAKE_BLINDLY", .. }), "{error:?}");
        assert_eq!((fixture.amount("a").await, fixture.amount("b").await), (10, 10));
    }

    async fn the_database_goes_on_after_every_kind_of_failure(fixture: Fixture) {
        for transaction in [
            Transaction::new().step(&BROKEN, values![]),
            Transaction::new().step(&BROKEN, values![]).step(&INSERT_THING, thing("a", 1)),
            Transaction::new().step(&INSERT_THING, thing("a", 1)).step(&BROKEN, values![]).expecting_one("it works"),
        ] {
            let error = fixture.database.write(transaction).await.unwrap_err();
            assert!(matches!(error, StoreError::Statement { statement: "BROKEN", .. }), "{error:?}");
        }
        assert!(fixture.database.read(&BROKEN, values![]).await.is_err());
        fixture.database.write(insert(&["a"])).await.unwrap();
        assert_eq!(fixture.number(&COUNT).await, 1);
    }

    async fn a_transaction_without_steps_does_nothing(fixture: Fixture) {
        assert!(fixture.database.write(Transaction::new()).await.unwrap().is_empty());
    }

    async fn concurrent_guards_let_exactly_one_through(fixture: Fixture) {
        fixture.database.write(insert(&["a"])).await.unwrap();
        let take = || async {
            let transaction = Transaction::new().step(&TAKE, values!["a", 6]).expecting_one(ENOUGH);
            fixture.database.write(transaction).await
        };
        let results = join_all((0..20).map(|_| take())).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        let guards = results.iter().filter(|result| matches!(result, Err(StoreError::GuardFailed { guard: ENOUGH })));
        assert_eq!(guards.count(), 19);
        assert_eq!(fixture.amount("a").await, 4);
    }

    async fn a_cap_holds_when_counted_in_a_serial_transaction(fixture: Fixture) {
        let add = |number: usize| {
            let values = values![number.to_string(), 3];
            fixture.database.write(Transaction::new().step(&ADD_IF_FEWER, values).expecting_one("fewer").serial())
        };
        let results = join_all((0..12).map(add)).await;
        let refused = results.iter().filter(|result| matches!(result, Err(StoreError::GuardFailed { guard: "fewer" })));
        assert_eq!((refused.count(), fixture.number(&COUNT).await), (9, 3), "{results:?}");
    }
}
