//! Who a certificate is: one URI, in the way of SPIFFE.
//!
//! `spiffe://<installation>/gateway/<gateway>/<instance>/<generation>`
//! (<https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md>). Nothing else in a certificate is read.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ids::{GatewayId, InstallationId};

/// A process of a gateway: what tells two replicas apart, such as the UID of its pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstanceName(String);

/// The text names no instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 letters, digits, `-`, `_` or `.`")]
pub struct InvalidInstanceName;

impl InstanceName {
    /// Longest name, in characters.
    pub const LONGEST: usize = 64;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InstanceName {
    type Err = InvalidInstanceName;

    fn from_str(text: &str) -> Result<Self, InvalidInstanceName> {
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_name = (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(is_of_name);
        is_name.then(|| Self(text.to_owned())).ok_or(InvalidInstanceName)
    }
}

impl TryFrom<String> for InstanceName {
    type Error = InvalidInstanceName;

    fn try_from(text: String) -> Result<Self, InvalidInstanceName> {
        text.parse()
    }
}

impl From<InstanceName> for String {
    fn from(name: InstanceName) -> Self {
        name.0
    }
}

impl fmt::Display for InstanceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Who a gateway's certificate is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GatewayName {
    /// The installation whose authority signed it.
    pub installation: InstallationId,
    /// The gateway.
    pub gateway: GatewayId,
    /// Which of its processes.
    pub instance: InstanceName,
    /// Counts up with each certificate of the instance: whoever renews with an old one holds a copied key.
    pub generation: u64,
}

/// The text is no gateway's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not `spiffe://<installation>/gateway/<gateway>/<instance>/<generation>`")]
pub struct InvalidGatewayName;

impl fmt::Display for GatewayName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { installation, gateway, instance, generation } = self;
        write!(formatter, "spiffe://{installation}/gateway/{gateway}/{instance}/{generation}")
    }
}

impl FromStr for GatewayName {
    type Err = InvalidGatewayName;

    fn from_str(text: &str) -> Result<Self, InvalidGatewayName> {
        let parts: Vec<&str> = text.strip_prefix("spiffe://").ok_or(InvalidGatewayName)?.split('/').collect();
        let [installation, "gateway", gateway, instance, generation] = parts.as_slice() else {
            return Err(InvalidGatewayName);
        };
        let name = Self {
            installation: installation.parse().map_err(|_| InvalidGatewayName)?,
            gateway: gateway.parse().map_err(|_| InvalidGatewayName)?,
            instance: instance.parse().map_err(|_| InvalidGatewayName)?,
            generation: generation.parse().map_err(|_| InvalidGatewayName)?,
        };
        // One spelling only: `+1`, `01` and upper-case ids are read by the parsers and were never written by us.
        (name.to_string() == text).then_some(name).ok_or(InvalidGatewayName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "spiffe://01893b9e-7c1a-7def-8abc-0123456789ab/gateway/01893b9e-7c1a-7def-8abc-0123456789ac/pod-1.a_b/7";

    #[test]
    fn a_name_is_read_as_it_is_written() {
        let name: GatewayName = TEXT.parse().unwrap();
        assert_eq!((name.instance.as_str(), name.generation), ("pod-1.a_b", 7));
        assert_eq!(name.to_string(), TEXT);
    }

    #[test]
    fn nothing_but_the_one_spelling_is_a_name() {
        for bad in [
            TEXT.replace("spiffe", "https"),
            TEXT.replace("/gateway/", "/server/"),
            TEXT.replace("/7", "/07"),
            TEXT.replace("/7", "/+7"),
            TEXT.replace("/7", "/-7"),
            TEXT.replace("/7", "/7/"),
            TEXT.replace("/7", "/7?x"),
            TEXT.replace("pod-1.a_b", ""),
            TEXT.replace("pod-1.a_b", "pod%201"),
            TEXT.replace("pod-1.a_b", &"x".repeat(65)),
            TEXT.replace("8abc-0123456789ac", "8ABC-0123456789AC"),
        ] {
            assert_eq!(bad.parse::<GatewayName>(), Err(InvalidGatewayName), "{bad}");
        }
    }
}
