//! How a gateway comes by its first certificate: one request and one answer, inside TLS that only the pinned authority can
//! have set up.
//!
//! The gateway makes its key and asks for a certificate for it; the proof says by which right. Who it then is, the server
//! decides.

use std::{fmt, str::FromStr, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::{SinkExt as _, StreamExt as _};
use mayfly_domain::{
    clock::Ambient,
    gateway::InstanceName,
    ids::GatewayId,
    sensitive::{Sensitive, expose_to_serializer},
};
use serde::{Deserialize, Serialize, Serializer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use crate::{
    record::{self, BadRecord, Records},
    trust::AuthorityPin,
};

/// For the whole of an enrolment, at each end.
pub const ENROLMENT_LIMIT: Duration = Duration::from_secs(10);

/// A request for a first certificate.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrolmentRequest {
    /// The gateway that it wants to be.
    pub gateway: GatewayId,
    /// Which of its processes.
    pub instance: InstanceName,
    /// By which right.
    pub proof: Proof,
    /// For its key: PKCS #10 (DER), in base64.
    pub request: String,
    /// Its version.
    pub version: String,
}

/// By which right somebody wants to be a gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Proof {
    /// A token that was made for it.
    Token {
        /// The token.
        #[serde(serialize_with = "expose_to_serializer")]
        token: Sensitive<String>,
    },
    /// The service account that it runs as.
    ServiceAccount {
        /// A projected token, its audience the gateway's id.
        #[serde(serialize_with = "expose_to_serializer")]
        jwt: Sensitive<String>,
    },
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum EnrolmentAnswer {
    /// A certificate.
    Enrolled {
        /// For the key of the request: DER, in base64.
        certificate: String,
        /// The authorities to trust from now on: DER, in base64.
        authorities: Vec<String>,
    },
    /// None, and why.
    Refused {
        /// Stable word for programs.
        code: String,
        /// For people.
        message: String,
    },
}

/// Why an enrolment came to no answer.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentFailed {
    /// The other end closed the connection.
    #[error("the other end closed the connection")]
    Closed,
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[source] std::io::Error),
    /// It said what nobody knows.
    #[error("what the other end sent")]
    Record(#[source] BadRecord),
    /// It took too long.
    #[error("the other end did not answer within {} s", ENROLMENT_LIMIT.as_secs())]
    TimedOut,
}

/// Asks for a certificate, over a stream that [`connect_enrolment`](crate::tls::connect_enrolment) made.
pub async fn ask<S>(
    ambient: &Ambient,
    stream: S,
    request: &EnrolmentRequest,
) -> Result<EnrolmentAnswer, EnrolmentFailed>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let exchange = async {
        let mut records = record::records(stream);
        send(&mut records, request).await?;
        receive(&mut records).await
    };
    ambient.within(ENROLMENT_LIMIT, exchange).await.unwrap_or(Err(EnrolmentFailed::TimedOut))
}

/// Reads a request, lets `decide` answer it, and sends the answer.
pub async fn answer<S>(
    ambient: &Ambient,
    stream: S,
    decide: impl AsyncFnOnce(EnrolmentRequest) -> EnrolmentAnswer,
) -> Result<(), EnrolmentFailed>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let exchange = async {
        let mut records = record::records(stream);
        let answer = decide(receive(&mut records).await?).await;
        send(&mut records, &answer).await?;
        records.get_mut().shutdown().await.map_err(EnrolmentFailed::Broken)
    };
    ambient.within(ENROLMENT_LIMIT, exchange).await.unwrap_or(Err(EnrolmentFailed::TimedOut))
}

async fn send<S, T>(records: &mut Records<S>, record: &T) -> Result<(), EnrolmentFailed>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: Serialize,
{
    let bytes = record::write(record).map_err(EnrolmentFailed::Record)?;
    records.send(bytes).await.map_err(EnrolmentFailed::Broken)
}

async fn receive<S, T>(records: &mut Records<S>) -> Result<T, EnrolmentFailed>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: serde::de::DeserializeOwned,
{
    let bytes = records.next().await.ok_or(EnrolmentFailed::Closed)?.map_err(EnrolmentFailed::Broken)?;
    record::read(&bytes).map_err(EnrolmentFailed::Record)
}

/// All that a gateway needs to enrol, as one text to be copied: where, as whom, whom to believe, and the token where it proves
/// itself by one. Without a token it is no secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrolmentText {
    /// The server's address.
    pub server: String,
    /// The gateway.
    pub gateway: GatewayId,
    /// The authority to believe.
    #[serde(with = "pin")]
    pub authority: AuthorityPin,
    /// The token; none where the service account proves who it is.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "expose_optional")]
    pub token: Option<Sensitive<String>>,
}

#[expect(clippy::ref_option, reason = "serde hands over the field itself")]
fn expose_optional<S: Serializer>(token: &Option<Sensitive<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    token.as_ref().map(Sensitive::expose).serialize(serializer)
}

/// The text is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no enrolment: copy the whole of it, from `{ENROLMENT_PREFIX}` to its end")]
pub struct InvalidEnrolmentText;

/// What enrolments begin with, so that people and scanners of leaked secrets know one.
pub const ENROLMENT_PREFIX: &str = "mayfly_enrol_";

impl EnrolmentText {
    /// The text. It holds the token.
    pub fn expose(&self) -> Sensitive<String> {
        let json = serde_json::to_vec(self).unwrap_or_default();
        Sensitive::new(format!("{ENROLMENT_PREFIX}{}", URL_SAFE_NO_PAD.encode(json)))
    }
}

impl FromStr for EnrolmentText {
    type Err = InvalidEnrolmentText;

    fn from_str(text: &str) -> Result<Self, InvalidEnrolmentText> {
        let encoded = text.trim().strip_prefix(ENROLMENT_PREFIX).ok_or(InvalidEnrolmentText)?;
        let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| InvalidEnrolmentText)?;
        serde_json::from_slice(&json).map_err(|_| InvalidEnrolmentText)
    }
}

impl fmt::Display for EnrolmentText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the enrolment of gateway {} at {}", self.gateway, self.server)
    }
}

mod pin {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::AuthorityPin;

    pub(super) fn serialize<S: Serializer>(pin: &AuthorityPin, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(pin)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AuthorityPin, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
