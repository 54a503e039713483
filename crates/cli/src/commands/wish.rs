//! Whose token a program is to be given: what the commands share that hand out kept ones.

use std::time::Duration;

use clap::Args;
use mayfly_api::leases::{IssueLeaseRequest, LeaseConfig};

use super::approval;
use crate::{
    client::ApiClient,
    context::Context,
    credential::{self, Asker, Cache, Kept, LeastLeft, Wish},
    error::CliError,
    time,
};

/// Which token, and for how long.
#[derive(Clone, Debug, Args)]
pub(crate) struct LeaseArguments {
    /// The dynamic secret
    pub(crate) name: String,
    /// How long: one number and one of s, m, h, d, w, y [default: the secret's Default TTL]
    #[arg(long, value_name = "TIME")]
    pub(crate) ttl: Option<String>,
    /// One of the secret's namespaces [default: the first]
    #[arg(short, long)]
    pub(crate) namespace: Option<String>,
    /// Why, for the audit log
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// The same, where a kept token does too.
#[derive(Clone, Debug, Args)]
pub(crate) struct WishArguments {
    #[command(flatten)]
    pub(crate) lease: LeaseArguments,
    /// What a kept token must have left to be handed out again, half of its life at most [default: a fifth of it]
    #[arg(long, value_name = "TIME")]
    pub(crate) min_left: Option<LeastLeft>,
}

/// As long as one call may take in all, unless `--timeout` says otherwise; kubectl waits for it, and whoever typed that.
const PATIENCE: Duration = Duration::from_secs(15);

impl WishArguments {
    /// The kept token that it asks for, or one that is issued now.
    pub(crate) async fn acquire(&self, client: &ApiClient, context: &Context) -> Result<Kept, CliError> {
        let cache = Cache::new(context.environment.credentials_dir()?);
        let wish = self.wish(context)?;
        let patience = context.patience_or(PATIENCE);
        tokio::select! {
            kept = credential::acquire(client, &cache, &wish) => {
                kept.map_err(|error| approval::with_hint_to_repeat(error, context))
            }
            () = time::pause(patience) => Err(client.late(patience)),
        }
    }

    fn wish(&self, context: &Context) -> Result<Wish, CliError> {
        let request = self.lease.request(context)?;
        // Whoever types the same line twice was refused nothing: only what kubectl starts is told from what it started before.
        let asker = context.environment.exec_info.as_ref().and_then(|_| Asker::parent());
        Ok(Wish { request, least_left: self.min_left.unwrap_or_default(), asker })
    }
}

impl LeaseArguments {
    /// As the server is asked for it.
    pub(crate) fn request(&self, context: &Context) -> Result<IssueLeaseRequest, CliError> {
        let place = context.place()?;
        let namespace = self.namespace.clone();
        Ok(IssueLeaseRequest {
            dynamic_secret_name: self.name.clone(),
            project_slug: place.project.to_owned(),
            environment_slug: place.environment.to_owned(),
            path: Some(place.path.to_owned()),
            ttl: self.ttl.clone(),
            config: namespace.map(|namespace| LeaseConfig { namespace: Some(namespace) }),
            reason: self.reason.clone(),
            ..IssueLeaseRequest::default()
        })
    }
}
