//! A process proves itself the first time, or anew after it lost what it had.
//!
//! The number of its certificate is stored before anybody signs it. Whoever asks is told why it is refused: what is told gives
//! no secret away, and a gateway that does not start has to say why.

use jiff::Timestamp;
use mayfly_domain::{
    audit::GatewayEvent,
    caller::Caller,
    error::chain,
    gateway::{EnrolmentMethod, Gateway, GatewayInstance, GatewayName, InstanceName, TrustedKeys},
    ids::GatewayId,
    sensitive::Sensitive,
};
use mayfly_providers::{Expected, TokenRefused, Unbelieved};
use mayfly_store::{
    StoreError,
    gateway_enrolments::{Enrolling, GENERATION_STANDS, PROOF_IS_NEW, TOKEN_MAY_BE_USED, UsedProof},
    gateways::GATEWAY_UNCHANGED,
};

use super::{method, signers};
use crate::{App, AppError, secret_text};

/// Processes of one gateway that have a certificate at once, at most. How many may be here at once is another matter: each pod of
/// a day has a name of its own, and its certificate outlives it.
const MOST_CERTIFICATES: i64 = 100;

/// Longest time between a projected token's start and its use.
const LONGEST_AGE_SECONDS: i64 = 600;

/// What a process says and shows.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The gateway that it wants to be.
    pub gateway: GatewayId,
    /// Which of its processes.
    pub instance: InstanceName,
    /// By which right.
    pub proof: ClaimProof,
    /// SHA-256 of the public key that is to be signed.
    pub key_digest: Vec<u8>,
    /// When the certificate would end.
    pub certificate_expires_at: Timestamp,
}

/// By which right somebody wants to be a gateway.
#[derive(Clone, Debug)]
pub enum ClaimProof {
    /// A token that was made for it.
    Token(Sensitive<String>),
    /// A projected token of the service account that it runs as.
    ServiceAccount(Sensitive<String>),
}

/// Why a process is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentRefused {
    /// There is no such gateway.
    #[error("there is no gateway with this id: it was removed, or the enrolment is for another installation")]
    NoGateway,
    /// It may not come at all.
    #[error("the gateway is locked or revoked: somebody has to look into it")]
    NotOpen,
    /// Its processes prove themselves otherwise.
    #[error("the processes of this gateway prove themselves otherwise")]
    OtherMethod,
    /// No such token.
    #[error("the enrolment's token is not known: it was taken back, or belongs to another gateway")]
    UnknownToken,
    /// It is over.
    #[error("the enrolment's token is over: make a new enrolment")]
    TokenIsOver,
    /// It was used.
    #[error("the enrolment's token was used already: make a new enrolment, and find out by whom if it was not you")]
    TokenWasUsed,
    /// The service account's token is signed by a key that is not known: one that its cluster took up a moment ago, perhaps.
    #[error(
        "the service account's token is signed by a key that is not known here: a process of the gateway that is connected tells new keys within a minute, else paste them"
    )]
    UnknownKey,
    /// The same, where the cluster publishes its keys.
    #[error(
        "the service account's token is signed by a key that its cluster does not publish: keys are read again a minute after the last time"
    )]
    UnpublishedKey,
    /// They could not be read, and none are known from before.
    #[error("the keys of the gateway's cluster could not be read where it publishes them: this is tried again")]
    KeysNotRead,
    /// The service account's token is not believed.
    #[error("the service account's token is not believed: {0}")]
    NotBelieved(TokenRefused),
    /// It is of another account.
    #[error("the service account's token is of another account than the gateway's")]
    OtherAccount,
    /// It proved another key.
    #[error("the service account's token was used already, by a process with another key")]
    ProofWasUsed,
    /// There are enough.
    #[error("{MOST_CERTIFICATES} processes of this gateway have a certificate already")]
    TooMany,
    /// Two of one name at once.
    #[error("another process of the same name enrolled at the same time: try again")]
    AtOnce,
    /// Somebody changed, closed or removed it.
    #[error("the gateway was changed at the same time: try again")]
    Changed,
}

