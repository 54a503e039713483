//! What an administrator says of somebody who publishes keys, held against what is there before it is saved.

use mayfly_cluster::Deadline;
use mayfly_domain::error::{FieldError, chain};
use mayfly_providers::{Discovery, Issuer, ProviderError};

use crate::{App, AppError, error::field};

/// What a request calls the things that can be wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    /// Where the discovery document is.
    pub(crate) url: &'static str,
    /// Its `issuer`.
    pub(crate) issuer: &'static str,
    /// The certificates that vouch for that address.
    pub(crate) ca: &'static str,
}

/// Whether the issuer is there and is who it is said to be.
pub(crate) async fn check(app: &App, issuer: &Issuer, fields: Fields) -> Result<(), AppError> {
    read(app, issuer, fields).await.map(drop).map_err(|fault| AppError::Fields(vec![fault]))
}

/// What an issuer says of itself now, or what is wrong at which field. What listens where is not told.
pub(crate) async fn read(app: &App, issuer: &Issuer, fields: Fields) -> Result<Discovery, FieldError> {
    let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
    app.providers.discover_anew(issuer, deadline).await.map_err(|error| {
        tracing::info!(url = %issuer.discovery_url, error = %chain(&error), "an issuer could not be read");
        fault(&error, fields)
    })
}

fn fault(error: &ProviderError, Fields { url, issuer, ca }: Fields) -> FieldError {
    match error {
        ProviderError::Issuer => {
            let message =
                format!("the discovery document is of another issuer; `{issuer}` must be exactly the one it names");
            field(&[issuer], "issuer_mismatch", message)
        }
        ProviderError::Keys(invalid) => field(&[url], "no_discovery_document", format!("the key set {invalid}")),
        error if error.is_blocked() => {
            let message = "must be an address that this server may connect to; see `egress` in the settings";
            field(&[url], "address_blocked", message)
        }
        _ => {
            let message = format!("no discovery document with keys could be read there; check the address and `{ca}`");
            field(&[url], "no_discovery_document", message)
        }
    }
}
