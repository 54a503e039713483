//! A gateway's process with what a pod of it would have: there is no kubelet, so what a kubelet would do from a Deployment is done here.

use std::{fs, path::Path, process::Stdio};

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::{RealGround, binary, gateway::RunningGateway, mayfly::clear};

/// The container's folders, arguments and environment, below a folder of this machine.
#[derive(Debug)]
pub struct Pod {
    folder: TempDir,
    arguments: Vec<String>,
    instance: String,
    cluster: String,
}

impl Pod {
    /// The pod of the Deployment among `objects`, which are in the cluster of `ground`, as the one with the UID `instance`. Its
    /// tokens are made as a kubelet would: of its account, for the audiences and times that the volumes say.
    ///
    /// # Errors
    /// When the Deployment takes what is not there.
    pub async fn prepare(ground: &RealGround, objects: &[Value], instance: &str) -> anyhow::Result<Self> {
        let deployment = objects.iter().find(|object| object.get("kind") == Some(&json!("Deployment")));
        let deployment = deployment.context("there is a Deployment")?;
        let spec = deployment.pointer("/spec/template/spec").context("a Deployment has a pod")?;
        let (namespace, account) = (text(deployment, "/metadata/namespace")?, text(spec, "/serviceAccountName")?);
        let home = format!("/api/v1/namespaces/{namespace}");
        let source = Source { ground, objects, account: format!("{home}/serviceaccounts/{account}"), home };
        let folder = tempfile::tempdir().context("make a folder for the pod")?;
        let container = spec.pointer("/containers/0").context("a pod has a container")?;
        let arguments = list(container, "/args")?.iter().filter_map(Value::as_str);
        let mut arguments: Vec<String> = arguments.map(str::to_owned).collect();
        for mount in list(container, "/volumeMounts")? {
            let (name, path) = (text(mount, "/name")?, text(mount, "/mountPath")?);
            let place = folder.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(&place).with_context(|| format!("make `{}`", place.display()))?;
            let volume = list(spec, "/volumes")?.iter().find(|volume| volume.get("name") == Some(&json!(name)));
            source.fill(&place, volume.with_context(|| format!("there is no volume `{name}`"))?).await?;
            for argument in &mut arguments {
                *argument = moved(argument, path, &place);
            }
        }
        let (instance, cluster) = (instance.to_owned(), ground.side.url.clone());
        Ok(Self { folder, arguments, instance, cluster })
    }

    /// Starts its container.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(&self) -> anyhow::Result<RunningGateway> {
        let mut command = self.command().await?;
        RunningGateway::spawn(command.args(&self.arguments).stdout(Stdio::null()))
    }

    /// Has the doctor look with the arguments of the container, and waits for its code and its report.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn doctor(&self) -> anyhow::Result<(Option<i32>, String)> {
        let mut command = self.command().await?;
        let is_of_run = |argument: &&String| {
            !["run", "--audit=-"].contains(&argument.as_str()) && !argument.starts_with("--health")
        };
        command.arg("doctor").args(self.arguments.iter().filter(is_of_run));
        let output = command.stdout(Stdio::piped()).output().await.context("start the doctor")?;
        Ok((output.status.code(), String::from_utf8(output.stdout)?))
    }

    /// What it wrote.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn log(&self) -> anyhow::Result<String> {
        fs::read_to_string(self.folder.path().join("log")).context("read the pod's log")
    }

    async fn command(&self) -> anyhow::Result<Command> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join("log"));
        let mut command = Command::new(binary::gateway().await?);
        clear(&mut command);
        let address = self.cluster.trim_start_matches("https://");
        let (host, port) = address.rsplit_once(':').context("the cluster has a port")?;
        command.envs([("KUBERNETES_SERVICE_HOST", host), ("KUBERNETES_SERVICE_PORT", port)]);
        command.env("MAYFLY_GATEWAY_INSTANCE", &self.instance);
        // Where a pod has them without being told.
        let secrets = self.folder.path().join("var/run/secrets/kubernetes.io/serviceaccount");
        command.env("MAYFLY_GATEWAY_CLUSTER_CA", secrets.join("ca.crt"));
        command.env("MAYFLY_GATEWAY_CLUSTER_TOKEN", secrets.join("token"));
        command.stdin(Stdio::null()).stderr(log.context("open the pod's log")?).kill_on_drop(true);
        Ok(command)
    }
}

