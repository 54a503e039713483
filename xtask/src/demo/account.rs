//! What the demo tells: numbered steps, and how to go on.

use super::{
    cluster::Ground,
    objects::NAMESPACE,
    secrets::STATIC,
    stage::Stage,
    story::{EMAIL, ENVIRONMENT, PROJECT, Script},
};
use crate::console;

/// The steps so far.
#[derive(Debug, Default)]
pub(super) struct Account {
    steps: usize,
}

impl Account {
    /// Tells a step that is done, and what a person would have typed for it.
    pub(super) fn tell(&mut self, text: &str, commands: &[&str]) -> anyhow::Result<()> {
        self.steps += 1;
        console::data(&format!("{}. {text}", self.steps))?;
        commands.iter().try_for_each(|command| console::data(&format!("     {command}")))
    }

    /// Tells that all is done.
    pub(super) fn tell_the_end(&self) -> anyhow::Result<()> {
        console::data(&format!(
            "\nAll {} steps went as they should. Without `--once` you can go on from here.",
            self.steps
        ))
    }

    /// Tells what can be done with all this.
    pub(super) fn tell_how_to_go_on(&self, script: &Script, stage: &Stage, ground: &Ground) -> anyhow::Result<()> {
        let Some(server) = &stage.server else { return Ok(()) };
        let (home, mayfly, address) = (stage.home.path().display(), script.mayfly.display(), &server.address);
        let mut lines = vec![
            format!("\nAll {} steps went as they should. Open the dashboard:\n", self.steps),
            format!("  {address}/p/{PROJECT}/overview"),
            format!("  sign in as {EMAIL}; the password is in {home}/password"),
            "\nOr go on in another terminal:\n".to_owned(),
            format!(
                "  export MAYFLY_CONFIG_DIR='{}' MAYFLY_PROJECT={PROJECT} MAYFLY_ENV={ENVIRONMENT}",
                stage.home.config().display()
            ),
            format!("  alias mayfly='{mayfly}'"),
            format!("  mayfly token {STATIC} --show"),
            format!("  mayfly lease ls {STATIC}"),
        ];
        if let Some(kubeconfig) = &ground.kubeconfig {
            let admin = format!("kubectl --kubeconfig '{}'", kubeconfig.display());
            lines.push(format!("  {admin} --namespace {NAMESPACE} get serviceaccounts,roles,rolebindings"));
        }
        lines.push(format!("\n  The API, to browse: {address}/api/docs"));
        lines.push(format!("  Files, with the server's log: {home}"));
        lines.push("\nCtrl-C ends it all.".to_owned());
        lines.iter().try_for_each(|line| console::data(line))
    }
}
