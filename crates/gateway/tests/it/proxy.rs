//! The way through a proxy: with a name and without, past it, and what is said when it does not let us through.

use std::{net::Ipv4Addr, time::Duration};

use mayfly_domain::{clock::Ambient, sensitive::Sensitive};
use mayfly_gateway::dial::{DialFailed, InvalidProxy, Leg, Proxy, ProxySource, ProxyVariables, Server};
use mayfly_testkit::{
    ambient::ambient,
    certificates::TestAuthority,
    clock::TestClock,
    connect_proxy::{ConnectProxy, ProxyManner},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

const PASSWORD: &str = "opens-the-proxy";

/// Somebody who answers every request with 418: whoever is told so has come all the way.
async fn teapot() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut some = [0; 4096];
                let _ = stream.read(&mut some).await;
                let _ = stream.write_all(b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n").await;
            });
        }
    });
    format!("http://{address}")
}

fn is_there(failed: &DialFailed) -> bool {
    failed.leg == Leg::Upgrade && failed.why.contains("418")
}

async fn dial(ambient: &Ambient, server: &str, proxy: Option<Proxy>) -> DialFailed {
    let server = Server::new(&server.parse().unwrap(), &[]).unwrap().through(proxy);
    server.dial(ambient, "/tunnel", "some.protocol").await.err().expect("a teapot is no server")
}

fn given(server: &str, proxy: String, password: Option<&str>) -> Option<Proxy> {
    let password = password.map(Sensitive::from);
    Proxy::to(&server.parse().unwrap(), &ProxySource::Given(proxy), password.as_ref(), &[]).unwrap()
}

fn by_variables(server: &str, set: &[(&str, &str)]) -> Result<Option<Proxy>, InvalidProxy> {
    let read = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Proxy::to(&server.parse().unwrap(), &ProxySource::Variables(ProxyVariables::read(read)), None, &[])
}

