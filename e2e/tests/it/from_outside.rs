//! What others on the machine can do to the server, and see of it: variables of the environment, the list of processes, ports.

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use mayfly_e2e::{Installation, Mayfly, Scene, binary, waiting::until};
use mayfly_testkit::certificates::TestAuthority;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_mins(1);
/// What nobody may see in the list of processes.
const PLANTED: &str = "planted-where-a-secret-goes";

/// Counts who comes to a port of this machine.
fn trap() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, caught) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counting = Arc::clone(&caught);
    thread::spawn(move || {
        // It is counted before it is closed, and who comes learns of it.
        while let Ok(_open) = listener.accept() {
            counting.fetch_add(1, Ordering::AcqRel);
        }
    });
    (port, caught)
}

#[tokio::test]
async fn proxy_variables_lead_no_call_of_the_server_elsewhere() {
    let (proxy, caught) = trap();
    let (target, reached) = trap();
    let proxy = format!("http://127.0.0.1:{proxy}");
    let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let settings = names.map(|name| (name, proxy.as_str()));
    let mayfly = Installation::sqlite().await.start_with(&settings).await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let (admin, url) = (&scene.client, format!("https://127.0.0.1:{target}"));
    let ca = TestAuthority::new("Nobody").pem();

    // A cluster, which is called when the connection is made.
    let connection = json!({"name": "x", "url": url, "ca": ca, "clusterToken": "e30.e30.c2ln"});
    assert!(admin.post::<Value>("/api/v1/cluster-connections", &connection).await.is_err());
    assert!(reached.load(Ordering::Acquire) > 0, "the cluster was called directly");

    // An identity provider, whose document is read when an identity is to sign in by it.
    let before = reached.load(Ordering::Acquire);
    let identity: Value = admin.post("/api/v1/identities", &json!({"name": "ci"})).await.unwrap();
    let provider = json!({"oidcDiscoveryUrl": url, "boundIssuer": url, "caCert": ca, "boundAudiences": "mayfly",
        "boundSubject": "repo:acme/shop"});
    let path = format!("/api/v1/auth/oidc-auth/identities/{}", identity["identity"]["id"].as_str().unwrap());
    assert!(admin.post::<Value>(&path, &provider).await.is_err());
    assert!(reached.load(Ordering::Acquire) > before, "the provider was called directly");

    // A receiver of audit events, which is called in time.
    let before = reached.load(Ordering::Acquire);
    let stream = json!({"name": "lake", "kind": "https", "url": format!("{url}/ingest"), "secret": PLANTED, "ca": ca});
    let _: Value = admin.post("/api/v1/audit-streams", &stream).await.unwrap();
    let called =
        until(
            PATIENCE,
            "the receiver is called",
            async || Ok((reached.load(Ordering::Acquire) > before).then_some(())),
        );
    called.await.unwrap();
    assert_eq!(caught.load(Ordering::Acquire), 0, "somebody went by the proxy");
    mayfly.stop().await.unwrap();
}

/// Ports on which a process listens, by the sockets that it holds (proc(5)).
fn listening(process: i32) -> BTreeSet<u16> {
    let held: BTreeSet<String> = fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()?.to_str().map(str::to_owned))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut ports = BTreeSet::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let text = fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (local, state, inode) = (fields[1], fields[3], fields[9]);
            // Listening, or a socket of datagrams.
            if held.contains(inode) && (state == "0A" || table.starts_with("udp")) {
                ports.insert(u16::from_str_radix(local.rsplit_once(':').unwrap().1, 16).unwrap());
            }
        }
    }
    ports
}

/// What `ps` could show of every process, over and over until it is told to stop.
fn watch(is_over: &AtomicBool) -> (usize, Vec<String>) {
    let (mut looked, mut found) = (0, Vec::new());
    while !is_over.load(Ordering::Acquire) {
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            looked += usize::from(line.contains("mayfly"));
            if line.contains(PLANTED) {
                found.push(line);
            }
        }
    }
    (looked, found)
}

type Variables = Vec<(&'static str, String)>;

/// Commands that take a secret, each by a variable of its own, as the guides show them; it does not matter what comes of them.
fn commands(mayfly: &Mayfly) -> Vec<(Vec<String>, Variables)> {
    let secret = || format!("{PLANTED}-{}", "x".repeat(20));
    let command = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let server = ("MAYFLY_SERVER", mayfly.url().to_owned());
    let id = "018f0000-0000-7000-8000-000000000000";
    vec![
        (command(&format!("login --client-id {id}")), vec![server.clone(), ("MAYFLY_CLIENT_SECRET", secret())]),
        (
            command(&format!("login --method oidc --identity {id}")),
            vec![server.clone(), ("MAYFLY_IDENTITY_TOKEN", secret())],
        ),
        (command("project ls"), vec![server.clone(), ("MAYFLY_TOKEN", secret())]),
        (command("user ls"), vec![server.clone(), ("MAYFLY_TOKEN", secret())]),
        (command("token ci --project shop"), vec![server, ("MAYFLY_TOKEN", secret())]),
        (
            command("admin recover --email ana@example.com"),
            vec![("MAYFLY_DATABASE_URL", format!("postgres://mayfly:{}@127.0.0.1:1/x", secret()))],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_processes_has_no_secret_and_the_server_one_port() {
    let smtp = format!("smtps://mayfly:{PLANTED}@127.0.0.1:1");
    let settings = [
        ("MAYFLY_SMTP_URL", smtp.as_str()),
        ("MAYFLY_SMTP_FROM", "Mayfly <mayfly@example.com>"),
        ("MAYFLY_PUBLIC_URL", "https://mayfly.example.com"),
    ];
    let program = binary::path().await.unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let until_over = Arc::clone(&is_over);
    let watching = thread::spawn(move || watch(&until_over));
    let mayfly = Installation::postgres().await.start_with(&settings).await.unwrap();
    Scene::bootstrap(&mayfly).await.unwrap();
    let mut ended = 0;
    for (arguments, variables) in commands(&mayfly) {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(&program);
        command.args(&arguments).envs(variables).env("MAYFLY_CONFIG_DIR", home.path()).env("HOME", home.path());
        let told = tokio::task::spawn_blocking(move || command.stdin(std::process::Stdio::null()).output().unwrap());
        let told = told.await.unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
        assert!(!told.status.success() && !text.contains(PLANTED), "{arguments:?}: {text}");
        ended += 1;
    }
    assert_eq!(ended, 6);
    let own: u16 = mayfly.url().rsplit_once(':').unwrap().1.parse().unwrap();
    assert_eq!(listening(mayfly.process_id()), BTreeSet::from([own]), "nothing for metrics or for debugging");
    is_over.store(true, Ordering::Release);
    let (looked, found) = watching.join().unwrap();
    assert!(looked > 6, "the server and the commands were seen");
    assert_eq!(found, Vec::<String>::new());
    mayfly.stop().await.unwrap();
}