impl EnrolmentRefused {
    /// Stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoGateway => "no_gateway",
            Self::NotOpen => "not_open",
            Self::OtherMethod => "other_method",
            Self::UnknownToken => "unknown_token",
            Self::TokenIsOver => "token_over",
            Self::TokenWasUsed => "token_used",
            Self::UnknownKey | Self::UnpublishedKey => "unknown_key",
            Self::KeysNotRead => "unavailable",
            Self::NotBelieved(_) => "not_believed",
            Self::OtherAccount => "other_account",
            Self::ProofWasUsed => "proof_used",
            Self::TooMany => "too_many",
            Self::AtOnce | Self::Changed => "at_once",
        }
    }
}

/// Lets a process in, and says in whose name its certificate is to be signed.
pub async fn enrol(
    app: &App,
    caller: &Caller,
    claim: &Claim,
) -> Result<Result<GatewayName, EnrolmentRefused>, AppError> {
    let Some(gateway) = app.store.gateways().find(claim.gateway).await? else {
        return Ok(Err(EnrolmentRefused::NoGateway));
    };
    let admitted = admit(app, caller, claim, &gateway).await?;
    if let Err(why) = admitted {
        let told = GatewayEvent::RefuseGatewayEnrolment {
            gateway_id: gateway.id,
            name: gateway.name.to_string(),
            instance: claim.instance.clone(),
            why: why.to_string(),
        };
        app.store.audit_events().append(&app.event(caller, None, told)).await?;
    }
    Ok(admitted.map(|generation| GatewayName {
        installation: app.installation(),
        gateway: gateway.id,
        instance: claim.instance.clone(),
        generation,
    }))
}

async fn admit(
    app: &App,
    caller: &Caller,
    claim: &Claim,
    gateway: &Gateway,
) -> Result<Result<u64, EnrolmentRefused>, AppError> {
    if !gateway.standing.is_open() {
        return Ok(Err(EnrolmentRefused::NotOpen));
    }
    let (enrolments, now) = (app.store.gateway_enrolments(), app.ambient.now());
    if enrolments.others(gateway.id, &claim.instance, now).await? >= MOST_CERTIFICATES {
        return Ok(Err(EnrolmentRefused::TooMany));
    }
    let digest;
    let claims;
    let proof = match (&claim.proof, &gateway.enrolment) {
        (ClaimProof::Token(token), EnrolmentMethod::Token) => {
            digest = secret_text::digest_of(token.expose());
            UsedProof::Token { digest: &digest }
        }
        (ClaimProof::ServiceAccount(jwt), EnrolmentMethod::ServiceAccount(_)) => {
            claims = match believe(app, jwt.expose(), gateway, now).await {
                Ok(claims) => claims,
                Err(refused) => return Ok(Err(refused)),
            };
            UsedProof::ServiceAccount { jti: &claims.0, expires_at: claims.1 }
        }
        (ClaimProof::Token(_) | ClaimProof::ServiceAccount(_), _) => return Ok(Err(EnrolmentRefused::OtherMethod)),
    };
    let was = enrolments.instance(gateway.id, &claim.instance).await?;
    let instance = next(claim, was.as_ref(), now);
    let told = GatewayEvent::EnrolGateway {
        gateway_id: gateway.id,
        name: gateway.name.to_string(),
        instance: claim.instance.clone(),
        generation: instance.generation,
        method: method(&gateway.enrolment).to_owned(),
    };
    // Keys may have taken seconds to come, in which somebody may have said that others count, or that nobody may come.
    let enrolling = Enrolling { gateway, proof: proof.clone(), was: was.as_ref(), instance: &instance, now };
    match enrolments.enrol(enrolling, &app.event(caller, None, told)).await {
        Ok(()) => Ok(Ok(instance.generation)),
        Err(StoreError::GuardFailed { guard: GATEWAY_UNCHANGED }) => Ok(Err(EnrolmentRefused::Changed)),
        Err(StoreError::GuardFailed { guard: TOKEN_MAY_BE_USED }) => {
            Ok(Err(why_not(app, gateway.id, &proof, now).await?))
        }
        Err(StoreError::GuardFailed { guard: PROOF_IS_NEW }) => Ok(Err(EnrolmentRefused::ProofWasUsed)),
        Err(StoreError::GuardFailed { guard: GENERATION_STANDS }) => Ok(Err(EnrolmentRefused::AtOnce)),
        Err(other) => Err(other.into()),
    }
}

