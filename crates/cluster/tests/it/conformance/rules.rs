//! All that a token allows, as the API server itself tells its holder: what was configured, and what anybody may.

use std::{collections::BTreeSet, time::Duration};

use mayfly_cluster::{Place as _, Probe, RoleState};
use mayfly_domain::{danger::why_closed, sensitive::Sensitive};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    plans::Shape,
    sides::{
        Side,
        rights::{RBAC, Rule},
    },
};

/// Namespaces that are looked at beside the lease's own: other tests make some, too.
const MOST_NAMESPACES: usize = 40;
/// Rights are learnt by a watch: looks at them, with a pause between, until they have to be there.
const LOOKS: usize = 400;
const PAUSE: Duration = Duration::from_millis(50);

/// The rules of whoever holds `token`, one a line.
async fn rules(side: &Side, token: &Sensitive<String>, namespace: &str) -> BTreeSet<String> {
    let review = json!({ "spec": { "namespace": namespace } });
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let (status, answer) = side.raw_as(token.expose(), Method::POST, path, Some(review)).await;
    assert_eq!((status, &answer["status"]["incomplete"]), (201, &json!(false)), "{answer}");
    let of = |list: &str| answer["status"][list].as_array().cloned().unwrap_or_default();
    [of("resourceRules"), of("nonResourceRules")].concat().iter().map(Value::to_string).collect()
}

/// The one rule that every shape of these tests is configured with.
fn configured() -> String {
    json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }).to_string()
}

async fn namespaces(side: &Side) -> Vec<String> {
    let (status, list) = side.raw(Method::GET, "/api/v1/namespaces", None).await;
    assert_eq!(status, 200, "{list}");
    let all =
        list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap().to_owned());
    let mut first = vec![side.namespace.clone(), "default".to_owned(), "kube-system".to_owned()];
    let others: Vec<String> = all.filter(|name| !first.contains(name)).take(MOST_NAMESPACES).collect();
    first.extend(others);
    first
}

#[tokio::test]
async fn real_token_allows_exactly_what_was_configured_in_every_namespace() {
    let side = Side::real().await;
    side.let_issue_every_shape().await;
    side.let_read_everything().await;
    let namespaces = namespaces(&side).await;
    // An account that nobody gave anything.
    let nobody = side.carry_out(side.issue(side.plan())).await.unwrap().token;
    for shape in Shape::ALL.into_iter().filter(|shape| *shape != Shape::Anchor) {
        let token = side.carry_out_plan(&side.plan_of(shape)).await.unwrap().token;
        for namespace in &namespaces {
            let mut expected = rules(&side, &nobody, namespace).await;
            assert!(!expected.is_empty() && !expected.contains(&configured()), "what anybody may: {expected:?}");
            let is_everywhere = matches!(shape, Shape::ClusterRoleEverywhere | Shape::RulesEverywhere);
            if is_everywhere || *namespace == side.namespace {
                expected.insert(configured());
            }
            let mut found = rules(&side, &token, namespace).await;
            let mut ticks = tokio::time::interval(PAUSE);
            for _ in 0..LOOKS {
                if found.contains(&configured()) == expected.contains(&configured()) {
                    break;
                }
                ticks.tick().await;
                found = rules(&side, &token, namespace).await;
            }
            assert_eq!(found, expected, "{shape:?} in {namespace}");
        }
    }
}

/// The roles that every cluster comes with, as a real API server has put them together.
#[tokio::test]
async fn real_stock_roles_that_lead_to_more_are_closed_and_view_is_not() {
    let side = Side::real().await;
    side.allow_everywhere(&[Rule::new(RBAC, "clusterroles", &["get"])]).await;
    for (role, is_closed) in [("view", false), ("edit", true), ("admin", true), ("cluster-admin", true)] {
        let cluster_role = Some(role.parse().unwrap());
        let probe = Probe { target: side.target.clone(), samples: Vec::new(), cluster_role };
        let report = side.executor.probe(probe, side.deadline()).await.unwrap();
        let Some(RoleState::Present { rules }) = report.roles.first().map(|seen| &seen.state) else {
            panic!("{role}: {:?}", report.roles)
        };
        assert!(!rules.is_empty(), "{role} was put together");
        assert_eq!(why_closed(Some(rules)).is_some(), is_closed, "{role}: {:?}", why_closed(Some(rules)));
    }
}
