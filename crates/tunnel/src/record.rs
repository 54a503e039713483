//! What the two ends tell each other over the control stream, which is open as long as the tunnel is.
//!
//! A record is a length (four bytes, the most significant first) and a JSON document. An end that does not know a record or a
//! field of it closes the tunnel: a restriction that is dropped silently is worse than a broken connection. New records are
//! sent only to an end that named the feature.

use bytes::Bytes;
use jiff::Timestamp;
use mayfly_domain::{
    gateway::InstanceName,
    gateway_policy::GatewayPolicy,
    ids::{GatewayId, InstallationId, ReplicaId, SealKeyId},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use crate::protocol::LARGEST_RECORD;

/// The feature of a server that wants to be told of the keys of this gateway's cluster.
pub const JWKS_CHANGED: &str = "jwks-changed";

/// A JWKS has so many bytes at most.
pub const LARGEST_JWKS: usize = 32 * 1024;

/// What a server tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ServerRecord {
    /// Who it is: the first record of a tunnel.
    Hello(Hello),
    /// The public keys of the installation's seals are others now.
    SealKeys {
        /// All of them.
        keys: Vec<SealKey>,
    },
    /// There are more servers than before, or fewer.
    Servers {
        /// How many.
        replicas: u32,
    },
    /// A certificate for the key of the request: DER, in base64.
    CertificateIssued {
        /// The certificate.
        certificate: String,
        /// The authorities to trust from now on.
        authorities: Vec<String>,
    },
    /// No certificate, and why.
    CertificateRefused {
        /// Why, for people.
        reason: String,
    },
    /// The keys that were told do not count, and why.
    JwksRefused {
        /// Why, for people.
        reason: String,
        /// Whether it is the server that cannot take them now: they should be told again, after a minute.
        passes: bool,
    },
    /// The first and last record where a gateway may not come.
    Refused {
        /// Stable word for programs.
        code: String,
        /// Why, for people.
        message: String,
    },
    /// It goes away: another tunnel should be opened before this one is closed.
    Drain {
        /// Why, for people.
        reason: String,
    },
}

/// What a gateway tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum GatewayRecord {
    /// Who it is: its first record, and the answer to the server's.
    Welcome(Box<Welcome>),
    /// How it is.
    Status(GatewayStatus),
    /// Wants a certificate for a new key: PKCS #10 (DER), in base64.
    CertificateRequest {
        /// The request.
        request: String,
    },
    /// Its policy is another now.
    PolicyChanged {
        /// The whole of it.
        policy: Box<GatewayPolicy>,
        /// Its digest.
        policy_digest: String,
    },
    /// The keys that its cluster signs tokens by, as they are now; told where the server's hello names [`JWKS_CHANGED`].
    JwksChanged {
        /// A JWKS (RFC 7517).
        jwks: Value,
    },
    /// It goes away: nothing new should be asked.
    Drain {
        /// Why, for people.
        reason: String,
    },
}

/// Who a server is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hello {
    /// Its installation.
    pub installation: InstallationId,
    /// Its process: a second tunnel should lead to another.
    pub replica: ReplicaId,
    /// How many there are.
    pub replicas: u32,
    /// Its version.
    pub version: String,
    /// What it knows beyond this version of the protocol, and takes from this gateway.
    pub features: Vec<String>,
    /// Its clock.
    pub clock: Timestamp,
    /// The public keys of its installation's seals, by which a gateway knows what is over. A server that says none leaves what
    /// the gateway knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seal_keys: Vec<SealKey>,
}

/// The public half of a key that seals objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealKey {
    /// Its id, as seals name it.
    pub id: SealKeyId,
    /// Ed25519 (RFC 8032): 32 bytes, in base64.
    pub key: String,
}

/// Who a gateway is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Welcome {
    /// Its id.
    pub gateway: GatewayId,
    /// Which of its processes.
    pub instance: InstanceName,
    /// Which of the process's connections: of two, the later counts.
    pub epoch: Epoch,
    /// Its version.
    pub version: String,
    /// What it knows beyond this version of the protocol.
    pub features: Vec<String>,
    /// What it lets itself be asked.
    pub policy: GatewayPolicy,
    /// SHA-256 of the policy, in hex.
    pub policy_digest: String,
    /// The API server that it speaks to with its own account, where it does.
    pub api_server: Option<String>,
    /// Its clock.
    pub clock: Timestamp,
}