fn list<'a>(value: &'a Value, path: &str) -> anyhow::Result<&'a Vec<Value>> {
    value.pointer(path).and_then(Value::as_array).with_context(|| format!("`{path}` is a list"))
}

fn text<'a>(value: &'a Value, path: &str) -> anyhow::Result<&'a str> {
    value.pointer(path).and_then(Value::as_str).with_context(|| format!("`{path}` is a text"))
}

/// An argument about a file below `path`, which is at `place` here. Where it is probed is another port for each pod of this machine.
fn moved(argument: &str, path: &str, place: &Path) -> String {
    match argument.split_once('=') {
        Some((flag @ "--health", _)) => format!("{flag}=127.0.0.1:0"),
        Some((flag, value)) => match Path::new(value).strip_prefix(path) {
            Ok(rest) => format!("{flag}={}", place.join(rest).display()),
            Err(_) => argument.to_owned(),
        },
        None => argument.to_owned(),
    }
}

/// What volumes are filled from.
struct Source<'a> {
    ground: &'a RealGround,
    objects: &'a [Value],
    /// The path of the pod's namespace.
    home: String,
    /// The path of its account.
    account: String,
}

impl Source<'_> {
    /// Puts the files of a volume into a folder. One that is empty at first has none.
    async fn fill(&self, place: &Path, volume: &Value) -> anyhow::Result<()> {
        if let Some(name) = volume.pointer("/configMap/name") {
            return self.fill_from_map(place, name);
        }
        if let Some(name) = volume.pointer("/secret/secretName").and_then(Value::as_str) {
            return self.fill_from_secret(place, name).await;
        }
        for source in volume.pointer("/projected/sources").and_then(Value::as_array).into_iter().flatten() {
            if let Some(wished) = source.get("serviceAccountToken") {
                fs::write(place.join("token"), self.token(wished).await?)?;
            } else if source.pointer("/configMap/name") == Some(&json!("kube-root-ca.crt")) {
                fs::write(place.join("ca.crt"), &self.ground.side.authority)?;
            } else {
                bail!("nothing is known of the source {source}");
            }
        }
        Ok(())
    }

    fn fill_from_map(&self, place: &Path, name: &Value) -> anyhow::Result<()> {
        let is_it = |object: &&Value| {
            object.get("kind") == Some(&json!("ConfigMap")) && object.pointer("/metadata/name") == Some(name)
        };
        let map = self.objects.iter().find(is_it).context("the ConfigMap is among the objects")?;
        for (name, text) in map.get("data").and_then(Value::as_object).context("a ConfigMap has data")? {
            fs::write(place.join(name), text.as_str().unwrap_or_default())?;
        }
        Ok(())
    }

    /// Of a Secret that is in the cluster: no chart makes one.
    async fn fill_from_secret(&self, place: &Path, name: &str) -> anyhow::Result<()> {
        let secret = self.ground.object(&format!("{}/secrets/{name}", self.home)).await?;
        let secret = secret.with_context(|| format!("the Secret `{name}` is in the cluster"))?;
        for (name, encoded) in secret.get("data").and_then(Value::as_object).context("a Secret has data")? {
            fs::write(place.join(name), STANDARD.decode(encoded.as_str().unwrap_or_default())?)?;
        }
        Ok(())
    }

    async fn token(&self, wished: &Value) -> anyhow::Result<String> {
        let audiences: Vec<_> = wished.get("audience").into_iter().collect();
        let spec = json!({ "audiences": audiences, "expirationSeconds": wished.get("expirationSeconds") });
        let made = self.ground.create(&format!("{}/token", self.account), &json!({ "spec": spec })).await?;
        Ok(text(&made, "/status/token")?.to_owned())
    }
}
