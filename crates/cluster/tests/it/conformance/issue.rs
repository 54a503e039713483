//! Leases that make objects: what is made, what the token hangs on, and what is refused before anything is made.

use mayfly_cluster::{Call, Certainty, Kind, ListOwned, Place, Right, Scope, Verify, rules_sha256};
use mayfly_domain::{
    connection::ClusterIdentity,
    plan::{Access, Account, LeasePlan, ObjectKind, OnRoleChange, OwnedObject, PlannedObject},
};
use mayfly_testkit::{claims::claims, fake_cluster::Calls};
use serde_json::{Value, json};

use super::{
    on_both_sides,
    plans::{INSIDE, OUTSIDE, READER, Shape, expected, reading, reading_rules, stage_is_test, without},
    sides::{Side, rights::RBAC},
};
use crate::ground::DEPLOYER;

/// What must be in an object beside its metadata.
fn content(side: &Side, shape: Shape, object: &PlannedObject) -> Value {
    let name = object.name.as_str();
    let role = |kind: &str, name: &str| json!({ "apiGroup": RBAC, "kind": kind, "name": name });
    match object.kind {
        ObjectKind::Secret => json!({ "type": "Opaque", "immutable": true }),
        ObjectKind::ServiceAccount => json!({ "automountServiceAccountToken": false }),
        ObjectKind::Role | ObjectKind::ClusterRole => reading_rules(),
        ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding => {
            let role = match shape {
                Shape::Anchor => unreachable!("an anchor has no binding"),
                Shape::Role => role("Role", READER),
                Shape::ClusterRoleInNamespace | Shape::ClusterRoleEverywhere => {
                    role("ClusterRole", &side.cluster_reader())
                }
                Shape::RulesInNamespace => role("Role", name),
                Shape::RulesEverywhere => role("ClusterRole", name),
            };
            let subject = json!({ "kind": "ServiceAccount", "name": name, "namespace": side.namespace });
            json!({ "roleRef": role, "subjects": [subject] })
        }
    }
}

/// The whole object, without what the API server adds.
async fn assert_made_as_planned(side: &Side, shape: Shape, plan: &LeasePlan, object: &PlannedObject) {
    let belongings = plan.belongings.as_ref().unwrap();
    let mut found = side.look_at(object.kind, object.name.as_str()).await.unwrap();
    let mut metadata = found["metadata"].take();
    for added in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
        metadata.as_object_mut().unwrap().remove(added);
    }
    let mut wanted = json!({
        "name": object.name.as_str(),
        "labels": belongings.labels_for(plan.lease),
        "annotations": belongings.annotations_for(object),
    });
    if let Some(namespace) = &object.namespace {
        wanted["namespace"] = json!(namespace.as_str());
    }
    assert_eq!(metadata, wanted, "{shape:?}");
    assert_eq!(metadata["annotations"]["mayfly.dev/seal"], object.seal.to_string());
    for field in ["kind", "apiVersion", "metadata"] {
        found.as_object_mut().unwrap().remove(field);
    }
    assert_eq!(found, content(side, shape, object), "{shape:?}");
}

/// What was left behind by a refusal before anything was made.
async fn assert_nothing_was_made(side: &Side, plan: &LeasePlan) {
    assert_eq!(side.requests().count(Calls::CreateObject), 0);
    assert_eq!(side.requests().count(Calls::Token), 0);
    assert_eq!(side.made_for(plan).await, []);
}

