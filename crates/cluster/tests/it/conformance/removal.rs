//! Revoke: what is removed, in which order, and how what cannot be removed is told.

use std::time::Duration;

use mayfly_cluster::{Call, Kind, Place, Revoked};
use mayfly_domain::{
    connection::ClusterIdentity,
    kubernetes_name::Namespace,
    plan::{Grant, LeasePlan, OwnedObject},
};
use mayfly_testkit::fake_cluster::{Calls, Fault, When};
use reqwest::Method;
use serde_json::json;

use super::{
    on_both_sides,
    plans::{INSIDE, OUTSIDE, Shape, without, without_uids},
    sides::{
        Side,
        contents::FINALIZER,
        rights::{CORE, Rule},
    },
};

const WHO_AM_I: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/// The names of the kinds that were deleted since `before`, in order, tries apart.
fn deleted_since(side: &Side, before: usize) -> Vec<String> {
    let requests = side.requests().of(Calls::DeleteObject).into_iter().skip(before);
    let real = requests.filter(|seen| seen.json()["dryRun"].is_null() && !seen.path().contains("dryRun"));
    real.map(|seen| seen.path().rsplit('/').nth(1).unwrap().to_owned()).collect()
}

fn plurals(shape: Shape) -> Vec<String> {
    shape.kinds().iter().map(|kind| format!("{}s", kind.name().to_lowercase())).collect()
}

async fn assert_all_gone(side: &Side, plan: &LeasePlan, revoked: &Revoked, objects: &[OwnedObject]) {
    assert_eq!((revoked.removed.len(), revoked.left.len()), (objects.len(), 0), "{revoked:?}");
    assert_eq!(side.made_for(plan).await, []);
}

