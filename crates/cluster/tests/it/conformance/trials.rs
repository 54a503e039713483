//! Probes of leases that make objects: what is missing is named, and nothing stays in the cluster.

use mayfly_cluster::{Call, CheckedRight, Kind, Need, Place, Probe, ProbeReport, Problem, Right, RoleState, SeenRole};
use mayfly_domain::{
    kubernetes_name::Namespace,
    plan::{LeasePlan, ObjectKind},
};
use mayfly_testkit::fake_cluster::{Calls, When};
use serde_json::json;

use super::{
    cases::{Acts, Case, Expected, cases},
    on_both_sides,
    plans::{INSIDE, OUTSIDE, Shape, one_by_one, reading, without, without_uids},
    sides::{Side, rights::Rule},
};
use crate::ground::account;

async fn probe(side: &Side, plan: &LeasePlan) -> ProbeReport {
    let probe = Probe { target: side.target.clone(), samples: vec![plan.clone()], cluster_role: None };
    side.executor.probe(probe, side.deadline()).await.unwrap()
}

fn problem(side: &Side, plan: &LeasePlan, report: &ProbeReport) -> Option<Problem> {
    report.first_problem(Some(&plan.account), side.ambient.now())
}

fn present(namespace: Option<Namespace>) -> SeenRole {
    SeenRole { namespace, state: RoleState::Present { rules: reading() } }
}

fn missing(report: &ProbeReport, wanted: Need) -> Vec<&Right> {
    let is_missing = |checked: &&CheckedRight| checked.need == wanted && !checked.is_held;
    report.rights.iter().filter(is_missing).map(|checked| &checked.right).collect()
}

/// What a lease of a shape takes, whatever else it may be good for.
fn required(shape: Shape) -> Vec<Rule> {
    let kinds = shape.kinds().iter().map(|kind| format!("{}s", kind.name().to_lowercase())).collect::<Vec<_>>();
    let is_needed = |rule: &Rule| {
        let is_of_object =
            kinds.iter().any(|kind| kind == rule.resource) && ["create", "delete"].contains(&rule.verbs[0]);
        is_of_object || rule.resource == "serviceaccounts/token"
    };
    one_by_one(&INSIDE).into_iter().chain(one_by_one(&OUTSIDE)).filter(is_needed).collect()
}

/// Lets an issuer issue every shape but for one right.
async fn allow_all_but(side: &Side, lacking: &Rule) {
    side.allow(&without(&INSIDE, lacking.verbs[0], lacking.resource)).await;
    side.allow_everywhere(&without(&OUTSIDE, lacking.verbs[0], lacking.resource)).await;
    side.add_roles().await;
}

