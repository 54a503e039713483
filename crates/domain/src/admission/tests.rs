use super::*;

fn closed() -> Confinement {
    Confinement {
        name: None,
        installation: InstallationId::from_uuid(uuid::Uuid::from_u128(7)),
        issuer: "system:serviceaccount:mayfly:issuer".to_owned(),
        namespaces: vec!["team-a".parse().unwrap()],
        namespace_selector: None,
        name_templates: Vec::new(),
        roles: Vec::new(),
        cluster_roles: Vec::new(),
        cluster_roles_everywhere: Vec::new(),
        own_rules: OwnRules::Closed,
        accounts: Vec::new(),
        plain_tokens: PlainTokens::Closed,
        own_tokens: OwnTokens::Closed,
        audiences: Vec::new(),
        longest_token_seconds: 86_400,
        labels: Vec::new(),
        annotations: Vec::new(),
    }
}

fn selector() -> LabelSelector {
    LabelSelector { match_labels: [("team".to_owned(), "a".to_owned())].into(), ..LabelSelector::default() }
}

/// Everything that the policy about `about` says.
fn text_of(confinement: &Confinement, about: &str) -> String {
    let policies = confinement.policies().unwrap();
    let policy = policies.iter().find(|policy| policy.name.ends_with(about)).unwrap();
    policy.manifests().map(|manifest| manifest.to_string()).concat()
}

#[test]
fn every_policy_fails_closed_judges_the_issuer_alone_and_is_bound() {
    let policies = closed().policies().unwrap();
    assert_eq!(policies.len(), 10);
    for policy in policies {
        let [rules, binding] = policy.manifests();
        assert_eq!(rules["spec"]["failurePolicy"], "Fail");
        let condition = &rules["spec"]["matchConditions"][0]["expression"];
        assert_eq!(*condition, "request.userInfo.username == 'system:serviceaccount:mayfly:issuer'");
        assert_eq!(binding["spec"]["policyName"], rules["metadata"]["name"]);
        assert_eq!(binding["spec"]["validationActions"], serde_json::json!(["Deny"]));
        assert!(!policy.validations.is_empty(), "{} refuses nothing", policy.name);
    }
}

#[test]
fn what_is_not_opened_is_closed() {
    for about in ["-roles", "-cluster-roles", "-cluster-bindings"] {
        assert!(text_of(&closed(), about).contains(r#""expression":"false""#), "{about} is open");
    }
    assert!(text_of(&closed(), "-anchors").contains("request.namespace in []"));
    let only_accounts = Confinement { namespaces: Vec::new(), accounts: vec!["a/b".parse().unwrap()], ..closed() };
    assert!(text_of(&only_accounts, "-accounts").contains(r#""expression":"false""#));
}

#[test]
fn whoever_cannot_be_confined_is_told() {
    let refused = |confinement: Confinement| confinement.policies().unwrap_err();
    assert_eq!(refused(Confinement { issuer: " ".to_owned(), ..closed() }), InvalidConfinement::Issuer);
    assert_eq!(refused(Confinement { namespaces: Vec::new(), ..closed() }), InvalidConfinement::Nothing);
    assert_eq!(refused(Confinement { longest_token_seconds: 599, ..closed() }), InvalidConfinement::TooShort);
    let label = "rbac.authorization.k8s.io/aggregate-to-admin".to_owned();
    let gathered = Confinement { labels: vec![label.clone()], ..closed() };
    assert_eq!(refused(gathered), InvalidConfinement::Gathering(label));
    let template = "{{identity.name}}";
    let weak = Confinement { name_templates: vec![template.parse().unwrap()], ..closed() };
    assert_eq!(refused(weak), InvalidConfinement::Template(template.to_owned()));
    let everywhere = Confinement { own_rules: OwnRules::Everywhere, ..closed() };
    assert!(everywhere.policies().is_ok());
    let unnamed = Confinement { namespaces: Vec::new(), namespace_selector: Some(selector()), ..everywhere };
    assert_eq!(refused(unnamed), InvalidConfinement::Everywhere);
    let empty = Confinement { namespace_selector: Some(LabelSelector::default()), ..closed() };
    assert_eq!(refused(empty), InvalidConfinement::Selector(InvalidSelector::Empty));
}

#[test]
fn selector_is_asked_besides_the_list_and_never_opens_a_system_namespace() {
    let both = text_of(&Confinement { namespace_selector: Some(selector()), ..closed() }, "-accounts");
    assert!(both.contains("request.namespace in ['team-a'] &&") && both.contains("== 'a'"), "{both}");
    let alone = Confinement { namespaces: Vec::new(), namespace_selector: Some(selector()), ..closed() };
    assert!(text_of(&alone, "-accounts").contains("!request.namespace.startsWith('kube-')"));
}

#[test]
fn every_danger_is_in_the_policy_about_roles() {
    let text = text_of(&Confinement { own_rules: OwnRules::InNamespace, ..closed() }, "-roles");
    let listed = |line: &str, word: &str| line.contains(&format!("'{word}'"));
    for row in crate::danger::TABLE {
        let is_told = text.split("\\n").any(|line| {
            line.contains(&format!("'groups': ['{}']", row.group))
                && listed(line, row.resource)
                && row.verbs.iter().all(|verb| listed(line, verb))
        });
        assert!(is_told, "{} {:?}", row.resource, row.verbs);
    }
}

#[test]
fn an_account_has_a_namespace() {
    let account: ExistingAccount = "team-a/deployer".parse().unwrap();
    assert_eq!(account.to_string(), "team-a/deployer");
    assert_eq!("deployer".parse::<ExistingAccount>(), Err(InvalidAccount::Slash));
    assert!(matches!("a/B".parse::<ExistingAccount>(), Err(InvalidAccount::Name(_))));
}