on_both_sides! {
    async fn each_shape_is_removed_in_order_and_its_token_refused(side: Side) {
        side.let_issue_every_shape().await;
        for shape in Shape::ALL {
            let plan = side.plan_of(shape);
            let issued = side.carry_out_plan(&plan).await.unwrap();
            let before = side.requests().count(Calls::DeleteObject);
            let revoked = side.revoke(&plan, &issued.grant.objects).await;
            assert_eq!(revoked.removed, issued.grant.objects, "{shape:?}");
            assert_all_gone(&side, &plan, &revoked, &issued.grant.objects).await;
            assert_eq!(deleted_since(&side, before), plurals(shape));
            // The token was never used, so that no API server remembers having accepted it.
            let (status, _) = side.raw_as(issued.token.expose(), Method::POST, WHO_AM_I, Some(json!({}))).await;
            assert_eq!(status, 401, "{shape:?}");
        }
    }

    async fn a_second_removal_finds_nothing(side: Side) {
        side.let_issue_every_shape().await;
        for shape in Shape::ALL {
            let plan = side.plan_of(shape);
            let objects = side.carry_out_plan(&plan).await.unwrap().grant.objects;
            side.revoke(&plan, &objects).await;
            for known in [objects.clone(), without_uids(&plan)] {
                let again = side.revoke(&plan, &known).await;
                assert_eq!(again, Revoked { absent: known, ..Revoked::default() }, "{shape:?}");
            }
        }
    }

    async fn objects_without_a_uid_are_found_by_their_seal(side: Side) {
        side.let_issue_every_shape().await;
        for shape in Shape::ALL {
            let plan = side.plan_of(shape);
            side.carry_out_plan(&plan).await.unwrap();
            let before = side.requests().count(Calls::ReadObject);
            let unknown = without_uids(&plan);
            let revoked = side.revoke(&plan, &unknown).await;
            assert_all_gone(&side, &plan, &revoked, &unknown).await;
            let read = side.requests().count(Calls::ReadObject) - before;
            assert_eq!(read, if shape == Shape::Anchor { 0 } else { unknown.len() }, "{shape:?}");
        }
        assert_eq!(side.requests().count(Calls::ReadSecret), 0, "secrets are never read");
    }

    async fn objects_without_a_uid_that_may_not_be_read_are_found_by_a_trial(side: Side) {
        let blind: Vec<Rule> = ["serviceaccounts", "rolebindings", "roles"]
            .iter()
            .fold(INSIDE.to_vec(), |rules, resource| without(&rules, "get", resource));
        let blind_outside =
            without(&without(&OUTSIDE, "get", "clusterroles"), "get", "clusterrolebindings");
        side.allow(&blind).await;
        side.allow_everywhere(&blind_outside).await;
        side.add_roles().await;
        for shape in Shape::ALL {
            let plan = side.plan_of(shape);
            side.carry_out_plan(&plan).await.unwrap();
            let unknown = without_uids(&plan);
            let revoked = side.revoke(&plan, &unknown).await;
            assert_all_gone(&side, &plan, &revoked, &unknown).await;
        }
    }

    async fn what_a_finalizer_holds_is_left_and_named_and_the_rest_removed(side: Side) {
        side.let_issue_every_shape().await;
        for (shape, kind) in Shape::ALL.iter().flat_map(|shape| shape.kinds().iter().map(|kind| (*shape, *kind))) {
            let plan = side.plan_of(shape);
            let objects = side.carry_out_plan(&plan).await.unwrap().grant.objects;
            let name = plan.object(kind).unwrap().name.clone();
            side.hold(kind, name.as_str()).await;
            for known in [objects.clone(), objects.clone(), without_uids(&plan)] {
                let revoked = side.revoke(&plan, &known).await;
                let [left] = revoked.left.as_slice() else { panic!("{revoked:?}") };
                assert_eq!(left.object.kind, kind.name());
                let Kind::Held { finalizers, object } = &left.why.kind else { panic!("{left:?}") };
                assert_eq!(finalizers, FINALIZER);
                assert!(object.starts_with(&format!("{} `{name}`", kind.name())), "{object}");
                let there = side.made_for(&plan).await;
                let kinds: Vec<&str> = there.iter().map(|object| object.kind.as_str()).collect();
                assert_eq!(kinds, [kind.name()], "{shape:?}");
            }
            side.release(kind, name.as_str()).await;
            let revoked = side.revoke(&plan, &objects).await;
            assert_eq!((revoked.left, revoked.absent.len()), (Vec::new(), objects.len()), "{shape:?} {kind:?}");
            assert_eq!(side.made_for(&plan).await, []);
        }
    }

    async fn a_missing_right_to_remove_is_named_and_the_rest_removed(side: Side) {
        side.add_roles().await;
        side.allow(&without(&INSIDE, "delete", "serviceaccounts")).await;
        let plan = side.plan_of(Shape::RulesInNamespace);
        let objects = side.carry_out_plan(&plan).await.unwrap().grant.objects;
        let revoked = side.revoke(&plan, &objects).await;
        let [left] = revoked.left.as_slice() else { panic!("{revoked:?}") };
        let Kind::Forbidden { missing, .. } = &left.why.kind else { panic!("{left:?}") };
        assert_eq!((missing.verb.as_str(), missing.resource.as_str()), ("delete", "serviceaccounts"));
        assert_eq!(side.made_for(&plan).await, std::slice::from_ref(&left.object));
        side.allow(&INSIDE).await;
        let revoked = side.revoke(&plan, &objects).await;
        assert_eq!((revoked.removed.len(), revoked.absent.len(), revoked.left.len()), (1, 2, 0));
    }

    async fn another_cluster_than_the_pinned_one_loses_nothing(side: Side) {
        side.let_issue_every_shape().await;
        side.let_read_everything().await;
        let mut plan = side.plan_of(Shape::RulesInNamespace);
        let objects = side.carry_out_plan(&plan).await.unwrap().grant.objects;
        plan.cluster = Some(ClusterIdentity::KubeSystem("another".to_owned()));
        let revocation = side.revocation(&plan, &objects);
        let error = side.executor.revoke(revocation, side.deadline()).await.unwrap_err();
        assert_eq!((error.call, error.kind), (Call::ReadNamespace, Kind::OtherCluster));
        assert_eq!(side.requests().count(Calls::DeleteObject), 0);
        assert_eq!(side.made_for(&plan).await, objects);
    }

    async fn where_everything_is_missing_nothing_is_taken_for_gone(side: Side) {
        side.let_issue_every_shape().await;
        side.let_read_everything().await;
        let mut plan = side.plan_of(Shape::RulesInNamespace);
        let grant = side.carry_out_plan(&plan).await.unwrap().grant;
        assert!(matches!(grant.cluster, ClusterIdentity::KubeSystem(_)));
        plan.cluster = Some(grant.cluster);
        let missing = r#"{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"#;
        side.faults().inject(Calls::All, When::Always, Fault::answer(404, "application/json", missing));
        // What is known of the cluster is a minute old at most.
        side.clock.advance(Duration::from_mins(2));
        let revocation = side.revocation(&plan, &grant.objects);
        let error = side.executor.revoke(revocation, side.deadline()).await.unwrap_err();
        assert_eq!((error.call, error.kind), (Call::ReadNamespace, Kind::OtherCluster));
        side.faults().clear();
        side.clock.advance(Duration::from_mins(2));
        assert_eq!(side.revoke(&plan, &grant.objects).await.removed, grant.objects);
    }

    async fn what_is_missing_is_not_gone_until_its_cluster_is_recognized(side: Side) {
        side.let_issue_every_shape().await;
        side.let_read_everything().await;
        let mut plan = side.plan_of(Shape::RulesInNamespace);
        let Grant { objects, cluster, .. } = side.carry_out_plan(&plan).await.unwrap().grant;
        assert!(matches!(cluster, ClusterIdentity::KubeSystem(_)));
        plan.cluster = Some(cluster);
        assert_eq!(side.revoke(&plan, &objects).await.removed.len(), objects.len());
        // The right to see which cluster it is was taken away meanwhile.
        let forbidden = r#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403}"#;
        side.faults().inject(Calls::Namespace, When::Always, Fault::answer(403, "application/json", forbidden));
        side.clock.advance(Duration::from_mins(2));
        let revoked = side.revoke(&plan, &objects).await;
        assert_eq!((revoked.absent.len(), revoked.left.len()), (0, objects.len()));
        let why = &revoked.left[0].why;
        assert!(matches!(why.kind, Kind::Unrecognized { .. }) && why.to_string().contains("`kube-system`"), "{why}");
        side.faults().clear();
        side.clock.advance(Duration::from_mins(2));
        let revoked = side.revoke(&plan, &objects).await;
        assert_eq!((revoked.absent.len(), revoked.left.len()), (objects.len(), 0));
    }

    async fn a_namespace_that_is_gone_took_everything_with_it(side: Side) {
        side.let_issue_every_shape().await;
        let elsewhere: Namespace = "no-such-namespace".parse().unwrap();
        let mut plan = side.plan_of(Shape::Anchor);
        for object in &mut plan.belongings.as_mut().unwrap().objects {
            object.namespace = Some(elsewhere.clone());
        }
        let failure = side.revoke(&plan, &without_uids(&plan)).await.left;
        let [left] = failure.as_slice() else { panic!("{failure:?}") };
        assert!(matches!(left.why.kind, Kind::Forbidden { .. }), "without rights there, nothing is known: {left:?}");
        side.allow_everywhere(&[Rule::new(CORE, "secrets", &["delete"])]).await;
        let revoked = side.revoke(&plan, &without_uids(&plan)).await;
        assert_eq!((revoked.absent.len(), revoked.left), (1, Vec::new()));
    }
}
