//! What a probe found missing, given by the manifest that it makes: applied, the next probe finds nothing missing.

use std::time::Duration;

use mayfly_cluster::{Place as _, Probe, ProbeReport, Right, manifest};
use mayfly_domain::plan::LeasePlan;
use serde_json::{Value, json};

use super::{on_both_sides, plans::Shape, sides::Side};
use crate::ground::ISSUER;

async fn probe(side: &Side, plan: &LeasePlan) -> ProbeReport {
    let probe = Probe { target: side.target.clone(), samples: vec![plan.clone()], cluster_role: None };
    side.executor.probe(probe, side.deadline()).await.unwrap()
}

fn is_able(side: &Side, plan: &LeasePlan, report: &ProbeReport) -> bool {
    report.first_problem(Some(&plan.account), side.ambient.now()).is_none()
}

/// Every right that the manifest gives, by place.
fn given(manifest: &Value) -> Vec<String> {
    let texts = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap_or_default() };
    let mut given = Vec::new();
    for role in manifest["items"].as_array().unwrap().iter().filter(|item| item["rules"].is_array()) {
        for rule in role["rules"].as_array().unwrap() {
            for verb in texts(&rule["verbs"]) {
                let right = Right {
                    namespace: role["metadata"]["namespace"].as_str().map(str::to_owned),
                    name: texts(&rule["resourceNames"]).first().cloned(),
                    group: texts(&rule["apiGroups"])[0].clone(),
                    ..Right::core(&verb, &texts(&rule["resources"])[0])
                };
                given.push(right.to_string());
            }
        }
    }
    given
}

on_both_sides! {
    async fn applied_it_makes_the_next_probe_pass_for_every_shape(side: Side) {
        for shape in Shape::ALL {
            let side = side.another().await;
            side.add_roles().await;
            let plan = side.plan_of(shape);
            let report = probe(&side, &plan).await;
            assert!(!is_able(&side, &plan, &report), "{shape:?}: an issuer without rights was found able");
            let manifest = manifest(&report, std::slice::from_ref(&plan)).expect("something is missing");
            for item in manifest["items"].as_array().unwrap().iter().filter(|item| item["subjects"].is_array()) {
                let issuer = json!([{"kind": "ServiceAccount", "namespace": side.namespace, "name": ISSUER}]);
                assert_eq!(item["subjects"], issuer, "{shape:?}");
            }
            side.apply(&manifest).await;
            // The real one takes a moment to see new roles.
            let mut ticks = tokio::time::interval(Duration::from_millis(50));
            let mut report = probe(&side, &plan).await;
            for _ in 0..200 {
                if is_able(&side, &plan, &report) {
                    break;
                }
                ticks.tick().await;
                report = probe(&side, &plan).await;
            }
            assert!(is_able(&side, &plan, &report), "{shape:?}: {report:?} after {manifest:#}");
            assert!(side.carry_out_plan(&plan).await.is_ok(), "{shape:?}: what was found able is able");
        }
    }

    async fn it_gives_no_more_than_is_missing(side: Side) {
        let side_of = async || {
            let side = side.another().await;
            side.let_issue_every_shape().await;
            side
        };
        let able = side_of().await;
        let plan = able.plan_of(Shape::Role);
        assert_eq!(manifest(&probe(&able, &plan).await, &[plan]), None, "nothing is missing");

        let other = side.another().await;
        other.add_roles().await;
        let plan = other.plan_of(Shape::Role);
        let manifest = manifest(&probe(&other, &plan).await, std::slice::from_ref(&plan)).unwrap();
        let place = format!(" in namespace `{}`", other.namespace);
        let expected = [
            "`create` on `serviceaccounts/token`",
            "`create` on `rolebindings.rbac.authorization.k8s.io`",
            "`delete` on `rolebindings.rbac.authorization.k8s.io`",
            "`create` on `serviceaccounts`",
            "`delete` on `serviceaccounts`",
            "`bind` on `roles.rbac.authorization.k8s.io` named `reader`",
        ];
        assert_eq!(given(&manifest), expected.map(|right| format!("{right}{place}")));
    }
}