#[tokio::test]
async fn the_way_leads_through_a_proxy_with_and_without_a_name() {
    let (ambient, server) = (ambient(), teapot().await);
    let open = ConnectProxy::start(ProxyManner::Open).await.unwrap();
    let failed = dial(&ambient, &server, given(&server, open.url(), None)).await;
    assert!(is_there(&failed), "{failed}");
    assert_eq!(open.asked(), [server.trim_start_matches("http://")]);

    let asking = ProxyManner::Asking("gw lab".to_owned(), PASSWORD.to_owned());
    let asking = ConnectProxy::start(asking).await.unwrap();
    let by_file = given(&server, asking.url_with("gw%20lab@"), Some(PASSWORD));
    let by_address = by_variables(&server, &[("all_proxy", &asking.url_with(&format!("gw%20lab:{PASSWORD}@")))]);
    for proxy in [by_file, by_address.unwrap()] {
        let failed = dial(&ambient, &server, proxy).await;
        assert!(is_there(&failed), "{failed}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_named_as_such_and_never_told() {
    let (ambient, server) = (ambient(), teapot().await);
    let asking = ConnectProxy::start(ProxyManner::Asking("gw".to_owned(), PASSWORD.to_owned())).await.unwrap();
    let wrong = dial(&ambient, &server, given(&server, asking.url_with("gw@"), Some("not-that-one"))).await;
    let says = "says that the name or the password for it is wrong (407)";
    assert_eq!(wrong.to_string(), format!("Proxy: the proxy `{}` {says}", asking.url()));
    // As tinyproxy has it.
    asking.behave(ProxyManner::Answering("HTTP/1.1 401 Unauthorized".to_owned()));
    let wrong = dial(&ambient, &server, given(&server, asking.url_with("gw@"), Some("not-that-one"))).await;
    assert!(wrong.why.ends_with("says that the name or the password for it is wrong (401)"), "{wrong}");
    asking.behave(ProxyManner::Asking("gw".to_owned(), PASSWORD.to_owned()));
    let nameless = dial(&ambient, &server, given(&server, asking.url(), None)).await;
    assert!(nameless.why.ends_with("wants a name and a password (407, Basic)"), "{nameless}");
}

#[tokio::test]
async fn other_answers_are_named_and_a_pause_that_is_asked_for_is_kept() {
    let (ambient, server) = (ambient(), teapot().await);
    let busy = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120".to_owned();
    let proxy = ConnectProxy::start(ProxyManner::Answering(busy)).await.unwrap();
    let failed = dial(&ambient, &server, given(&server, proxy.url(), None)).await;
    assert_eq!((failed.leg, failed.retry_after), (Leg::Proxy, Some(Duration::from_mins(2))));
    assert!(failed.why.contains("503 Service Unavailable"), "{failed}");
    proxy.behave(ProxyManner::Answering("no HTTP at all".to_owned()));
    assert_eq!(dial(&ambient, &server, given(&server, proxy.url(), None)).await.leg, Leg::Proxy);
    let gone = proxy.url();
    drop(proxy);
    let failed = dial(&ambient, &server, given(&server, gone.clone(), None)).await;
    assert_eq!(failed.leg, Leg::Tcp);
    assert!(failed.why.contains(&gone), "{failed}");
}

#[tokio::test]
async fn whom_no_proxy_names_is_reached_without_one() {
    let (ambient, server) = (ambient(), teapot().await);
    let proxy = ConnectProxy::start(ProxyManner::Open).await.unwrap();
    for none in ["127.0.0.0/8", "127.0.0.1", "other.example.com, 127.0.0.1", "*"] {
        let found = by_variables(&server, &[("HTTP_PROXY", &proxy.url()), ("NO_PROXY", none)]).unwrap();
        assert!(found.is_none(), "{none}");
        assert!(is_there(&dial(&ambient, &server, found).await));
    }
    assert!(proxy.asked().is_empty());
    let set = [("HTTP_PROXY", proxy.url()), ("no_proxy", "10.0.0.0/8".to_owned())];
    let set: Vec<_> = set.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert!(is_there(&dial(&ambient, &server, by_variables(&server, &set).unwrap()).await));
    assert_eq!(proxy.asked().len(), 1);
    // Each scheme has its own variable.
    assert!(by_variables(&server, &[("HTTPS_PROXY", &proxy.url())]).unwrap().is_none());
    assert!(by_variables("https://a.example.com", &[("HTTPS_PROXY", &proxy.url())]).unwrap().is_some());
}

#[tokio::test]
async fn a_proxy_that_never_answers_is_given_up_in_time() {
    let (clock, server) = (TestClock::default(), teapot().await);
    let silent = ConnectProxy::start(ProxyManner::Silent).await.unwrap();
    let (proxy, slow) = (given(&server, silent.url(), None), clock.ambient(1));
    let dialling = tokio::spawn(async move { dial(&slow, &server, proxy).await });
    let asked = async {
        while silent.asked().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    ambient().within(Duration::from_secs(10), asked).await.expect("the proxy is asked");
    clock.advance(Leg::Proxy.limit().checked_sub(Duration::from_millis(1)).unwrap());
    tokio::task::yield_now().await;
    assert!(!dialling.is_finished());
    clock.advance(Duration::from_millis(1));
    let failed = dialling.await.unwrap();
    assert_eq!(failed.to_string(), format!("Proxy: the proxy `{}`: no answer within 10 s", silent.url()));
}

#[tokio::test]
async fn a_proxy_with_tls_is_believed_by_its_own_authorities_only() {
    let (ambient, server) = (ambient(), teapot().await);
    let (own, other) = (TestAuthority::new("own"), TestAuthority::new("other"));
    let proxy = ConnectProxy::secure(ProxyManner::Open, &own.sign_for(&["127.0.0.1"])).await.unwrap();
    let by = |authority: &TestAuthority| {
        let source = ProxySource::Given(proxy.url());
        Proxy::to(&server.parse().unwrap(), &source, None, &[authority.certificate()]).unwrap()
    };
    let failed = dial(&ambient, &server, by(&own)).await;
    assert!(is_there(&failed), "{failed}");
    assert_eq!(dial(&ambient, &server, by(&other)).await.leg, Leg::ProxyTls);
    assert_eq!(proxy.asked().len(), 1);
}

#[test]
fn what_is_no_proxy_is_refused_and_not_gone_around() {
    let to = |proxy: &str, password: Option<&str>| {
        let (server, password) = ("https://a.example.com".parse().unwrap(), password.map(Sensitive::from));
        Proxy::to(&server, &ProxySource::Given(proxy.to_owned()), password.as_ref(), &[]).err()
    };
    assert_eq!(to("http://", None), Some(InvalidProxy::Address("--proxy")));
    assert_eq!(to("socks5://proxy:1080", None), Some(InvalidProxy::Scheme("--proxy")));
    assert_eq!(to("http://a:b@proxy", None), Some(InvalidProxy::PasswordInArgument));
    assert_eq!(to("http://proxy", Some("b")), Some(InvalidProxy::PasswordOfNobody));
    assert_eq!(to("proxy:3128", None), None);
    for (name, value) in [("HTTPS_PROXY", "http://"), ("ALL_PROXY", "ftp://proxy")] {
        let refused = by_variables("https://a.example.com", &[(name, value)]).err();
        assert_eq!(refused, Some(InvalidProxy::Address(name)));
    }
}
