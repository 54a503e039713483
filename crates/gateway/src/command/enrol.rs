//! Who this process is: as it was kept, or by enrolling now.

use anyhow::{bail, ensure};
use clap::Args;
use mayfly_gateway::{
    dial::Server,
    enrolling::{Enrolment, enrol, forget},
    health::Pulse,
    identity::Identity,
};
use mayfly_system::system;
use mayfly_tunnel::enrolment::EnrolmentText;

use crate::arguments::{EnrolmentArguments, ServerArguments};

#[derive(Debug, Args)]
pub(crate) struct EnrolArguments {
    #[command(flatten)]
    enrolment: EnrolmentArguments,
    #[command(flatten)]
    server: ServerArguments,
}

/// Enrols if that is still to be done, and ends.
pub(crate) async fn perform(arguments: EnrolArguments) -> anyhow::Result<()> {
    let EnrolArguments { enrolment, server } = arguments;
    let (ambient, text) = (system(), enrolment.text()?);
    let server = server.server(text.as_ref().map(|text| text.server.as_str()))?;
    let pulse = Pulse::new(&ambient);
    let identity = identity(&pulse, &server, &enrolment, text.as_ref()).await?;
    tracing::info!(
        gateway = %identity.name.gateway, instance = %identity.name.instance, until = %identity.expires_at,
        "this gateway is enrolled: `mayfly-gateway run` with the same --state goes on from here, and needs no enrolment"
    );
    Ok(())
}

/// The identity in the state folder, or the one that comes of enrolling.
pub(crate) async fn identity(
    pulse: &Pulse,
    server: &Server,
    arguments: &EnrolmentArguments,
    text: Option<&EnrolmentText>,
) -> anyhow::Result<Identity> {
    let ambient = pulse.ambient();
    let folder = arguments.state.as_path();
    let kept = Identity::load(folder)?.filter(|kept| kept.expires_at > ambient.now());
    match (kept, text) {
        (Some(kept), text) => {
            let is_same = text.is_none_or(|text| text.gateway == kept.name.gateway);
            ensure!(
                is_same,
                "`{}` holds the identity of gateway {}, and the enrolment is for another: give another --state",
                folder.display(),
                kept.name.gateway
            );
            // It may have died right after that was kept.
            forget(folder)?;
            Ok(kept)
        }
        (None, Some(text)) => {
            let (instance, account_token) = (arguments.instance.clone(), arguments.account_token.as_path());
            let enrolment = Enrolment { text, instance, folder, account_token, pulse };
            let enrolled = enrol(ambient, server, &enrolment).await?;
            tracing::info!(gateway = %enrolled.name.gateway, instance = %enrolled.name.instance, "enrolled");
            Ok(enrolled)
        }
        (None, None) => bail!(
            "this gateway is not enrolled, or its certificate has ended: give --enrolment-file or MAYFLY_GATEWAY_ENROLMENT"
        ),
    }
}
