//! Objects of somebody else that have a name of ours.

use mayfly_cluster::Kind;
use mayfly_domain::plan::{LeasePlan, ObjectKind, SEAL_ANNOTATION};
use mayfly_testkit::fake_cluster::Calls;
use serde_json::{Value, json};

use super::{
    on_both_sides,
    plans::{INSIDE, OUTSIDE, Shape, reading_rules, without, without_uids},
    sides::{Side, rights::RBAC},
};

/// A whole object, with the seal of another one or without any.
fn stranger(kind: ObjectKind, seal: Option<&str>) -> Value {
    let mut body = match kind {
        ObjectKind::Role | ObjectKind::ClusterRole => reading_rules(),
        ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding => {
            json!({ "roleRef": { "apiGroup": RBAC, "kind": "ClusterRole", "name": "view" }, "subjects": [] })
        }
        ObjectKind::Secret | ObjectKind::ServiceAccount => json!({}),
    };
    body["metadata"] = json!({ "labels": { "theirs": "yes" } });
    if let Some(seal) = seal {
        body["metadata"]["annotations"] = json!({ SEAL_ANNOTATION: seal });
    }
    body
}

async fn uid_of(side: &Side, plan: &LeasePlan, kind: ObjectKind) -> Option<String> {
    let found = side.look_at(kind, plan.object(kind).unwrap().name.as_str()).await?;
    found["metadata"]["uid"].as_str().map(str::to_owned)
}

fn each_kind_of_each_shape() -> impl Iterator<Item = (Shape, ObjectKind)> {
    Shape::ALL.into_iter().flat_map(|shape| shape.kinds().iter().map(move |kind| (shape, *kind)))
}

