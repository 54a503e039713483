//! The tutorials, as whoever follows them types them: every `sh` block, before a real API server, with the manifests
//! that the pages name.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mayfly_e2e::{Installation, Mayfly, Pod, RIGHTS_PATIENCE, RealGround, binary, waiting::until};
use mayfly_testkit::{
    real_cluster::{ClusterOptions, RealCluster},
    tools::{self, HelmVersion},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tools::{kubectl, own};

/// A lease of a minute, and what its end may take.
const ENDED_WITHIN: Duration = Duration::from_secs(80);
/// How the pages say that a command is to fail.
const REFUSED: &str = "# refused";
/// Where one block's variable waits for the next.
const KEPT: &str = "kept-token";
const KUBECONFIG: &str = "kubeconfig";

/// Somebody at a terminal, in the folder of the repository as far as they can see.
struct Reader {
    home: TempDir,
    cluster: Arc<RealCluster>,
    server: Mayfly,
}

impl Reader {
    /// The namespaces of the pages are the cluster's own, so it is shared with nobody.
    async fn sit_down() -> Self {
        let home = tempfile::tempdir().unwrap();
        let options = ClusterOptions {
            name: "tutorials".to_owned(),
            state_dir: home.path().join("cluster"),
            port: 0,
            signing_key: None,
        };
        let cluster = Arc::new(RealCluster::start(&options).await.unwrap());
        let server = Installation::sqlite().await.start().await.unwrap();
        let programs = home.path().join("bin");
        fs::create_dir(&programs).unwrap();
        symlink(binary::path().await.unwrap(), programs.join("mayfly")).unwrap();
        let kubectl = tokio::task::spawn_blocking(kubectl).await.unwrap();
        // One that the machine has is on the path already.
        if kubectl.is_absolute() {
            symlink(kubectl, programs.join("kubectl")).unwrap();
        }
        symlink(binary::gateway().await.unwrap(), programs.join("mayfly-gateway")).unwrap();
        let helm = tokio::task::spawn_blocking(|| tools::helm(HelmVersion::Four)).await.unwrap().unwrap();
        symlink(helm, programs.join("helm")).unwrap();
        symlink(documents(), home.path().join("docs")).unwrap();
        symlink(documents().with_file_name("charts"), home.path().join("charts")).unwrap();
        fs::write(home.path().join(KUBECONFIG), kubeconfig(&cluster).to_string()).unwrap();
        Self { home, cluster, server }
    }

    /// Types a block, and answers `input` to what it asks.
    fn types(&self, block: &str, input: &str) -> Output {
        let kept = fs::read_to_string(self.home.path().join(KEPT)).unwrap_or_default();
        let answers = self.home.path().join("answers");
        fs::write(&answers, input).unwrap();
        let mut shell = Command::new("sh");
        shell.arg("-euc").arg(format!("{}\nprintf %s \"$TOKEN\" > {KEPT}\n", inverted(block)));
        shell.current_dir(self.home.path()).env("HOME", self.home.path()).env("TOKEN", kept);
        shell.env("PATH", format!("{}:{}", self.home.path().join("bin").display(), std::env::var("PATH").unwrap()));
        shell.env("MAYFLY_DATA_DIR", self.server.data_dir());
        shell.env("KUBECONFIG", self.home.path().join(KUBECONFIG)).env("MAYFLY_SERVER", self.server.url());
        shell.env_remove("MAYFLY_TOKEN").env("MAYFLY_CONFIG_DIR", self.home.path().join("config"));
        shell.stdin(Stdio::from(fs::File::open(answers).unwrap())).output().unwrap()
    }

    /// The same until it succeeds: rights are learnt by a watch.
    async fn succeeds(&self, block: &str, input: &str) -> String {
        let mut told = String::new();
        let done = until(RIGHTS_PATIENCE, "a block of the page succeeds", async || {
            let output = self.types(block, input);
            told = format!("{block}\n{}", String::from_utf8_lossy(&output.stderr));
            Ok(output.status.success().then(|| String::from_utf8(output.stdout).unwrap()))
        });
        let done = done.await;
        done.unwrap_or_else(|error| panic!("{error:#}: {told}"))
    }
}

/// The admin signs in by token, as most kubeconfigs do: `--token` does not replace a client certificate.
fn kubeconfig(cluster: &RealCluster) -> Value {
    let ca = STANDARD.encode(cluster.ca_pem());
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "c", "cluster": { "server": cluster.server(), "certificate-authority-data": ca } }],
        "users": [{ "name": "u", "user": { "token": cluster.admin_token() } }],
        "contexts": [{ "name": "x", "context": { "cluster": "c", "user": "u" } }],
        "current-context": "x",
    })
}

