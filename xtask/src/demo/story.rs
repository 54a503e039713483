//! What happens in a demo.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use mayfly_testkit::ambient::ambient;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    account::Account,
    api::{Api, Proof},
    cluster::{self, Choice, Ground},
    command_line::CommandLine,
    objects::{self, ACCOUNT, DYNAMIC_ISSUER, ISSUER, NAMESPACE},
    secrets::{Maker, STATIC},
    server::{Loopback, Server},
    stage::Stage,
};

/// What is to be played.
pub(super) struct Script {
    pub(super) mayfly: PathBuf,
    pub(super) cluster: Choice,
    /// Mayfly's port; 0 is a free one, none is the usual one.
    pub(super) port: Option<u16>,
    pub(super) ending: Ending,
}

/// When a demo ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// After the checks.
    AtOnce,
    /// When somebody presses Ctrl-C.
    WhenAsked,
}

pub(super) const PROJECT: &str = "demo-project";
pub(super) const ENVIRONMENT: &str = "dev";
pub(super) const EMAIL: &str = "demo@example.com";
const ORGANIZATION: &str = "Demo";

/// As long as a working day with this demo.
const ISSUER_SECONDS: u32 = 24 * 60 * 60;

/// Plays it, telling each step when it is done.
pub(super) async fn play(script: &Script, stage: &mut Stage) -> anyhow::Result<()> {
    let mut account = Account::default();
    let ground = prepare_cluster(script, stage, &mut account).await?;
    let issuer_token = prepare_issuer(&ground, &mut account).await?;
    let command_line = start_mayfly(script, stage, &ground, &mut account).await?;
    let maker = Maker { command_line: &command_line, stage, ground: &ground };
    make_secret(&maker, &issuer_token, &mut account).await?;
    let token = issue(&command_line, &mut account).await?;
    use_token(&ground, &token, &mut account).await?;
    maker.that_end(&token_of(&ground, DYNAMIC_ISSUER).await?, &mut account).await?;
    match script.ending {
        Ending::AtOnce => account.tell_the_end(),
        Ending::WhenAsked => account.tell_how_to_go_on(script, stage, &ground),
    }
}

async fn prepare_cluster(script: &Script, stage: &mut Stage, account: &mut Account) -> anyhow::Result<Ground> {
    let ground = match &script.cluster {
        Choice::Own => {
            let cluster = stage.cluster.insert(cluster::start(&stage.home).await?);
            Ground::on(cluster)?
        }
        Choice::Other(kubeconfig) => Ground::of(kubeconfig)?,
    };
    objects::refuse_a_strangers_namespace(&ground.admin).await?;
    if matches!(script.cluster, Choice::Other(_)) {
        stage.borrowed = Some(ground.admin.clone());
    }
    account.tell(&ground.description, &[])?;
    Ok(ground)
}

async fn prepare_issuer(ground: &Ground, account: &mut Account) -> anyhow::Result<String> {
    objects::create(&ground.admin).await?;
    let token = token_of(ground, ISSUER).await?;
    let issuer = Api::new(&ground.server, ground.authority.as_deref(), Proof::Token(&token))?;
    let right = json!({
        "namespace": NAMESPACE, "resource": "serviceaccounts", "subresource": "token", "name": ACCOUNT, "verb": "create"
    });
    issuer.wait_until_allowed(&right).await?;
    let text = format!(
        "Namespace `{NAMESPACE}` has the account `{ACCOUNT}`, which may read pods, and the account `{ISSUER}`, which \
         may create tokens of `{ACCOUNT}` and nothing else (docs/tutorials/issuer.yaml)."
    );
    account.tell(&text, &[])?;
    Ok(token)
}

/// A token of an account in the demo's namespace, from its administrator.
async fn token_of(ground: &Ground, account: &str) -> anyhow::Result<String> {
    let path = format!("/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{account}/token");
    let request = json!({"spec": {"expirationSeconds": ISSUER_SECONDS}});
    let made = ground.admin.create(&path, &request).await?;
    Ok(made.pointer("/status/token").and_then(Value::as_str).context("the issuer got no token")?.to_owned())
}

