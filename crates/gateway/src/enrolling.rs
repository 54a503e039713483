//! Coming by the first certificate, whatever dies meanwhile.
//!
//! An enrolment's token counts once, for the key that it was shown with. So that key is kept before anybody is asked to sign it,
//! and forgotten once its certificate is kept: a process that died in between asks again with the same key, and the server
//! gives it the same certificate again.

use std::{path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mayfly_domain::{clock::Ambient, error::chain, gateway::InstanceName, ids::GatewayId, sensitive::Sensitive};
use mayfly_tunnel::{
    authority::NewKey,
    enrolment::{self, EnrolmentAnswer, EnrolmentRequest, EnrolmentText, Proof},
    protocol::{ENROLMENT_PATH, ENROLMENT_SUBPROTOCOL},
    tls::connect_enrolment,
};
use serde::{Deserialize, Serialize};

use crate::{
    dial::Server,
    health::Pulse,
    identity::{Identity, IdentityFailed, KeptKey, read_key, write_key},
    state,
};

/// The file's name in the state folder.
const FILE: &str = "enrolling.json";

/// The whole of one attempt.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(30);

/// Between two of the first ones.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// So many are that: what passes by itself has mostly passed in the minute that they take.
const QUICK_TRIES: u32 = 12;

/// Between two of the others.
const LONG_PAUSE: Duration = Duration::from_mins(1);

/// By what somebody enrols.
pub struct Enrolment<'a> {
    /// Where, as whom, and by which token.
    pub text: &'a EnrolmentText,
    /// Which process of the gateway; drawn by lot unless given.
    pub instance: Option<InstanceName>,
    /// The projected token of the service account that it runs as, its audience the gateway's id: read at each attempt, where the
    /// text has no token.
    pub account_token: &'a Path,
    /// Where what comes of it is kept.
    pub folder: &'a Path,
    /// Beats with each attempt.
    pub pulse: &'a Pulse,
}

impl Enrolment<'_> {
    /// By which right: the token of the text, or that of the service account as it is now.
    fn proof(&self) -> Result<Proof, IdentityFailed> {
        if let Some(token) = &self.text.token {
            return Ok(Proof::Token { token: token.clone() });
        }
        let file = |source| IdentityFailed::AccountToken { path: self.account_token.to_owned(), source };
        let text = std::fs::read_to_string(self.account_token).map(Sensitive::new).map_err(file)?;
        Ok(Proof::ServiceAccount { jwt: Sensitive::from(text.expose().trim()) })
    }
}

/// A process that is about to be signed for.
struct Applicant {
    instance: InstanceName,
    key: NewKey,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Kept {
    gateway: GatewayId,
    instance: InstanceName,
    key: KeptKey,
}

/// Enrols, and keeps the identity. Tries until there is an answer: a server that is away, or a network in between that is,
/// passes by itself.
pub async fn enrol(ambient: &Ambient, server: &Server, enrolment: &Enrolment<'_>) -> Result<Identity, IdentityFailed> {
    let applicant = Applicant::of(ambient, enrolment)?;
    let mut tries = 0;
    let identity = loop {
        enrolment.pulse.beat();
        tries += 1;
        let attempt = applicant.ask(ambient, server, enrolment);
        match ambient.within(ATTEMPT_LIMIT, attempt).await {
            Some(Err(error)) if error.is_passing() => tracing::warn!("{}", chain(&error)),
            Some(outcome) => break outcome?,
            None => tracing::warn!("the server gave no answer within {} s", ATTEMPT_LIMIT.as_secs()),
        }
        ambient.sleep(if tries < QUICK_TRIES { RETRY_PAUSE } else { LONG_PAUSE }).await;
    };
    identity.save(enrolment.folder)?;
    forget(enrolment.folder)?;
    Ok(identity)
}

/// Forgets a key that has its certificate.
pub fn forget(folder: &Path) -> Result<(), IdentityFailed> {
    Ok(state::remove(folder, FILE)?)
}

impl Applicant {
    /// The one that asked before and heard nothing, or a new one. It is kept when this returns.
    fn of(ambient: &Ambient, enrolment: &Enrolment<'_>) -> Result<Self, IdentityFailed> {
        let Enrolment { text, instance, folder, .. } = enrolment;
        if let Some(kept) = state::read::<Kept>(folder, FILE)? {
            let is_same = instance.as_ref().is_none_or(|wanted| *wanted == kept.instance);
            if kept.gateway == text.gateway && is_same {
                let key = read_key(&kept.key).map_err(|why| state::odd(folder, FILE, why))?;
                return Ok(Self { instance: kept.instance, key });
            }
        }
        let drawn = || format!("{:08x}", u32::from_be_bytes(ambient.random::<4>()));
        let drawn = || drawn().parse().map_err(|_| IdentityFailed::Nameless);
        let (instance, key) = (instance.clone().map_or_else(drawn, Ok)?, NewKey::generate()?);
        let kept = Kept { gateway: text.gateway, instance: instance.clone(), key: write_key(&key) };
        state::write(folder, FILE, &kept)?;
        Ok(Self { instance, key })
    }

    async fn ask(
        &self,
        ambient: &Ambient,
        server: &Server,
        enrolment: &Enrolment<'_>,
    ) -> Result<Identity, IdentityFailed> {
        let text = enrolment.text;
        let request = EnrolmentRequest {
            gateway: text.gateway,
            instance: self.instance.clone(),
            proof: enrolment.proof()?,
            request: STANDARD.encode(self.key.request()?),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let carrier = server.dial(ambient, ENROLMENT_PATH, ENROLMENT_SUBPROTOCOL).await?;
        let stream = connect_enrolment(ambient, text.authority, carrier).await?;
        match enrolment::ask(ambient, stream, &request).await? {
            EnrolmentAnswer::Refused { code, message } => Err(IdentityFailed::Refused { code, message }),
            EnrolmentAnswer::Enrolled { certificate, authorities } => {
                let key = NewKey::from_pkcs8(&self.key.to_pkcs8())?;
                let identity = Identity::of(key, &certificate, &authorities).map_err(IdentityFailed::BadAnswer)?;
                let is_asked = identity.name.gateway == request.gateway && identity.name.instance == request.instance;
                let other = || IdentityFailed::BadAnswer("it names another gateway".to_owned());
                is_asked.then_some(identity).ok_or_else(other)
            }
        }
    }
}
