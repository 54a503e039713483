//! What is tried in great numbers: spellings of a namespace, inner addresses, texts that could be statements, packed bodies.

use std::{
    collections::BTreeSet,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use mayfly_testkit::{counts, fake_cluster::Calls};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Database, NAMESPACE, TestServer, TestServerOptions};

/// Ways to write the one namespace that is allowed, and others that are not, so that somebody might take the one for the other.
fn spellings() -> BTreeSet<String> {
    let name = NAMESPACE;
    let mut found: BTreeSet<String> = [
        "",
        "kube-system",
        "default",
        "*",
        "%",
        "_",
        "?",
        "..",
        ".",
        "/",
        "\\",
        "null",
        "undefined",
        "true",
        "0",
        "-",
        "--",
        "TEAM-A",
        "Team-A",
        "team_a",
        "team.a",
        "team a",
        "teama",
        "team--a",
        "team-aa",
        "team-b",
        "team-а",
        "tеam-a",
        "team‐a",
        "team-a\u{301}",
        "ｔｅａｍ-ａ",
        "team-a,kube-system",
        "team-a;kube-system",
        "team-a|kube-system",
        "team-a&kube-system",
        "team-a=kube-system",
        "['team-a']",
        "[\"kube-system\"]",
        "{team-a,kube-system}",
        "^team-a$",
        "team-.*",
        "team-?",
    ]
    .map(str::to_owned)
    .into();
    for odd in
        [" ", "\t", "\n", "\r", "\0", "\u{a0}", "\u{200b}", "\u{feff}", "\u{202e}", "/", ".", "-", "%20", "%00", "%2f"]
    {
        found.extend([format!("{odd}{name}"), format!("{name}{odd}"), format!("{odd}{name}{odd}")]);
    }
    for way in ["../", "./", "..%2f", "%2e%2e/", "..\\"] {
        found.extend([format!("{way}kube-system"), format!("{name}/{way}kube-system")]);
    }
    found.insert("a".repeat(64));
    found.insert(name.repeat(50));
    found
}

#[tokio::test]
async fn eighty_spellings_of_a_namespace_and_more_reach_no_cluster() {
    let server = TestServer::sqlite().await;
    server.new_dynamic_secret("ci").await;
    let spellings: Vec<String> = spellings().into_iter().filter(|text| !text.is_empty()).collect();
    assert!(spellings.len() > 80, "{}", spellings.len());
    let (before, rows) = (server.cluster.requests().count(Calls::All), server.home.rows().await["leases"]);
    for namespace in spellings {
        let asked = json!({"config": { "namespace": namespace }});
        let answer = server.issue_with(&server.as_admin(), "ci", &asked).await;
        assert!((400..500).contains(&answer.status), "{namespace:?}: {}", answer.text);
    }
    assert_eq!(server.cluster.requests().count(Calls::All), before, "nothing was asked of the cluster");
    assert_eq!(server.home.rows().await["leases"], rows, "no lease was reserved");
    let asked = json!({"config": { "namespace": NAMESPACE }});
    server.issue_with(&server.as_admin(), "ci", &asked).await.ok();
}

/// Hosts that lead to this machine, to its neighbours on the link or to a metadata service, in each way of writing them.
fn inner_hosts() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for address in [
        Ipv4Addr::LOCALHOST,
        Ipv4Addr::new(127, 1, 2, 3),
        Ipv4Addr::new(169, 254, 169, 254),
        Ipv4Addr::new(169, 254, 0, 1),
        Ipv4Addr::new(100, 100, 100, 200),
        Ipv4Addr::new(168, 63, 129, 16),
        Ipv4Addr::UNSPECIFIED,
        Ipv4Addr::BROADCAST,
        Ipv4Addr::new(224, 0, 0, 1),
    ] {
        let [a, b, c, d] = address.octets();
        let whole = u32::from(address);
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        found.extend([
            address.to_string(),
            format!("{address}."),
            whole.to_string(),
            format!("{whole:#x}"),
            format!("0{whole:o}"),
            format!("{a}.{b}.{low}"),
            format!("{a}.{}", whole & 0x00ff_ffff),
            format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
            format!("[::ffff:{address}]"),
            format!("[::ffff:{high:x}:{low:x}]"),
            format!("[64:ff9b::{address}]"),
            format!("[64:ff9b::{high:x}:{low:x}]"),
            format!("[2002:{high:x}:{low:x}::1]"),
            format!("user:password@{address}"),
        ]);
    }
    found.extend(
        [
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fe80::1%25eth0]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
            "127。0。0。1",
        ]
        .map(str::to_owned),
    );
    found
}

