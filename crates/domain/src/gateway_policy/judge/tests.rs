//! Each rule refuses by its name, and what it names passes.

use super::*;
use crate::{
    gateway_policy::{DynamicPolicy, ForwardPolicy, StaticPolicy},
    ids::{InstallationId, LeaseId},
    plan::{Belongings, ObjectKind, RoleKind},
};

pub(super) fn now() -> Timestamp {
    "2030-01-02T03:04:05Z".parse().unwrap()
}

fn lease() -> LeaseId {
    LeaseId::from_uuid(uuid::Uuid::from_u128(7))
}

fn open() -> GatewayPolicy {
    let role = |kind, name: &str| AllowedRole { kind, name: name.parse().unwrap() };
    let account = AllowedAccount { namespace: "team".parse().unwrap(), name: "deployer".parse().unwrap() };
    GatewayPolicy {
        existing: StaticPolicy { accounts: [account].into(), anchors: true },
        dynamic: DynamicPolicy {
            namespaces: ["team".parse().unwrap()].into(),
            roles: [role(RoleKind::ClusterRole, "view"), role(RoleKind::Role, "edit")].into(),
            cluster_wide: true,
            own_rules: true,
        },
        audiences: ["vault".to_owned()].into(),
        ..GatewayPolicy::default()
    }
}

fn existing() -> Account {
    Account::Existing { namespace: "team".parse().unwrap(), name: "deployer".parse().unwrap() }
}

fn temporary(access: Access) -> Account {
    Account::Temporary { namespace: "team".parse().unwrap(), name: "mayfly-x".parse().unwrap(), access }
}

fn view() -> Access {
    Access::ClusterRoleInNamespace { name: "view".parse().unwrap() }
}

/// A plan that makes what its account needs, for `seconds`.
pub(super) fn plan_of(account: Account, seconds: i64) -> LeasePlan {
    let seal: crate::seal::Seal = "01893b9e-7c1a-7def-8abc-0123456789ab.1.c2ln".parse().unwrap();
    let planned = |(kind, namespace, name)| PlannedObject { kind, namespace, name, seal: seal.clone() };
    let belongings = Belongings {
        installation: InstallationId::from_uuid(uuid::Uuid::from_u128(8)),
        expires_at: Timestamp::from_second(now().as_second() + seconds).unwrap(),
        labels: std::collections::BTreeMap::new(),
        annotations: std::collections::BTreeMap::new(),
        objects: plan::objects_of(lease(), &account).into_iter().map(planned).collect(),
    };
    LeasePlan { belongings: Some(belongings), ..LeasePlan::new(lease(), account, 600) }
}

fn rule(policy: &GatewayPolicy, plan: &LeasePlan) -> Option<String> {
    policy.judge_plan(plan, now()).err().map(|beyond| beyond.rule)
}

#[test]
fn what_is_named_passes() {
    for plan in [
        LeasePlan::new(lease(), existing(), 600),
        plan_of(existing(), 600),
        plan_of(temporary(view()), 3_600),
        plan_of(temporary(Access::Role { name: "edit".parse().unwrap() }), 60),
        plan_of(temporary(Access::ClusterRoleEverywhere { name: "view".parse().unwrap() }), 600),
        plan_of(temporary(Access::RulesInNamespace { rules: Vec::new() }), 600),
    ] {
        assert_eq!(rule(&open(), &plan), None, "{plan:?}");
    }
}

#[test]
fn nothing_passes_where_nothing_is_named() {
    let closed = GatewayPolicy::default();
    assert_eq!(rule(&closed, &LeasePlan::new(lease(), existing(), 600)).unwrap(), "static.accounts");
    assert_eq!(rule(&closed, &plan_of(temporary(view()), 600)).unwrap(), "dynamic.namespaces");
    assert_eq!(closed.judge_target("10.0.0.1", 6443).unwrap_err().rule, "forward.enabled");
    assert_eq!(closed.judge_operation(GatewayOperation::Review).unwrap_err().rule, "operations");
    assert_eq!(closed.judge_operation(GatewayOperation::Issue), Ok(()));
}

#[test]
fn each_rule_refuses_by_its_name() {
    let narrow = |change: fn(&mut GatewayPolicy)| {
        let mut policy = open();
        change(&mut policy);
        policy
    };
    let everywhere = || plan_of(temporary(Access::ClusterRoleEverywhere { name: "view".parse().unwrap() }), 600);
    let anchors = narrow(|policy| policy.existing.anchors = false);
    assert_eq!(rule(&anchors, &plan_of(existing(), 600)).unwrap(), "static.anchors");
    let local = narrow(|policy| policy.dynamic.cluster_wide = false);
    assert_eq!(rule(&local, &everywhere()).unwrap(), "dynamic.clusterWide");
    let named = narrow(|policy| policy.dynamic.own_rules = false);
    let own = plan_of(temporary(Access::RulesInNamespace { rules: Vec::new() }), 600);
    assert_eq!(rule(&named, &own).unwrap(), "dynamic.ownRules");
    // A Role of the same name as an allowed ClusterRole is another role.
    let other_kind = plan_of(temporary(Access::Role { name: "view".parse().unwrap() }), 600);
    assert_eq!(rule(&open(), &other_kind).unwrap(), "dynamic.roles");
    let audience = |name: &str| LeasePlan {
        audiences: vec!["vault".to_owned(), name.to_owned()],
        ..LeasePlan::new(lease(), existing(), 600)
    };
    assert_eq!(rule(&open(), &audience("vault")), None);
    assert_eq!(rule(&open(), &audience("other")).unwrap(), "audiences");
}

