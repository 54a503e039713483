//! The commands, one file each. Words of two are folders: `mayfly lease ls` is `lease/ls.rs`.

pub(crate) mod access;
pub(crate) mod admin;
#[cfg(feature = "server")]
pub(crate) mod admission_policy;
pub(crate) mod approval;
pub(crate) mod audit;
pub(crate) mod bootstrap;
pub(crate) mod cache;
pub(crate) mod connection;
pub(crate) mod credential;
pub(crate) mod environment;
pub(crate) mod exec;
pub(crate) mod folder;
pub(crate) mod gateway;
pub(crate) mod group;
pub(crate) mod identity;
pub(crate) mod kubeconfig;
pub(crate) mod lease;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod member;
pub(crate) mod openapi;
pub(crate) mod policy;
pub(crate) mod principal;
pub(crate) mod project;
pub(crate) mod role;
pub(crate) mod secret;
#[cfg(feature = "server")]
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod sso;
pub(crate) mod stop;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod version;
pub(crate) mod way;
pub(crate) mod wish;

use std::process::ExitCode;

use crate::{arguments::Command, context::Context, error::CliError};

/// Does what was typed. The exit code is 0, or that of a command that was run.
pub(crate) async fn run(command: Command, context: &Context) -> Result<ExitCode, CliError> {
    let prints_token = matches!(command, Command::Token(_) | Command::Approval(approval::ApprovalCommand::Fetch(_)));
    if !prints_token {
        context.refuse_token_formats()?;
    }
    let done = match command {
        Command::Exec(arguments) => return Ok(exec::run(&arguments, context).await),
        #[cfg(feature = "server")]
        Command::Server(arguments) => server::run(arguments).await,
        Command::Bootstrap(arguments) => bootstrap::run(&arguments, context).await,
        Command::Login(arguments) => login::run(&arguments, context).await,
        Command::Logout => logout::run(context).await,
        Command::Token(arguments) => token::run(arguments, context).await,
        Command::Credential(arguments) => credential::run(arguments, context).await,
        Command::Kubeconfig(arguments) => kubeconfig::run(arguments, context).await,
        Command::Cache(command) => cache::run(&command, context),
        Command::Lease(command) => lease::run(command, context).await,
        Command::Gateway(command) => gateway::run(command, context).await,
        Command::Stop(command) => stop::run(command, context).await,
        Command::Secret(command) => secret::run(command, context).await,
        Command::Project(command) => project::run(command, context).await,
        Command::Environment(command) => environment::run(command, context).await,
        Command::Folder(command) => folder::run(command, context).await,
        Command::Sso(command) => sso::run(command, context).await,
        Command::Group(command) => group::run(command, context).await,
        Command::Member(command) => member::run(command, context).await,
        Command::Role(command) => role::run(command, context).await,
        Command::Policy(command) => policy::run(command, context).await,
        Command::Approval(command) => approval::run(command, context).await,
        Command::Access(command) => access::run(command, context).await,
        Command::Identity(command) => identity::run(command, context).await,
        Command::User(command) => user::run(command, context).await,
        Command::Session(command) => session::run(command, context).await,
        Command::Connection(command) => connection::run(command, context).await,
        Command::Audit(command) => audit::run(command, context).await,
        Command::Admin(command) => admin::run(command, context).await,
        #[cfg(feature = "server")]
        Command::AdmissionPolicy(arguments) => admission_policy::run(*arguments, context),
        Command::Openapi => openapi::run(context).await,
        Command::Version => version::run(context),
    };
    done.map(|()| ExitCode::SUCCESS)
}