on_both_sides! {
    async fn an_issuer_with_all_rights_is_found_able_and_nothing_stays(side: Side) {
        side.let_issue_every_shape().await;
        let before = side.contents().await;
        for shape in Shape::ALL {
            let plan = side.plan_of(shape);
            let report = probe(&side, &plan).await;
            assert_eq!(problem(&side, &plan, &report), None, "{shape:?}: {report:?}");
            assert_eq!((report.trials.as_slice(), missing(&report, Need::Required)), ([].as_slice(), Vec::new()));
            let home = || plan.account.namespace().clone();
            let roles = match shape {
                Shape::Anchor | Shape::RulesInNamespace | Shape::RulesEverywhere => vec![],
                Shape::Role => vec![present(Some(home()))],
                Shape::ClusterRoleInNamespace | Shape::ClusterRoleEverywhere => vec![present(None)],
            };
            assert_eq!(report.roles, roles, "{shape:?}");
            assert_eq!(side.made_for(&plan).await, []);
            assert!(side.carry_out_plan(&plan).await.is_ok(), "what was found able is able");
            side.revoke(&plan, &without_uids(&plan)).await;
        }
        assert_eq!(side.contents().await, before);
    }

    async fn each_object_of_a_sample_is_tried_but_for_what_needs_another(side: Side) {
        side.let_issue_every_shape().await;
        for shape in Shape::ALL {
            let before = side.requests().count(Calls::CreateObject);
            probe(&side, &side.plan_of(shape)).await;
            let tried = side.requests().of(Calls::CreateObject).split_off(before);
            assert!(tried.iter().all(|seen| seen.path().ends_with("dryRun=All")), "{tried:?}");
            let has_own_role = matches!(shape, Shape::RulesInNamespace | Shape::RulesEverywhere);
            assert_eq!(tried.len(), shape.kinds().len() - usize::from(has_own_role), "{shape:?}");
        }
        assert_eq!((side.requests().count(Calls::Token), side.requests().count(Calls::DeleteObject)), (0, 0));
    }

    async fn each_missing_right_is_named_and_nothing_stays(side: Side) {

        for shape in [Shape::Anchor, Shape::RulesInNamespace, Shape::RulesEverywhere] {
            for lacking in required(shape) {
                let side = side.another().await;
                allow_all_but(&side, &lacking).await;
                let mut plan = side.plan_of(shape);
                if shape == Shape::Anchor && lacking.resource == "serviceaccounts/token" {
                    // The issuer may make tokens of the usual one anyway.
                    plan.account = account(&side.namespace, "another");
                    side.put(ObjectKind::ServiceAccount, "another", json!({})).await;
                }
                let before = side.contents().await;
                let report = probe(&side, &plan).await;
                let [right] = missing(&report, Need::Required)[..] else { panic!("{lacking:?}: {report:?}") };
                assert_eq!((right.verb.as_str(), right.resource.as_str()), (lacking.verbs[0], lacking.resource));
                assert_eq!(right.group, lacking.group);
                let Some(Problem::RightMissing { right: named, .. }) = problem(&side, &plan, &report) else {
                    panic!("{lacking:?}: {report:?}")
                };
                assert_eq!(named, *right);
                let is_tried = lacking.verbs == ["create"] && lacking.resource != "serviceaccounts/token";
                let has_own_role = shape != Shape::Anchor;
                let is_possible = !(has_own_role && lacking.resource.ends_with("bindings"));
                assert_eq!(report.trials.len(), usize::from(is_tried && is_possible), "{lacking:?}: {report:?}");
                assert_eq!((side.made_for(&plan).await, side.contents().await), (Vec::new(), before));
            }
        }
    }

    async fn rights_to_look_are_named_as_those_that_may_be_missing(side: Side) {
        let blind = ["serviceaccounts", "rolebindings", "roles"].iter().fold(INSIDE.to_vec(), |rules, resource| {
            without(&without(&rules, "get", resource), "list", resource)
        });
        side.allow(&blind).await;
        side.add_roles().await;
        let plan = side.plan_of(Shape::Role);
        let report = probe(&side, &plan).await;
        let looks: Vec<String> =
            missing(&report, Need::Optional).iter().map(|right| format!("{} {}", right.verb, right.resource)).collect();
        let wanted =
            ["get rolebindings", "list rolebindings", "get serviceaccounts", "list serviceaccounts"];
        assert_eq!(looks, wanted);
        let [SeenRole { state: RoleState::Unknown, .. }] = report.roles.as_slice() else { panic!("{report:?}") };
        assert_eq!(problem(&side, &plan, &report), None);
    }

    async fn a_right_to_give_away_that_is_missing_is_told_in_the_clusters_own_words(side: Side) {
        for (shape, lacking, tried) in [
            (Shape::Role, ("bind", "roles"), ObjectKind::RoleBinding),
            (Shape::ClusterRoleInNamespace, ("bind", "clusterroles"), ObjectKind::RoleBinding),
            (Shape::ClusterRoleEverywhere, ("bind", "clusterroles"), ObjectKind::ClusterRoleBinding),
            (Shape::RulesInNamespace, ("escalate", "roles"), ObjectKind::Role),
            (Shape::RulesEverywhere, ("escalate", "clusterroles"), ObjectKind::ClusterRole),
        ] {
            let side = side.another().await;
            side.allow(&without(&INSIDE, lacking.0, lacking.1)).await;
            side.allow_everywhere(&without(&OUTSIDE, lacking.0, lacking.1)).await;
            side.add_roles().await;
            let (plan, before) = (side.plan_of(shape), side.contents().await);
            let report = probe(&side, &plan).await;
            let [failed] = report.trials.as_slice() else { panic!("{shape:?}: {report:?}") };
            assert_eq!(failed.kind, tried, "{shape:?}");
            let words = r#"attempting to grant RBAC permissions not currently held: {APIGroups:[""], Resources:["pods"]"#;
            assert!(failed.why.contains(words), "{failed:?}");
            let Some(Problem::TrialFailed { object, why }) = problem(&side, &plan, &report) else {
                panic!("{report:?}")
            };
            assert_eq!((object, why), (failed.object.clone(), failed.why.clone()));
            assert_eq!((side.made_for(&plan).await, side.contents().await), (Vec::new(), before));
        }
    }

    async fn the_roles_of_all_samples_are_looked_at_and_a_cluster_role_without_any(side: Side) {
        side.let_issue_every_shape().await;
        let (in_namespace, of_cluster) = (side.plan_of(Shape::Role), side.plan_of(Shape::ClusterRoleInNamespace));
        let (_, reader) = of_cluster.account.access().unwrap().existing_role().unwrap();
        let home = in_namespace.account.namespace().clone();
        for (samples, expected) in [
            (vec![], vec![present(None)]),
            (vec![in_namespace.clone(), in_namespace, of_cluster.clone()], vec![present(Some(home)), present(None)]),
        ] {
            let probe = Probe { target: side.target.clone(), samples, cluster_role: Some(reader.clone()) };
            assert_eq!(side.executor.probe(probe, side.deadline()).await.unwrap().roles, expected);
        }
    }

    async fn a_role_that_is_missing_is_named(side: Side) {
        side.allow(&INSIDE).await;
        side.allow_everywhere(&OUTSIDE).await;
        for shape in [Shape::Role, Shape::ClusterRoleInNamespace, Shape::ClusterRoleEverywhere] {
            let plan = side.plan_of(shape);
            let report = probe(&side, &plan).await;
            let [SeenRole { state: RoleState::Missing { role }, .. }] = report.roles.as_slice() else {
                panic!("{shape:?}: {report:?}")
            };
            let (kind, name) = plan.account.access().unwrap().existing_role().unwrap();
            assert!(role.starts_with(&format!("{} `{name}`", kind.name())), "{role}");
            assert_eq!(problem(&side, &plan, &report), Some(Problem::RoleMissing { role: role.clone() }));
        }
    }

    async fn each_fault_in_a_trial_is_told_and_nothing_stays(side: Side) {
        side.let_issue_every_shape().await;
        let plan = side.plan_of(Shape::RulesInNamespace);
        for (calls, is_role) in [(Calls::CreateAccount, false), (Calls::CreateRole, true)] {
            for Case { fault, expected, acts } in cases() {
                let name = format!("{calls:?} under {fault:?}");
                let before = side.requests().count(calls);
                side.faults().inject(calls, When::Always, fault);
                let operation = Probe { target: side.target.clone(), samples: vec![plan.clone()], cluster_role: None };
                let probing = side.executor.probe(operation, side.deadline());
                let result = if matches!(expected, Expected::TimedOut) {
                    side.let_time_out(calls, before + 1, probing).await
                } else {
                    probing.await
                };
                side.faults().clear();
                match result {
                    // A refusal is a finding.
                    Ok(report) => {
                        assert!(matches!(expected, Expected::Rejected(_)) && acts == Acts::No, "{name}: {report:?}");
                        let kind = if is_role { ObjectKind::Role } else { ObjectKind::ServiceAccount };
                        assert_eq!(report.trials[0].kind, kind, "{name}");
                    }
                    Err(error) => {
                        assert!(expected.matches(&error.kind), "{name}: {error:?}");
                        assert!(error.call == Call::CreateObject || error.is_timeout(), "{name}: {error:?}");
                        assert!(!matches!(error.kind, Kind::Rejected { .. }), "{name}: {error:?}");
                    }
                }
                assert_eq!(side.made_for(&plan).await, [], "{name}");
            }
        }
        assert_eq!(problem(&side, &plan, &probe(&side, &plan).await), None, "all is well again");
    }
}