#[test]
fn lifetimes_are_held_to_the_second_but_for_the_difference_of_clocks() {
    assert_eq!(rule(&open(), &LeasePlan::new(lease(), existing(), 3_601)).unwrap(), "maxTtlSeconds");
    assert_eq!(rule(&open(), &plan_of(temporary(view()), 3_660)), None);
    assert_eq!(rule(&open(), &plan_of(temporary(view()), 3_661)).unwrap(), "maxTtlSeconds");
    let patient = GatewayPolicy { min_ttl_seconds: 300, ..open() };
    assert_eq!(rule(&patient, &plan_of(temporary(view()), 240)), None);
    assert_eq!(rule(&patient, &plan_of(temporary(view()), 239)).unwrap(), "minTtlSeconds");
    // Kubernetes gives no token for less, so a shorter maximum bounds the lease and not its token.
    let short = GatewayPolicy { max_ttl_seconds: 120, ..open() };
    assert_eq!(rule(&short, &plan_of(temporary(view()), 120)), None);
}

#[test]
fn a_plan_makes_what_its_account_needs_and_nothing_else() {
    let spoil = |change: fn(&mut Belongings)| {
        let mut plan = plan_of(temporary(view()), 600);
        change(plan.belongings.as_mut().unwrap());
        plan
    };
    for plan in [
        spoil(|made| made.objects[0].namespace = Some("kube-system".parse().unwrap())),
        spoil(|made| made.objects[0].namespace = None),
        spoil(|made| made.objects[0].kind = ObjectKind::ClusterRoleBinding),
        spoil(|made| made.objects[0].name = "cluster-admin".parse().unwrap()),
        spoil(|made| made.objects.push(made.objects[0].clone())),
        spoil(|made| made.objects.clear()),
        LeasePlan::new(lease(), temporary(view()), 600),
    ] {
        assert_eq!(rule(&open(), &plan).unwrap(), "static and dynamic", "{plan:?}");
    }
}

#[test]
fn byte_streams_lead_where_they_are_listed() {
    let target = ForwardTarget { host: "api.internal".to_owned(), port: 6443, cidr: None };
    let policy =
        |targets| GatewayPolicy { forward: ForwardPolicy { enabled: true, targets }, ..GatewayPolicy::default() };
    let listed = policy(vec![target.clone()]);
    assert_eq!(listed.judge_target("API.internal", 6443), Ok(Some(&target)));
    for (host, port) in [("api.internal", 443), ("api.internal.", 6443), ("10.0.0.1", 6443)] {
        assert_eq!(listed.judge_target(host, port).unwrap_err().rule, "forward.targets", "{host}:{port}");
    }
    assert_eq!(policy(Vec::new()).judge_target("10.0.0.1", 6443), Ok(None));
}

#[test]
fn a_policy_is_read_as_it_is_written_and_no_field_is_guessed() {
    let text = serde_json::to_string(&open()).unwrap();
    assert_eq!(serde_json::from_str::<GatewayPolicy>(&text).unwrap(), open());
    assert_eq!(serde_json::from_str::<GatewayPolicy>("{}").unwrap(), GatewayPolicy::default());
    for bad in [r#"{"maxTTL":1}"#, r#"{"static":{"account":[]}}"#, r#"{"operations":["exec"]}"#] {
        assert!(serde_json::from_str::<GatewayPolicy>(bad).is_err(), "{bad}");
    }
}

#[test]
fn only_where_one_of_ours_can_be_is_anything_removed() {
    let object = |kind, namespace: Option<&str>, name: &str| PlannedObject {
        kind,
        namespace: namespace.map(|namespace| namespace.parse().unwrap()),
        name: name.parse().unwrap(),
        seal: "01893b9e-7c1a-7def-8abc-0123456789ab.1.c2ln".parse().unwrap(),
    };
    let anchor = format!("mayfly-{}", lease());
    let rule =
        |policy: &GatewayPolicy, object: &PlannedObject| policy.judge_removal(object).err().map(|beyond| beyond.rule);
    let (team, other) = (Some("team"), Some("other"));
    for (kind, namespace, name) in [
        (ObjectKind::Secret, team, anchor.as_str()),
        (ObjectKind::RoleBinding, team, "x"),
        (ObjectKind::ServiceAccount, team, "x"),
        (ObjectKind::Role, team, "x"),
        (ObjectKind::ClusterRoleBinding, None, "x"),
        (ObjectKind::ClusterRole, None, "x"),
    ] {
        assert_eq!(rule(&open(), &object(kind, namespace, name)), None, "{kind:?}");
        assert!(rule(&GatewayPolicy::default(), &object(kind, namespace, name)).is_some(), "{kind:?}");
    }
    let refused = |kind, namespace, name: &str| rule(&open(), &object(kind, namespace, name)).unwrap();
    assert_eq!(refused(ObjectKind::Secret, team, "db-password"), "static.anchors");
    assert_eq!(refused(ObjectKind::Secret, other, &anchor), "static.accounts");
    assert_eq!(refused(ObjectKind::ServiceAccount, other, "x"), "dynamic.namespaces");
    assert_eq!(refused(ObjectKind::RoleBinding, None, "x"), "dynamic.namespaces");
    assert_eq!(refused(ObjectKind::ClusterRoleBinding, team, "x"), "dynamic.clusterWide");
}
