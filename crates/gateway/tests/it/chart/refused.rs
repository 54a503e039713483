//! Values that come to nothing: refused by both, and in the same words where a schema has none.

use std::fs;

use mayfly_testkit::tools::HelmVersion;

use super::{ID, manifest, template};

const SERVER: &str = "[{ cidr: 198.51.100.7/32, port: 443 }]";
const ACCOUNT: &str = "static: { accounts: [{ namespace: a, name: b }] }";

/// An enrolment with a code, and one for somebody else: JSON in base64, as the server writes them.
const WITH_CODE: &str = "mayfly_enrol_eyJzZXJ2ZXIiOiJodHRwczovL20uZXhhbXBsZSIsImdhdGV3YXkiOiIwMTg5M2I5ZS03YzFhLTdkZWYtOGFiYy0wMTIzNDU2Nzg5YWIiLCJhdXRob3JpdHkiOiJzaGEyNTY6MGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZiIsInRva2VuIjoieCJ9";
const FOR_OTHER: &str = "mayfly_enrol_eyJzZXJ2ZXIiOiJodHRwczovL20uZXhhbXBsZSIsImdhdGV3YXkiOiIwMTg5M2I5ZS03YzFhLTdkZWYtOGFiYy0wMTIzNDU2Nzg5ZmYiLCJhdXRob3JpdHkiOiJzaGEyNTY6MGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZjBmMGYwZiJ9";

#[test]
fn nonsense_is_refused_in_the_same_words() {
    let head = format!("gateway: {{ id: {ID} }}\nenrolment: {{ existingSecret: e }}\n");
    let policy = |policy: &str| format!("{head}policy: {{ {policy} }}\n");
    let with = |more: &str| format!("{head}policy: {{ {ACCOUNT} }}\n{more}\n");
    let text =
        |text: &str| format!("gateway: {{ id: {ID} }}\nenrolment: {{ text: {text} }}\npolicy: {{ {ACCOUNT} }}\n");
    for (values, says) in [
        (
            head.clone(),
            "`policy`: names nothing that may be asked for: give `policy.static.accounts`, or `policy.dynamic.namespaces`",
        ),
        (policy("dynamic: { namespaces: [a] }"), "`policy.dynamic`: accounts that are made would get nothing"),
        (format!("enrolment: {{ existingSecret: e }}\npolicy: {{ {ACCOUNT} }}"), "`gateway.id`: give the gateway's id"),
        (format!("gateway: {{ id: {ID} }}\npolicy: {{ {ACCOUNT} }}"), "`enrolment`: give `enrolment.text` or"),
        (text("mayfly_enrol_e30, method: token"), "`enrolment.text`: a one-time code is a secret"),
        (text("mayfly_enrol_e30"), "`enrolment.text`: copy the whole of it"),
        (text(WITH_CODE), "`enrolment.text`: holds a one-time code"),
        (text(FOR_OTHER), "is for the gateway 01893b9e-7c1a-7def-8abc-0123456789ff"),
        (policy(&ACCOUNT.replace("accounts", "anchors: true, accounts")), "`policy.static.anchors`: takes the right"),
        (with("admissionPolicy: { enabled: true }"), "`admissionPolicy.installation`: give"),
        (
            policy("forward: { enabled: true }") + &format!("admissionPolicy: {{ enabled: true, installation: {ID} }}"),
            "`admissionPolicy`: there is nothing",
        ),
        (
            with("rbac: { heldRules: [{ apiGroups: [\"\"], resources: [pods], verbs: [get] }] }"),
            "`rbac.heldRules`: are of use",
        ),
        (with("networkPolicy: { enabled: true }"), "`networkPolicy`: give"),
        (with("networkPolicy: { enabled: true, cilium: true }"), "`networkPolicy`: give"),
        (
            with(&format!(
                "networkPolicy: {{ enabled: true, cilium: true, server: {SERVER} }}\npodMonitor: {{ enabled: true }}"
            )),
            "`podMonitor`: give `networkPolicy.metricsFrom`",
        ),
        (with("replicas: 0"), "`replicas`: give at least 1"),
    ] {
        let told = refused(&values);
        assert!(told.iter().all(|told| told.contains(says)), "{values}: {told:?}");
    }
}

