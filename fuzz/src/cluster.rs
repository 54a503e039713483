//! What people paste about their clusters.

use std::collections::BTreeMap;

use http::Uri;
use jiff::Timestamp;
use mayfly_cluster::{
    InvalidCa, InvalidCredential, ca::LONGEST_BUNDLE, ca::MOST_CERTIFICATES, credential::LONGEST_TOKEN, parse_bundle,
    parse_credential, token_account, token_expiry,
};
use mayfly_domain::{
    connection::ClusterUrl,
    label_selector::{Condition, LabelSelector, Operator},
    plan::Account,
};

fn now() -> Timestamp {
    Timestamp::from_second(1_893_553_445).expect("a second of the year 2030")
}

/// An address stays as it was written, and the address that requests are made of leads to that host, port and path.
pub fn cluster_urls(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let url: ClusterUrl = match text.parse() {
        Ok(url) => url,
        Err(refusal) => return assert!(refusal.to_string().len() < 150, "a refusal repeats what was sent"),
    };
    assert_eq!(url.as_str(), text);
    crate::reads_back(&url);
    assert!(!url.host().is_empty() && !url.host().contains(['/', '@', '?', '#', '%', ' ']), "{:?}", url.host());
    assert!(url.path_prefix().is_empty() || url.path_prefix().starts_with('/'), "{:?}", url.path_prefix());
    let whole = format!("{}{}", url.origin(), url.path_prefix());
    let uri: Uri = whole.parse().expect("requests can be made to what was accepted");
    let host = uri.host().map(|host| host.trim_matches(['[', ']']));
    assert_eq!((host, uri.port_u16()), (Some(url.host()), Some(url.port())), "{whole}");
    assert_eq!(uri.path().trim_end_matches('/'), url.path_prefix());
    // Letters that a path cannot hold are encoded in it, which nobody may write; and a port is added.
    if !whole.contains('%') && whole.len() <= ClusterUrl::LONGEST {
        let again: ClusterUrl = whole.parse().expect("an address that we write is an address");
        assert_eq!((again.origin(), again.path_prefix()), (url.origin(), url.path_prefix()));
    }
}

/// A bundle has certificates that are still good, is the same however it is pasted, and a key in it is always refused.
pub fn bundles(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let read = parse_bundle(text, now());
    if text.len() <= LONGEST_BUNDLE && text.contains("PRIVATE KEY-----") {
        assert_eq!(read.err(), Some(InvalidCa::PrivateKey));
        return;
    }
    let bundle = match read {
        Ok(bundle) => bundle,
        Err(refusal) => return assert!(refusal.to_string().len() < 150, "a refusal repeats what was sent"),
    };
    assert!((1..=MOST_CERTIFICATES).contains(&bundle.certificates().len()));
    assert!(bundle.expires_at() > now());
    assert_eq!(bundle.sha256().len(), 64);
    assert!(
        matches!(parse_bundle(text, bundle.expires_at()), Err(InvalidCa::Expired { at }) if at == bundle.expires_at())
    );
    let pasted = format!("subject=/CN=a\n{}\n", text.replace("\r\n", "\n").replace('\n', "\r\n"));
    if pasted.len() <= LONGEST_BUNDLE {
        let again = parse_bundle(&pasted, now()).expect("line ends and text around certificates mean nothing");
        assert_eq!(again.sha256(), bundle.sha256());
    }
}

/// A token that is accepted can be sent as a header, has not ended, and a refusal does not repeat it.
pub fn cluster_tokens(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (expiry, account) = (token_expiry(text), token_account(text));
    if let Some(account) = account {
        assert!(matches!(account, Account::Existing { .. }));
        crate::reads_back(&account);
    }
    match parse_credential(text, now()) {
        Ok(credential) => {
            let token = credential.token.expose();
            assert_eq!(token, text.trim());
            assert!((1..=LONGEST_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(http::HeaderValue::try_from(format!("Bearer {token}")).is_ok());
            assert_eq!(credential.expires_at, expiry);
            assert!(expiry.is_none_or(|at| at > now()));
        }
        Err(InvalidCredential::Expired { at }) => assert!(at <= now() && expiry == Some(at)),
        Err(refusal) => assert!(refusal.to_string().len() < 150, "a refusal repeats what was sent"),
    }
}

/// A selector reads back as itself; each condition more means fewer objects, and opposite ones share none. The lines are
/// a selector as JSON, and labels as JSON.
pub fn label_selectors(data: &[u8]) {
    let Some([selector, labels]) = crate::lines(data) else { return };
    let Ok(selector) = serde_json::from_str::<LabelSelector>(selector) else { return };
    crate::reads_back(&selector);
    let labels: BTreeMap<String, String> = serde_json::from_str(labels).unwrap_or_default();
    let matches = selector.matches(&labels);
    assert!(
        selector.check().is_ok() || !selector.match_expressions.is_empty() || matches,
        "nothing asked, and refused"
    );
    for left_out in 0..selector.match_expressions.len() {
        let mut wider = selector.clone();
        let condition = wider.match_expressions.remove(left_out);
        assert!(!matches || wider.matches(&labels), "a condition less means fewer objects");
        let alone =
            |condition: Condition| LabelSelector { match_expressions: vec![condition], ..LabelSelector::default() };
        let opposite = Condition { operator: opposite(condition.operator), ..condition.clone() };
        assert_ne!(alone(condition).matches(&labels), alone(opposite).matches(&labels), "neither holds, or both");
    }
}

fn opposite(operator: Operator) -> Operator {
    match operator {
        Operator::In => Operator::NotIn,
        Operator::NotIn => Operator::In,
        Operator::Exists => Operator::DoesNotExist,
        Operator::DoesNotExist => Operator::Exists,
    }
}
