//! The cluster and the server that are measured.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use mayfly_e2e::{ACCOUNT, Installation, Mayfly, RealGround, Scene};
use mayfly_testkit::real_cluster::{ClusterOptions, RealCluster, SigningKey};
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How a token is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A TokenRequest, sent to the API server.
    Bare,
    /// A lease, asked of Mayfly, which sends the TokenRequest.
    Mayfly,
}

impl Way {
    pub(crate) const BOTH: [Self; 2] = [Self::Bare, Self::Mayfly];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Mayfly => "Mayfly",
        }
    }
}

/// Everything, running.
pub(crate) struct Stage {
    ground: RealGround,
    pub(crate) mayfly: Mayfly,
    scene: Scene,
    /// As a program of its own would have it: one client, many requests.
    bare: Client,
    _cluster_folder: TempDir,
}

impl Stage {
    pub(crate) async fn set() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let options = ClusterOptions {
            name: "bench".to_owned(),
            state_dir: folder.path().join("cluster"),
            port: 0,
            signing_key: Some(SigningKey::P256),
        };
        let ground = RealGround::prepare(Arc::new(RealCluster::start(&options).await?), "bench").await?;
        let mayfly = Installation::sqlite().await.start().await?;
        let scene = Scene::with_secret(&mayfly, &ground.side).await?;
        let bare = ground.cluster.client()?;
        Ok(Self { ground, mayfly, scene, bare, _cluster_folder: folder })
    }

    /// One token.
    pub(crate) async fn token(&self, way: Way) -> anyhow::Result<()> {
        let length = match way {
            Way::Bare => self.token_request().await?,
            Way::Mayfly => Scene::token(&self.scene.issue(None).await?).map(str::len),
        };
        ensure!(length.context("the answer has no token")? > 0, "the token is empty");
        Ok(())
    }

    /// What Mayfly sends, by the same issuer.
    async fn token_request(&self) -> anyhow::Result<Option<usize>> {
        let side = &self.ground.side;
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{ACCOUNT}/token", side.namespace);
        let request = self.bare.post(format!("{}{path}", side.url)).bearer_auth(&side.issuer_token);
        let answer = request.json(&json!({ "spec": { "expirationSeconds": 3600 } })).send().await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        Ok(answer.pointer("/status/token").and_then(Value::as_str).map(str::len))
    }

    /// The version of Kubernetes.
    pub(crate) fn cluster_version(&self) -> &str {
        &self.ground.cluster.summary().version
    }

    /// The API server's process, with its database in it.
    pub(crate) fn cluster_process(&self) -> anyhow::Result<i32> {
        Ok(i32::try_from(self.ground.cluster.summary().process_id)?)
    }

    /// Ends everything.
    pub(crate) async fn strike(self) -> anyhow::Result<()> {
        self.mayfly.stop().await
    }
}
