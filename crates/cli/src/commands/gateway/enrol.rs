//! `mayfly gateway enrol`.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::gateways::{CreateGatewayEnrolment, MadeGatewayEnrolment};

use super::id_of;
use crate::{context::Context, error::CliError, private_file};

/// Make an enrolment: what a process needs to become a part of a gateway, shown once
///
/// On the machine of the gateway: `mayfly-gateway run --enrolment-file FILE --policy policy.yaml --state FOLDER`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly gateway enrol gw-lab --out enrolment
  mayfly gateway enrol gw-lab --ttl-seconds 3600 --uses 2 | ssh gateway 'umask 077; cat > enrolment'")]
pub(crate) struct EnrolArguments {
    /// The gateway, by name or id
    gateway: String,
    /// How long it can be used, from 60 to 86400 seconds [default: 900]
    #[arg(long, value_name = "SECONDS")]
    ttl_seconds: Option<i64>,
    /// For how many processes, from 1 to 20 [default: 1]
    #[arg(long, value_name = "NUMBER")]
    uses: Option<i64>,
    /// A new file that only you can read, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Makes it.
pub(super) async fn run(arguments: &EnrolArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.gateway).await?;
    let request = CreateGatewayEnrolment { ttl_seconds: arguments.ttl_seconds, uses: arguments.uses };
    let path = ["api", "v1", "gateways", &id, "enrolments"];
    let made: MadeGatewayEnrolment = client.post(&path, &request).await?;
    let (uses, until) = (made.enrolment.uses_left, &made.enrolment.expires_at);
    context.console.say(&format!("good for {uses} until {until}; whoever has it can come as this gateway"));
    match &arguments.out {
        Some(file) => private_file::create(file, &made.enrolment_text),
        None => context.console.answer(&made, |console| console.data(&made.enrolment_text)),
    }
}
