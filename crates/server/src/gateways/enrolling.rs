//! One enrolment: the inner TLS, one request, one answer.

use mayfly_app::gateways::{self as operations, Claim, ClaimProof};
use mayfly_domain::{caller::Caller, error::chain};
use mayfly_tunnel::{
    carrier::Carrier,
    enrolment::{self, EnrolmentAnswer, EnrolmentRequest, Proof},
};

use super::{
    HANDSHAKE_LIMIT, Inner,
    signing::{Issued, expiry, read_request},
};

/// Serves it. What fails here is the other end's affair.
pub(super) async fn serve(gateways: &Inner, carrier: impl Carrier, caller: Caller) {
    let ambient = gateways.app.ambient();
    let signing = match gateways.signing().await {
        Ok(signing) => signing,
        Err(error) => return tracing::error!(error = chain(&error), "gateways cannot enrol"),
    };
    let server = match signing.enrolments(ambient) {
        Ok(server) => server,
        Err(error) => return tracing::error!(error = chain(&error), "gateways cannot enrol"),
    };
    let stream = match ambient.within(HANDSHAKE_LIMIT, server.accept(carrier)).await {
        Some(Ok(stream)) => stream,
        Some(Err(error)) => return tracing::debug!(error = chain(&error), "an enrolment's handshake failed"),
        None => return,
    };
    let decide = async |request: EnrolmentRequest| decide(gateways, request, &caller).await;
    if let Err(error) = enrolment::answer(ambient, stream, decide).await {
        tracing::debug!(error = chain(&error), "an enrolment ended early");
    }
}

async fn decide(gateways: &Inner, asked: EnrolmentRequest, caller: &Caller) -> EnrolmentAnswer {
    let now = gateways.app.ambient().now();
    let Some(request) = read_request(&asked.request) else {
        return refused("bad_request", "the certificate request cannot be read, or its sender does not hold the key");
    };
    let proof = match asked.proof {
        Proof::Token { token } => ClaimProof::Token(token),
        Proof::ServiceAccount { jwt } => ClaimProof::ServiceAccount(jwt),
    };
    let claim = Claim {
        gateway: asked.gateway,
        instance: asked.instance,
        proof,
        key_digest: request.key_digest(),
        certificate_expires_at: expiry(now),
    };
    let name = match operations::enrol(&gateways.app, caller, &claim).await {
        Ok(Ok(name)) => name,
        Ok(Err(why)) => return refused(why.code(), &why.to_string()),
        Err(error) => {
            tracing::warn!(error = chain(&error), "an enrolment could not be decided");
            return refused("unavailable", "the server cannot decide now: try again");
        }
    };
    // By the authorities of now: they may have changed since the handshake.
    match gateways.signing().await.ok().and_then(|signing| signing.issue(&request, &name, now)) {
        Some(Issued { certificate, authorities, .. }) => EnrolmentAnswer::Enrolled { certificate, authorities },
        None => refused("unavailable", "the server cannot sign now: try again"),
    }
}

fn refused(code: &str, message: &str) -> EnrolmentAnswer {
    EnrolmentAnswer::Refused { code: code.to_owned(), message: message.to_owned() }
}