/// Whoever holds such a right has every other, or whatever comes to be.
#[test]
fn held_rules_that_would_be_too_much_or_nowhere_are_refused_in_the_same_words() {
    let head = format!("gateway: {{ id: {ID} }}\nenrolment: {{ existingSecret: e }}\n");
    let rules_of = |groups: &str, resources: &str, verbs: &str| {
        format!("rbac: {{ heldRules: [{{ apiGroups: [{groups}], resources: [{resources}], verbs: [{verbs}] }}] }}\n")
    };
    let fine = rules_of("''", "pods", "get");
    let nowhere = "`rbac.heldRules`: would be bound nowhere: give `policy.dynamic.namespaces`";
    for wide in [false, true] {
        let policy = format!("policy: {{ {ACCOUNT}, dynamic: {{ ownRules: true, clusterWide: {wide} }} }}\n");
        let told = refused(&format!("{head}{policy}{fine}"));
        assert!(told.iter().all(|told| told.contains(nowhere)), "{wide}: {told:?}");
    }
    let policy = "policy: { dynamic: { namespaces: [leases], ownRules: true } }\n";
    let too_much = "`rbac.heldRules`: must not have `*`, nor the verbs `escalate`, `bind` and `impersonate`";
    for rules in [
        rules_of("''", "pods", "get, escalate"),
        rules_of("''", "pods, roles", "bind"),
        rules_of("'', b", "users", "impersonate"),
        rules_of("''", "pods", "get, '*'"),
        rules_of("''", "'*'", "get"),
        rules_of("''", "pods, '*/exec'", "get"),
        rules_of("'*'", "pods", "get"),
    ] {
        let told = refused(&format!("{head}{policy}{rules}"));
        assert!(told.iter().all(|told| told.contains(too_much)), "{rules}: {told:?}");
    }
}

#[test]
fn what_is_of_another_shape_is_refused_by_its_name() {
    let capitals = format!(
        "gateway: {{ id: {} }}\nenrolment: {{ existingSecret: e }}\npolicy: {{ {ACCOUNT} }}\n\
         admissionPolicy: {{ enabled: true, installation: {ID} }}",
        ID.to_uppercase()
    );
    let many = capitals.replace(&ID.to_uppercase(), ID) + "\nreplicas: 17";
    for (values, by_chart, by_agent) in [
        (capitals.as_str(), "/gateway/id", "`gateway.id`: give"),
        ("replica: 2", "'replica' not allowed", "`replica`"),
        ("policy: { statics: {} }", "'statics' not allowed", "`statics`"),
        ("policy: { operations: [everything] }", "/policy/operations/0", "`everything`"),
        (
            "policy: { static: { accounts: [{ namespace: Team, name: a }] } }",
            "/policy/static/accounts/0/namespace",
            "must not contain 'T'",
        ),
        ("policy: { dynamic: { roles: [{ kind: Roles, name: a }] } }", "/policy/dynamic/roles/0/kind", "`Roles`"),
        ("policy: { dynamic: { roles: [{ kind: Role, name: a/b }] } }", "/policy/dynamic/roles/0/name", "contain '/'"),
        ("policy: { maxTtlSeconds: -1 }", "/policy/maxTtlSeconds", "`-1`"),
        ("networkPolicy: { server: [{ cidr: a, port: 443 }] }", "/networkPolicy/server/0/cidr", "address"),
        ("health: { port: 70000 }", "/health/port", "`70000`"),
        (many.as_str(), "/replicas", "`replicas`: give at most 16"),
        ("enrolment: { method: password }", "/enrolment/method", "`password`"),
        ("rbac: { heldRules: [{ nonResourceURLs: [/], verbs: [get] }] }", "nonResourceURLs", "`nonResourceURLs`"),
        (
            "rbac: { heldRules: [{ apiGroups: [], resources: [a], verbs: [b] }] }",
            "/rbac/heldRules/0/apiGroups",
            "rule 1",
        ),
        (
            "rbac: { heldRules: [{ apiGroups: [a], resources: [''], verbs: [b] }] }",
            "/rbac/heldRules/0/resources/0",
            "rule 1",
        ),
        (
            "rbac: { heldRules: [{ apiGroups: [a], resources: [b], verbs: [c d] }] }",
            "/rbac/heldRules/0/verbs/0",
            "rule 1",
        ),
    ] {
        let [chart, agent] = refused(values);
        assert!(chart.contains(by_chart), "{values}: {chart}");
        assert!(agent.contains(by_agent), "{values}: {agent}");
    }
}

/// What the chart and the agent say.
fn refused(values: &str) -> [String; 2] {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("values.yaml");
    fs::write(&file, values).unwrap();
    [template(HelmVersion::Four, &file), manifest(&file)].map(|output| {
        assert!(!output.status.success(), "{values} was taken: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    })
}
