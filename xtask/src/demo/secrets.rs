//! The dynamic secrets of the demo's project, one of each kind, and what the dashboard shows of them.

use anyhow::Context as _;
use serde_json::Value;

use super::{
    account::Account,
    cluster::Ground,
    command_line::CommandLine,
    objects::{ACCOUNT, NAMESPACE, in_our_namespace},
    stage::Stage,
    story::{ENVIRONMENT, PROJECT},
};

/// One that gives out tokens which nobody can take back.
pub(super) const STATIC: &str = "deployer";
/// The same account by an issuer that may bind each token to something, and remove that.
const REVOCABLE: &str = "deployer-revocable";
/// An account of its own for each lease.
const DYNAMIC: &str = "reader";

const READER: &str = include_str!("../../../docs/tutorials/reader.yaml");

/// Where a dynamic secret's cluster is, and by whose token.
pub(super) struct Maker<'a> {
    pub(super) command_line: &'a CommandLine,
    pub(super) stage: &'a Stage,
    pub(super) ground: &'a Ground,
}

impl Maker<'_> {
    /// Makes one for an account that is there.
    pub(super) async fn of_account(&self, name: &str, token: &str) -> anyhow::Result<()> {
        let what = ["--namespace", NAMESPACE, "--service-account", ACCOUNT, "--default-ttl", "1h", "--max-ttl", "4h"];
        self.make(name, token, &what).await
    }

    async fn make(&self, name: &str, token: &str, what: &[&str]) -> anyhow::Result<()> {
        let write = |file: &str, text: &str| anyhow::Ok(self.stage.home.write(file, text)?.display().to_string());
        let token_file = write(&format!("token-of-{name}"), token)?;
        let authority = self.ground.authority.as_deref().map(|pem| write(&format!("ca-of-{name}"), pem)).transpose()?;
        let mut create = vec!["secret", "create", name, "--project", PROJECT, "--env", ENVIRONMENT];
        create.extend(["--url", &self.ground.server, "--cluster-token-file", &token_file]);
        create.extend(authority.iter().flat_map(|path| ["--ca-file", path]));
        create.extend(what);
        self.command_line.run(&create).await.map(drop)
    }

    /// The kinds that end, with live leases of each and one that was ended early.
    pub(super) async fn that_end(&self, token: &str, account: &mut Account) -> anyhow::Result<()> {
        self.of_account(REVOCABLE, token).await?;
        let reader = self.stage.home.write("reader.yaml", &in_our_namespace(READER))?.display().to_string();
        self.make(DYNAMIC, token, &["-f", &reader]).await?;
        for name in [STATIC, REVOCABLE, DYNAMIC] {
            self.lease(name).await?;
        }
        let early = self.lease(DYNAMIC).await?;
        self.command_line.run(&["lease", "revoke", &early, "-y", "--project", PROJECT, "--env", ENVIRONMENT]).await?;
        let text = format!(
            "`{REVOCABLE}` gives out tokens that can be taken back, `{DYNAMIC}` an account of its own for each lease; each \
             has a live lease, and one was ended early."
        );
        account.tell(&text, &[&format!("mayfly secret create {DYNAMIC} -f reader.yaml …")])
    }

    async fn lease(&self, name: &str) -> anyhow::Result<String> {
        let reason = format!("a look at {name}");
        let words = ["token", name, "--project", PROJECT, "--env", ENVIRONMENT, "--reason", &reason];
        let issued = self.command_line.run(&words).await?;
        let id = issued.pointer("/lease/id").and_then(Value::as_str).context("a lease without an id")?;
        Ok(id.to_owned())
    }
}
