use super::*;
use crate::ids::UserId;

fn terms() -> SsoTerms {
    SsoTerms {
        endpoint: SsoEndpoint {
            discovery_url: "https://id.example.com".parse().unwrap(),
            ca: None,
            issuer: "https://id.example.com".to_owned(),
            client_id: "mayfly".to_owned(),
        },
        scopes: vec!["openid".to_owned()],
        claims: ClaimNames::default(),
        mappings: Vec::new(),
        email_domains: vec!["example.com".parse().unwrap()],
        email_trust: EmailTrust::Verified,
        joining: Joining::Refused,
        linking: Linking::Refused,
        passwords: PasswordUse::Allowed,
    }
}

fn said() -> Said {
    Said {
        subject: "a1".to_owned(),
        email: Some("Ana@Example.com".to_owned()),
        is_email_verified: true,
        name: None,
        groups: Vec::new(),
    }
}

const ANA: Account = Account { user: UserId::from_uuid(uuid::Uuid::from_u128(1)), is_disabled: false };

#[test]
fn whoever_is_linked_comes_in_whatever_their_address_is_by_now() {
    let standing = Standing { linked: Some(ANA), ..Standing::default() };
    let moved = Said { email: Some("ana@elsewhere.example".to_owned()), is_email_verified: false, ..said() };
    assert_eq!(admit(&terms(), &moved, &standing), Ok(Admitted::Known(ANA.user)));
    assert_eq!(admit(&terms(), &Said { email: None, ..said() }, &standing), Ok(Admitted::Known(ANA.user)));
    let shut_out = Standing { linked: Some(Account { is_disabled: true, ..ANA }), ..Standing::default() };
    assert_eq!(admit(&terms(), &said(), &shut_out), Err(SsoRefusal::Disabled));
}

#[test]
fn an_account_is_linked_only_where_its_domain_may_be() {
    let there = Standing { of_address: Some(ANA), ..Standing::default() };
    assert_eq!(admit(&terms(), &said(), &there), Err(SsoRefusal::AccountIsThere));
    let linking = SsoTerms { linking: Linking::ByDomain, ..terms() };
    assert_eq!(admit(&linking, &said(), &there), Ok(Admitted::Linked(ANA.user, "ana@example.com".to_owned())));
    let anothers = Standing { is_anothers: true, ..there.clone() };
    assert_eq!(admit(&linking, &said(), &anothers), Err(SsoRefusal::OtherSubject));
    let shut_out = Standing { of_address: Some(Account { is_disabled: true, ..ANA }), ..there };
    assert_eq!(admit(&linking, &said(), &shut_out), Err(SsoRefusal::Disabled));
}

#[test]
fn an_address_counts_if_it_was_checked_and_is_of_a_domain() {
    let joining = SsoTerms { joining: Joining::NoAccess, ..terms() };
    let joined = Admitted::Joined("ana@example.com".to_owned(), OrganizationRole::NoAccess);
    let nobody = Standing::default();
    assert_eq!(admit(&joining, &said(), &nobody), Ok(joined.clone()));
    assert_eq!(admit(&terms(), &said(), &nobody), Err(SsoRefusal::NobodyHere));
    let unchecked = Said { is_email_verified: false, ..said() };
    assert_eq!(admit(&joining, &unchecked, &nobody), Err(SsoRefusal::EmailNotVerified));
    let trusting = SsoTerms { email_trust: EmailTrust::Always, ..joining.clone() };
    assert_eq!(admit(&trusting, &unchecked, &nobody), Ok(joined));
    for other in ["ana@evil.example", "ana@sub.example.com", "ana@example.com.evil.example", "ana@xexample.com"] {
        let said = Said { email: Some(other.to_owned()), ..said() };
        assert_eq!(admit(&joining, &said, &nobody), Err(SsoRefusal::OtherDomain), "{other}");
    }
    for none in [None, Some("ana"), Some("a b@example.com"), Some("<ana@example.com>")] {
        let said = Said { email: none.map(str::to_owned), ..said() };
        assert_eq!(admit(&joining, &said, &nobody), Err(SsoRefusal::NoEmail), "{none:?}");
    }
    let nowhere = SsoTerms { email_domains: Vec::new(), ..joining };
    assert_eq!(admit(&nowhere, &said(), &nobody), Err(SsoRefusal::OtherDomain));
}