on_both_sides! {
    async fn a_name_that_is_taken_fails_the_lease_and_its_holder_is_not_touched(side: Side) {
        side.let_issue_every_shape().await;
        for (shape, kind) in each_kind_of_each_shape() {
            for is_sealed in [false, true] {
                let plan = side.plan_of(shape);
                let other = side.plan_of(shape).object(kind).unwrap().seal.to_string();
                let body = stranger(kind, is_sealed.then_some(&other));
                let uid = side.put(kind, plan.object(kind).unwrap().name.as_str(), body).await;
                let failed = side.carry_out_plan(&plan).await.unwrap_err();
                let Kind::Rejected { status: 409, reason, .. } = &failed.error.kind else { panic!("{failed:?}") };
                assert_eq!(reason, "AlreadyExists");
                assert!(failed.touched.iter().all(|object| object.kind != kind.name()), "{failed:?}");
                assert_eq!(failed.touched, side.made_for(&plan).await);
                assert_eq!(side.revoke(&plan, &failed.touched).await.removed, failed.touched);
                assert_eq!(side.made_for(&plan).await, []);
                assert_eq!(uid_of(&side, &plan, kind).await, Some(uid), "{shape:?} {kind:?}");
            }
        }
    }

    async fn what_the_same_plan_made_before_is_taken_over(side: Side) {
        side.let_issue_every_shape().await;
        for shape in Shape::ALL.into_iter().filter(|shape| !shape.kinds().contains(&ObjectKind::Secret)) {
            let plan = side.plan_of(shape);
            let first = side.carry_out_plan(&plan).await.unwrap();
            let second = side.carry_out_plan(&plan).await.unwrap();
            assert_eq!(second.grant.objects, first.grant.objects, "{shape:?}");
            assert_eq!(second.grant.account_uid, first.grant.account_uid);
            assert_ne!(second.grant.jti, first.grant.jti, "{shape:?}");
            // Both are found in the cluster's audit log by the lease.
            let calls = side.requests().of(Calls::Token);
            let called = calls.iter().rev().take(2).map(|call| call.headers().get("audit-id").unwrap().to_str().unwrap());
            assert!(called.into_iter().all(|id| id == plan.lease.to_string()), "{calls:?}");
            assert_eq!(side.revoke(&plan, &second.grant.objects).await.removed, second.grant.objects);
        }
    }

    // What gives rights must give these, and an account is none that others may use.
    async fn what_bears_our_seal_and_was_changed_is_not_taken_over(side: Side) {
        side.let_issue_every_shape().await;
        let may_be_taken_over = |kind: ObjectKind| kind != ObjectKind::Secret;
        for (shape, kind) in each_kind_of_each_shape().filter(|(_, kind)| may_be_taken_over(*kind)) {
            let plan = side.plan_of(shape);
            let object = plan.object(kind).unwrap();
            let mut body = stranger(kind, Some(&object.seal.to_string()));
            if matches!(kind, ObjectKind::Role | ObjectKind::ClusterRole) {
                body["rules"] = json!([{ "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"] }]);
            }
            side.put(kind, object.name.as_str(), body).await;
            let failed = side.carry_out_plan(&plan).await.unwrap_err();
            assert!(matches!(failed.error.kind, Kind::Rejected { status: 409, .. }), "{failed:?}");
            assert!(failed.touched.iter().any(|object| object.kind == kind.name()), "it is removed with the rest: {failed:?}");
            assert_eq!(side.revoke(&plan, &failed.touched).await.removed, failed.touched);
            assert_eq!(side.made_for(&plan).await, []);
        }
    }

    // A stranger that took the name of an anchor cannot be told from it: nobody may read secrets.
    async fn an_object_without_our_seal_is_not_removed_where_only_the_name_is_known(side: Side) {
        side.let_issue_every_shape().await;
        for (shape, kind) in each_kind_of_each_shape().filter(|(_, kind)| *kind != ObjectKind::Secret) {
            for is_sealed in [false, true] {
                let plan = side.plan_of(shape);
                let other = side.plan_of(shape).object(kind).unwrap().seal.to_string();
                let body = stranger(kind, is_sealed.then_some(&other));
                let uid = side.put(kind, plan.object(kind).unwrap().name.as_str(), body).await;
                let unknown = without_uids(&plan);
                let revoked = side.revoke(&plan, &unknown).await;
                assert_eq!((revoked.absent, revoked.left), (unknown, Vec::new()), "{shape:?} {kind:?}");
                assert_eq!(uid_of(&side, &plan, kind).await, Some(uid), "{shape:?} {kind:?}");
            }
        }
    }

    async fn an_account_without_our_seal_is_not_removed_even_where_it_may_not_be_read(side: Side) {
        side.allow(&without(&INSIDE, "get", "serviceaccounts")).await;
        side.allow_everywhere(&OUTSIDE).await;
        let plan = side.plan_of(Shape::RulesEverywhere);
        let kind = ObjectKind::ServiceAccount;
        let uid = side.put(kind, plan.account.name().as_str(), stranger(kind, None)).await;
        let revoked = side.revoke(&plan, &without_uids(&plan)).await;
        assert_eq!((revoked.removed, revoked.left), (Vec::new(), Vec::new()));
        assert_eq!(uid_of(&side, &plan, kind).await, Some(uid));
    }

    async fn an_object_that_was_made_anew_under_the_same_name_survives(side: Side) {
        side.let_issue_every_shape().await;
        for (shape, kind) in each_kind_of_each_shape() {
            let plan = side.plan_of(shape);
            let objects = side.carry_out_plan(&plan).await.unwrap().grant.objects;
            let uid = side.put(kind, plan.object(kind).unwrap().name.as_str(), stranger(kind, None)).await;
            let revoked = side.revoke(&plan, &objects).await;
            let absent: Vec<&str> = revoked.absent.iter().map(|object| object.kind.as_str()).collect();
            assert_eq!((absent, revoked.left), (vec![kind.name()], Vec::new()), "{shape:?}");
            assert_eq!(revoked.removed.len(), objects.len() - 1);
            assert_eq!(side.made_for(&plan).await, []);
            assert_eq!(uid_of(&side, &plan, kind).await, Some(uid), "{shape:?} {kind:?}");
        }
    }
}
