//! The first administrator, asked for over an address that is not loopback: no header stands in for the peer here.
//!
//! The address is one of this machine's own. Where it has none, the test runs itself once more in a network namespace
//! that has one; where that is not permitted either, it fails and says so.

use std::{
    env,
    net::{IpAddr, SocketAddr, UdpSocket},
    process::Command,
};

use serde_json::json;

use crate::support::{Database, TestServer, TestServerOptions, merged};

const PATH: &str = "/api/v1/admin/bootstrap";
const TEST: &str = "bootstrap_from_elsewhere::a_peer_that_is_not_loopback_needs_the_code";
/// Set for the run in the namespace, which does not try another one.
const INSIDE: &str = "MAYFLY_TEST_IN_NAMESPACE";
/// An address for documentation (RFC 5737): nobody's, and so free to be ours in a namespace.
const FREE: &str = "192.0.2.1";

/// The address from which this machine would speak to others. Connecting a datagram socket sends nothing.
fn own_address() -> Option<IpAddr> {
    let towards = [FREE, "198.51.100.1", "2001:db8::1"].map(|address| address.parse::<IpAddr>().unwrap());
    towards.into_iter().find_map(|address| {
        let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any).ok()?;
        socket.connect((address, 9)).ok()?;
        let own = socket.local_addr().ok()?.ip();
        (!own.is_loopback() && !own.is_unspecified()).then_some(own)
    })
}

/// Runs this test in a namespace with an address; says whether that was possible.
fn runs_in_namespace() -> bool {
    let this = env::current_exe().unwrap();
    let prepare = format!("ip link set lo up && ip address add {FREE}/32 dev lo");
    let begin = || Command::new("unshare");
    let is_permitted = begin().args(["--net", "sh", "-c", &prepare]).output().is_ok_and(|tried| tried.status.success());
    if !is_permitted {
        return false;
    }
    let run = format!("{prepare} && exec \"$0\" --exact {TEST}");
    let run = begin().args(["--net", "sh", "-c", &run]).arg(this).env(INSIDE, "yes").output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success() && told.contains("1 passed"), "{told}{}", String::from_utf8_lossy(&run.stderr));
    true
}

#[tokio::test]
async fn a_peer_that_is_not_loopback_needs_the_code() {
    let Some(address) = own_address() else {
        assert!(env::var_os(INSIDE).is_none(), "the namespace has no address after all");
        assert!(runs_in_namespace(), "this machine has no address but loopback, and `unshare --net` is not permitted");
        println!("this machine has no address but loopback: a network namespace stood in");
        return;
    };
    let listen = SocketAddr::new(address, 0);
    let server = TestServer::bare(TestServerOptions { listen, ..TestServerOptions::new(Database::Sqlite) }).await;
    let code = server.written_setup_code();
    let request = json!({"email": "ana@example.com", "password": "correct horse battery", "organization": "Shop"});
    let with_code = |code: &str| merged(&request, &json!({ "setupCode": code }));
    let plain = server.as_nobody();
    // What a header claims is not believed.
    let claiming = server.as_nobody().with_header("host", "localhost");
    for caller in [&plain, &claiming] {
        caller.post(PATH, &request).await.refused(403, "setup_code");
        caller.post(PATH, &with_code("wrong")).await.refused(403, "setup_code");
    }
    assert_eq!(server.home.number("SELECT COUNT(*) FROM users").await, 0);
    plain.post(PATH, &with_code(&code)).await.ok();
    assert_eq!(server.home.number("SELECT COUNT(*) FROM users").await, 1);
    let seen = "SELECT ip_address FROM audit_events WHERE kind = 'bootstrap-instance'";
    assert_eq!(server.home.text(seen).await, address.to_string());
    println!("bootstrap was asked for from {address}");
}