#[tokio::test]
async fn a_hundred_and_fifty_addresses_within_get_no_connection() {
    let options = TestServerOptions { reaches_loopback: false, ..TestServerOptions::new(Database::Sqlite) };
    let server = TestServer::start(options).await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let caught = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&caught);
    let trap = tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counting.fetch_add(1, Ordering::AcqRel);
        }
    });
    let mut tried = 0;
    for host in inner_hosts() {
        let url = format!("https://{host}:{port}");
        let connection = json!({"name": format!("trap-{tried}"), "url": url, "clusterToken": server.cluster_token});
        let answer = server.as_admin().post("/api/v1/cluster-connections", &connection).await;
        assert!((400..500).contains(&answer.status), "{url}: {} {}", answer.status, answer.text);
        tried += 1;
    }
    assert!(tried >= 140, "{tried} addresses");
    assert_eq!(caught.load(Ordering::Acquire), 0, "somebody was called");
    // The trap works.
    drop(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    crate::support::wait_until("the trap is sprung", async || caught.load(Ordering::Acquire) == 1).await;
    trap.abort();
}

/// Texts by which a statement could be ended, widened or slowed.
fn statements() -> Vec<String> {
    let ends = ["'", "\"", "`", "')", "\")", "'))", "\\'", "%27", "''", "';"];
    let middles = [
        " OR 1=1",
        " OR '1'='1",
        " AND 1=0",
        " UNION SELECT 1",
        " UNION ALL SELECT NULL,NULL",
        "; DROP TABLE leases",
        "; DELETE FROM audit_events",
        " AND 1=(SELECT COUNT(*) FROM users)",
        " AND pg_sleep(5) IS NULL",
        " AND randomblob(1000000000) IS NULL",
    ];
    let comments = ["", " --", " /*"];
    let mut found = Vec::new();
    for end in ends {
        for middle in middles {
            found.extend(comments.map(|comment| format!("{end}{middle}{comment}")));
        }
    }
    found
}

/// Every parameter and every text of a search, by the API's own description.
#[tokio::test]
async fn no_parameter_of_any_reading_operation_is_taken_for_a_statement() {
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    let admin = server.as_admin();
    let described = server.as_nobody().get("/api/openapi.json").await.ok();
    let all = statements();
    assert_eq!(all.len(), 300);
    let every = all.len() / counts::of(counts::STATEMENTS);
    let rows = server.home.rows().await;
    let mut tried = 0;
    for (pattern, operations) in described["paths"].as_object().unwrap() {
        // Two of them go on by themselves.
        let goes_on = ["/live", "/events"].iter().any(|end| pattern.ends_with(end));
        let Some(reading) = operations.get("get").filter(|_| !goes_on) else { continue };
        let path = pattern.replace("{projectId}", &server.project.id);
        let path =
            path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/");
        let names = reading["parameters"].as_array().into_iter().flatten();
        let names: Vec<&str> =
            names.filter(|one| one["in"] == "query").map(|one| one["name"].as_str().unwrap()).collect();
        for name in &names {
            for text in all.iter().step_by(every) {
                // The project is there, so that what comes after it is looked at.
                let slug = server.project.slug.clone();
                let mut query = vec![(*name, text.as_str())];
                if *name != "projectSlug" && names.contains(&"projectSlug") {
                    query.push(("projectSlug", slug.as_str()));
                }
                let answer = admin.ask(&path, &query).await;
                assert!(answer.status < 500, "{path} {query:?}: {}", answer.text);
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
    let mut after = server.home.rows().await;
    // What is asked for in vain is recorded.
    for table in ["audit_events", "audit_positions"] {
        after.insert(table.to_owned(), rows.get(table).copied().unwrap_or_default());
    }
    let changed: Vec<&String> =
        after.iter().filter(|(table, count)| rows.get(*table) != Some(*count)).map(|(table, _)| table).collect();
    assert!(changed.iter().all(|table| table.starts_with("audit_")), "{changed:?}");
    assert_eq!(admin.get("/api/v1/projects").await.ok()["projects"].as_array().unwrap().len(), 1);
}

/// `{"name":"packed"}`, as gzip.
const PACKED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xabV\xcaK\xccMU\xb2R*HL\xceNMQ\xaa\x05\x00\xfc\xab\xea\xe9\x11\x00\x00\x00";

#[tokio::test]
async fn a_packed_body_is_not_unpacked() {
    let server = TestServer::sqlite().await;
    let made = "SELECT COUNT(*) FROM identities WHERE name = 'packed'";
    for encoding in ["gzip", "deflate", "br", "zstd", "identity"] {
        let packer = server.as_admin().with_header("content-encoding", encoding);
        let answer = packer.post_bytes("/api/v1/identities", Some("application/json"), PACKED.to_vec()).await;
        assert!((400..500).contains(&answer.status), "{encoding}: {}", answer.text);
    }
    assert_eq!(server.home.number(made).await, 0);
    server.as_admin().post("/api/v1/identities", &Value::from_iter([("name", "packed")])).await.ok();
    assert_eq!(server.home.number(made).await, 1);
}
