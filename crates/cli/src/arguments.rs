//! What is typed: the flags that every command takes, and the commands.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use jiff::SignedDuration;

#[cfg(feature = "server")]
use crate::commands::{admission_policy, server};
use crate::{
    commands::{
        access, admin, approval, audit, bootstrap, cache, connection, credential, environment, exec, folder, gateway,
        group, identity, kubeconfig, lease, login, member, policy, project, role, secret, session, sso, stop, token,
        user,
    },
    console::Format,
    server_url::ServerUrl,
};

/// Short-lived Kubernetes tokens on demand, ended on time, with proof of who held what.
#[derive(Debug, Parser)]
#[command(name = "mayfly", version, disable_help_subcommand = true, after_help = EXAMPLES)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  mayfly server
  mayfly bootstrap --email ana@example.com --organization Acme --login
  mayfly project create \"Web Shop\" --slug web-shop
  mayfly token ci-deployer --project web-shop --env prod --ttl 30m --show

Exit codes:
  0 done            4 not allowed       8 refused by the cluster
  1 unexpected      5 not found         9 partly done
  2 usage           6 rejected input   10 timed out
  3 not signed in   7 unreachable     130 interrupted";

/// Where commands go, and how they speak.
#[derive(Debug, Args)]
#[command(next_help_heading = "For every command")]
pub(crate) struct Globals {
    /// The Mayfly server [default: the one you are signed in to, or `http://127.0.0.1:8420`]
    #[arg(long, global = true, env = "MAYFLY_SERVER", value_name = "URL")]
    pub(crate) server: Option<ServerUrl>,
    /// PEM certificates to trust for the server, and no others
    #[arg(long, global = true, env = "MAYFLY_SERVER_CA_FILE", value_name = "FILE")]
    pub(crate) server_ca_file: Option<PathBuf>,
    /// Slug of the project
    #[arg(long, global = true, env = "MAYFLY_PROJECT", value_name = "SLUG")]
    pub(crate) project: Option<String>,
    /// Slug of the environment
    #[arg(long, global = true, env = "MAYFLY_ENV", value_name = "SLUG", default_value = "dev")]
    pub(crate) env: String,
    /// Folder in the environment
    #[arg(long, global = true, default_value = "/")]
    pub(crate) path: String,
    /// How to print data
    #[arg(short, long, global = true, value_enum, default_value = "text")]
    pub(crate) output: Format,
    /// Print data and errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Never ask questions
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// The longest wait for one answer of the server, such as 30s or 2m [default: 30s]
    #[arg(long, global = true, value_name = "TIME", value_parser = patience)]
    pub(crate) timeout: Option<Duration>,
}

impl Globals {
    /// The longest wait where none is given.
    pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[cfg(feature = "server")]
    Server(server::ServerArguments),
    Bootstrap(bootstrap::BootstrapArguments),
    Login(login::LoginArguments),
    /// Revoke the access token that `mayfly login` keeps, and forget it
    Logout,
    Token(token::TokenArguments),
    Exec(exec::ExecArguments),
    Credential(credential::CredentialArguments),
    Kubeconfig(kubeconfig::KubeconfigArguments),
    #[command(subcommand)]
    Cache(cache::CacheCommand),
    #[command(subcommand)]
    Lease(lease::LeaseCommand),
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    #[command(subcommand)]
    Project(project::ProjectCommand),
    #[command(subcommand, name = "env", visible_alias = "environment")]
    Environment(environment::EnvironmentCommand),
    #[command(subcommand)]
    Folder(folder::FolderCommand),
    #[command(subcommand)]
    Identity(identity::IdentityCommand),
    #[command(subcommand)]
    User(user::UserCommand),
    #[command(subcommand)]
    Sso(sso::SsoCommand),
    #[command(subcommand)]
    Group(group::GroupCommand),
    #[command(subcommand)]
    Member(member::MemberCommand),
    #[command(subcommand)]
    Role(role::RoleCommand),
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    #[command(subcommand)]
    Approval(approval::ApprovalCommand),
    #[command(subcommand)]
    Access(access::AccessCommand),
    #[command(subcommand)]
    Session(session::SessionCommand),
    #[command(subcommand)]
    Connection(connection::ConnectionCommand),
    #[command(subcommand)]
    Gateway(gateway::GatewayCommand),
    #[command(subcommand)]
    Stop(stop::StopCommand),
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    #[cfg(feature = "server")]
    AdmissionPolicy(Box<admission_policy::AdmissionPolicyArguments>),
    /// Print the description of the API, as OpenAPI 3.1
    Openapi,
    /// Print the version
    Version,
}

/// A second at least: with none, nothing could ever be answered.
fn patience(text: &str) -> Result<Duration, String> {
    let wanted = || "want a time from 1s to 1h, such as 30s or 2m".to_owned();
    let duration: SignedDuration = text.parse().map_err(|_| wanted())?;
    let is_sensible = (SignedDuration::from_secs(1)..=SignedDuration::from_hours(1)).contains(&duration);
    if !is_sensible {
        return Err(wanted());
    }
    Duration::try_from(duration).map_err(|_| wanted())
}

/// A name that becomes a part of a path.
pub(crate) fn path_segment(text: &str) -> Result<String, String> {
    match text {
        "" => Err("must not be empty".to_owned()),
        "." | ".." => Err("is not a name".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    #[test]
    fn flags_are_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_patience_that_is_given_is_told_from_none_whatever_it_is() {
        for (line, wanted) in
            [(vec!["mayfly", "version"], None), (vec!["mayfly", "version", "--timeout=30s"], Some(Globals::PATIENCE))]
        {
            assert_eq!(CommandLine::try_parse_from(line).unwrap().globals.timeout, wanted);
        }
    }

    #[test]
    fn patience_has_bounds() {
        assert_eq!(patience("2m"), Ok(Duration::from_mins(2)));
        for bad in ["0s", "", "-5s", "61m", "30", "for ever", "99999999999h"] {
            assert!(patience(bad).is_err(), "`{bad}` was accepted");
        }
    }

    #[test]
    fn names_cannot_leave_their_path() {
        for bad in ["", ".", ".."] {
            assert!(path_segment(bad).is_err(), "`{bad}` was accepted");
        }
        assert_eq!(path_segment("a/..").as_deref(), Ok("a/.."), "the slash is encoded");
    }
}
