//! The way to an API server, and whose account does the work there.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ids::{GatewayId, GatewayPoolId};

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
        #[serde(flatten)]
        via: Via,
    },
    /// By a gateway that does the work with its own account: it has address, CA and credential, and none of them is ours.
    Gateway {
        /// Which.
        #[serde(flatten)]
        via: Via,
    },
}

/// The gateway on a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// This one.
    Gateway(GatewayId),
    /// Whichever of a pool is there and has the least to do.
    Pool(GatewayPoolId),
}

impl Via {
    /// The gateway, where it is one.
    pub const fn gateway(self) -> Option<GatewayId> {
        match self {
            Self::Gateway(gateway) => Some(gateway),
            Self::Pool(_) => None,
        }
    }

    /// The pool, where it is one.
    pub const fn pool(self) -> Option<GatewayPoolId> {
        match self {
            Self::Gateway(_) => None,
            Self::Pool(pool) => Some(pool),
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway(gateway) => gateway.fmt(formatter),
            Self::Pool(pool) => write!(formatter, "pool {pool}"),
        }
    }
}

impl Route {
    /// The way by which `method` goes `via`.
    pub const fn of(method: AuthMethod, via: Option<Via>) -> Result<Self, NoGateway> {
        match (method, via) {
            (AuthMethod::Api, None) => Ok(Self::Direct),
            (AuthMethod::Api, Some(via)) => Ok(Self::Forward { via }),
            (AuthMethod::Gateway, Some(via)) => Ok(Self::Gateway { via }),
            (AuthMethod::Gateway, None) => Err(NoGateway),
        }
    }

    /// Whether no gateway is on it.
    pub const fn is_direct(&self) -> bool {
        matches!(self, Self::Direct)
    }

    /// The gateway or the pool on it.
    pub const fn via(&self) -> Option<Via> {
        match self {
            Self::Direct => None,
            Self::Forward { via } | Self::Gateway { via } => Some(*via),
        }
    }

    /// Whose account does the work at its end.
    pub const fn method(&self) -> AuthMethod {
        match self {
            Self::Direct | Self::Forward { .. } => AuthMethod::Api,
            Self::Gateway { .. } => AuthMethod::Gateway,
        }
    }

    /// Whether what is stored as a credential goes where this way takes the place of `old`: a gateway with its own account needs
    /// none.
    pub fn drops_credential(self, old: Self) -> bool {
        self != old && self.method() == AuthMethod::Gateway
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
    /// The gateway or the pool on the way; `Some(None)` takes it away.
    pub via: Option<Option<Via>>,
}

impl RouteChange {
    /// The way after the change, as [`Route::of`].
    pub fn after(self, old: Route) -> Result<Route, NoGateway> {
        Route::of(self.method.unwrap_or(old.method()), self.via.unwrap_or(old.via()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(last: char) -> Via {
        Via::Gateway(format!("0190163d-8694-739b-aea5-966c26f8ad9{last}").parse().unwrap())
    }

    fn pool() -> Via {
        Via::Pool("0190163d-8694-739b-aea5-966c26f8ad90".parse().unwrap())
    }

    #[test]
    fn a_way_is_stored_by_its_name_and_its_gateway() {
        let id = |last| format!("0190163d-8694-739b-aea5-966c26f8ad9{last}");
        for (route, text) in [
            (Route::Direct, r#"{"by":"direct"}"#.to_owned()),
            (Route::Forward { via: gateway('1') }, format!(r#"{{"by":"forward","gateway":"{}"}}"#, id('1'))),
            (Route::Gateway { via: gateway('1') }, format!(r#"{{"by":"gateway","gateway":"{}"}}"#, id('1'))),
            (Route::Gateway { via: pool() }, format!(r#"{{"by":"gateway","pool":"{}"}}"#, id('0'))),
        ] {
            assert_eq!(serde_json::to_string(&route).unwrap(), text);
            assert_eq!(serde_json::from_str::<Route>(&text).unwrap(), route);
        }
    }

    #[test]
    fn a_stored_credential_goes_only_for_a_gateway_with_its_own_account() {
        let (forward, own) = (Route::Forward { via: gateway('1') }, Route::Gateway { via: gateway('1') });
        assert!(own.drops_credential(forward) && own.drops_credential(Route::Direct));
        assert!(own.drops_credential(Route::Gateway { via: pool() }));
        assert!(
            !own.drops_credential(own) && !forward.drops_credential(own) && !Route::Direct.drops_credential(forward)
        );
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let old = Route::Forward { via: gateway('1') };
        let change = |method, via| RouteChange { method, via }.after(old);
        assert_eq!(change(None, None), Ok(old));
        assert_eq!(change(None, Some(Some(pool()))), Ok(Route::Forward { via: pool() }));
        assert_eq!(change(None, Some(None)), Ok(Route::Direct));
        assert_eq!(change(Some(AuthMethod::Gateway), None), Ok(Route::Gateway { via: gateway('1') }));
        assert_eq!(change(Some(AuthMethod::Gateway), Some(None)), Err(NoGateway));
    }
}