/// The process with its next certificate: the same again where the same key asks again.
fn next(claim: &Claim, was: Option<&GatewayInstance>, now: Timestamp) -> GatewayInstance {
    let generation = match was {
        Some(was) if was.key_digest == claim.key_digest => was.generation,
        Some(was) => was.generation + 1,
        None => 1,
    };
    GatewayInstance {
        gateway: claim.gateway,
        name: claim.instance.clone(),
        generation,
        key_digest: claim.key_digest.clone(),
        certificate_expires_at: claim.certificate_expires_at,
        enrolled_at: was.map_or(now, |was| was.enrolled_at),
    }
}

/// What is wrong with a token that was not taken.
async fn why_not(
    app: &App,
    gateway: GatewayId,
    proof: &UsedProof<'_>,
    now: Timestamp,
) -> Result<EnrolmentRefused, AppError> {
    let UsedProof::Token { digest } = proof else { return Ok(EnrolmentRefused::ProofWasUsed) };
    Ok(match app.store.gateway_enrolments().token(gateway, digest).await? {
        None => EnrolmentRefused::UnknownToken,
        Some(token) if token.expires_at <= now => EnrolmentRefused::TokenIsOver,
        Some(_) => EnrolmentRefused::TokenWasUsed,
    })
}

/// The id and the end of a projected token of the gateway's own account, made for the gateway.
async fn believe(
    app: &App,
    jwt: &str,
    gateway: &Gateway,
    now: Timestamp,
) -> Result<(String, Timestamp), EnrolmentRefused> {
    let not_believed = EnrolmentRefused::NotBelieved;
    let (trust, keys) = gateway.trusted().ok_or(EnrolmentRefused::OtherMethod)?;
    let audiences = [gateway.id.to_string()];
    let expected =
        Expected { issuer: &trust.issuer, audiences: &audiences, now, longest_age_seconds: Some(LONGEST_AGE_SECONDS) };
    let claims = signers::verified(app, (trust, keys), jwt, &expected).await.map_err(|refused| match (refused, keys) {
        (Unbelieved::Token(TokenRefused::UnknownKey), TrustedKeys::Known(_)) => EnrolmentRefused::UnknownKey,
        (Unbelieved::Token(TokenRefused::UnknownKey), TrustedKeys::Published(_)) => EnrolmentRefused::UnpublishedKey,
        (Unbelieved::Token(other), _) => not_believed(other),
        (Unbelieved::Provider(error), _) => {
            tracing::warn!(gateway = %gateway.id, error = %chain(&error), "the keys of a gateway's cluster could not be read");
            EnrolmentRefused::KeysNotRead
        }
    })?;
    let account = format!("system:serviceaccount:{}:{}", trust.namespace, trust.name);
    if claims.text("sub") != Some(&account) {
        return Err(EnrolmentRefused::OtherAccount);
    }
    let jti = claims.text("jti").ok_or(not_believed(TokenRefused::Claim("jti")))?.to_owned();
    let expires_at = claims.time("exp").map_err(not_believed)?.ok_or(not_believed(TokenRefused::Claim("exp")))?;
    Ok((jti, expires_at))
}
