//! The way to an API server, and whose account does the work there.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ids::GatewayId;

/// The way to an API server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Route {
    /// From the server, over the network.
    #[default]
    Direct,
    /// Through a gateway that passes bytes on: TLS ends at the API server, and the credential is ours.
    Forward {
        /// Which.
        gateway: GatewayId,
    },
    /// By a gateway that does the work with its own account: it has address, CA and credential, and none of them is ours.
    Gateway {
        /// Which.
        gateway: GatewayId,
    },
}

impl Route {
    /// The way by which `method` goes with `gateway`.
    pub const fn of(method: AuthMethod, gateway: Option<GatewayId>) -> Result<Self, NoGateway> {
        match (method, gateway) {
            (AuthMethod::Api, None) => Ok(Self::Direct),
            (AuthMethod::Api, Some(gateway)) => Ok(Self::Forward { gateway }),
            (AuthMethod::Gateway, Some(gateway)) => Ok(Self::Gateway { gateway }),
            (AuthMethod::Gateway, None) => Err(NoGateway),
        }
    }

    /// Whether no gateway is on it.
    pub const fn is_direct(&self) -> bool {
        matches!(self, Self::Direct)
    }

    /// The gateway on it.
    pub const fn gateway(&self) -> Option<GatewayId> {
        match self {
            Self::Direct => None,
            Self::Forward { gateway } | Self::Gateway { gateway } => Some(*gateway),
        }
    }

    /// Whose account does the work at its end.
    pub const fn method(&self) -> AuthMethod {
        match self {
            Self::Direct | Self::Forward { .. } => AuthMethod::Api,
            Self::Gateway { .. } => AuthMethod::Gateway,
        }
    }
}

/// A gateway is to do the work, and none is named. Reads after the field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is required where `authMethod` is `gateway`: which one does the work?")]
pub struct NoGateway;

/// Whose account does the work at an API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    /// That of the cluster token.
    Api,
    /// A gateway's own.
    Gateway,
}

impl AuthMethod {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Gateway => "gateway",
        }
    }
}

/// A text that is no [`AuthMethod`]. Reads after the field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `api` or `gateway`")]
pub struct UnknownAuthMethod;

impl FromStr for AuthMethod {
    type Err = UnknownAuthMethod;

    fn from_str(text: &str) -> Result<Self, UnknownAuthMethod> {
        let all = [Self::Api, Self::Gateway];
        all.into_iter().find(|method| method.word() == text).ok_or(UnknownAuthMethod)
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// Another way for a connection; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteChange {
    /// Whose account does the work.
    pub method: Option<AuthMethod>,
    /// The gateway on the way; `Some(None)` takes it away.
    pub gateway: Option<Option<GatewayId>>,
}

impl RouteChange {
    /// The way after the change, as [`Route::of`].
    pub fn after(self, old: Route) -> Result<Route, NoGateway> {
        Route::of(self.method.unwrap_or(old.method()), self.gateway.unwrap_or(old.gateway()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(last: char) -> GatewayId {
        format!("0190163d-8694-739b-aea5-966c26f8ad9{last}").parse().unwrap()
    }

    #[test]
    fn a_way_is_stored_by_its_name_and_its_gateway() {
        let [direct, forward, by] =
            [Route::Direct, Route::Forward { gateway: gateway('1') }, Route::Gateway { gateway: gateway('1') }];
        let id = gateway('1');
        for (route, text) in [
            (direct, r#"{"by":"direct"}"#.to_owned()),
            (forward, format!(r#"{{"by":"forward","gateway":"{id}"}}"#)),
            (by, format!(r#"{{"by":"gateway","gateway":"{id}"}}"#)),
        ] {
            assert_eq!(serde_json::to_string(&route).unwrap(), text);
            assert_eq!(serde_json::from_str::<Route>(&text).unwrap(), route);
        }
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let old = Route::Forward { gateway: gateway('1') };
        let change = |method, gateway| RouteChange { method, gateway }.after(old);
        assert_eq!(change(None, None), Ok(old));
        assert_eq!(change(None, Some(Some(gateway('2')))), Ok(Route::Forward { gateway: gateway('2') }));
        assert_eq!(change(None, Some(None)), Ok(Route::Direct));
        assert_eq!(change(Some(AuthMethod::Gateway), None), Ok(Route::Gateway { gateway: gateway('1') }));
        assert_eq!(change(Some(AuthMethod::Gateway), Some(None)), Err(NoGateway));
    }
}
