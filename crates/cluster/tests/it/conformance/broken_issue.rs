//! Each call of a lease that makes objects, times each fault: what is left is told, and can be removed.

use futures::future::join;
use mayfly_cluster::{Call, Certainty, ClusterError, IssueFailed, Kind};
use mayfly_domain::{
    label_selector::{Condition, LabelSelector, Operator},
    plan::{LeasePlan, ObjectKind, OwnedObject},
};
use mayfly_testkit::fake_cluster::{Calls, Fault, When};
use serde_json::{Value, json};

use super::{
    cases::{Acts, Case, Expected, cases},
    faults::under_each_fault,
    on_both_sides,
    plans::Shape,
    sides::Side,
};
use crate::ground::DEADLINE;

/// A shape, the call of it that goes wrong, and the kinds of objects that this call makes.
type Broken = (Shape, Calls, &'static [ObjectKind]);

const fn is_role(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Role | ObjectKind::ClusterRole)
}

/// What must be in the cluster after a failure: a role of our own is made first, and what needs it not without it.
fn there_after((shape, _, hit): Broken, acts: Acts) -> Vec<ObjectKind> {
    let is_there = |kind: &ObjectKind| {
        if hit.contains(kind) { acts == Acts::Yes } else { is_role(*kind) || !hit.iter().any(|kind| is_role(*kind)) }
    };
    shape.kinds().iter().copied().filter(is_there).collect()
}

/// What must be told of a failure: everything that is there, with its UID if we saw an answer about it, and what may be
/// there because we saw none.
fn assert_told((shape, _, hit): Broken, expected: Expected, there: &[OwnedObject], failed: &IssueFailed) {
    let touched = &failed.touched;
    for object in there {
        let told = touched.iter().find(|told| (&told.kind, &told.name) == (&object.kind, &object.name));
        let told = told.unwrap_or_else(|| panic!("{shape:?}: nothing tells of {object:?}: {failed:?}"));
        assert!(told.uid.is_none() || told.uid == object.uid, "{told:?} is {object:?}");
        let was_answered = hit.iter().all(|kind| kind.name() != object.kind) && !matches!(expected, Expected::TimedOut);
        assert!(told.uid.is_some() || !was_answered, "{shape:?}: {told:?} was answered");
    }
    for told in touched.iter().filter(|told| there.iter().all(|object| object.kind != told.kind)) {
        let is_unclear = hit.iter().any(|kind| kind.name() == told.kind) && expected.certainty() == Certainty::Unknown;
        assert!(is_unclear && told.uid.is_none(), "{shape:?}: {told:?} cannot be there: {failed:?}");
    }
    let order: Vec<usize> =
        touched.iter().map(|told| ObjectKind::ALL.iter().position(|kind| kind.name() == told.kind).unwrap()).collect();
    assert!(order.is_sorted(), "{touched:?}");
}

/// Issues with a broken call. For a deadline to pass, everything that will be made is waited for.
async fn issue(side: &Side, plan: &LeasePlan, broken: Broken, case: &Case) -> Result<(), IssueFailed> {
    let (_, calls, hit) = broken;
    let asked = side.requests().count(calls);
    let issue = async { side.carry_out_plan(plan).await.map(|_| ()) };
    let result = if matches!(case.expected, Expected::TimedOut) {
        let passing = async {
            side.requests().wait_for(calls, asked + hit.len().max(1)).await;
            side.wait_until_made(plan, &there_after(broken, case.acts)).await;
            side.clock.advance(DEADLINE);
        };
        join(issue, passing).await.0
    } else {
        issue.await
    };
    assert_eq!(side.requests().count(calls), asked + hit.len().max(1), "{calls:?} under {:?}", case.fault);
    result
}

/// Breaks one call with each fault, and cleans up with what the failure told.
async fn break_with_each_fault(side: &Side, broken: Broken) {
    side.let_issue_every_shape().await;
    let (shape, calls, hit) = broken;
    side.carry_out_plan(&side.plan_of(shape)).await.unwrap();
    for case in cases() {
        let name = format!("{shape:?}, {calls:?} under {:?}", case.fault);
        let plan = side.plan_of(shape);
        side.faults().clear();
        side.faults().inject(calls, When::Always, case.fault.clone());
        let failed = issue(side, &plan, broken, &case).await.expect_err(&name);
        let error = &failed.error;
        assert!(case.expected.matches(&error.kind), "{name}: {error:?}");
        if hit.is_empty() {
            assert_eq!((error.call, error.certainty), (Call::CreateToken, case.expected.certainty()), "{name}");
        } else {
            assert_eq!((error.call, error.certainty), (Call::CreateObject, Certainty::NeverSent), "{name}");
        }
        let there = side.wait_until_made(&plan, &there_after(broken, case.acts)).await;
        assert_told(broken, case.expected, &there, &failed);
        side.faults().clear();
        let revoked = side.revoke(&plan, &failed.touched).await;
        assert_eq!(revoked.left, [], "{name}");
        assert_eq!(revoked.removed.len(), there.len(), "{name}");
        assert_eq!(side.made_for(&plan).await, [], "{name}");
    }
}

