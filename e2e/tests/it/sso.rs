//! Single sign-on with a real `OpenID` provider: `docs/guides/single-sign-on.md`, as the people in it type it, each of them with
//! a browser.

mod browser;
mod provider;

use std::time::Duration;

use mayfly_e2e::{ClusterSide, waiting::until};
use mayfly_testkit::{
    ambient::ambient,
    fake_cluster::{FakeCluster, FakeClusterOptions},
};
use serde_json::{Value, json};

use self::{browser::Browser, provider::OpenIdProvider};
use crate::{
    room::Room,
    tutorials::{blocks, documents},
};

/// For a person who waits for a page.
const PATIENCE: Duration = Duration::from_mins(1);
/// The promise: what was taken away is gone.
const RIGHTS_ARE_GONE: Duration = Duration::from_secs(5);
/// A token begins as every JWT does.
const JWT: &str = "eyJ";

fn accounts(ben: &[&str]) -> Value {
    let account = |name: &str, groups: &[&str]| {
        let email = format!("{}@example.com", name.to_lowercase());
        json!({"email": email, "email_verified": true, "name": name, "groups": groups})
    };
    json!({"ana": account("Ana", &[]), "ben": account("Ben", ben), "cara": account("Cara", &["leads"])})
}

struct Scene {
    room: Room,
    provider: OpenIdProvider,
    cluster: ClusterSide,
}

impl Scene {
    /// A block with the names of the page replaced by what there is.
    fn real(&self, block: &str) -> String {
        let cluster = &self.cluster;
        let names = [
            ("https://id.example.com", self.provider.issuer.as_str()),
            ("https://kubernetes.example.com:6443", &cluster.url),
            ("--namespace web-shop", &format!("--namespace {}", cluster.namespace)),
            ("--service-account deployer", &format!("--service-account {}", mayfly_e2e::ACCOUNT)),
        ];
        names.iter().fold(block.to_owned(), |block, (name, real)| block.replace(name, real))
    }

    /// Somebody types `mayfly login --sso` and does in a browser what they are told.
    async fn logs_in(&self, block: &str, name: &str) {
        let (told, room) = (format!("told-to-{name}"), self.room.clone());
        self.room.write(&told, "");
        // A browser that fails is not waited for.
        let typed = block.replace("mayfly login --sso acme", &format!("timeout 120 mayfly login --sso acme 2> {told}"));
        let typing = tokio::task::spawn_blocking(move || room.types(&typed));
        let asked = until(PATIENCE, "an address and a code are shown", async || {
            let told = self.room.read(&told);
            let address = told.lines().find_map(|line| line.trim().strip_prefix("http"));
            let code = told.lines().find_map(|line| line.rsplit_once("this code there: "));
            Ok(address.zip(code).map(|(address, (_, code))| (format!("http{address}"), code.trim().to_owned())))
        });
        let (address, code) = asked.await.unwrap();
        assert!(!address.contains(&code), "the code is in the address");
        let browser = Browser::of(&self.provider, self.room.url());
        let page = browser.visit(&address, &[("login", name), ("password", "any"), ("code", &code)]).await;
        assert!(page.text.contains("is signed in"), "{}", page.text);
        let output = typing.await.unwrap();
        assert!(output.status.success(), "{}", self.room.read(&told));
    }
}

// The cluster answers while a person types.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guide_of_single_sign_on_leads_where_it_says() {
    let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap();
    let provider = OpenIdProvider::start(&accounts(&["platform", "all"])).await;
    let room = Room::open_with(&[("MAYFLY_PUBLIC_URL", provider::PUBLIC_URL)]).await;
    let scene = Scene { room, provider, cluster: ClusterSide::fake(&cluster) };
    let room = &scene.room;
    for (file, text) in [
        ("cluster-ca.pem", scene.cluster.authority.as_str()),
        ("cluster-token", &scene.cluster.issuer_token),
        ("provider-ca.pem", &scene.provider.ca),
        ("client-secret", provider::CLIENT_SECRET),
    ] {
        room.write(file, text);
    }
    let mut page = blocks(&documents().join("guides/single-sign-on.md")).into_iter();
    let mut next = |words: &str| {
        let block = page.next().expect("a block more");
        assert!(block.contains(words), "`{words}` is not in\n{block}");
        scene.real(&block)
    };
    for words in ["bootstrap", "login --email ana", "project create", "secret create", "role create", "policy set"] {
        room.done(&next(words));
    }
    let (tested, _) = room.done(&next("sso set"));
    assert!(tested.contains("pkce") && tested.contains("S256"), "{tested}");
    scene.logs_in(&next("login --sso"), "ben").await;
    scene.logs_in(&next("login --sso"), "cara").await;
    let (_, told) = room.done(&next("token-for-dev"));
    assert!(told.contains("mayfly approval fetch"), "{told}");
    assert!(room.read("token-for-dev").starts_with(JWT));
    room.done(&next("approval approve"));
    room.done(&next("approval fetch"));
    assert!(room.read("token-for-prod").starts_with(JWT));
    let (links, _) = room.done(&next("sso links"));
    assert!(links.contains("ben@example.com") && links.contains("cara@example.com"), "{links}");
    follows(&scene).await;
    room.done(&next("--passwords refused"));
    let refused = room.types("# Dan\nmayfly login --email ana@example.com");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("single sign-on"), "{refused:?}");
    assert_eq!(page.next(), None, "a block that nobody followed");
}

/// In a browser: there, back, and on; and what the provider takes away is gone.
async fn follows(scene: &Scene) {
    let issue = "# Ben\nmayfly token deployer --project web-shop --env dev --ttl 10m > again";
    scene.room.done(issue);
    scene.provider.knows(&accounts(&["all"]));
    let browser = Browser::of(&scene.provider, scene.room.url());
    let start = format!("{}/api/v1/auth/sso/acme/start?returnPath=%2Fapi%2Fv1%2Fusers%2Fme", scene.room.url());
    let page = browser.visit(&start, &[("login", "ben"), ("password", "any")]).await;
    assert!(page.text.contains("url=/api/v1/users/me"), "{}", page.text);
    let own = browser.visit(&format!("{}/api/v1/users/me", scene.room.url()), &[]).await;
    assert!(own.text.contains("ben@example.com"), "{}", own.text);
    let gone = until(RIGHTS_ARE_GONE, "the right is gone", async || {
        Ok((!scene.room.types(issue).status.success()).then_some(()))
    });
    gone.await.unwrap();
}