async fn start_mayfly(
    script: &Script,
    stage: &mut Stage,
    ground: &Ground,
    account: &mut Account,
) -> anyhow::Result<CommandLine> {
    let loopback = if ground.is_on_loopback()? { Loopback::Allowed } else { Loopback::Refused };
    let server = Server::start(&script.mayfly, &stage.home, script.port, loopback).await?;
    let address = server.address.clone();
    stage.server = Some(server);
    account.tell(&format!("Mayfly is running at {address}, on SQLite."), &["mayfly server"])?;
    let command_line = CommandLine::new(&script.mayfly, &stage.home, &address);
    let password = ambient().random::<16>().map(|byte| format!("{byte:02x}")).concat();
    let password = stage.home.write("password", &password)?.display().to_string();
    let mut bootstrap = vec!["bootstrap", "--email", EMAIL, "--organization", ORGANIZATION, "--login"];
    let data = stage.home.data().display().to_string();
    bootstrap.extend(["--password-file", &password, "--data-dir", &data]);
    command_line.run(&bootstrap).await?;
    let text = format!("It has its organization `{ORGANIZATION}` and its administrator {EMAIL}.");
    account.tell(&text, &[&format!("mayfly bootstrap --email {EMAIL} --organization {ORGANIZATION} --login")])?;
    Ok(command_line)
}

async fn make_secret(maker: &Maker<'_>, issuer_token: &str, account: &mut Account) -> anyhow::Result<()> {
    maker.command_line.run(&["project", "create", ORGANIZATION, "--slug", PROJECT]).await?;
    // The command line is the organization's first machine; the person who opens the dashboard is somebody else.
    let member = ["member", "add", "--user", EMAIL, "--role", "admin", "--project", PROJECT];
    maker.command_line.run(&member).await?;
    maker.of_account(STATIC, issuer_token).await?;
    let text = format!("Project `{PROJECT}` has the dynamic secret `{STATIC}` in its environment `{ENVIRONMENT}`.");
    let commands = [
        format!("mayfly project create {ORGANIZATION} --slug {PROJECT}"),
        format!("mayfly secret create {STATIC} --url {} …", maker.ground.server),
    ];
    account.tell(&text, &commands.each_ref().map(String::as_str))
}

async fn issue(command_line: &CommandLine, account: &mut Account) -> anyhow::Result<String> {
    let issued = command_line.run(&["token", STATIC, "--project", PROJECT, "--env", ENVIRONMENT]).await?;
    let text =
        |path: &str| issued.pointer(path).and_then(Value::as_str).with_context(|| format!("no `{path}` was issued"));
    let (token, lease, ends) = (text("/token")?, text("/lease/id")?, text("/lease/expireAt")?);
    let said = format!("A token was issued: lease {lease}, until {ends}.");
    account.tell(&said, &[&format!("mayfly token {STATIC} --project {PROJECT}")])?;
    Ok(token.to_owned())
}

/// The proof: the cluster knows the token, and draws the line where its rights end.
async fn use_token(ground: &Ground, token: &str, account: &mut Account) -> anyhow::Result<()> {
    let holder = Api::new(&ground.server, ground.authority.as_deref(), Proof::Token(token))?;
    let name = holder.who_am_i().await.context("use the token")?;
    let wanted = format!("system:serviceaccount:{NAMESPACE}:{ACCOUNT}");
    ensure!(name == wanted, "the cluster takes the token's holder for `{name}`, not for `{wanted}`");
    holder.wait_until_allowed(&json!({"namespace": NAMESPACE, "resource": "pods", "verb": "list"})).await?;
    let read = async |resource: &str| {
        let (status, _) = holder.send(Method::GET, &format!("/api/v1/namespaces/{NAMESPACE}/{resource}"), None).await?;
        anyhow::Ok(status)
    };
    let (pods, secrets) = (read("pods").await?, read("secrets").await?);
    ensure!(pods == StatusCode::OK, "the cluster answered the allowed read of pods with {pods}");
    ensure!(secrets == StatusCode::FORBIDDEN, "the cluster answered the refused read of secrets with {secrets}");
    let text = format!(
        "The cluster takes its holder for {name}, lets them list pods ({}) and refuses them secrets ({}).",
        pods.as_u16(),
        secrets.as_u16()
    );
    account.tell(&text, &[])
}
