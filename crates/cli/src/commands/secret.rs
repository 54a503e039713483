//! `mayfly secret`: dynamic secrets, from which tokens are issued.

mod create;
mod ls;
mod rm;
mod show;
mod update;

use clap::{Subcommand, ValueEnum};
use mayfly_api::dynamic_secrets::DynamicSecretBody;

use crate::{context::Context, error::CliError};

/// Make, see, change and remove dynamic secrets
#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    Create(Box<create::CreateArguments>),
    /// List the dynamic secrets of a folder
    Ls,
    Show(show::ShowArguments),
    Update(Box<update::UpdateArguments>),
    Rm(rm::RmArguments),
}

/// What becomes of the leases of a dynamic secret that goes or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LeasesThen {
    /// They end now
    End,
    /// They go on until their time is up
    RunOut,
    /// Nothing happens while there are any
    Refuse,
}

impl LeasesThen {
    const fn word(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::RunOut => "run-out",
            Self::Refuse => "refuse",
        }
    }

    /// For the question whether to go on.
    const fn effect(self) -> &'static str {
        match self {
            Self::End => "Its leases end now.",
            Self::RunOut => "Its leases go on until their time is up.",
            Self::Refuse => "While it has leases, this is refused.",
        }
    }
}

/// The answer repeats the cluster token to whoever sent it, which is no reason to print it.
fn without_token(mut answer: DynamicSecretBody) -> DynamicSecretBody {
    if let Some(inputs) = &mut answer.dynamic_secret.inputs {
        inputs.cluster_token = None;
    }
    answer
}

/// Does it.
pub(crate) async fn run(command: SecretCommand, context: &Context) -> Result<(), CliError> {
    match command {
        SecretCommand::Create(arguments) => create::run(&arguments, context).await,
        SecretCommand::Ls => ls::run(context).await,
        SecretCommand::Show(arguments) => show::run(&arguments, context).await,
        SecretCommand::Update(arguments) => update::run(&arguments, context).await,
        SecretCommand::Rm(arguments) => rm::run(&arguments, context).await,
    }
}