on_both_sides! {
    async fn each_shape_makes_its_objects_as_planned_and_no_other(side: Side) {
        side.let_issue_every_shape().await;
        for shape in Shape::ALL {
            let (plan, before) = (side.plan_of(shape), side.contents().await);
            let issued = side.carry_out_plan(&plan).await.unwrap();
            let made = side.made_for(&plan).await;
            assert_eq!(made, issued.grant.objects, "{shape:?}");
            let added = side.contents().await.into_iter().filter(|object| !before.contains(object));
            let is_inside = |object: &&OwnedObject| object.namespace.is_some();
            assert_eq!(added.collect::<Vec<_>>(), made.iter().filter(is_inside).cloned().collect::<Vec<_>>());
            let kinds: Vec<&str> = made.iter().map(|object| object.kind.as_str()).collect();
            assert_eq!(kinds, shape.kinds().iter().map(|kind| kind.name()).collect::<Vec<_>>());
            for object in plan.objects() {
                assert_made_as_planned(&side, shape, &plan, object).await;
            }
        }
    }

    async fn each_token_hangs_on_what_was_made_for_it_and_is_accepted(side: Side) {
        side.let_issue_every_shape().await;
        for shape in Shape::ALL {
            let plan = side.plan_of(shape);
            let mut issue = side.issue(plan.clone());
            issue.verify = Verify::Ask;
            let issued = side.carry_out(issue).await.unwrap();
            assert_eq!(issued.verified, Some(plan.account.user_name()), "{shape:?}");
            let claims = claims(issued.token.expose());
            let uid_of = |kind: ObjectKind| {
                let found = issued.grant.objects.iter().find(|object| object.kind == kind.name())?;
                Some((found.name.clone(), found.uid.clone().unwrap()))
            };
            let text = |path: &str| claims["kubernetes.io"].pointer(path).and_then(Value::as_str).map(str::to_owned);
            if let Some((name, uid)) = uid_of(ObjectKind::Secret) {
                assert_eq!((text("/secret/name"), text("/secret/uid")), (Some(name), Some(uid)));
                assert_eq!(text("/serviceaccount/name").unwrap(), DEPLOYER);
            } else {
                let (name, uid) = uid_of(ObjectKind::ServiceAccount).unwrap();
                assert_eq!(text("/serviceaccount/name"), Some(name), "{shape:?}");
                assert_eq!(text("/serviceaccount/uid"), Some(uid), "{shape:?}");
                assert_eq!(text("/secret/name"), None);
            }
        }
    }

    async fn what_was_made_is_found_by_its_label_but_for_anchors(side: Side) {
        side.let_issue_every_shape().await;
        side.let_read_everything().await;
        for shape in Shape::ALL {
            let plan = side.plan_of(shape);
            let issued = side.carry_out_plan(&plan).await.unwrap();
            let installation = plan.belongings.as_ref().unwrap().installation;
            for scope in [Scope::Cluster, Scope::Namespaces(vec![side.account.namespace().clone()])] {
                let list = ListOwned { target: side.target.clone(), installation, scope };
                let owned = side.executor.list_owned(list, side.deadline()).await.unwrap();
                assert_eq!((owned.unseen.len(), owned.cut.len()), (0, 0), "{shape:?}");
                let mut found: Vec<OwnedObject> = owned.found.iter().map(|found| found.object.clone()).collect();
                found.sort_by_key(|object| ObjectKind::ALL.iter().position(|kind| kind.name() == object.kind));
                let is_visible = |object: &&OwnedObject| object.kind != ObjectKind::Secret.name();
                assert_eq!(found, issued.grant.objects.iter().filter(is_visible).cloned().collect::<Vec<_>>());
                for found in owned.found {
                    let seal = plan.object(found.kind).unwrap().seal.to_string();
                    assert_eq!(found.annotations["mayfly.dev/seal"], seal, "{shape:?}");
                    assert_eq!(found.labels["mayfly.dev/lease"], plan.lease.to_string());
                }
            }
        }
        assert_eq!(side.requests().count(Calls::ListSecrets), 0);
    }

    async fn a_missing_role_is_refused_before_anything_is_made(side: Side) {
        side.allow(&INSIDE).await;
        side.allow_everywhere(&OUTSIDE).await;
        for shape in [Shape::Role, Shape::ClusterRoleInNamespace, Shape::ClusterRoleEverywhere] {
            let plan = side.plan_of(shape);
            let failed = side.carry_out_plan(&plan).await.unwrap_err();
            let Kind::Missing { object, .. } = &failed.error.kind else { panic!("{failed:?}") };
            let role = match shape {
                Shape::Role => format!("Role `{READER}` in namespace `{}`", side.namespace),
                _ => format!("ClusterRole `{}`", side.cluster_reader()),
            };
            assert_eq!(*object, role);
            assert_eq!((failed.error.call, failed.error.certainty), (Call::ReadRole, Certainty::NeverSent));
            assert_eq!(failed.touched, []);
            assert_nothing_was_made(&side, &plan).await;
        }
    }

    async fn a_role_with_other_rules_blocks_or_is_told_as_was_asked(side: Side) {
        side.let_issue_every_shape().await;
        let mut other = reading();
        other[0].verbs.push("delete".to_owned());
        for shape in [Shape::Role, Shape::ClusterRoleInNamespace, Shape::ClusterRoleEverywhere] {
            let mut plan = side.plan_of(shape);
            let before = side.requests().count(Calls::CreateObject);
            plan.expected_rules = Some(expected(&other, OnRoleChange::Block));
            let failed = side.carry_out_plan(&plan).await.unwrap_err();
            assert!(matches!(failed.error.kind, Kind::RoleChanged { .. }), "{shape:?}: {failed:?}");
            assert_eq!((failed.error.certainty, failed.touched), (Certainty::NeverSent, Vec::new()));
            assert_eq!(side.requests().count(Calls::CreateObject), before);
            plan.expected_rules = Some(expected(&other, OnRoleChange::Warn));
            let issued = side.carry_out_plan(&plan).await.unwrap();
            assert_eq!(issued.grant.rules_sha256, Some(rules_sha256(&reading())), "{shape:?}");
            let mut plan = side.plan_of(shape);
            plan.expected_rules = Some(expected(&reading(), OnRoleChange::Block));
            assert!(side.carry_out_plan(&plan).await.is_ok(), "{shape:?}: it is as it was");
        }
    }

    async fn a_role_that_may_not_be_read_blocks_only_where_a_change_would(side: Side) {
        side.allow(&without(&INSIDE, "get", "roles")).await;
        side.add_roles().await;
        let mut plan = side.plan_of(Shape::Role);
        plan.expected_rules = Some(expected(&reading(), OnRoleChange::Block));
        let failed = side.carry_out_plan(&plan).await.unwrap_err();
        assert!(matches!(failed.error.kind, Kind::RoleChanged { .. }), "{failed:?}");
        assert_nothing_was_made(&side, &plan).await;
        plan.expected_rules = Some(expected(&reading(), OnRoleChange::Warn));
        assert_eq!(side.carry_out_plan(&plan).await.unwrap().grant.rules_sha256, None);
    }

    async fn a_role_that_raises_rights_is_refused_where_such_are_closed(side: Side) {
        side.let_issue_every_shape().await;
        for shape in [Shape::RulesInNamespace, Shape::RulesEverywhere] {
            let mut plan = side.plan_of(shape);
            plan.refuses_escalating_roles = true;
            let mut rules = reading();
            rules[0].verbs.push("create".to_owned());
            let Account::Temporary { access, .. } = &mut plan.account else { panic!("{shape:?}") };
            *access = match shape {
                Shape::RulesInNamespace => Access::RulesInNamespace { rules },
                _ => Access::RulesEverywhere { rules },
            };
            let failed = side.carry_out_plan(&plan).await.unwrap_err();
            let Kind::RoleClosed { why, .. } = &failed.error.kind else { panic!("{shape:?}: {failed:?}") };
            assert!(why.contains("run pods"), "{why}");
            assert_eq!((failed.error.certainty, failed.touched), (Certainty::NeverSent, Vec::new()));
            assert_nothing_was_made(&side, &plan).await;
        }
        for shape in Shape::ALL {
            let mut plan = side.plan_of(shape);
            plan.refuses_escalating_roles = true;
            assert!(side.carry_out_plan(&plan).await.is_ok(), "{shape:?}: it only reads");
        }
    }

    async fn a_role_that_may_not_be_read_is_refused_where_dangerous_ones_are_closed(side: Side) {
        side.allow(&without(&INSIDE, "get", "roles")).await;
        side.add_roles().await;
        let mut plan = side.plan_of(Shape::Role);
        plan.refuses_escalating_roles = true;
        let failed = side.carry_out_plan(&plan).await.unwrap_err();
        let Kind::RoleClosed { why, .. } = &failed.error.kind else { panic!("{failed:?}") };
        assert!(why.starts_with("cannot be looked at"), "{why}");
        assert_eq!((failed.error.certainty, failed.touched), (Certainty::NeverSent, Vec::new()));
        assert_nothing_was_made(&side, &plan).await;
    }

    async fn a_namespace_without_the_labels_asked_for_is_refused_before_anything_is_made(side: Side) {
        side.let_issue_every_shape().await;
        let mut plan = side.plan_of(Shape::Anchor);
        plan.namespace_selector = Some(stage_is_test());
        let failed = side.carry_out_plan(&plan).await.unwrap_err();
        assert_eq!(failed.error.kind, Kind::NamespaceNotSelected { namespace: side.namespace.clone() });
        assert_eq!((failed.error.certainty, failed.touched), (Certainty::NeverSent, Vec::new()));
        assert_nothing_was_made(&side, &plan).await;
        side.label_namespace("stage", "test").await;
        side.carry_out_plan(&plan).await.unwrap();
    }

    async fn another_cluster_than_the_pinned_one_gets_no_object(side: Side) {
        side.let_issue_every_shape().await;
        side.let_read_everything().await;
        let mut plan = side.plan_of(Shape::RulesEverywhere);
        plan.cluster = Some(ClusterIdentity::KubeSystem("another".to_owned()));
        let failed = side.carry_out_plan(&plan).await.unwrap_err();
        assert_eq!((failed.error.kind, failed.touched), (Kind::OtherCluster, Vec::new()));
        assert_nothing_was_made(&side, &plan).await;
    }

    async fn a_right_that_is_missing_half_way_is_named_with_what_was_made(side: Side) {
        side.add_roles().await;
        side.allow(&without(&INSIDE, "create", "rolebindings")).await;
        let plan = side.plan_of(Shape::RulesInNamespace);
        let failed = side.carry_out_plan(&plan).await.unwrap_err();
        let Kind::Forbidden { missing, .. } = &failed.error.kind else { panic!("{failed:?}") };
        let right = Right { group: RBAC.to_owned(), ..Right::core("create", "rolebindings") };
        assert_eq!(**missing, right.within(&side.namespace));
        assert_eq!(failed.error.certainty, Certainty::NeverSent, "no token was asked for");
        assert_eq!(failed.touched, side.made_for(&plan).await);
        assert_eq!(failed.touched.len(), 2, "the account and its role");
        let revoked = side.revoke(&plan, &failed.touched).await;
        assert_eq!((revoked.left, side.made_for(&plan).await), (Vec::new(), Vec::new()));
    }
}
