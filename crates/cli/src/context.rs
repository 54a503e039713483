//! What a command works with: flags, environment, console, and the server they lead to.

use std::{
    io,
    path::{self, Path, PathBuf},
    time::Duration,
};

use crate::{
    arguments::Globals,
    client::{ApiClient, Connection},
    console::{Console, Format, Questions, Speech},
    environment::Environment,
    error::CliError,
    server_url::ServerUrl,
    session::Session,
};

/// Handed to every command.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) console: Console,
    pub(crate) environment: Environment,
    globals: Globals,
}

/// Project, environment and folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) project: &'a str,
    pub(crate) environment: &'a str,
    pub(crate) path: &'a str,
}

impl<'a> Place<'a> {
    /// As queries name it.
    pub(crate) const fn query(&self) -> [(&'static str, &'a str); 3] {
        [("projectSlug", self.project), ("environmentSlug", self.environment), ("path", self.path)]
    }
}

impl Context {
    /// Joins them.
    pub(crate) fn new(globals: Globals) -> Result<Self, CliError> {
        let environment = Environment::read()?;
        let console = Console {
            out: io::stdout(),
            format: globals.output,
            speech: if globals.quiet { Speech::Quiet } else { Speech::Spoken },
            questions: if globals.no_input { Questions::Forbidden } else { Questions::Allowed },
            kind: environment.kind,
        };
        Ok(Self { console, environment, globals })
    }

    /// A client that calls as whoever is signed in.
    ///
    /// The access token of a session goes to the session's server alone: a server that is named otherwise gets the
    /// token of the environment, or none.
    pub(crate) fn client(&self) -> Result<ApiClient, CliError> {
        let session = Session::load(&self.environment.config_dir()?)?;
        let server = self.server(session.as_ref());
        let session = session.filter(|session| session.server == server);
        let ca_file = session.as_ref().and_then(|session| session.server_ca_file.as_deref());
        let from_session = session.as_ref().map(|session| session.access_token.clone());
        let token = self.environment.token.clone().or(from_session);
        let token = token.ok_or_else(|| CliError::NotSignedIn { server: server.to_string() })?;
        ApiClient::new(self.connection(&server, ca_file), Some(token))
    }

    /// A client that calls as nobody.
    pub(crate) fn anonymous_client(&self, server: &ServerUrl) -> Result<ApiClient, CliError> {
        ApiClient::new(self.connection(server, None), None)
    }

    /// The server that was named, else the session's, else the one on this machine.
    pub(crate) fn server(&self, session: Option<&Session>) -> ServerUrl {
        let named = self.globals.server.clone().or_else(|| session.map(|session| session.server.clone()));
        named.unwrap_or_else(|| ServerUrl::DEFAULT.parse().expect("the default address is on loopback"))
    }

    /// The CA file that was named.
    pub(crate) const fn server_ca_file(&self) -> Option<&PathBuf> {
        self.globals.server_ca_file.as_ref()
    }

    /// The same for later commands, which may be typed in another folder.
    pub(crate) fn absolute_server_ca_file(&self) -> Result<Option<PathBuf>, CliError> {
        let absolute =
            |path: &PathBuf| path::absolute(path).map_err(|source| CliError::Read { path: path.clone(), source });
        self.server_ca_file().map(absolute).transpose()
    }

    /// The project that was named.
    pub(crate) fn project(&self) -> Result<&str, CliError> {
        let project = self.globals.project.as_deref().filter(|project| !project.is_empty());
        project.ok_or_else(|| {
            CliError::Usage("which project? Name it with `--project SLUG` (`mayfly project ls` lists them)".to_owned())
        })
    }

    /// The place that was named.
    pub(crate) fn place(&self) -> Result<Place<'_>, CliError> {
        Ok(Place { project: self.project()?, environment: &self.globals.env, path: &self.globals.path })
    }

    /// The project, if one was named.
    pub(crate) fn named_project(&self) -> Option<&str> {
        self.globals.project.as_deref()
    }

    /// Refuses the formats that only tokens have.
    pub(crate) fn refuse_token_formats(&self) -> Result<(), CliError> {
        match self.console.format {
            Format::Text | Format::Json => Ok(()),
            Format::Token | Format::Env => Err(CliError::Usage(
                "`-o token` and `-o env` are for `mayfly token`; this prints text or json".to_owned(),
            )),
        }
    }

    /// The longest wait for one answer.
    pub(crate) fn patience(&self) -> Duration {
        self.patience_or(Globals::PATIENCE)
    }

    /// The same for what takes another time than most: `usual`, unless a time was given.
    pub(crate) fn patience_or(&self, usual: Duration) -> Duration {
        self.globals.timeout.unwrap_or(usual)
    }

    fn connection<'a>(&'a self, server: &'a ServerUrl, kept: Option<&'a Path>) -> Connection<'a> {
        let ca_file = self.globals.server_ca_file.as_deref().or(kept);
        Connection { server, ca_file, patience: self.patience() }
    }
}
