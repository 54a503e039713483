//! The way to a cluster: directly, through a gateway, or by one that does the work itself.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::gateway;
use crate::{client::ApiClient, error::CliError};

/// Flags that say it.
#[derive(Debug, Args)]
pub(crate) struct WayArguments {
    /// The gateway on the way, by name or id
    #[arg(long, value_name = "GATEWAY", conflicts_with = "gateway_pool")]
    gateway: Option<String>,
    /// The pool of gateways on the way, by name or id
    #[arg(long, value_name = "POOL")]
    gateway_pool: Option<String>,
    /// Whose account does the work: that of the cluster token, or the gateway's own, which has address, CA and account
    /// itself [default: api]
    #[arg(long, value_enum, value_name = "METHOD")]
    auth_method: Option<AuthMethod>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AuthMethod {
    Api,
    Gateway,
}

impl WayArguments {
    /// Puts what they say into the fields of a request.
    pub(crate) async fn set(&self, client: &ApiClient, fields: &mut Map<String, Value>) -> Result<(), CliError> {
        if let Some(name) = &self.gateway {
            fields.insert("gatewayId".to_owned(), json!(gateway::id_of(client, name).await?));
        }
        if let Some(name) = &self.gateway_pool {
            fields.insert("gatewayPoolId".to_owned(), json!(gateway::pool::id_of(client, name).await?));
        }
        let word = |method| match method {
            AuthMethod::Api => "api",
            AuthMethod::Gateway => "gateway",
        };
        fields.extend(self.auth_method.map(|method| ("authMethod".to_owned(), json!(word(method)))));
        Ok(())
    }
}