on_both_sides! {
    async fn a_broken_anchor_is_told_and_removed(side: Side) {
        break_with_each_fault(&side, (Shape::Anchor, Calls::CreateSecret, &[ObjectKind::Secret])).await;
    }

    async fn a_broken_binding_is_told_and_removed(side: Side) {
        break_with_each_fault(&side, (Shape::Role, Calls::CreateBinding, &[ObjectKind::RoleBinding])).await;
    }

    async fn a_broken_binding_of_the_cluster_is_told_and_removed(side: Side) {
        let hit = &[ObjectKind::ClusterRoleBinding];
        break_with_each_fault(&side, (Shape::ClusterRoleEverywhere, Calls::CreateBinding, hit)).await;
    }

    async fn a_broken_account_is_told_and_removed(side: Side) {
        let hit = &[ObjectKind::ServiceAccount];
        break_with_each_fault(&side, (Shape::RulesInNamespace, Calls::CreateAccount, hit)).await;
    }

    async fn a_broken_binding_and_account_are_told_and_removed(side: Side) {
        let hit = &[ObjectKind::RoleBinding, ObjectKind::ServiceAccount];
        break_with_each_fault(&side, (Shape::ClusterRoleInNamespace, Calls::CreateObject, hit)).await;
    }

    async fn a_broken_role_is_told_and_removed(side: Side) {
        break_with_each_fault(&side, (Shape::RulesInNamespace, Calls::CreateRole, &[ObjectKind::Role])).await;
    }

    async fn a_broken_role_of_the_cluster_is_told_and_removed(side: Side) {
        break_with_each_fault(&side, (Shape::RulesEverywhere, Calls::CreateRole, &[ObjectKind::ClusterRole])).await;
    }

    async fn a_broken_token_call_leaves_an_anchor_that_is_told_and_removed(side: Side) {
        break_with_each_fault(&side, (Shape::Anchor, Calls::Token, &[])).await;
    }

    async fn a_broken_token_call_leaves_all_objects_told_and_removed(side: Side) {
        break_with_each_fault(&side, (Shape::RulesEverywhere, Calls::Token, &[])).await;
    }

    async fn an_answer_about_something_else_leaves_what_was_made_unclear(side: Side) {
        side.let_issue_every_shape().await;
        for (path, value) in [
            ("/metadata/uid", Value::Null),
            ("/metadata/uid", json!("")),
            ("/metadata/name", json!("another")),
            ("/metadata/namespace", json!("kube-system")),
            ("/kind", json!("Pod")),
        ] {
            for (shape, kind) in [(Shape::Anchor, ObjectKind::Secret), (Shape::RulesInNamespace, ObjectKind::Role)] {
                let (plan, value) = (side.plan_of(shape), value.clone());
                let lie = Fault::rewrite_json(move |answer| *answer.pointer_mut(path).unwrap() = value.clone());
                side.faults().inject(Calls::CreateObject, When::Always, lie);
                let failed = side.carry_out_plan(&plan).await.unwrap_err();
                side.faults().clear();
                assert!(matches!(failed.error.kind, Kind::Unreadable { .. }), "{path}: {failed:?}");
                assert_eq!(failed.error.certainty, Certainty::NeverSent, "no token was asked for");
                assert_eq!(failed.touched, [plan.object(kind).unwrap().owned(None)], "{path}");
                assert_eq!(side.revoke(&plan, &failed.touched).await.removed, failed.touched, "{path}");
                assert_eq!(side.made_for(&plan).await, [], "{path}");
            }
        }
    }

    async fn a_broken_look_at_the_role_makes_nothing(side: Side) {
        side.let_issue_every_shape().await;
        for shape in [Shape::Role, Shape::ClusterRoleEverywhere] {
            let look = async || look(&side, side.plan_of(shape)).await;
            under_each_fault(&side, Calls::ReadRole, Call::ReadRole, look).await;
        }
    }

    async fn a_broken_look_at_the_namespace_makes_nothing(side: Side) {
        side.let_issue_every_shape().await;
        let look = async || {
            let mut plan = side.plan_of(Shape::Anchor);
            let is_no_production =
                Condition { key: "production".to_owned(), operator: Operator::DoesNotExist, values: Vec::new() };
            let match_expressions = vec![is_no_production];
            plan.namespace_selector = Some(LabelSelector { match_expressions, ..LabelSelector::default() });
            look(&side, plan).await
        };
        under_each_fault(&side, Calls::Namespace, Call::ReadNamespace, look).await;
    }
}

/// Issues; whatever fails must not have made anything.
async fn look(side: &Side, plan: LeasePlan) -> Result<(), ClusterError> {
    let before = side.requests().count(Calls::CreateObject);
    let Err(failed) = side.carry_out_plan(&plan).await else { return Ok(()) };
    assert_eq!((failed.error.certainty, failed.touched), (Certainty::NeverSent, Vec::new()));
    assert_eq!(side.requests().count(Calls::CreateObject), before);
    Err(failed.error)
}
