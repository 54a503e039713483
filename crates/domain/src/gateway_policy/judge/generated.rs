//! Ten thousand requests that a server could make, right and wrong by chance: what the policy allows is what a second telling of the
//! rules allows, and nothing else.

use proptest::{
    prelude::*,
    sample::{select, subsequence},
    strategy::ValueTree as _,
    test_runner::TestRunner,
};

use super::{
    tests::{now, plan_of},
    *,
};
use crate::{
    gateway_policy::{DynamicPolicy, ForwardPolicy, StaticPolicy},
    plan::RoleKind,
};

const REQUESTS: usize = 10_000;

const NAMESPACES: [&str; 3] = ["team", "prod", "kube-system"];
const ACCOUNTS: [&str; 2] = ["deployer", "admin"];
const ROLES: [&str; 2] = ["view", "cluster-admin"];
const AUDIENCES: [&str; 2] = ["vault", "elsewhere"];

/// A policy as its file says it, in the words that it is told in again.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of the file")]
struct File {
    issues: bool,
    accounts: Vec<(&'static str, &'static str)>,
    anchors: bool,
    namespaces: Vec<&'static str>,
    roles: Vec<(RoleKind, &'static str)>,
    cluster_wide: bool,
    own_rules: bool,
    audiences: Vec<&'static str>,
    most_seconds: u64,
}

/// What is asked for.
#[derive(Clone, Debug)]
struct Request {
    namespace: &'static str,
    kind: Kind,
    audiences: Vec<&'static str>,
    token_seconds: u64,
    lease_seconds: i64,
    /// One object is not the one that the plan takes.
    is_crooked: bool,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Existing { account: &'static str, is_anchored: bool },
    Role(&'static str),
    ClusterRole { name: &'static str, everywhere: bool },
    Rules { everywhere: bool },
}

fn pairs<A: Copy, B: Copy>(first: &[A], second: &[B]) -> Vec<(A, B)> {
    first.iter().flat_map(|one| second.iter().map(|two| (*one, *two))).collect()
}

fn files() -> impl Strategy<Value = File> {
    let accounts = pairs(&NAMESPACES, &ACCOUNTS);
    let roles = pairs(&[RoleKind::Role, RoleKind::ClusterRole], &ROLES);
    let some = (
        subsequence(accounts, 0..=6),
        subsequence(NAMESPACES.to_vec(), 0..=3),
        subsequence(roles, 0..=4),
        subsequence(AUDIENCES.to_vec(), 0..=2),
    );
    let flags = (prop::bool::weighted(0.9), any::<bool>(), any::<bool>(), any::<bool>());
    (some, flags, select(vec![600_u64, 3_600, 86_400])).prop_map(|(some, flags, most_seconds)| {
        let ((accounts, namespaces, roles, audiences), (issues, anchors, cluster_wide, own_rules)) = (some, flags);
        File { issues, accounts, anchors, namespaces, roles, cluster_wide, own_rules, audiences, most_seconds }
    })
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        (select(&ACCOUNTS), any::<bool>()).prop_map(|(account, is_anchored)| Kind::Existing { account, is_anchored }),
        select(&ROLES).prop_map(Kind::Role),
        (select(&ROLES), any::<bool>()).prop_map(|(name, everywhere)| Kind::ClusterRole { name, everywhere }),
        any::<bool>().prop_map(|everywhere| Kind::Rules { everywhere }),
    ]
}

fn requests() -> impl Strategy<Value = Request> {
    let life = (select(vec![600_u64, 3_600, 3_601]), select(vec![600_i64, 3_600, 3_660, 3_661, 90_000]));
    let audiences = prop_oneof![3 => Just(Vec::new()), 1 => subsequence(AUDIENCES.to_vec(), 0..=2)];
    (select(&NAMESPACES), kinds(), audiences, life, prop::bool::weighted(0.1)).prop_map(
        |(namespace, kind, audiences, (token_seconds, lease_seconds), is_crooked)| Request {
            namespace,
            kind,
            audiences,
            token_seconds,
            lease_seconds,
            is_crooked,
        },
    )
}

impl File {
    fn policy(&self) -> GatewayPolicy {
        let account = |(namespace, name): &(&str, &str)| AllowedAccount {
            namespace: namespace.parse().unwrap(),
            name: name.parse().unwrap(),
        };
        let role = |(kind, name): &(RoleKind, &str)| AllowedRole { kind: *kind, name: name.parse().unwrap() };
        let mut policy = GatewayPolicy {
            existing: StaticPolicy { accounts: self.accounts.iter().map(account).collect(), anchors: self.anchors },
            dynamic: DynamicPolicy {
                namespaces: self.namespaces.iter().map(|name| name.parse().unwrap()).collect(),
                roles: self.roles.iter().map(role).collect(),
                cluster_wide: self.cluster_wide,
                own_rules: self.own_rules,
            },
            audiences: self.audiences.iter().map(|&audience| audience.to_owned()).collect(),
            max_ttl_seconds: self.most_seconds,
            ..GatewayPolicy::default()
        };
        if !self.issues {
            policy.operations.remove(&GatewayOperation::Issue);
        }
        policy
    }

    /// The rules once more, told from the request's side: each thing that it asks for has to stand in the file.
    fn allows(&self, request: &Request) -> bool {
        let is_listed = match request.kind {
            Kind::Existing { account, is_anchored } => {
                self.accounts.contains(&(request.namespace, account)) && (self.anchors || !is_anchored)
            }
            _ if !self.namespaces.contains(&request.namespace) => false,
            Kind::Role(name) => self.roles.contains(&(RoleKind::Role, name)),
            Kind::ClusterRole { name, everywhere } => {
                self.roles.contains(&(RoleKind::ClusterRole, name)) && (self.cluster_wide || !everywhere)
            }
            Kind::Rules { everywhere } => self.own_rules && (self.cluster_wide || !everywhere),
        };
        let has_objects = !matches!(request.kind, Kind::Existing { is_anchored: false, .. });
        let a_minute_more = i64::try_from(self.most_seconds).unwrap() + 60;
        self.issues
            && is_listed
            && request.audiences.iter().all(|audience| self.audiences.contains(audience))
            && request.token_seconds <= self.most_seconds
            && (!has_objects || request.lease_seconds <= a_minute_more)
            && !(has_objects && request.is_crooked)
    }
}

impl Request {
    fn plan(&self) -> LeasePlan {
        let namespace: Namespace = self.namespace.parse().unwrap();
        let temporary =
            |access| Account::Temporary { namespace: namespace.clone(), name: "temporary-x".parse().unwrap(), access };
        let rules = Vec::new;
        let account = match self.kind {
            Kind::Existing { account, .. } => {
                Account::Existing { namespace: namespace.clone(), name: account.parse().unwrap() }
            }
            Kind::Role(name) => temporary(Access::Role { name: name.parse().unwrap() }),
            Kind::ClusterRole { name, everywhere: false } => {
                temporary(Access::ClusterRoleInNamespace { name: name.parse().unwrap() })
            }
            Kind::ClusterRole { name, everywhere: true } => {
                temporary(Access::ClusterRoleEverywhere { name: name.parse().unwrap() })
            }
            Kind::Rules { everywhere: false } => temporary(Access::RulesInNamespace { rules: rules() }),
            Kind::Rules { everywhere: true } => temporary(Access::RulesEverywhere { rules: rules() }),
        };
        let mut plan = plan_of(account, self.lease_seconds);
        plan.token_seconds = self.token_seconds;
        plan.audiences = self.audiences.iter().map(|&audience| audience.to_owned()).collect();
        if matches!(self.kind, Kind::Existing { is_anchored: false, .. }) {
            plan.belongings = None;
        }
        if let Some(belongings) = plan.belongings.as_mut().filter(|_| self.is_crooked) {
            belongings.objects[0].name = "kubernetes-admin".parse().unwrap();
        }
        plan
    }
}

#[test]
fn of_ten_thousand_requests_those_are_allowed_that_the_rules_name() {
    let (mut runner, both) = (TestRunner::deterministic(), (files(), requests()));
    let (mut allowed, mut by_rule) = (0, std::collections::BTreeMap::<String, usize>::new());
    for _ in 0..REQUESTS {
        let (file, request) = both.new_tree(&mut runner).unwrap().current();
        let (policy, plan) = (file.policy(), request.plan());
        let verdict = policy.judge_operation(GatewayOperation::Issue).and_then(|()| policy.judge_plan(&plan, now()));
        assert_eq!(verdict.is_ok(), file.allows(&request), "{file:?}\n{request:?}\n{verdict:?}");
        match verdict {
            Ok(()) => allowed += 1,
            Err(beyond) => *by_rule.entry(beyond.rule).or_default() += 1,
        }
    }
    println!("{allowed} of {REQUESTS} allowed; refused: {by_rule:?}");
    assert!(allowed > REQUESTS / 20, "{allowed}: a judge who refuses everything would be right too often");
    let rules = [
        "operations",
        "static.accounts",
        "static.anchors",
        "dynamic.namespaces",
        "dynamic.roles",
        "dynamic.clusterWide",
        "dynamic.ownRules",
        "audiences",
        "maxTtlSeconds",
        "static and dynamic",
    ];
    for rule in rules {
        assert!(
            by_rule.get(rule).is_some_and(|times| *times > REQUESTS / 500),
            "{rule} refused too little: {by_rule:?}"
        );
    }
}

#[test]
fn of_ten_thousand_byte_streams_those_are_allowed_that_lead_to_a_listed_target() {
    const HOSTS: [&str; 4] = ["api.internal", "API.internal", "169.254.169.254", "api.internal.evil.example"];
    const PORTS: [u16; 3] = [443, 6_443, 22];
    let targets = pairs(&["api.internal", "db.internal"], &[443_u16, 6_443]);
    let files = (any::<bool>(), subsequence(targets, 1..=4));
    let both = (files, (select(&HOSTS), select(&PORTS)));
    let (mut runner, mut allowed) = (TestRunner::deterministic(), 0);
    for _ in 0..REQUESTS {
        let ((enabled, targets), (host, port)) = both.new_tree(&mut runner).unwrap().current();
        let target = |(host, port): &(&str, u16)| ForwardTarget { host: (*host).to_owned(), port: *port, cidr: None };
        let forward = ForwardPolicy { enabled, targets: targets.iter().map(target).collect() };
        let is_allowed = GatewayPolicy { forward, ..GatewayPolicy::default() }.judge_target(host, port).is_ok();
        assert_eq!(is_allowed, enabled && targets.contains(&(host.to_lowercase().as_str(), port)), "{host}:{port}");
        allowed += usize::from(is_allowed);
    }
    assert!(allowed > REQUESTS / 20, "{allowed}");
}
