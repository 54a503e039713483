//! INTRODUCTIONS: identity providers outside, who vouch for somebody by a signed token.
//!
//! The one room for them, whoever is vouched for: a machine by its CI system or its cluster, a person by their company.
//! It knows documents, keys and tokens; it knows no identity, no user and no right. Who a token's subject is here is for
//! `app` to decide.
//!
//! - [`Providers`] finds a provider's document and keys, and keeps them for a while ([`providers`](crate::Providers)).
//! - [`Providers::exchange`] and [`Providers::userinfo`] are the part of a person's sign-in that goes from server to server.
//! - [`KeySet`] reads keys, as JWKS or PEM, and knows which algorithm fits which.
//! - [`verify`](token::verify) believes a token, or says why not. Algorithms are pinned; every claim that decides
//!   anything is of the right type or the token is refused.
//!
//! All that leaves this machine goes through [`Https`](mayfly_cluster::Https): past the egress guard, no redirect.

pub mod algorithm;
mod cache;
pub mod claims;
pub mod discovery;
mod error;
pub mod key;
mod query;
mod sign_in;
pub mod token;

pub use algorithm::Algorithm;
pub use cache::{Issuer, Providers, Unbelieved};
pub use claims::Claims;
pub use discovery::Discovery;
pub use error::{ProviderError, TokenRefused};
pub use key::{IgnoredKey, InvalidKeys, KeySet};
pub use query::with_parameters;
pub use sign_in::{CodeExchange, Tokens};
pub use token::{Expected, check_signer, verify};
