//! Each call of a removal, times each fault: nothing is taken for gone that may be there, and a second removal completes.

use std::time::Duration;

use futures::future::join;
use mayfly_cluster::{Call, Kind, Place, Revoked};
use mayfly_domain::plan::{LeasePlan, ObjectKind, OwnedObject};
use mayfly_testkit::fake_cluster::{Calls, Fault, When};
use serde_json::{Value, json};

use super::{
    cases::{Acts, Case, Expected, cases},
    faults::under_each_fault,
    on_both_sides,
    plans::{INSIDE, OUTSIDE, Shape, without, without_uids},
    sides::Side,
};
use crate::ground::DEADLINE;

/// A shape, the call of its removal that goes wrong, and the kind of object that this is about.
type Broken = (Shape, Calls, ObjectKind);

/// Whether UIDs are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Uids {
    Known,
    Unknown,
}

/// What `revoked` has not removed, by kind.
fn left(revoked: &Revoked) -> Vec<&str> {
    revoked.left.iter().map(|left| left.object.kind.as_str()).collect()
}

/// What is there after a failure.
fn there_after((shape, calls, broken): Broken, case: &Case) -> Vec<ObjectKind> {
    // What breaks the connection would break the next call too, which therefore is not made.
    let is_the_end =
        matches!(case.expected, Expected::Lost | Expected::TimedOut | Expected::CredentialRefused | Expected::Busy);
    let is_deletion =
        matches!(calls, Calls::DeleteSecret | Calls::DeleteBinding | Calls::DeleteAccount | Calls::DeleteRole);
    let is_there = |kind: &ObjectKind| {
        if *kind == broken { !(is_deletion && case.acts == Acts::Yes) } else { is_the_end && *kind > broken }
    };
    shape.kinds().iter().copied().filter(is_there).collect()
}

/// Revokes with a broken call. For a deadline to pass, everything that will be removed is waited for.
async fn revoke(side: &Side, plan: &LeasePlan, known: &[OwnedObject], broken: Broken, case: &Case) -> Revoked {
    let asked = side.requests().count(broken.1);
    if !matches!(case.expected, Expected::TimedOut) {
        return side.revoke(plan, known).await;
    }
    let passing = async {
        side.requests().wait_for(broken.1, asked + 1).await;
        side.wait_until_made(plan, &there_after(broken, case)).await;
        side.clock.advance(DEADLINE);
    };
    join(side.revoke(plan, known), passing).await.0
}

async fn break_with_each_fault(side: &Side, broken: Broken, uids: Uids) {
    let (shape, calls, kind) = broken;
    for mut case in cases() {
        let name = format!("{shape:?}, {calls:?} with UIDs {uids:?} under {:?}", case.fault);
        let plan = side.plan_of(shape);
        let objects = side.carry_out_plan(&plan).await.unwrap().grant.objects;
        let known = if uids == Uids::Known { objects.clone() } else { without_uids(&plan) };
        // Without a UID, the first deletion is a trial.
        if uids == Uids::Unknown {
            case.acts = Acts::No;
        }
        side.faults().inject(calls, When::Always, case.fault.clone());
        let revoked = revoke(side, &plan, &known, broken, &case).await;
        let there = side.wait_until_made(&plan, &there_after(broken, &case)).await;
        side.faults().clear();
        assert_eq!(left(&revoked).first(), Some(&kind.name()), "{name}: {revoked:?}");
        let why = &revoked.left[0].why;
        assert!(case.expected.matches(&why.kind), "{name}: {why:?}");
        let is_read = matches!(calls, Calls::Account | Calls::ReadBinding | Calls::ReadRole);
        assert_eq!(why.call, if is_read { Call::ReadObject } else { Call::DeleteObject }, "{name}");
        for object in &there {
            assert!(left(&revoked).contains(&object.kind.as_str()), "{name}: {object:?} is there: {revoked:?}");
        }
        let again = side.revoke(&plan, &known).await;
        assert_eq!(again.left, [], "{name}");
        assert_eq!(again.removed.len(), there.len(), "{name}");
        assert_eq!(side.made_for(&plan).await, [], "{name}");
    }
}

