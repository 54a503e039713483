//! Where something is to be done.

use clap::Args;
use mayfly_api::access::Principal as Wire;

use crate::{commands::principal::Principal, context::Context, error::CliError};

/// What it is about, beside `--project`, `--env` and `--path`.
#[derive(Debug, Args)]
pub(super) struct AskedPlace {
    /// This dynamic secret there, whose labels count too
    #[arg(long, value_name = "NAME")]
    secret: Option<String>,
    /// At any place of the project, instead of that of `--env` and `--path`
    #[arg(long, conflicts_with = "secret")]
    anywhere: bool,
}

/// As the API takes it.
#[derive(Debug)]
pub(super) struct NamedPlace {
    pub(super) project: String,
    pub(super) environment: Option<String>,
    pub(super) path: Option<String>,
    pub(super) secret: Option<String>,
}

impl AskedPlace {
    /// With what was said beside it.
    pub(super) fn named(&self, context: &Context) -> Result<NamedPlace, CliError> {
        let place = context.place()?;
        let there = |text: &str| (!self.anywhere).then(|| text.to_owned());
        Ok(NamedPlace {
            project: place.project.to_owned(),
            environment: there(place.environment),
            path: there(place.path),
            secret: self.secret.clone(),
        })
    }
}

/// Who is asked about, as the API takes it.
pub(super) fn wire(who: Option<Principal>) -> Option<Wire> {
    who.map(|who| Wire { kind: who.kind.word().to_owned(), id: who.id })
}