/// A command that is to fail makes the block fail unless it does.
pub(crate) fn inverted(block: &str) -> String {
    let line = |line: &str| if line.contains(REFUSED) { format!("! {{ {line}\n}} || exit 1") } else { line.to_owned() };
    block.lines().map(line).collect::<Vec<_>>().join("\n")
}

pub(crate) fn documents() -> PathBuf {
    own("../docs").canonicalize().unwrap()
}

/// The `sh` blocks of a page, in order.
pub(crate) fn blocks(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.collect()
}

/// The first page up to its first token: what the others build on.
async fn follow_first_page(reader: &Reader) {
    let mut first = blocks(&documents().join("tutorials/first-token.md"));
    // The server runs already. Which lease is to end, and that it shall, is for a person to say.
    first.retain(|block| !block.starts_with("mayfly server") && !block.contains("LEASE-ID"));
    assert_eq!(first.len(), 7, "{first:?}");
    for block in &first {
        reader.succeeds(block, "correct horse battery\n").await;
    }
}

#[tokio::test]
async fn real_tutorials_lead_where_they_say() {
    let reader = Reader::sit_down().await;
    follow_first_page(&reader).await;
    let next = blocks(&documents().join("tutorials/tokens-that-end.md"));
    let [rights, secret, token, use_it] = next.as_slice() else { panic!("{next:?}") };
    reader.succeeds(rights, "").await;
    assert_eq!(reader.succeeds(secret, "").await, "reader\n");
    let made = reader.succeeds(token, "").await;
    assert!(made.contains("serviceaccount/") && made.contains("rolebinding.rbac"), "{made}");
    reader.succeeds(use_it, "").await;
    let list = token.lines().find(|line| line.starts_with("kubectl")).unwrap();
    let gone = until(ENDED_WITHIN, "account and binding are gone", async || {
        let output = reader.types(list, "");
        Ok((output.status.success() && output.stdout.is_empty()).then_some(()))
    });
    gone.await.unwrap();
    let refused = until(RIGHTS_PATIENCE, "the token is refused", async || {
        let told = String::from_utf8_lossy(&reader.types(use_it, "").stderr).into_owned();
        Ok(told.contains("must be logged in").then_some(()))
    });
    refused.await.unwrap();
    reader.server.stop().await.unwrap();
}

#[tokio::test]
async fn real_tutorial_of_a_private_cluster_leads_where_it_says() {
    let reader = Reader::sit_down().await;
    follow_first_page(&reader).await;
    let page = blocks(&documents().join("tutorials/private-cluster.md"));
    let [make, values, helm, apply, there, secrets, existing, temporary, refused] = page.as_slice() else {
        panic!("{page:?}")
    };
    for block in [make, values, helm] {
        reader.succeeds(block, "").await;
    }
    // The page has two ways, and they are for the same objects.
    reader.succeeds("helm uninstall mayfly-gateway --namespace mayfly --wait=false", "").await;
    reader.succeeds("kubectl delete namespace mayfly --ignore-not-found", "").await;
    reader.succeeds("kubectl delete namespace leases --ignore-not-found", "").await;
    reader.succeeds(apply, "").await;

    let ground = RealGround::prepare(Arc::clone(&reader.cluster), "kubelet").await.unwrap();
    let manifest = fs::read_to_string(reader.home.path().join("gateway.yaml")).unwrap();
    let objects: Vec<Value> = serde_saphyr::from_multiple(&manifest).unwrap();
    let pod = Pod::prepare(&ground, &objects, "0b8f7b2e-3a55-4c0e-9d55-2a6f6a1d7e01").await.unwrap();
    let running = pod.start().await.unwrap();
    reader.succeeds(there, "").await;
    assert_eq!(reader.succeeds(secrets, "").await, "private-deployer\nprivate-view\n");
    for block in [existing, temporary, refused] {
        reader.succeeds(block, "").await;
    }
    let told = String::from_utf8(reader.types(refused, "").stderr).unwrap();
    assert!(told.contains("lacks the right `create` on `serviceaccounts/token` named `default`"), "{told}");
    running.stop().await.unwrap();
    reader.server.stop().await.unwrap();
}