on_both_sides! {
    async fn a_broken_removal_of_an_anchor_is_completed_by_a_second(side: Side) {
        side.let_issue_every_shape().await;
        let broken = (Shape::Anchor, Calls::DeleteSecret, ObjectKind::Secret);
        break_with_each_fault(&side, broken, Uids::Known).await;
        break_with_each_fault(&side, broken, Uids::Unknown).await;
    }

    async fn a_broken_removal_of_a_binding_is_completed_by_a_second(side: Side) {
        side.let_issue_every_shape().await;
        let broken = (Shape::RulesInNamespace, Calls::DeleteBinding, ObjectKind::RoleBinding);
        break_with_each_fault(&side, broken, Uids::Known).await;
    }

    async fn a_broken_removal_of_a_binding_of_the_cluster_is_completed_by_a_second(side: Side) {
        side.let_issue_every_shape().await;
        let broken = (Shape::ClusterRoleEverywhere, Calls::DeleteBinding, ObjectKind::ClusterRoleBinding);
        break_with_each_fault(&side, broken, Uids::Known).await;
    }

    async fn a_broken_removal_of_an_account_is_completed_by_a_second(side: Side) {
        side.let_issue_every_shape().await;
        let broken = (Shape::RulesInNamespace, Calls::DeleteAccount, ObjectKind::ServiceAccount);
        break_with_each_fault(&side, broken, Uids::Known).await;
    }

    async fn a_broken_removal_of_a_role_is_completed_by_a_second(side: Side) {
        side.let_issue_every_shape().await;
        for (shape, kind) in
            [(Shape::RulesInNamespace, ObjectKind::Role), (Shape::RulesEverywhere, ObjectKind::ClusterRole)]
        {
            break_with_each_fault(&side, (shape, Calls::DeleteRole, kind), Uids::Known).await;
        }
    }

    async fn a_broken_look_for_a_uid_is_completed_by_a_second_removal(side: Side) {
        side.let_issue_every_shape().await;
        for broken in [
            (Shape::Role, Calls::ReadBinding, ObjectKind::RoleBinding),
            (Shape::Role, Calls::Account, ObjectKind::ServiceAccount),
        ] {
            break_with_each_fault(&side, broken, Uids::Unknown).await;
        }
    }

    async fn a_broken_look_for_the_uid_of_a_role_is_completed_by_a_second_removal(side: Side) {
        side.let_issue_every_shape().await;
        break_with_each_fault(&side, (Shape::RulesEverywhere, Calls::ReadRole, ObjectKind::ClusterRole), Uids::Unknown)
            .await;
    }

    async fn a_broken_trial_of_a_removal_is_completed_by_a_second(side: Side) {
        side.allow(&without(&without(&INSIDE, "get", "serviceaccounts"), "get", "rolebindings")).await;
        side.allow_everywhere(&OUTSIDE).await;
        side.add_roles().await;
        for broken in [
            (Shape::Role, Calls::DeleteBinding, ObjectKind::RoleBinding),
            (Shape::Role, Calls::DeleteAccount, ObjectKind::ServiceAccount),
        ] {
            break_with_each_fault(&side, broken, Uids::Unknown).await;
        }
    }

    async fn an_answer_about_something_else_is_no_proof_that_an_object_is_gone(side: Side) {
        side.let_issue_every_shape().await;
        for (calls, uids, path, value) in [
            (Calls::DeleteBinding, Uids::Known, "/details/uid", json!("another")),
            (Calls::DeleteBinding, Uids::Known, "/details/name", json!("another")),
            (Calls::DeleteBinding, Uids::Known, "/status", json!("Failure")),
            (Calls::DeleteAccount, Uids::Known, "/metadata/uid", json!("another")),
            (Calls::DeleteAccount, Uids::Known, "/metadata/name", Value::Null),
            (Calls::ReadBinding, Uids::Unknown, "/metadata/uid", Value::Null),
            (Calls::ReadBinding, Uids::Unknown, "/metadata/uid", json!("")),
            (Calls::ReadBinding, Uids::Unknown, "/metadata/name", json!("another")),
            (Calls::Account, Uids::Unknown, "/metadata", json!({})),
        ] {
            let plan = side.plan_of(Shape::Role);
            let objects = side.carry_out_plan(&plan).await.unwrap().grant.objects;
            let known = if uids == Uids::Known { objects } else { without_uids(&plan) };
            let name = format!("{calls:?} with {path} {value}");
            let lie = Fault::rewrite_json(move |answer| *answer.pointer_mut(path).unwrap() = value.clone());
            side.faults().inject(calls, When::Nth(1), lie);
            let revoked = side.revoke(&plan, &known).await;
            side.faults().clear();
            let [left] = revoked.left.as_slice() else { panic!("{name}: {revoked:?}") };
            assert!(matches!(left.why.kind, Kind::Unreadable { .. }), "{name}: {left:?}");
            assert_eq!(side.revoke(&plan, &known).await.left, [], "{name}");
            assert_eq!(side.made_for(&plan).await, [], "{name}");
        }
    }

    async fn a_removal_whose_first_answer_breaks_is_completed_at_once(side: Side) {
        side.let_issue_every_shape().await;
        for shape in Shape::ALL {
            for fault in [Fault::Close, Fault::Reset, Fault::LoseAnswer, Fault::CutBody] {
                let plan = side.plan_of(shape);
                let objects = side.carry_out_plan(&plan).await.unwrap().grant.objects;
                side.faults().inject(Calls::DeleteObject, When::Nth(1), fault);
                let revoked = side.revoke(&plan, &objects).await;
                side.faults().clear();
                assert_eq!((revoked.removed.len() + revoked.absent.len(), revoked.left), (objects.len(), Vec::new()));
                assert_eq!(side.made_for(&plan).await, []);
            }
        }
    }

    async fn a_broken_look_at_the_cluster_removes_nothing(side: Side) {
        side.let_issue_every_shape().await;
        let plan = side.plan_of(Shape::RulesEverywhere);
        let objects = side.carry_out_plan(&plan).await.unwrap().grant.objects;
        // What is known of the cluster is a minute old at most.
        side.clock.advance(Duration::from_mins(2));
        let revoke = async || {
            let revoked = side.executor.revoke(side.revocation(&plan, &objects), side.deadline()).await;
            assert!(revoked.is_ok() || side.requests().count(Calls::DeleteObject) == 0);
            revoked
        };
        under_each_fault(&side, Calls::Namespace, Call::ReadNamespace, revoke).await;
        assert_eq!(side.made_for(&plan).await, [], "all is well again");
    }
}
