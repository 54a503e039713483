//! `mayfly gateway ls`.

use mayfly_api::gateways::{Gateway, GatewayList};

use super::all;
use crate::{context::Context, error::CliError, time};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let gateways = all(&context.client()?).await?;
    let list = GatewayList { gateways, next_cursor: None };
    context.console.answer(&list, |console| {
        if list.gateways.is_empty() {
            console.say("no gateways: `mayfly gateway create` makes one, for clusters that the server cannot reach");
            return Ok(());
        }
        let columns = ["ID", "NAME", "STATE", "TUNNELS", "VERSION", "LAST CAME", "CONNECTIONS"];
        console.table(&columns, list.gateways.iter().map(row))
    })
}

fn row(gateway: &Gateway) -> Vec<String> {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    vec![
        gateway.id.clone(),
        gateway.name.clone(),
        gateway.state.clone(),
        gateway.tunnels.len().to_string(),
        or_none(gateway.version.clone()),
        or_none(gateway.connected_at.as_ref().map(|came| time::moment(came, time::now()))),
        gateway.connected_resources_count.to_string(),
    ]
}