#[test]
fn nobody_becomes_an_administrator_by_joining() {
    for joining in [Joining::Refused, Joining::NoAccess, Joining::Member] {
        assert_ne!(joining.role(), Some(OrganizationRole::Admin));
    }
}

#[test]
fn groups_follow_from_values_and_patterns() {
    let group = |number| GroupId::from_uuid(uuid::Uuid::from_u128(number));
    let mapping = |value: &str, number| GroupMapping { value: value.parse().unwrap(), group: group(number) };
    let mappings = vec![mapping("deployers", 1), mapping("team-*", 2), mapping("/acme/ops", 3), mapping("dev", 1)];
    let terms = SsoTerms { mappings, ..terms() };
    let of = |values: &[&str]| {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        terms.groups_of(&values).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(of(&["deployers", "dev"]), [group(1)]);
    assert_eq!(of(&["team-a", "/acme/ops"]), [group(2), group(3)]);
    assert_eq!(of(&["Deployers", "deployers ", "team-", "ops", ""]), []);
    assert_eq!(terms.mapped_groups().len(), 3);
}

#[test]
fn a_way_back_never_leaves_this_server() {
    for good in ["/", "/projects", "/a?b=c&d=%2F%2Fx", "/a#b", "/a//b", "/:80", "/@x"] {
        assert!(good.parse::<ReturnPath>().is_ok(), "{good}");
    }
    let long = format!("/{}", "a".repeat(1024));
    for bad in [
        "",
        "projects",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "https://evil.example",
        "/a\tb",
        "/\t/evil.example",
        "/\n",
        "/a b",
        "/ä",
        "javascript:alert(1)",
        "/\"><script>",
        "/'x",
        " /a",
        &long,
    ] {
        assert!(bad.parse::<ReturnPath>().is_err(), "{bad:?}");
    }
}

#[test]
fn a_domain_is_one_domain() {
    for good in ["example.com", "a.b.example.co.uk", "xn--bcher-kva.example"] {
        assert!(good.parse::<EmailDomain>().is_ok(), "{good}");
    }
    for bad in ["", "example", "@example.com", "*.example.com", "Example.com", "example.com.", ".example.com", "a..b"] {
        assert!(bad.parse::<EmailDomain>().is_err(), "{bad:?}");
    }
}

#[test]
fn a_secret_is_bound_to_every_part_of_where_it_goes() {
    let endpoint = terms().endpoint;
    let others = [
        SsoEndpoint { discovery_url: "https://id.example.org".parse().unwrap(), ..endpoint.clone() },
        SsoEndpoint { ca: Some("pem".to_owned()), ..endpoint.clone() },
        SsoEndpoint { issuer: "https://id.example.org".to_owned(), ..endpoint.clone() },
        SsoEndpoint { client_id: "other".to_owned(), ..endpoint.clone() },
    ];
    for other in others {
        assert_ne!(other.bind_text(), endpoint.bind_text(), "{other:?}");
    }
}

#[test]
fn the_usual_issuer_is_the_address_without_its_well_known_part() {
    for (url, issuer) in [
        ("https://id.example.com", "https://id.example.com"),
        ("https://id.example.com/realms/a", "https://id.example.com/realms/a"),
        ("https://id.example.com/.well-known/openid-configuration", "https://id.example.com"),
    ] {
        assert_eq!(SsoEndpoint::usual_issuer(&url.parse().unwrap()), issuer);
    }
}

#[test]
fn every_refusal_has_its_own_code() {
    use SsoRefusal as R;
    let all = [
        R::AttemptOver,
        R::NoProvider,
        R::ByProvider,
        R::Unavailable,
        R::NotBelieved("why"),
        R::GroupsLeftOut,
        R::NoEmail,
        R::EmailNotVerified,
        R::OtherDomain,
        R::NobodyHere,
        R::AccountIsThere,
        R::OtherSubject,
        R::Disabled,
        R::RequestOver,
        R::WrongCode,
    ];
    let codes: BTreeSet<&str> = all.iter().map(|refusal| refusal.code()).collect();
    let reasons: BTreeSet<&str> = all.iter().map(|refusal| refusal.reason()).collect();
    assert_eq!((codes.len(), reasons.len()), (all.len(), all.len()));
}