/// Orders the connections of one process of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Epoch {
    /// When the process began.
    pub started: Timestamp,
    /// Counts its connections.
    pub connection: u64,
}

/// What only a gateway knows of how it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GatewayStatus {
    /// Operations and byte streams that it refused since it began.
    pub refused: u64,
    /// The address of the proxy that it goes through, without credentials.
    pub proxy: Option<String>,
    /// The age in seconds at which something on the way closes its tunnels, where it has learned one: it renews them before.
    pub closed_at_age_seconds: Option<u64>,
}

/// What was received is no record.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// Not one that this end knows, or not whole.
    #[error("is not a record that this end knows: {0}")]
    Unknown(serde_json::Error),
    /// Longer than any record.
    #[error("cannot be sent: a record has at most {LARGEST_RECORD} bytes")]
    TooLong,
}

/// What a gateway shows of itself beside its policy has fewer bytes.
const BESIDE_POLICY: usize = 4 * 1024;

/// Whether a policy can be shown: a welcome holds the whole of it, and a record has a limit.
pub fn check_shown(policy: &GatewayPolicy) -> Result<(), PolicyTooLarge> {
    const MOST: usize = LARGEST_RECORD - BESIDE_POLICY;
    let bytes = serde_json::to_vec(policy).map_or(usize::MAX, |json| json.len());
    if bytes > MOST { Err(PolicyTooLarge { bytes, most: MOST }) } else { Ok(()) }
}

/// A policy that no welcome can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is too large: it has {bytes} bytes as it is shown to the server, which takes {most}; name fewer accounts, or share them among several gateways"
)]
pub struct PolicyTooLarge {
    /// Its bytes as JSON.
    pub bytes: usize,
    /// How many there may be.
    pub most: usize,
}

/// Records over a byte stream.
pub(crate) type Records<S> = Framed<S, LengthDelimitedCodec>;

/// Reads and writes records of `stream`.
pub(crate) fn records<S: AsyncRead + AsyncWrite>(stream: S) -> Records<S> {
    LengthDelimitedCodec::builder().length_field_length(4).max_frame_length(LARGEST_RECORD).new_framed(stream)
}

/// A record as it is sent.
pub(crate) fn write<T: Serialize>(record: &T) -> Result<Bytes, BadRecord> {
    let bytes = serde_json::to_vec(record).map_err(BadRecord::Unknown)?;
    if bytes.len() > LARGEST_RECORD { Err(BadRecord::TooLong) } else { Ok(Bytes::from(bytes)) }
}

/// A record as it was received.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadRecord> {
    serde_json::from_slice(bytes).map_err(BadRecord::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_are_written_and_nothing_is_guessed() {
        let drain = ServerRecord::Drain { reason: "an upgrade".to_owned() };
        let bytes = write(&drain).unwrap();
        assert_eq!(bytes, r#"{"record":"drain","reason":"an upgrade"}"#);
        assert_eq!(read::<ServerRecord>(&bytes).unwrap(), drain);
        let keys = GatewayRecord::JwksChanged { jwks: serde_json::json!({"keys": []}) };
        let bytes = write(&keys).unwrap();
        assert_eq!(bytes, r#"{"record":"jwks-changed","jwks":{"keys":[]}}"#);
        assert_eq!(read::<GatewayRecord>(&bytes).unwrap(), keys);
        let refused = ServerRecord::JwksRefused { reason: "no".to_owned(), passes: true };
        assert_eq!(write(&refused).unwrap(), r#"{"record":"jwks-refused","reason":"no","passes":true}"#);
        for bad in [r#"{"record":"drain"}"#, r#"{"record":"drain","reason":"x","ms":1}"#, r#"{"record":"other"}"#, "{"]
        {
            assert!(read::<ServerRecord>(bad.as_bytes()).is_err(), "{bad}");
        }
        // A server of before the keys of seals were told is understood.
        let hello = r#"{"record":"hello","installation":"01893b9e-7c1a-7def-8abc-0123456789ab",
            "replica":"01893b9e-7c1a-7def-8abc-0123456789ac","replicas":1,"version":"1","features":[],
            "clock":"2030-01-02T03:04:05Z"}"#;
        let ServerRecord::Hello(hello) = read(hello.as_bytes()).unwrap() else { unreachable!("it is a hello") };
        assert!(hello.seal_keys.is_empty());
        let long = ServerRecord::Drain { reason: "x".repeat(LARGEST_RECORD) };
        assert!(matches!(write(&long), Err(BadRecord::TooLong)));
    }
}
