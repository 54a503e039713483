//! Namespaces whose labels change between the look and the use.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join;
use mayfly_cluster::Kind;
use mayfly_domain::plan::LeasePlan;
use mayfly_testkit::fake_cluster::{Calls, Fault, When};
use serde_json::{Value, json};

use super::{
    on_both_sides,
    plans::{Shape, stage_is_test},
    sides::Side,
};

on_both_sides! {
    async fn a_namespace_that_changes_while_objects_are_made_gets_no_token(side: Side) {
        side.let_issue_every_shape().await;
        side.label_namespace("stage", "test").await;
        for (path, value) in [
            ("/metadata/labels/stage", json!("production")),
            ("/metadata/labels", Value::Null),
            ("/metadata/uid", json!("of-another-under-its-name")),
        ] {
            for shape in [Shape::Anchor, Shape::RulesInNamespace] {
                let plan = LeasePlan { namespace_selector: Some(stage_is_test()), ..side.plan_of(shape) };
                let (looks, home, value) = (AtomicUsize::new(0), side.namespace.clone(), value.clone());
                let tokens = side.requests().count(Calls::Token);
                // Everything is as it should be at the first look.
                side.faults().inject(Calls::Namespace, When::Always, Fault::rewrite_json(move |answer| {
                    if answer["metadata"]["name"] == home && looks.fetch_add(1, Ordering::AcqRel) > 0 {
                        *answer.pointer_mut(path).unwrap() = value.clone();
                    }
                }));
                let failed = side.carry_out_plan(&plan).await.expect_err(path);
                side.faults().clear();
                assert_eq!(failed.error.kind, Kind::NamespaceNotSelected { namespace: side.namespace.clone() });
                assert_eq!(side.requests().count(Calls::Token), tokens, "{path}: no token was asked for");
                assert_eq!(failed.touched, side.made_for(&plan).await, "{path}");
                assert_eq!(side.revoke(&plan, &failed.touched).await.left, [], "{path}");
                assert_eq!(side.made_for(&plan).await, [], "{path}");
            }
        }
    }

    async fn a_label_that_comes_and_goes_lets_in_nobody_after_it_has_gone(side: Side) {
        side.let_issue_every_shape().await;
        let (mut let_in, mut kept_out) = (0, 0);
        for _ in 0..12 {
            side.label_namespace("stage", "test").await;
            let plan = LeasePlan { namespace_selector: Some(stage_is_test()), ..side.plan_of(Shape::RulesInNamespace) };
            let (issued, ()) = join(side.carry_out_plan(&plan), side.label_namespace("stage", "gone")).await;
            let touched = match issued {
                Ok(issued) => {
                    let_in += 1;
                    issued.grant.objects
                }
                Err(failed) => {
                    kept_out += 1;
                    let expected = Kind::NamespaceNotSelected { namespace: side.namespace.clone() };
                    assert_eq!(failed.error.kind, expected);
                    failed.touched
                }
            };
            side.revoke(&plan, &touched).await;
            assert_eq!(side.made_for(&plan).await, [], "nothing stays");
            let late = LeasePlan { namespace_selector: Some(stage_is_test()), ..side.plan_of(Shape::RulesInNamespace) };
            let failed = side.carry_out_plan(&late).await.expect_err("the label has gone");
            assert_eq!((failed.touched, side.made_for(&late).await), (Vec::new(), Vec::new()));
        }
        println!("{let_in} came before the label went, {kept_out} did not");
    }
}
